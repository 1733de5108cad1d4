// The way to the kernel: `syscall(2)` of the C library through koffi, loaded at first use only, so
// that a command that touches no file tree does not pay for it (2 ms; koffi's own entry takes 15).
//
// Everything passed is a number: descriptors, flags, and addresses of buffers that this room owns
// and keeps alive. A call costs 0.25 µs beyond the kernel's own time and leaves no garbage, where a
// `fs.*Sync` call costs 0.7–0.9 µs and, for a stat, an object of eighteen BigInts.
import { createRequire } from 'node:module'
import { assert } from '#base'
import { SystemCallError } from './system-error.ts'

type Koffi = typeof import('koffi')
type Call2 = (number: number, a: number) => number
type Call4 = (number: number, a: number, b: number, c: number) => number
type Call6 = (number: number, a: number, b: number, c: number, d: number, e: number) => number

export type Kernel = {
  /** One `syscall(2)` by how many arguments it needs at most; the answer is -1 on failure. */
  readonly call1: Call2
  readonly call3: Call4
  readonly call5: Call6
  /** Why the last call of this thread failed. Ask before anything else is called. */
  readonly errno: () => number
  readonly addressOf: (bytes: Uint8Array) => number
  readonly sys: SystemCallNumbers
}

export type SystemCallNumbers = { readonly [name in keyof typeof X64]: number }

let loaded: Kernel | undefined

export function kernel(): Kernel {
  loaded ??= loadKernel()
  return loaded
}

/** The error for a call that just answered -1. */
export function lastError(call: string, path: string): SystemCallError {
  return new SystemCallError(call, kernel().errno(), path)
}

// Numbers from the kernel's tables; x64 has its own, arm64 follows asm-generic.
const X64 = {
  close: 3,
  lseek: 8,
  ioctl: 16,
  pread64: 17,
  pwrite64: 18,
  flock: 73,
  ftruncate: 77,
  fchmod: 91,
  fchown: 93,
  setpriority: 141,
  setxattr: 188,
  fsetxattr: 190,
  getxattr: 191,
  fgetxattr: 193,
  listxattr: 194,
  flistxattr: 196,
  removexattr: 197,
  fremovexattr: 199,
  getdents64: 217,
  fadvise64: 221,
  ioprio_set: 251,
  openat: 257,
  mkdirat: 258,
  mknodat: 259,
  fchownat: 260,
  unlinkat: 263,
  linkat: 265,
  symlinkat: 266,
  readlinkat: 267,
  fchmodat: 268,
  utimensat: 280,
  fallocate: 285,
  syncfs: 306,
  renameat2: 316,
  statx: 332,
  openat2: 437,
}

const ARM64: SystemCallNumbers = {
  fsetxattr: 7,
  setxattr: 5,
  getxattr: 8,
  fgetxattr: 10,
  listxattr: 11,
  flistxattr: 13,
  removexattr: 14,
  fremovexattr: 16,
  ioctl: 29,
  ioprio_set: 30,
  flock: 32,
  mknodat: 33,
  mkdirat: 34,
  unlinkat: 35,
  symlinkat: 36,
  linkat: 37,
  ftruncate: 46,
  fallocate: 47,
  fchmod: 52,
  fchmodat: 53,
  fchownat: 54,
  fchown: 55,
  openat: 56,
  close: 57,
  getdents64: 61,
  lseek: 62,
  pread64: 67,
  pwrite64: 68,
  readlinkat: 78,
  utimensat: 88,
  setpriority: 140,
  fadvise64: 223,
  syncfs: 267,
  renameat2: 276,
  statx: 291,
  openat2: 437,
}

function loadKernel(): Kernel {
  assert(process.platform === 'linux', 'the Linux file tree runs on Linux')
  const sys = systemCallNumbers(process.arch)
  const koffi = loadKoffi(process.arch)
  const libc = koffi.load(null)
  // Variadic in C; on both architectures its arguments travel like those of a plain function.
  // int64 answers are numbers here, never BigInts: none of ours leaves the safe integers.
  const syscall = (count: number) =>
    libc.func('syscall', 'int64', new Array<string>(count + 1).fill('int64'))
  return {
    call1: syscall(1),
    call3: syscall(3),
    call5: syscall(5),
    errno: koffi.errno,
    addressOf: (bytes) => addressOf(koffi, bytes),
    sys,
  }
}

/** Another function of the C library, all of whose numbers are `int`; undefined: this one has none of that name. */
export function libraryCall(
  name: string,
  numbers: number,
): ((...given: number[]) => number) | undefined {
  const libc = loadKoffi(process.arch).load(null)
  try {
    return libc.func(name, 'int', new Array<string>(numbers).fill('int'))
  } catch {
    return undefined
  }
}

export function systemCallNumbers(arch: string): SystemCallNumbers {
  if (arch === 'x64') return X64
  assert(arch === 'arm64', 'system calls are known for x64 and arm64')
  return ARM64
}

function loadKoffi(arch: string): Koffi {
  const require = createRequire(import.meta.url)
  try {
    // The binding itself: koffi's own entry first reads the ELF headers of Node to tell musl from
    // glibc, and Node 26 as pinned is always the latter.
    return require(`@koromix/koffi-linux-${arch}/linux_${arch}/koffi.node`)
  } catch (problem) {
    if (!(problem instanceof Error && 'code' in problem)) throw problem
    return require('koffi')
  }
}

function addressOf(koffi: Koffi, bytes: Uint8Array): number {
  // V8 keeps the bytes of a small array inside its moving heap until someone asks for its buffer;
  // from then on they stay where they are.
  assert(bytes.buffer.byteLength >= bytes.length, 'an array has its buffer')
  const address = Number(koffi.address(bytes))
  assert(Number.isSafeInteger(address), 'an address is a safe integer')
  return address
}
