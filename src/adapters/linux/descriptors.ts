// Opening and closing by descriptor. Paths are byte strings; a path too long for the kernel is
// walked piece by piece, since trees deeper than PATH_MAX are legal. Descriptors are plain numbers
// that Node does not track: whoever opens one closes it in a `finally`.
import { constants } from 'node:fs'
import { assert, type ByteString } from '#base'
import { PATH_BYTES_MAX, pathPointer } from './byte-path.ts'
import { kernel, lastError } from './kernel.ts'
import { ERRNO, isSystemError } from './system-error.ts'

/** "Relative to the working directory", which absolute paths ignore. */
export const AT_FDCWD = -100
export const AT_EMPTY_PATH = 0x1000
export const AT_SYMLINK_NOFOLLOW = 0x100
export const AT_REMOVEDIR = 0x200

// Node does not name these two; they are equal on x64 and arm64, the others are not.
export const O_CLOEXEC = 0o2000000
export const O_PATH = 0o10000000

export const OPEN_DIRECTORY =
  constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC
/** Whatever it is, even a link, without opening it in earnest: no device notices. */
export const OPEN_ENTRY = O_PATH | constants.O_NOFOLLOW | O_CLOEXEC
const STEP_THROUGH = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC

export type OpenRequest = { readonly flags: number; readonly mode?: number }

/** Opens `path` relative to the directory `parent`. @throws SystemCallError */
export function openAt(parent: number, path: ByteString, request: OpenRequest): number {
  const { call5, sys } = kernel()
  const mode = request.mode ?? 0
  const fd = call5(sys.openat, parent, pathPointer(path), request.flags, mode, 0)
  if (fd < 0) throw lastError('open', path)
  return fd
}

/** Opens an absolute path of any length. Only its last component is certain not to be a link. */
export function openPath(path: ByteString, request: OpenRequest): number {
  return openPieces(path, (parent, rest, flags) => {
    return openAt(parent, rest, flags === undefined ? request : { flags })
  })
}

/**
 * Opens an absolute path of any length through directories only: a link anywhere on the way, and one at its end unless it
 * is opened as such, is an error. So who swaps a folder for a link meanwhile does not choose what is opened (A15). The
 * kernel does this at no cost (3.1 µs with closing, as without); on one older than 5.6, or in a container that forbids the
 * call, links on the way are followed as by `openPath`, and only the comparison with the listing tells.
 * @throws SystemCallError `swapped` for a link
 */
export function openStraight(path: ByteString, flags: number): number {
  canOpenStraight ??= isOpenStraightKnown()
  if (!canOpenStraight) return openPath(path, { flags })
  return openPieces(path, (parent, rest, through) => openStraightAt(parent, rest, through ?? flags))
}

type OpenPiece = (parent: number, path: ByteString, stepFlags: number | undefined) => number

function openPieces(path: ByteString, open: OpenPiece): number {
  if (path.length < PATH_BYTES_MAX) return open(AT_FDCWD, path, undefined)
  let parent = AT_FDCWD
  let rest = path
  try {
    while (rest.length >= PATH_BYTES_MAX) {
      const cut = rest.lastIndexOf('/', PATH_BYTES_MAX - 2)
      assert(cut > 0, 'every name on a path is shorter than a path may be')
      const next = open(parent, part(rest, 0, cut), STEP_THROUGH)
      closeDescriptor(parent)
      parent = next
      rest = part(rest, cut + 1, rest.length)
    }
    return open(parent, rest, undefined)
  } finally {
    closeDescriptor(parent)
  }
}

// struct open_how: flags, mode, resolve, each of 64 bits.
const HOW_BYTES = 24
const RESOLVE_NO_SYMLINKS = 0x04

let canOpenStraight: boolean | undefined
let how: { readonly words: Uint32Array; readonly address: number } | undefined

function openStraightAt(parent: number, path: ByteString, flags: number): number {
  const { addressOf, call5, sys } = kernel()
  if (how === undefined) {
    const bytes = new Uint8Array(HOW_BYTES)
    how = { words: new Uint32Array(bytes.buffer), address: addressOf(bytes) }
    how.words[4] = RESOLVE_NO_SYMLINKS
  }
  how.words[0] = flags
  const fd = call5(sys.openat2, parent, pathPointer(path), how.address, HOW_BYTES, 0)
  if (fd < 0) throw lastError('open', path)
  return fd
}

/** Asked of the one directory that everybody may open: whatever is said against it is said against the call. */
function isOpenStraightKnown(): boolean {
  try {
    closeDescriptor(openStraightAt(AT_FDCWD, '/' as ByteString, STEP_THROUGH))
    return true
  } catch (problem) {
    if (isSystemError(problem, 'ENOSYS') || isSystemError(problem, 'EPERM')) return false
    throw problem
  }
}

/** Opens for reading, straight, and without touching the access time where the kernel lets us. */
export function openQuietly(path: ByteString, flags: number): number {
  try {
    return openStraight(path, flags | constants.O_NOATIME)
  } catch (problem) {
    // O_NOATIME is for the owner and for root only.
    if (!isSystemError(problem, 'EPERM')) throw problem
    return openStraight(path, flags)
  }
}

/** Closing AT_FDCWD is no work. An error of close itself says nothing that fsync did not say before. */
export function closeDescriptor(fd: number): void {
  if (fd < 0) return
  const { call1, sys } = kernel()
  const answer = call1(sys.close, fd)
  assert(answer === 0 || kernel().errno() !== ERRNO.EBADF, 'a descriptor is closed once')
}

function part(path: ByteString, from: number, to: number): ByteString {
  // A piece of a byte string is a byte string.
  return path.slice(from, to) as ByteString
}
