// Owner, mode, attributes, flags and times of a restored entry, in the one order that keeps them:
// chown clears setuid and capabilities, an inherited ACL changes what a mode means, writing anything
// changes the times, and an immutable file takes no change at all.
//
// What the caller did not allow (A16), or the system refused, is not applied and is answered: the
// content is restored all the same, and the report says what the entry lacks.
import { type ByteString, displayName } from '#base'
import {
  decodeXattrs,
  guardTree,
  isAcl,
  isPrivilegedXattr,
  type ListedKind,
  type Xattr,
} from '#engine'
import { emptyPathPointer, pathPointer } from './byte-path.ts'
import { AT_EMPTY_PATH, AT_FDCWD } from './descriptors.ts'
import {
  changeInodeFlags,
  FLAGS_AT_THE_END,
  FLAGS_BEFORE_CONTENT,
  FLAGS_KEPT,
} from './inode-flags.ts'
import { kernel, lastError } from './kernel.ts'
import { STATX_WORD, statDescriptor, statxWord } from './statx.ts'
import { ERRNO, SystemCallError, type SystemErrorReason } from './system-error.ts'
import { descriptorPath, listXattrs, type OpenEntry, removeXattr, setXattr } from './xattr-calls.ts'

export type WritePermissions = {
  /** uid and gid as in the metadata; otherwise what we create is ours. */
  readonly owner: boolean
  /** setuid and setgid of files. A directory's setgid gives nobody a right and is always kept. */
  readonly setIds: boolean
  readonly devices: boolean
  /** security.*, trusted.* and other attributes that change what the system allows. */
  readonly privilegedXattrs: boolean
  readonly inodeFlags: boolean
}

export type EntryMetadata = {
  readonly kind: ListedKind
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeSec: number
  readonly mtimeNsec: number
  /** As engine/format/xattrs encodes them. */
  readonly xattrs?: Uint8Array | undefined
  readonly inodeFlags?: number | undefined
}

/** Something the restored entry lacks. */
export type Shortfall = {
  readonly what:
    | 'owner'
    | 'setIds'
    | 'mode'
    | 'xattr'
    | 'acl'
    | 'inodeFlags'
    | 'times'
    | 'device'
    | 'socket'
  /** stripped: not allowed by the caller; anything else is the system's answer. */
  readonly reason: 'stripped' | SystemErrorReason
  readonly detail: string
}

const SET_IDS = 0o6000

/** Everything but the flags that end all changes; see `sealFlags`. @throws tree.malformed */
export function applyMetadata(
  entry: OpenEntry,
  metadata: EntryMetadata,
  permissions: WritePermissions,
): Shortfall[] {
  const shortfalls: Shortfall[] = []
  const attempt = attempts(shortfalls)
  const wanted = guardTree(() => decodeXattrs(metadata.xattrs ?? NO_BYTES))
  if (permissions.owner) attempt('owner', () => changeOwner(entry, metadata))
  if (metadata.kind !== 'symlink') {
    removeOthers(entry, wanted, shortfalls)
    attempt('mode', () =>
      changeMode(entry, permittedMode(entry, metadata, permissions, shortfalls)),
    )
  }
  for (const xattr of wanted) {
    if (isPrivilegedXattr(xattr.name) && !permissions.privilegedXattrs) {
      shortfalls.push({ what: 'xattr', reason: 'stripped', detail: displayName(xattr.name) })
    } else {
      attempt(isAcl(xattr.name) ? 'acl' : 'xattr', () => setXattr(entry, xattr), xattr.name)
    }
  }
  shortfalls.push(...someFlags(entry, metadata, { permissions, mask: FLAGS_BETWEEN }))
  attempt('times', () => changeTimes(entry, metadata))
  return shortfalls
}

/** Flags that say how content is to be written, for a file that is still empty. */
export function prepareFlags(
  entry: OpenEntry,
  metadata: EntryMetadata,
  permissions: WritePermissions,
): Shortfall[] {
  return someFlags(entry, metadata, { permissions, mask: FLAGS_BEFORE_CONTENT })
}

/** Immutable and append-only: after the rename into place, after everything. */
export function sealFlags(
  entry: OpenEntry,
  metadata: EntryMetadata,
  permissions: WritePermissions,
): Shortfall[] {
  return someFlags(entry, metadata, { permissions, mask: FLAGS_AT_THE_END })
}

const NO_BYTES = new Uint8Array(0)
const FLAGS_BETWEEN = FLAGS_KEPT & ~FLAGS_AT_THE_END & ~FLAGS_BEFORE_CONTENT

type Attempt = (what: Shortfall['what'], act: () => void, name?: ByteString) => void

/** Runs an act; what the system refuses becomes a shortfall, anything else is thrown on. */
function attempts(shortfalls: Shortfall[]): Attempt {
  return (what, act, name) => {
    try {
      act()
    } catch (problem) {
      if (!(problem instanceof SystemCallError)) throw problem
      const detail =
        name === undefined ? problem.message : `${displayName(name)}: ${problem.message}`
      shortfalls.push({ what, reason: problem.reason, detail })
    }
  }
}

function someFlags(
  entry: OpenEntry,
  metadata: EntryMetadata,
  { permissions, mask }: { readonly permissions: WritePermissions; readonly mask: number },
): Shortfall[] {
  const { kind, inodeFlags } = metadata
  if (inodeFlags === undefined || !(kind === 'file' || kind === 'directory')) return []
  const flags = (inodeFlags & mask) >>> 0
  if (!permissions.inodeFlags) {
    if (flags === 0) return []
    return [{ what: 'inodeFlags', reason: 'stripped', detail: `0x${flags.toString(16)}` }]
  }
  // What the directory passed on is taken off again, but not at the price of a call for every file.
  if (flags === 0 && mask !== FLAGS_BETWEEN) return []
  const shortfalls: Shortfall[] = []
  attempts(shortfalls)('inodeFlags', () => changeInodeFlags(entry.fd, entry.path, { flags, mask }))
  return shortfalls
}

function changeOwner({ fd, byPath, path }: OpenEntry, { uid, gid }: EntryMetadata): void {
  const { call3, call5, sys } = kernel()
  const answer = byPath
    ? call5(sys.fchownat, fd, emptyPathPointer(), uid, gid, AT_EMPTY_PATH)
    : call3(sys.fchown, fd, uid, gid)
  if (answer < 0) throw lastError('chown', path)
}

/** Attributes inherited from the directory's default ACL, or left from what stood here before. */
function removeOthers(entry: OpenEntry, wanted: readonly Xattr[], shortfalls: Shortfall[]): void {
  const attempt = attempts(shortfalls)
  attempt('xattr', () => {
    for (const name of listXattrs(entry)) {
      // Labels are the system's to give; a file without one is not more faithful.
      if (isPrivilegedXattr(name) || wanted.some((xattr) => xattr.name === name)) continue
      attempt(isAcl(name) ? 'acl' : 'xattr', () => removeXattr(entry, name), name)
    }
  })
}

/** The mode without what is not allowed. A setuid file of the wrong owner would be a gift to that one. */
function permittedMode(
  entry: OpenEntry,
  { kind, mode, uid, gid }: EntryMetadata,
  permissions: WritePermissions,
  shortfalls: Shortfall[],
): number {
  if (kind === 'directory' || (mode & SET_IDS) === 0) return mode
  const plain = mode & ~SET_IDS
  const detail = `0${(mode & SET_IDS).toString(8)}`
  if (!permissions.setIds) {
    shortfalls.push({ what: 'setIds', reason: 'stripped', detail })
    return plain
  }
  const words = statDescriptor(entry.fd, entry.path)
  if (statxWord(words, STATX_WORD.uid) === uid && statxWord(words, STATX_WORD.gid) === gid)
    return mode
  shortfalls.push({ what: 'setIds', reason: 'stripped', detail: `${detail}: the owner is another` })
  return plain
}

function changeMode({ fd, byPath, path }: OpenEntry, mode: number): void {
  const { call3, sys } = kernel()
  const answer = byPath
    ? call3(sys.fchmodat, AT_FDCWD, pathPointer(descriptorPath(fd)), mode)
    : call3(sys.fchmod, fd, mode, 0)
  if (answer < 0) throw lastError('chmod', path)
  // Without the right to it the kernel drops setgid and says nothing.
  if ((mode & SET_IDS) === 0) return
  const now = statxWord(statDescriptor(fd, path), STATX_WORD.mode) & 0o7777
  if (now !== mode) throw new SystemCallError('chmod', ERRNO.EPERM, path)
}

const UTIME_OMIT = 0x3fff_fffe
/** Two struct timespec. */
const TIMES_BYTES = 32
const SECONDS_32_BIT = 2 ** 31

let timesMemory: { readonly view: DataView; readonly address: number } | undefined

function changeTimes(
  { fd, byPath, path }: OpenEntry,
  { mtimeSec, mtimeNsec }: EntryMetadata,
): void {
  const { addressOf, call5, sys } = kernel()
  if (timesMemory === undefined) {
    const bytes = new Uint8Array(TIMES_BYTES)
    timesMemory = { view: new DataView(bytes.buffer), address: addressOf(bytes) }
  }
  const { view, address } = timesMemory
  view.setBigInt64(8, BigInt(UTIME_OMIT), true)
  view.setBigInt64(16, BigInt(mtimeSec), true)
  view.setBigInt64(24, BigInt(mtimeNsec), true)
  const answer = byPath
    ? call5(sys.utimensat, AT_FDCWD, pathPointer(descriptorPath(fd)), address, 0, 0)
    : call5(sys.utimensat, fd, 0, address, 0, 0)
  if (answer < 0) throw lastError('utimens', path)
  // File systems move times they cannot hold to the nearest they can, and say nothing.
  if (mtimeSec >= 0 && mtimeSec < SECONDS_32_BIT) return
  const words = statDescriptor(fd, path)
  const high = statxWord(words, STATX_WORD.mtimeSec + 1) | 0
  const seconds = high * 2 ** 32 + statxWord(words, STATX_WORD.mtimeSec)
  if (seconds !== mtimeSec) throw new SystemCallError('utimens', ERRNO.ERANGE, path)
}
