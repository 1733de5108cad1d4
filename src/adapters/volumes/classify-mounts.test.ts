// B1 on mount tables as machines show them.
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { classifyMounts } from './classify-mounts.ts'
import { parseMountinfo } from './mountinfo.ts'

/** path → why it is not a volume; 'local' when it is one. */
function judge(text: string) {
  const mounts = classifyMounts(parseMountinfo(text))
  return Object.fromEntries(mounts.map(({ path, foreign }) => [path, foreign ?? 'local']))
}

const pseudo = `
22 1 0:21 / /proc rw,nosuid shared:12 - proc proc rw
23 1 0:22 / /sys rw,nosuid shared:7 - sysfs sysfs rw
24 1 0:5 / /dev rw,nosuid shared:2 - devtmpfs udev rw,size=4k
25 24 0:23 / /dev/pts rw shared:3 - devpts devpts rw,gid=5
26 1 0:24 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=800k
29 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw
35 22 0:29 / /proc/sys/fs/binfmt_misc rw shared:13 - autofs systemd-1 rw,fd=29`

test('B1: ext4, LVM and XFS are local; tmpfs and what the kernel makes up are not', () => {
  const text = `28 0 253:0 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw
${pseudo}
80 28 8:2 / /boot rw shared:30 - ext4 /dev/sda2 rw
81 28 253:3 / /srv/big\\040data rw shared:31 - xfs /dev/mapper/vg-big rw,attr2
82 28 8:1 / /boot/efi rw shared:32 - vfat /dev/sda1 rw
83 28 259:3 / /mnt/win rw - fuseblk /dev/nvme0n1p3 rw`
  deepEqual(judge(text), {
    '/': 'local',
    '/proc': 'kernel',
    '/sys': 'kernel',
    '/dev': 'kernel',
    '/dev/pts': 'kernel',
    '/run': 'memory',
    '/sys/fs/cgroup': 'kernel',
    '/proc/sys/fs/binfmt_misc': 'kernel',
    '/boot': 'local',
    '/srv/big data': 'local',
    '/boot/efi': 'local',
    '/mnt/win': 'local',
  })
})

test('B1: network shares are not crossed into, whatever carries them', () => {
  const text = `28 0 8:1 / / rw - ext4 /dev/sda1 rw
40 28 0:40 / /mnt/nfs rw - nfs4 10.0.0.9:/export rw,vers=4.2
41 28 0:41 / /mnt/smb rw - cifs //server/share rw
42 28 0:42 / /mnt/ssh rw - fuse.sshfs user@host:/ rw
43 28 0:43 / /mnt/oss rw - fuse.ossfs ossfs rw
44 28 0:44 / /mnt/s3 rw - fuse.s3fs s3fs rw
45 28 0:45 / /mnt/gd rw - fuse.rclone remote: rw
46 28 0:46 / /mnt/gluster rw - fuse.glusterfs g:/v rw
47 28 0:47 / /mnt/ceph rw - ceph 1.2.3.4:/ rw
48 28 0:48 / /mnt/host rw - virtiofs share rw
49 28 0:49 / /mnt/new rw - fuse.tomorrowfs x rw
50 28 0:50 / /mnt/odd rw - futurefs /dev/sdz rw`
  deepEqual(judge(text), {
    '/': 'local',
    ...Object.fromEntries(
      'nfs smb ssh oss s3 gd gluster ceph host'
        .split(' ')
        .map((name) => [`/mnt/${name}`, 'network']),
    ),
    '/mnt/new': 'virtual',
    '/mnt/odd': 'virtual',
  })
})

test('B1: bind mounts, overlays and images are no volumes of their own', () => {
  const text = `28 0 8:1 / / rw - ext4 /dev/sda1 rw
50 28 8:1 /home/web /srv/www rw - ext4 /dev/sda1 rw
51 28 7:0 / /snap/core/1 ro - squashfs /dev/loop0 ro
52 28 11:0 / /media/cd ro - iso9660 /dev/sr0 ro
53 28 0:60 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
54 28 8:17 /data /mnt/part rw - ext4 /dev/sdb1 rw
55 28 8:17 / /mnt/whole rw - ext4 /dev/sdb1 rw`
  deepEqual(judge(text), {
    '/': 'local',
    '/srv/www': 'duplicate',
    '/snap/core/1': 'read-only-image',
    '/media/cd': 'read-only-image',
    '/var/lib/docker/overlay2/x/merged': 'overlay',
    // The part is seen before the whole: both are kept, for nothing may be missing.
    '/mnt/part': 'local',
    '/mnt/whole': 'local',
  })
})

test('B1: btrfs subvolumes and ZFS datasets are volumes, their views of the past are not', () => {
  const text = `28 0 0:30 /@ / rw - btrfs /dev/sda2 rw,subvol=/@
60 28 0:30 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home
61 28 0:30 /@/var/log /mnt/log rw - btrfs /dev/sda2 rw
62 28 0:70 / /tank rw - zfs tank rw
63 62 0:71 / /tank/data rw - zfs tank/data rw
64 63 0:72 / /tank/data/.zfs/snapshot/monday ro - zfs tank/data@monday ro`
  deepEqual(judge(text), {
    '/': 'local',
    '/home': 'local',
    '/mnt/log': 'duplicate',
    '/tank': 'local',
    '/tank/data': 'local',
    '/tank/data/.zfs/snapshot/monday': 'duplicate',
  })
})

test('a mount that another one covers is not there', () => {
  const text = `28 0 8:1 / / rw - ext4 /dev/sda1 rw
40 28 8:17 / /data rw - ext4 /dev/sdb1 rw
41 40 8:33 / /data/inner rw - ext4 /dev/sdc1 rw
42 28 0:50 / /data rw - nfs4 s:/x rw
43 42 8:49 / /data/inner rw - xfs /dev/sdd1 rw`
  const mounts = classifyMounts(parseMountinfo(text)).map(({ id, foreign }) => [id, foreign])
  deepEqual(mounts, [
    [28, undefined],
    [42, 'network'],
    [43, undefined],
  ])
})

test('names of any bytes are read, and lines that are none are not', () => {
  const text = `1 0 8:1 / / rw - ext4 /dev/sda1 rw
x
2 1 8:2 / /a\\134b\\011c\\012d\xff rw master:1 propagate_from:2 - ext4 /dev/sda2 rw
3 1 8:3 / /cut`
  const paths = parseMountinfo(text).map(({ path }) => path)
  deepEqual(paths, ['/', '/a\\b\tc\nd\xff'])
  equal(parseMountinfo('').length, 0)
})

test('B1: the overlay that a container stands on is its volume; others below it are not', () => {
  const text = `28 0 0:43 / / rw - overlay overlay rw,lowerdir=/l,upperdir=/u
53 28 0:60 / /srv/merged rw - overlay overlay rw`
  deepEqual(judge(text), { '/': 'local', '/srv/merged': 'overlay' })
})
