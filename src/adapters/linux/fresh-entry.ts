// What was made under a temporary name and can only be opened by that name: links, FIFOs, devices. In a
// directory that belongs to somebody else the name may stand for another thing by then, a file of ours
// perhaps that he would like to have, and what we set on it would be his. So it must look exactly like
// what was just made: of its kind, ours, with one name, with the mode of a new entry (A15).
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import type { ByteString } from '#base'
import { closeDescriptor, O_CLOEXEC, openAt } from './descriptors.ts'
import { MODE_KIND_MASK, STATX_WORD, statDescriptor, statxWord } from './statx.ts'
import { SystemCallError, swapped } from './system-error.ts'
import {
  type DeviceNumber,
  kindBits,
  type NodeKind,
  OPEN_NEW_FILE,
  unlinkAt,
} from './write-calls.ts'

export type FreshEntry = {
  readonly kind: NodeKind | 'symlink'
  readonly rdev: DeviceNumber
}

const PERMISSION_BITS = 0o7777
const NEW_MODE = 0o600
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY
/** Never to be met: a name that nobody can guess is not taken before we use it. */
const TEMPORARY_PREFIX = '.holdfast-'

/**
 * @param fd what the temporary name in `parent` stood for when it was opened
 * @throws SystemCallError `swapped`
 */
export function requireFresh(
  fd: number,
  parent: number,
  { kind, rdev, path }: FreshEntry & { readonly path: ByteString },
): void {
  const words = statDescriptor(fd, path)
  const mode = statxWord(words, STATX_WORD.mode)
  const uid = statxWord(words, STATX_WORD.uid)
  const isOfKind =
    (mode & MODE_KIND_MASK) === (kind === 'symlink' ? constants.S_IFLNK : kindBits(kind))
  // A link has no mode of its own.
  const isNew = kind === 'symlink' || (mode & PERMISSION_BITS & ~NEW_MODE) === 0
  const isDevice = kind === 'charDevice' || kind === 'blockDevice'
  const isThatDevice =
    !isDevice ||
    (statxWord(words, STATX_WORD.rdevMajor) === rdev.major &&
      statxWord(words, STATX_WORD.rdevMinor) === rdev.minor)
  const hasOneName = statxWord(words, STATX_WORD.nlink) === 1
  if (!isOfKind || !isNew || !isThatDevice || !hasOneName) throw swapped('open', path)
  // Asked last: on most file systems the first answer is the last.
  if (uid !== process.geteuid?.() && uid !== ownerOfNewFiles(parent, path))
    throw swapped('open', path)
}

/** Whose files are that we make here: on NFS and FAT not always ours. */
function ownerOfNewFiles(parent: number, path: ByteString): number {
  const unnamed = openUnnamed(parent)
  if (unnamed !== undefined) return ownerAndClose(unnamed, path)
  const name = `${TEMPORARY_PREFIX}${randomUUID()}` as ByteString
  const fd = openAt(parent, name, { flags: OPEN_NEW_FILE, mode: NEW_MODE })
  unlinkAt(parent, name, 'may be absent')
  return ownerAndClose(fd, path)
}

/** Undefined on file systems that cannot make a file without a name. */
function openUnnamed(parent: number): number | undefined {
  try {
    const flags = constants.O_RDWR | O_TMPFILE | O_CLOEXEC
    return openAt(parent, '.' as ByteString, { flags, mode: NEW_MODE })
  } catch (problem) {
    if (problem instanceof SystemCallError) return undefined
    throw problem
  }
}

function ownerAndClose(fd: number, path: ByteString): number {
  try {
    return statxWord(statDescriptor(fd, path), STATX_WORD.uid)
  } finally {
    closeDescriptor(fd)
  }
}
