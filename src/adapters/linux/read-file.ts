// Reading one entry of a source, so that what is stored is what was there (B6): opened without
// following a link, at its end or on the way, without touching its access time and without waiting for whoever has a FIFO's
// other end; compared after the last read with the listing record that made us read it.
import { constants } from 'node:fs'
import { assert, type ByteString } from '#base'
import { KIND_CODE, LISTING_AT } from '#engine'
import { emptyPathPointer } from './byte-path.ts'
import {
  closeDescriptor,
  O_CLOEXEC,
  OPEN_DIRECTORY,
  OPEN_ENTRY,
  openQuietly,
  openStraight,
} from './descriptors.ts'
import { kernel, lastError } from './kernel.ts'
import { deviceHigh, deviceLow, STATX_WORD, statDescriptor, statxWord } from './statx.ts'
import { isSystemError, swapped } from './system-error.ts'
import type { OpenEntry } from './xattr-calls.ts'

const OPEN_FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | O_CLOEXEC

/** Opens what a listing record of this kind speaks of; close it with `closeDescriptor`. */
export function openEntry(path: ByteString, kindCode: number): OpenEntry {
  if (kindCode === KIND_CODE.file) return { fd: openQuietly(path, OPEN_FILE), byPath: false, path }
  if (kindCode === KIND_CODE.directory) {
    return { fd: openQuietly(path, OPEN_DIRECTORY), byPath: false, path }
  }
  return { fd: openStraight(path, OPEN_ENTRY), byPath: true, path }
}

export type ReadRequest = {
  readonly into: Uint8Array
  readonly at: number
  readonly length: number
  /** Where in the file. */
  readonly position: number
}

/** Reads until `length` bytes are there or the file ends; answers how many. @throws SystemCallError */
export function readAt({ fd, path }: OpenEntry, request: ReadRequest): number {
  const { into, at, length, position } = request
  assert(at + length <= into.length, 'what is read fits where it goes')
  const { addressOf, call5, sys } = kernel()
  const address = addressOf(into) + at
  let done = 0
  while (done < length) {
    const count = call5(sys.pread64, fd, address + done, length - done, position + done, 0)
    if (count === 0) return done
    if (count > 0) {
      done += count
      continue
    }
    const problem = lastError('read', path)
    if (!isSystemError(problem, 'EINTR')) throw problem
  }
  return done
}

/**
 * same: as listed · changed: the same file with other content or attributes · replaced: another file
 * under this name, whose bytes must not be kept as this one's.
 */
export type SinceListed = 'same' | 'changed' | 'replaced'

/** What became of an open entry since its record (at `at` in `view`) was listed. */
export function compareWithListing(
  { fd, path }: OpenEntry,
  view: DataView,
  at: number,
): SinceListed {
  const words = statDescriptor(fd, path)
  const major = statxWord(words, STATX_WORD.devMajor)
  const minor = statxWord(words, STATX_WORD.devMinor)
  const sameFile =
    deviceLow(major, minor) === view.getUint32(at + LISTING_AT.dev, true) &&
    deviceHigh(major, minor) === view.getUint32(at + LISTING_AT.dev + 4, true) &&
    isEqualLong(words, STATX_WORD.ino, view, at + LISTING_AT.ino)
  if (!sameFile) return 'replaced'
  const sameState =
    isEqualLong(words, STATX_WORD.size, view, at + LISTING_AT.size) &&
    isEqualLong(words, STATX_WORD.mtimeSec, view, at + LISTING_AT.mtimeSec) &&
    statxWord(words, STATX_WORD.mtimeNsec) === view.getUint32(at + LISTING_AT.mtimeNsec, true) &&
    isEqualLong(words, STATX_WORD.ctimeSec, view, at + LISTING_AT.ctimeSec) &&
    statxWord(words, STATX_WORD.ctimeNsec) === view.getUint32(at + LISTING_AT.ctimeNsec, true)
  return sameState ? 'same' : 'changed'
}

const SEEK_DATA = 3
const SEEK_HOLE = 4

export type Extent = { readonly from: number; readonly to: number }

/**
 * The first stretch of data at or after `from` in a file of `size` bytes; undefined when only a hole
 * is left. A file system without holes answers with the whole rest.
 */
export function nextData({ fd, path }: OpenEntry, from: number, size: number): Extent | undefined {
  if (from >= size) return undefined
  const { call3, sys } = kernel()
  const start = call3(sys.lseek, fd, from, SEEK_DATA)
  if (start < 0) {
    const problem = lastError('lseek', path)
    if (isSystemError(problem, 'ENXIO')) return undefined
    if (isSystemError(problem, 'EINVAL') || problem.reason === 'unsupported')
      return { from, to: size }
    throw problem
  }
  if (start >= size) return undefined
  const end = call3(sys.lseek, fd, start, SEEK_HOLE)
  // A file that is cut or punched between the two questions: the whole rest is a safe answer, and
  // the comparison after the read tells.
  if (end <= start) return { from: start, to: size }
  return { from: start, to: Math.min(end, size) }
}

const FADV_SEQUENTIAL = 2
const FADV_DONTNEED = 4

/** A large file will be read once from front to back. Advice: an answer changes nothing. */
export function adviseSequential({ fd }: OpenEntry): void {
  const { call5, sys } = kernel()
  call5(sys.fadvise64, fd, 0, 0, FADV_SEQUENTIAL, 0)
}

/** The system's cache need not keep this stretch on our account. Advice, as above. */
export function adviseRead({ fd }: OpenEntry, { from, to }: Extent): void {
  const { call5, sys } = kernel()
  call5(sys.fadvise64, fd, from, to - from, FADV_DONTNEED, 0)
}

/** Linux keeps link targets below PATH_MAX. */
const TARGET_BYTES_MAX = 4096

let targetMemory: { readonly bytes: Uint8Array; readonly address: number } | undefined

/** The bytes a symbolic link holds; `entry` was opened as a link. @throws SystemCallError */
export function readLinkTarget({ fd, path }: OpenEntry): Uint8Array<ArrayBuffer> {
  const { addressOf, call5, sys } = kernel()
  if (targetMemory === undefined) {
    const bytes = new Uint8Array(TARGET_BYTES_MAX)
    targetMemory = { bytes, address: addressOf(bytes) }
  }
  const { bytes, address } = targetMemory
  const length = call5(sys.readlinkat, fd, emptyPathPointer(), address, TARGET_BYTES_MAX, 0)
  if (length < 0) {
    const problem = lastError('readlink', path)
    // What stands here is no link any more.
    if (isSystemError(problem, 'ENOENT') || isSystemError(problem, 'EINVAL'))
      throw swapped('readlink', path)
    throw problem
  }
  assert(length < TARGET_BYTES_MAX, 'a link target is shorter than a path may be')
  return bytes.slice(0, length)
}

export function closeEntry({ fd }: OpenEntry): void {
  closeDescriptor(fd)
}

function isEqualLong(words: Uint32Array, from: number, view: DataView, at: number): boolean {
  return (
    statxWord(words, from) === view.getUint32(at, true) &&
    statxWord(words, from + 1) === view.getUint32(at + 4, true)
  )
}
