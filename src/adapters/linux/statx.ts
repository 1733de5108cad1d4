// statx(2): everything about one file in a single call, into memory that is read in place. Exact to
// the nanosecond without a BigInt. The struct has the same layout on every architecture.
import type { ByteString } from '#base'
import { emptyPathPointer } from './byte-path.ts'
import { AT_EMPTY_PATH } from './descriptors.ts'
import { kernel, lastError } from './kernel.ts'

/** Field positions in 32-bit words; 64-bit fields have their low word first. */
export const STATX_WORD = {
  attributes: 2,
  nlink: 4,
  uid: 5,
  gid: 6,
  mode: 7,
  ino: 8,
  size: 10,
  blocks: 12,
  attributesMask: 14,
  ctimeSec: 24,
  ctimeNsec: 26,
  mtimeSec: 28,
  mtimeNsec: 30,
  rdevMajor: 32,
  rdevMinor: 33,
  devMajor: 34,
  devMinor: 35,
} as const

/** All that stat(2) tells, except the access time, which nobody here wants. */
export const STATX_MASK = 0x7df

export const AT_NO_AUTOMOUNT = 0x800

/** Bits of `mode` that say what an entry is. */
export const MODE_KIND_MASK = 0o170000
export const MODE_FILE = 0o100000

const STATX_BYTES = 256

/** This thread's statx memory: the kernel writes to `address`, we read `words`. */
export type StatxMemory = { readonly words: Uint32Array; readonly address: number }

let memory: StatxMemory | undefined

export function statxMemory(): StatxMemory {
  if (memory === undefined) {
    const bytes = new Uint8Array(STATX_BYTES)
    memory = { words: new Uint32Array(bytes.buffer), address: kernel().addressOf(bytes) }
  }
  return memory
}

/** Examines an open descriptor. The answer is valid until the next statx of this thread. */
export function statDescriptor(fd: number, path: ByteString): Uint32Array {
  const { call5, sys } = kernel()
  const { words, address } = statxMemory()
  if (call5(sys.statx, fd, emptyPathPointer(), AT_EMPTY_PATH, STATX_MASK, address) < 0) {
    throw lastError('stat', path)
  }
  return words
}

/** The kernel's 64-bit device number, as stat(2) and Node show it: low word. */
export function deviceLow(major: number, minor: number): number {
  return (((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xfff00) << 12)) >>> 0
}

export function deviceHigh(major: number, minor: number): number {
  return ((major & 0xfffff000) | (minor >>> 20)) >>> 0
}

export function statxWord(words: Uint32Array, at: number): number {
  return words[at] ?? 0
}

/** A 64-bit field; only for what is done once per directory. */
export function statxBigUint64(words: Uint32Array, at: number): bigint {
  return (BigInt(statxWord(words, at + 1)) << 32n) | BigInt(statxWord(words, at))
}

export function statxDevice(words: Uint32Array): bigint {
  const major = statxWord(words, STATX_WORD.devMajor)
  const minor = statxWord(words, STATX_WORD.devMinor)
  return (BigInt(deviceHigh(major, minor)) << 32n) | BigInt(deviceLow(major, minor))
}
