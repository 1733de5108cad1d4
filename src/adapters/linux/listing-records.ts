// Listing records from the kernel's answers: one page of a directory's names, or one file. The format
// is engine/format/listing; this file fills it without an object or a BigInt per entry.
import { assert, type ByteString } from '#base'
import { KIND_CODE, LISTING_AT, LISTING_FIXED_BYTES } from '#engine'
import {
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  closeDescriptor,
  OPEN_ENTRY,
  openAt,
  openStraight,
} from './descriptors.ts'
import { kernel } from './kernel.ts'
import {
  AT_NO_AUTOMOUNT,
  deviceHigh,
  deviceLow,
  MODE_KIND_MASK,
  STATX_MASK,
  STATX_WORD,
  statDescriptor,
  statxMemory,
  statxWord as word,
} from './statx.ts'
import { isSystemError } from './system-error.ts'

export type Records = { readonly bytes: Uint8Array<ArrayBuffer>; readonly count: number }

type RecordMemory = { readonly bytes: Buffer; readonly view: DataView; readonly address: number }

/** The part of a directory's sorted names that a page is made of. */
export type NameRange = {
  readonly names: readonly ByteString[]
  readonly from: number
  readonly to: number
}

const RECORDS_BYTES = 256 * 1024
const RECORDS_BYTES_KEPT = 4 * 1024 * 1024
const RECORDS_BYTES_MAX = 2 ** 31
const STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT

let recordMemory: RecordMemory | undefined

/** Records of names in the directory behind `fd`; one that cannot be examined carries the errno. */
export function examineNames(fd: number, { names, from, to }: NameRange): Records {
  const { call5, errno, sys } = kernel()
  const { words, address } = statxMemory()
  let memory = recordMemory ?? growRecords(RECORDS_BYTES)
  let at = 0
  let count = 0
  for (let i = from; i < to; i++) {
    const name = names[i] ?? ''
    // A directory that changes while it is read may give a name twice.
    if (i > 0 && name === names[i - 1]) continue
    const next = at + LISTING_FIXED_BYTES + name.length
    if (next >= memory.bytes.length) memory = growRecords(next * 2)
    const { bytes, view } = memory
    bytes.write(name, at + LISTING_AT.name, 'latin1')
    // The record's own copy of the name is what the kernel reads; the next record covers the NUL.
    bytes[next] = 0
    const pointer = memory.address + at + LISTING_AT.name
    if (call5(sys.statx, fd, pointer, STAT_FLAGS, STATX_MASK, address) < 0) {
      bytes.fill(0, at, at + LISTING_AT.name)
      view.setUint8(at + LISTING_AT.error, errno())
    } else {
      putRecord(view, at, words)
    }
    view.setUint16(at + LISTING_AT.nameLength, name.length, true)
    at = next
    count++
  }
  const records = { bytes: new Uint8Array(memory.bytes.subarray(0, at)), count }
  if (memory.bytes.length > RECORDS_BYTES_KEPT) recordMemory = undefined
  return records
}

/** The record of what stands behind an open descriptor now. @throws SystemCallError */
export function examineDescriptor(fd: number, name: ByteString): Uint8Array<ArrayBuffer> {
  const words = statDescriptor(fd, name)
  const bytes = new Uint8Array(LISTING_FIXED_BYTES + name.length)
  const view = new DataView(bytes.buffer)
  putRecord(view, 0, words)
  view.setUint16(LISTING_AT.nameLength, name.length, true)
  for (let i = 0; i < name.length; i++) bytes[LISTING_AT.name + i] = name.charCodeAt(i)
  return bytes
}

/**
 * The record of a name in the directory `parent`, or of an absolute path, without following a link
 * at its end or on the way; undefined when the kernel says that there is none. @throws SystemCallError
 */
export function findRecord(
  path: ByteString,
  parent = AT_FDCWD,
): Uint8Array<ArrayBuffer> | undefined {
  let fd: number
  try {
    fd =
      parent === AT_FDCWD
        ? openStraight(path, OPEN_ENTRY)
        : openAt(parent, path, { flags: OPEN_ENTRY })
  } catch (problem) {
    if (isSystemError(problem, 'ENOENT')) return undefined
    throw problem
  }
  try {
    return examineDescriptor(fd, path.slice(path.lastIndexOf('/') + 1) as ByteString)
  } finally {
    closeDescriptor(fd)
  }
}

/** All fields but the name's; plain words copied, 0.05 µs. */
function putRecord(view: DataView, at: number, words: Uint32Array): void {
  const mode = word(words, STATX_WORD.mode) & 0xffff
  view.setUint8(at + LISTING_AT.kind, KIND_BY_MODE[(mode & MODE_KIND_MASK) >>> 12] ?? 0)
  view.setUint8(at + LISTING_AT.error, 0)
  view.setUint32(at + LISTING_AT.mode, mode & 0o7777, true)
  view.setUint32(at + LISTING_AT.uid, word(words, STATX_WORD.uid), true)
  view.setUint32(at + LISTING_AT.gid, word(words, STATX_WORD.gid), true)
  view.setUint32(at + LISTING_AT.nlink, word(words, STATX_WORD.nlink), true)
  putLong(view, at + LISTING_AT.size, words, STATX_WORD.size)
  putLong(view, at + LISTING_AT.mtimeSec, words, STATX_WORD.mtimeSec)
  view.setUint32(at + LISTING_AT.mtimeNsec, word(words, STATX_WORD.mtimeNsec), true)
  putLong(view, at + LISTING_AT.ctimeSec, words, STATX_WORD.ctimeSec)
  view.setUint32(at + LISTING_AT.ctimeNsec, word(words, STATX_WORD.ctimeNsec), true)
  putLong(view, at + LISTING_AT.ino, words, STATX_WORD.ino)
  putLong(view, at + LISTING_AT.blocks, words, STATX_WORD.blocks)
  const devMajor = word(words, STATX_WORD.devMajor)
  const devMinor = word(words, STATX_WORD.devMinor)
  view.setUint32(at + LISTING_AT.dev, deviceLow(devMajor, devMinor), true)
  view.setUint32(at + LISTING_AT.dev + 4, deviceHigh(devMajor, devMinor), true)
  const rdevMajor = word(words, STATX_WORD.rdevMajor)
  const rdevMinor = word(words, STATX_WORD.rdevMinor)
  view.setUint32(at + LISTING_AT.rdev, deviceLow(rdevMajor, rdevMinor), true)
  view.setUint32(at + LISTING_AT.rdev + 4, deviceHigh(rdevMajor, rdevMinor), true)
}

/** S_IFMT's four bits to the record's kind. */
const KIND_BY_MODE = new Uint8Array(16)
KIND_BY_MODE[0o01] = KIND_CODE.fifo
KIND_BY_MODE[0o02] = KIND_CODE.charDevice
KIND_BY_MODE[0o04] = KIND_CODE.directory
KIND_BY_MODE[0o06] = KIND_CODE.blockDevice
KIND_BY_MODE[0o10] = KIND_CODE.file
KIND_BY_MODE[0o12] = KIND_CODE.symlink
KIND_BY_MODE[0o14] = KIND_CODE.socket

function putLong(view: DataView, at: number, words: Uint32Array, from: number): void {
  view.setUint32(at, word(words, from), true)
  view.setUint32(at + 4, word(words, from + 1), true)
}

/** This thread's memory for records; what was written before stays when it grows. */
function growRecords(length: number): RecordMemory {
  assert(
    length <= RECORDS_BYTES_MAX,
    'a page of a directory has fewer than some ten million entries',
  )
  const bytes = Buffer.alloc(length)
  if (recordMemory) bytes.set(recordMemory.bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  recordMemory = { bytes, view, address: kernel().addressOf(bytes) }
  return recordMemory
}
