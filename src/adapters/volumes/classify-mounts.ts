/**
 * Which mounts are local volumes (B1), and why the others are not. Whatever is not known to be on block storage is not
 * taken for it: a network share that passes for a disk would be backed up by every machine that mounts it.
 */
import type { MountLine } from './mountinfo.ts'

export type ForeignReason =
  | 'network'
  | 'virtual'
  | 'memory'
  | 'kernel'
  | 'overlay'
  | 'duplicate'
  | 'read-only-image'

export type ClassifiedMount = MountLine & { readonly foreign: ForeignReason | undefined }

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))

const kernelTypes = words(
  `proc sysfs devtmpfs devpts cgroup cgroup2 cpuset pstore bpf debugfs tracefs securityfs configfs fusectl mqueue
  hugetlbfs efivarfs binfmt_misc autofs rpc_pipefs nfsd nsfs selinuxfs smackfs resctrl sockfs pipefs functionfs
  fuse.lxcfs fuse.gvfsd-fuse fuse.portal`,
)
const networkTypes = words(
  `nfs nfs4 cifs smb smb3 smbfs ncpfs 9p afs coda ceph lustre gpfs beegfs glusterfs orangefs pvfs2 davfs vboxsf
  vmhgfs prl_fs virtiofs acfs panfs fuse.sshfs fuse.s3fs fuse.ossfs fuse.ossfs2 fuse.rclone fuse.glusterfs fuse.ceph
  fuse.ceph-fuse fuse.davfs2 fuse.davfs fuse.curlftpfs fuse.gcsfuse fuse.goofys fuse.juicefs fuse.mount-s3
  fuse.blobfuse fuse.blobfuse2 fuse.cosfs fuse.obsfs fuse.smbnetfs fuse.vmhgfs-fuse fuse.moosefs fuse.mfs fuse.dfs
  fuse.seaweedfs fuse.alluxio-fuse fuse.hdfs fuse.quobyte`,
)
const memoryTypes = words('tmpfs ramfs rootfs')
const overlayTypes = words(
  'overlay overlayfs aufs unionfs fuse.fuse-overlayfs fuse.mergerfs fuse.unionfs',
)
const imageTypes = words('squashfs iso9660 udf cramfs erofs romfs fuse.squashfuse fuse.snapfuse')
const blockTypes = words(
  `ext2 ext3 ext4 xfs f2fs jfs nilfs2 reiserfs reiser4 minix vfat msdos exfat ntfs ntfs3 hfs hfsplus ufs udf apfs gfs2
  ocfs2 fuseblk`,
)
/** On block storage, but under a number that is not that of a block device. */
const pooledTypes = words('btrfs zfs bcachefs fuse.zfs-fuse')

export function classifyMounts(lines: readonly MountLine[]): readonly ClassifiedMount[] {
  const visible = lines.filter((line, at) => !isHidden(line, at, lines))
  const kinds = new Map(visible.map((line) => [line, kindOf(line)]))
  const kept: MountLine[] = []
  // The root first, then what is nearest to it: those are the places where people know their files.
  const local = visible.filter((line) => kinds.get(line) === undefined)
  for (const line of local.toSorted((a, b) => depth(a) - depth(b))) {
    if (kept.some((other) => shows(other, line))) kinds.set(line, 'duplicate')
    else kept.push(line)
  }
  return visible.map((line) => ({ ...line, foreign: kinds.get(line) }))
}

function kindOf({ fileSystem, source, device, path }: MountLine): ForeignReason | undefined {
  if (kernelTypes.has(fileSystem)) return 'kernel'
  if (networkTypes.has(fileSystem)) return 'network'
  if (memoryTypes.has(fileSystem)) return 'memory'
  // What a container stands on is all that it has: there it is the volume, and not a view of another.
  if (overlayTypes.has(fileSystem)) return path === '/' ? undefined : 'overlay'
  if (imageTypes.has(fileSystem)) return 'read-only-image'
  if (pooledTypes.has(fileSystem)) {
    // A view of the past, mounted on demand.
    return fileSystem === 'zfs' && source.includes('@') ? 'duplicate' : undefined
  }
  const isBlock = !device.startsWith('0:') && blockTypes.has(fileSystem)
  return isBlock ? undefined : 'virtual'
}

/** Whether all that `inner` shows is seen at `outer` too: the same file system, from there or from above. */
function shows(outer: MountLine, inner: MountLine): boolean {
  return outer.device === inner.device && isAtOrBelow(inner.root, outer.root)
}

/** Something was mounted over it later, or over a directory above it. */
function isHidden(line: MountLine, at: number, lines: readonly MountLine[]): boolean {
  return lines.some(
    (other, later) =>
      later > at &&
      isAtOrBelow(line.path, other.path) &&
      // What is at the same place and came later covers it; what is above covers it unless it is what it stands on.
      (other.path === line.path || !isAncestor(other, line, lines)),
  )
}

function isAncestor(upper: MountLine, lower: MountLine, lines: readonly MountLine[]): boolean {
  const byId = new Map(lines.map((line) => [line.id, line]))
  let step = byId.get(lower.parent)
  for (let i = 0; step !== undefined && i < lines.length; i++) {
    if (step.id === upper.id) return true
    step = step.parent === step.id ? undefined : byId.get(step.parent)
  }
  return false
}

function depth({ path }: MountLine): number {
  return path === '/' ? 0 : path.split('/').length
}

function isAtOrBelow(path: string, directory: string): boolean {
  return directory === '/' || path === directory || path.startsWith(`${directory}/`)
}
