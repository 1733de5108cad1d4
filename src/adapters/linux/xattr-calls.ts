// Extended attributes of whatever an open descriptor stands for. Files and directories are asked by
// descriptor; links, FIFOs and devices are only ever opened with O_PATH, which the kernel's f-calls
// refuse, so these are asked through /proc/self/fd, whose links lead to the very thing opened.
import type { ByteString } from '#base'
import { encodeXattrs, type Xattr, xattrEncodedBytes, xattrsBytesMax } from '#engine'
import { pathPointer, secondPathPointer } from './byte-path.ts'
import { kernel, lastError } from './kernel.ts'
import { ERRNO, isSystemError, SystemCallError } from './system-error.ts'

/** An open entry; `byPath` when it was opened with O_PATH. */
export type OpenEntry = {
  readonly fd: number
  readonly byPath: boolean
  /** For errors only. */
  readonly path: ByteString
}

export type XattrsRead = {
  /** Canonical, see engine/format/xattrs; no bytes for no attributes. */
  readonly bytes: Uint8Array
  /** Attributes that are there and could not be read: the entry is not whole (B6). */
  readonly unread: readonly { readonly name: ByteString; readonly problem: SystemCallError }[]
}

// XATTR_LIST_MAX and XATTR_SIZE_MAX: no list and no value is larger.
const MEMORY_BYTES = 64 * 1024
const NOTHING: XattrsRead = { bytes: new Uint8Array(0), unread: [] }

type XattrMemory = { readonly bytes: Buffer; readonly address: number }

let memory: XattrMemory | undefined

/** All attributes of an entry. One call and no garbage for the many that have none. */
export function readXattrs(entry: OpenEntry): XattrsRead {
  const names = listXattrs(entry)
  if (names.length === 0) return NOTHING
  const xattrs: Xattr[] = []
  const unread: { name: ByteString; problem: SystemCallError }[] = []
  let room = xattrsBytesMax
  for (const name of names) {
    try {
      const value = getXattr(entry, name)
      // Removed since it was listed: the change of ctime says so to the caller.
      if (value === undefined) continue
      room -= xattrEncodedBytes(name, value.length)
      if (room < 0) throw new SystemCallError('getxattr', ERRNO.E2BIG, name)
      xattrs.push({ name, value })
    } catch (problem) {
      if (!(problem instanceof SystemCallError)) throw problem
      unread.push({ name, problem })
    }
  }
  return { bytes: encodeXattrs(xattrs), unread }
}

const NO_NAMES: readonly ByteString[] = []

/** Names of all attributes; none where the file system has no attributes at all. */
export function listXattrs({ fd, byPath, path }: OpenEntry): readonly ByteString[] {
  const { call3, sys } = kernel()
  const { bytes, address } = xattrMemory()
  const list = (room: number) =>
    byPath
      ? call3(sys.listxattr, pathPointer(descriptorPath(fd)), address, room)
      : call3(sys.flistxattr, fd, address, room)
  // Asked with room, the kernel clears as much of its own first, twice the price of opening the file;
  // asked without, it only counts, which is all it takes for the many that have none.
  const isNone = list(0) === 0
  const length = isNone ? 0 : list(MEMORY_BYTES)
  if (length < 0) {
    const problem = lastError('listxattr', path)
    if (isSystemError(problem, 'EOPNOTSUPP')) return NO_NAMES
    throw problem
  }
  if (length === 0) return NO_NAMES
  const names = bytes.toString('latin1', 0, length - 1).split('\0')
  // Sorted as a set: a file system may list in any order, and one name twice while it changes.
  return [...new Set(names)].sort() as ByteString[]
}

/** The value, or undefined when there is no such attribute. */
export function getXattr(
  { fd, byPath, path }: OpenEntry,
  name: ByteString,
): Uint8Array | undefined {
  const { call5, sys } = kernel()
  const { bytes, address } = xattrMemory()
  const key = secondPathPointer(name)
  const length = byPath
    ? call5(sys.getxattr, pathPointer(descriptorPath(fd)), key, address, MEMORY_BYTES, 0)
    : call5(sys.fgetxattr, fd, key, address, MEMORY_BYTES, 0)
  if (length >= 0) return new Uint8Array(bytes.subarray(0, length))
  const problem = lastError('getxattr', path)
  if (isSystemError(problem, 'ENODATA')) return undefined
  throw problem
}

/** @throws SystemCallError */
export function setXattr({ fd, byPath, path }: OpenEntry, { name, value }: Xattr): void {
  const { call5, sys } = kernel()
  const { bytes, address } = xattrMemory()
  bytes.set(value)
  const key = secondPathPointer(name)
  const answer = byPath
    ? call5(sys.setxattr, pathPointer(descriptorPath(fd)), key, address, value.length, 0)
    : call5(sys.fsetxattr, fd, key, address, value.length, 0)
  if (answer < 0) throw lastError('setxattr', path)
}

/** @throws SystemCallError; an attribute that is not there is no error. */
export function removeXattr({ fd, byPath, path }: OpenEntry, name: ByteString): void {
  const { call3, sys } = kernel()
  const key = secondPathPointer(name)
  const answer = byPath
    ? call3(sys.removexattr, pathPointer(descriptorPath(fd)), key, 0)
    : call3(sys.fremovexattr, fd, key, 0)
  if (answer === 0) return
  const problem = lastError('removexattr', path)
  if (!isSystemError(problem, 'ENODATA')) throw problem
}

/** A path that leads to exactly what `fd` stands for, whatever its name has become. */
export function descriptorPath(fd: number): ByteString {
  return `/proc/self/fd/${fd}` as ByteString
}

function xattrMemory(): XattrMemory {
  if (memory === undefined) {
    const bytes = Buffer.alloc(MEMORY_BYTES)
    memory = { bytes, address: kernel().addressOf(bytes) }
  }
  return memory
}
