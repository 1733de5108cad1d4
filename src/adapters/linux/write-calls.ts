// The calls that change a disk, each relative to an open directory or on an open file.
import { constants } from 'node:fs'
import { type ByteString, unreachable } from '#base'
import { pathPointer, secondPathPointer } from './byte-path.ts'
import { AT_FDCWD, O_CLOEXEC, type OpenRequest } from './descriptors.ts'
import { kernel, lastError } from './kernel.ts'
import { deviceLow } from './statx.ts'
import { isSystemError } from './system-error.ts'
import { descriptorPath, type OpenEntry } from './xattr-calls.ts'

export const OPEN_NEW_FILE =
  constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | O_CLOEXEC

/** A file in place, for its flags only. */
export const OPEN_AGAIN: OpenRequest = {
  flags: constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC,
}

/** A file in place, to be changed. */
export const OPEN_EXISTING: OpenRequest = {
  flags: constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC,
}

/** Writes all of `bytes`. @throws SystemCallError */
export function writeAt({ fd, path }: OpenEntry, bytes: Uint8Array, position: number): void {
  const { addressOf, call5, sys } = kernel()
  if (bytes.length === 0) return
  const address = addressOf(bytes)
  let done = 0
  while (done < bytes.length) {
    const count = call5(sys.pwrite64, fd, address + done, bytes.length - done, position + done, 0)
    if (count >= 0) {
      done += count
      continue
    }
    const problem = lastError('write', path)
    if (!isSystemError(problem, 'EINTR')) throw problem
  }
}

export function setFileSize({ fd, path }: OpenEntry, size: number): void {
  const { call3, sys } = kernel()
  if (call3(sys.ftruncate, fd, size, 0) < 0) throw lastError('truncate', path)
}

const KEEP_SIZE_PUNCH_HOLE = 3

/** The stretch reads as zeros and takes no space. @throws SystemCallError */
export function punchHole({ fd, path }: OpenEntry, from: number, to: number): void {
  const { call5, sys } = kernel()
  const answer = call5(sys.fallocate, fd, KEEP_SIZE_PUNCH_HOLE, from, to - from, 0)
  if (answer < 0) throw lastError('fallocate', path)
}

export function makeSymlinkAt(parent: number, name: ByteString, target: ByteString): void {
  const { call3, sys } = kernel()
  const answer = call3(sys.symlinkat, pathPointer(target), parent, secondPathPointer(name))
  if (answer < 0) throw lastError('symlink', name)
}

export type DeviceNumber = { readonly major: number; readonly minor: number }

export type NodeKind = 'fifo' | 'charDevice' | 'blockDevice'

export type NewNode = {
  readonly name: ByteString
  readonly kind: NodeKind
  readonly rdev: DeviceNumber
}

export function makeNodeAt(parent: number, { name, kind, rdev }: NewNode): void {
  const { call5, sys } = kernel()
  const device = kind === 'fifo' ? 0 : deviceLow(rdev.major, rdev.minor)
  const mode = kindBits(kind) | 0o600
  const answer = call5(sys.mknodat, parent, pathPointer(name), mode, device, 0)
  if (answer < 0) throw lastError('mknod', name)
}

const AT_SYMLINK_FOLLOW = 0x400

/** A further name for exactly what `fd` stands for; /proc's link leads to it and not through a path. */
export function linkDescriptor(fd: number, parent: number, name: ByteString): void {
  const { call5, sys } = kernel()
  const from = pathPointer(descriptorPath(fd))
  const to = secondPathPointer(name)
  if (call5(sys.linkat, AT_FDCWD, from, parent, to, AT_SYMLINK_FOLLOW) < 0)
    throw lastError('link', name)
}

const RENAME_NOREPLACE = 1

export type Renaming = {
  readonly from: ByteString
  readonly to: ByteString
  readonly placing: 'new' | 'replace'
}

/** Within one directory. @throws SystemCallError `exists` when 'new' finds something. */
export function renameAt(parent: number, { from, to, placing }: Renaming): void {
  const { call5, sys } = kernel()
  const flags = placing === 'new' ? RENAME_NOREPLACE : 0
  if (call5(sys.renameat2, parent, pathPointer(from), parent, secondPathPointer(to), flags) === 0)
    return
  const problem = lastError('rename', to)
  // NFS and some FUSE file systems have no such flag; link(2) replaces nothing anywhere.
  if (placing === 'replace' || !isSystemError(problem, 'EINVAL')) throw problem
  if (call5(sys.linkat, parent, pathPointer(from), parent, secondPathPointer(to), 0) < 0) {
    throw lastError('link', to)
  }
  unlinkAt(parent, from, 'must be there')
}

export function unlinkAt(
  parent: number,
  name: ByteString,
  absent: 'must be there' | 'may be absent',
): void {
  const { call3, sys } = kernel()
  if (call3(sys.unlinkat, parent, pathPointer(name), 0) === 0) return
  const problem = lastError('unlink', name)
  if (absent === 'must be there' || !isSystemError(problem, 'ENOENT')) throw problem
}

export function syncFileSystem(fd: number): void {
  const { call1, sys } = kernel()
  if (call1(sys.syncfs, fd) < 0) throw lastError('syncfs', '')
}

export function kindBits(kind: NodeKind): number {
  switch (kind) {
    case 'fifo':
      return constants.S_IFIFO
    case 'charDevice':
      return constants.S_IFCHR
    case 'blockDevice':
      return constants.S_IFBLK
    default:
      return unreachable(kind)
  }
}
