// One directory as listing records (engine/format/listing): the hot loop of an unchanged backup.
//
// Everything happens relative to a descriptor of the directory itself, whose device and inode must
// be the ones that the parent's listing named. So whatever another process renames, or swaps for a
// link, the records describe this directory or there are none.
import { assert, type ByteString } from '#base'
import { KIND_CODE, LISTING_AT, LISTING_FIXED_BYTES } from '#engine'
import { AT_SYMLINK_NOFOLLOW, closeDescriptor, OPEN_DIRECTORY, openQuietly } from './descriptors.ts'
import { kernel, lastError } from './kernel.ts'
import {
  AT_NO_AUTOMOUNT,
  deviceHigh,
  deviceLow,
  MODE_KIND_MASK,
  STATX_MASK,
  STATX_WORD,
  statDescriptor,
  statxBigUint64,
  statxDevice,
  statxMemory,
  statxWord as word,
} from './statx.ts'
import { swapped } from './system-error.ts'

/** Which directory is meant, as its parent's listing has it. */
export type DirectoryIdentity = { readonly dev: bigint; readonly ino: bigint }

export type DirectoryListing = {
  /** Records sorted by name bytes; the caller's to keep or to transfer. */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly count: number
  readonly dev: bigint
  readonly ino: bigint
}

/**
 * Lists `path`, which must still be the directory `expected` where that is given. An entry that
 * cannot be examined has a record with the error's number; a directory that cannot be read whole
 * has no listing.
 * @throws SystemCallError
 */
export function listDirectory(path: ByteString, expected?: DirectoryIdentity): DirectoryListing {
  const fd = openQuietly(path, OPEN_DIRECTORY)
  try {
    const identity = identityOf(fd, path)
    if (expected && (expected.dev !== identity.dev || expected.ino !== identity.ino)) {
      throw swapped('open', path)
    }
    const names = readNames(fd, path)
    names.sort()
    return { ...examineAll(fd, names), ...identity }
  } finally {
    closeDescriptor(fd)
  }
}

/** The identity of whatever stands behind an open descriptor. */
export function identityOf(fd: number, path: ByteString): DirectoryIdentity {
  const words = statDescriptor(fd, path)
  return { dev: statxDevice(words), ino: statxBigUint64(words, STATX_WORD.ino) }
}

// struct linux_dirent64: inode, offset, record length, type, name.
const DIRENT_LENGTH_AT = 16
const DIRENT_NAME_AT = 19
const NAMES_BYTES = 64 * 1024

type NameMemory = { readonly bytes: Buffer; readonly address: number }

let nameMemory: NameMemory | undefined

/** Every name but '.' and '..', in the file system's order. */
function readNames(fd: number, path: ByteString): ByteString[] {
  nameMemory ??= newNameMemory()
  const { bytes, address } = nameMemory
  const { call3, sys } = kernel()
  const names: ByteString[] = []
  for (;;) {
    const length = call3(sys.getdents64, fd, address, NAMES_BYTES)
    if (length < 0) throw lastError('readdir', path)
    if (length === 0) return names
    for (let at = 0; at < length; ) {
      const recordLength = bytes.readUInt16LE(at + DIRENT_LENGTH_AT)
      const start = at + DIRENT_NAME_AT
      at += recordLength
      // Records are padded to eight bytes, so the name's NUL is among the last eight.
      let end = Math.max(start + 1, at - 8)
      while (bytes[end] !== 0) end++
      const name = bytes.toString('latin1', start, end) as ByteString
      if (name !== '.' && name !== '..') names.push(name)
    }
  }
}

function newNameMemory(): NameMemory {
  const bytes = Buffer.alloc(NAMES_BYTES)
  return { bytes, address: kernel().addressOf(bytes) }
}

type Records = { readonly bytes: Uint8Array<ArrayBuffer>; readonly count: number }

type RecordMemory = { readonly bytes: Buffer; readonly view: DataView; readonly address: number }

const RECORDS_BYTES = 256 * 1024
const RECORDS_BYTES_MAX = 2 ** 31
let recordMemory: RecordMemory | undefined

/** One record for each of the sorted names. */
function examineAll(fd: number, names: readonly ByteString[]): Records {
  const { call5, errno, sys } = kernel()
  const { words, address } = statxMemory()
  let memory = recordMemory ?? growRecords(RECORDS_BYTES)
  let at = 0
  let count = 0
  for (let i = 0; i < names.length; i++) {
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
  return { bytes: new Uint8Array(memory.bytes.subarray(0, at)), count }
}

const STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT

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
  assert(length <= RECORDS_BYTES_MAX, 'one directory has fewer than some ten million entries')
  const bytes = Buffer.alloc(length)
  if (recordMemory) bytes.set(recordMemory.bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  recordMemory = { bytes, view, address: kernel().addressOf(bytes) }
  return recordMemory
}
