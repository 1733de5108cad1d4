// What the kernel answers when it refuses: one error class for every system call of this room, with
// the reason as a word that callers may branch on. The numbers are Linux's; they are the same on
// x64 and arm64.
import { getSystemErrorMessage } from 'node:util'

/** Why a system call failed, in the words that a backup or a restore has to tell apart. */
export type SystemErrorReason =
  | 'vanished'
  | 'swapped'
  | 'denied'
  | 'exists'
  | 'busy'
  | 'full'
  | 'readOnly'
  | 'tooLarge'
  | 'unsupported'
  | 'tooManyFiles'
  | 'damaged'
  | 'disconnected'
  | 'invalid'
  | 'other'

export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENODATA: 61,
  EBADMSG: 74,
  EOPNOTSUPP: 95,
  ENOTCONN: 107,
  ESHUTDOWN: 108,
  ETIMEDOUT: 110,
  EHOSTDOWN: 112,
  ESTALE: 116,
  EUCLEAN: 117,
  EDQUOT: 122,
} as const

export class SystemCallError extends Error {
  /** The errno's name. Node's own table lacks some that matter here, ESTALE and EDQUOT among them. */
  readonly code: string
  readonly errno: number
  readonly reason: SystemErrorReason
  readonly call: string
  /** The path or name concerned, as a byte string; empty when only a descriptor is known. */
  readonly path: string

  constructor(call: string, errno: number, path: string, reason = reasonOf(errno)) {
    super(`${call}: ${reason === 'swapped' ? SWAPPED : messageOf(errno)}`)
    this.name = 'SystemCallError'
    this.code = NAMES.get(errno) ?? `E${errno}`
    this.errno = errno
    this.reason = reason
    this.call = call
    this.path = path
  }
}

/** The name stands for something else than it did when it was examined: never use it further. */
export function swapped(call: string, path: string): SystemCallError {
  return new SystemCallError(call, ERRNO.ESTALE, path, 'swapped')
}

export function isSystemError(problem: unknown, code: keyof typeof ERRNO): boolean {
  return problem instanceof SystemCallError && problem.errno === ERRNO[code]
}

export function reasonOf(errno: number): SystemErrorReason {
  return REASONS.get(errno) ?? 'other'
}

const SWAPPED = 'something else stands here than was listed'

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(ERRNO).map(([name, n]) => [n, name]),
)

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [ERRNO.ENODATA, 'no such attribute'],
  [ERRNO.EBADMSG, 'the file system is damaged'],
  [ERRNO.EUCLEAN, 'the file system is damaged'],
  [ERRNO.ESTALE, 'the file system lost the file'],
  [ERRNO.EDQUOT, 'the quota is used up'],
])

function messageOf(errno: number): string {
  return MESSAGES.get(errno) ?? getSystemErrorMessage(-errno) ?? `error ${errno}`
}

const REASONS: ReadonlyMap<number, SystemErrorReason> = new Map([
  [ERRNO.ENOENT, 'vanished'],
  [ERRNO.ESTALE, 'disconnected'],
  // With O_DIRECTORY | O_NOFOLLOW these mean that a link or a file now stands in a directory's place.
  [ERRNO.ENOTDIR, 'swapped'],
  [ERRNO.ELOOP, 'swapped'],
  [ERRNO.EACCES, 'denied'],
  [ERRNO.EPERM, 'denied'],
  [ERRNO.EEXIST, 'exists'],
  [ERRNO.ENOTEMPTY, 'exists'],
  [ERRNO.EISDIR, 'exists'],
  [ERRNO.EBUSY, 'busy'],
  [ERRNO.ETXTBSY, 'busy'],
  [ERRNO.EAGAIN, 'busy'],
  [ERRNO.ENOSPC, 'full'],
  [ERRNO.EDQUOT, 'full'],
  [ERRNO.EROFS, 'readOnly'],
  [ERRNO.ENAMETOOLONG, 'tooLarge'],
  [ERRNO.E2BIG, 'tooLarge'],
  [ERRNO.EFBIG, 'tooLarge'],
  [ERRNO.ERANGE, 'tooLarge'],
  [ERRNO.EOPNOTSUPP, 'unsupported'],
  [ERRNO.ENOSYS, 'unsupported'],
  [ERRNO.ENOTTY, 'unsupported'],
  [ERRNO.EMFILE, 'tooManyFiles'],
  [ERRNO.ENFILE, 'tooManyFiles'],
  [ERRNO.EIO, 'damaged'],
  [ERRNO.ENXIO, 'disconnected'],
  [ERRNO.ENODEV, 'disconnected'],
  [ERRNO.ENOTCONN, 'disconnected'],
  [ERRNO.ESHUTDOWN, 'disconnected'],
  [ERRNO.ETIMEDOUT, 'disconnected'],
  [ERRNO.EHOSTDOWN, 'disconnected'],
  [ERRNO.EUCLEAN, 'damaged'],
  [ERRNO.EBADMSG, 'damaged'],
  [ERRNO.EINVAL, 'invalid'],
])
