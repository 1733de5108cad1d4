// Inode flags, as lsattr(1) shows them: only on files and directories, only on file systems that have
// them. The request numbers and bits are the same on x64 and arm64.
import type { ByteString } from '#base'
import { kernel, lastError } from './kernel.ts'
import { isSystemError } from './system-error.ts'

const FS_IOC_GETFLAGS = 0x80086601
const FS_IOC_SETFLAGS = 0x40086602

/** These take effect on what is written afterwards, so they are set on the empty file: COMPR, NOCOW. */
export const FLAGS_BEFORE_CONTENT = 0x0080_0004
/** These forbid every further change, so they are set when all is done: IMMUTABLE, APPEND. */
export const FLAGS_AT_THE_END = 0x0000_0030

/** What a user may choose, of all that the kernel reports: not EXTENTS, INDEX, ENCRYPT, VERITY… */
export const FLAGS_KEPT =
  FLAGS_BEFORE_CONTENT |
  FLAGS_AT_THE_END |
  0x0000_0003 | // SECRM, UNRM
  0x0000_00c8 | // SYNC, NODUMP, NOATIME
  0x0003_c000 | // JOURNAL_DATA, NOTAIL, DIRSYNC, TOPDIR
  0x2000_0000 // PROJINHERIT

// The kernel writes 32 bits although the request's number says otherwise; there is room for both.
let memory: { readonly word: Uint32Array; readonly address: number } | undefined

/** The flags worth keeping; undefined where the file system has none. @throws SystemCallError */
export function readInodeFlags(fd: number, path: ByteString): number | undefined {
  const all = getFlags(fd, path)
  return all === undefined ? undefined : (all & FLAGS_KEPT) >>> 0
}

/** Sets those of `flags` that are among `mask` and leaves all others as they are. */
export function changeInodeFlags(fd: number, path: ByteString, { flags, mask }: FlagChange): void {
  const { call3, sys } = kernel()
  const now = getFlags(fd, path)
  const wanted = (((now ?? 0) & ~mask) | (flags & mask)) >>> 0
  if (wanted === (now ?? 0)) return
  const { word, address } = flagMemory()
  word[0] = wanted
  if (call3(sys.ioctl, fd, FS_IOC_SETFLAGS, address) < 0) throw lastError('setflags', path)
}

export type FlagChange = { readonly flags: number; readonly mask: number }

function getFlags(fd: number, path: ByteString): number | undefined {
  const { call3, sys } = kernel()
  const { word, address } = flagMemory()
  if (call3(sys.ioctl, fd, FS_IOC_GETFLAGS, address) === 0) return word[0]
  const problem = lastError('getflags', path)
  if (isSystemError(problem, 'ENOTTY') || problem.reason === 'unsupported') return undefined
  throw problem
}

function flagMemory(): { readonly word: Uint32Array; readonly address: number } {
  if (memory === undefined) {
    const word = new Uint32Array(2)
    memory = { word, address: kernel().addressOf(new Uint8Array(word.buffer)) }
  }
  return memory
}
