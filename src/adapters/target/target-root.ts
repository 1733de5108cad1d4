// The directories below which a restore works, opened once. A given target must exist (F3). For original
// paths what is missing is made, and what is there is not trusted: a link on the way is followed only
// when nobody but root or we ourselves could have put it there.
import { type ByteString, byteString, displayName, failure } from '#base'
import type { TargetRoot } from '#ports'
import { pathPointer } from '../linux/byte-path.ts'
import {
  closeDescriptor,
  OPEN_DIRECTORY,
  OPEN_ENTRY,
  openAt,
  openPath,
} from '../linux/descriptors.ts'
import { targetFailure } from '../linux/failures.ts'
import { kernel, lastError } from '../linux/kernel.ts'
import { readLinkTarget } from '../linux/read-file.ts'
import { MODE_KIND_MASK, STATX_WORD, statDescriptor, statxWord } from '../linux/statx.ts'
import { isSystemError, SystemCallError } from '../linux/system-error.ts'

const MODE_LINK = 0o120000
const STICKY_OR_OTHERS = 0o022
const NEW_PARENT_MODE = 0o755
const linksMax = 40

/** Who a target belongs to decides how much of the point it may be given (A16). */
export type OpenedRoot = {
  /** Undefined: it is missing, and a dry run makes nothing. */
  readonly fd: number | undefined
  /** Nobody but its owner may write there. */
  readonly isPrivate: boolean
  readonly uid: number
}

/** @throws target.not-found, target.refused */
export function openRoot(root: TargetRoot, { dryRun }: { readonly dryRun: boolean }): OpenedRoot {
  const fd = root.kind === 'given' ? openGiven(root.path) : openOriginal(root.path, dryRun)
  if (fd === undefined) return { fd, isPrivate: true, uid: process.geteuid?.() ?? 0 }
  const words = statDescriptor(fd, root.path)
  const mode = statxWord(words, STATX_WORD.mode)
  return { fd, isPrivate: (mode & 0o002) === 0, uid: statxWord(words, STATX_WORD.uid) }
}

/** The user's own path: links in it are meant. */
function openGiven(path: ByteString): number {
  const shown = displayName(path)
  try {
    return openPath(`${path}/.` as ByteString, { flags: OPEN_DIRECTORY })
  } catch (problem) {
    if (!(problem instanceof SystemCallError)) throw problem
    const isAbsent = problem.reason === 'vanished' || problem.reason === 'swapped'
    throw isAbsent
      ? failure('target.not-found', { path: shown }, problem)
      : targetFailure(problem, path)
  }
}

function openOriginal(path: ByteString, dryRun: boolean): number | undefined {
  let linksLeft = linksMax
  let names = namesOf(path)
  const uid = process.geteuid?.() ?? 0
  let fd = openPath('/' as ByteString, { flags: OPEN_DIRECTORY })
  try {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const step = openStep(fd, name, { path, dryRun })
      if (step === undefined) {
        closeDescriptor(fd)
        return undefined
      }
      if (typeof step === 'number') {
        closeDescriptor(fd)
        fd = step
        continue
      }
      if (linksLeft-- === 0) throw refused(path, 'too many links on the way')
      if (!isTrusted(fd, step.uid, uid))
        throw refused(path, 'a link of somebody else is on the way')
      if (step.target.startsWith('/')) {
        closeDescriptor(fd)
        fd = openPath('/' as ByteString, { flags: OPEN_DIRECTORY })
      }
      names = [...namesOf(step.target), ...names]
    }
    return fd
  } catch (problem) {
    closeDescriptor(fd)
    if (problem instanceof SystemCallError) throw targetFailure(problem, path)
    throw problem
  }
}

type Link = { readonly target: ByteString; readonly uid: number }

/** Undefined: a dry run found nothing there, and makes nothing. */
function openStep(
  parent: number,
  name: ByteString,
  { path, dryRun }: { readonly path: ByteString; readonly dryRun: boolean },
): number | Link | undefined {
  try {
    return openAt(parent, name, { flags: OPEN_DIRECTORY })
  } catch (problem) {
    if (isSystemError(problem, 'ENOENT')) {
      if (dryRun) return undefined
      makeParent(parent, name)
      return openAt(parent, name, { flags: OPEN_DIRECTORY })
    }
    if (!isSystemError(problem, 'ELOOP') && !isSystemError(problem, 'ENOTDIR')) throw problem
    return findLink(parent, name, path, problem)
  }
}

function findLink(parent: number, name: ByteString, path: ByteString, problem: unknown): Link {
  const fd = openAt(parent, name, { flags: OPEN_ENTRY })
  try {
    const words = statDescriptor(fd, path)
    if ((statxWord(words, STATX_WORD.mode) & MODE_KIND_MASK) !== MODE_LINK) throw problem
    const uid = statxWord(words, STATX_WORD.uid)
    return { target: byteString(readLinkTarget({ fd, byPath: true, path })), uid }
  } finally {
    closeDescriptor(fd)
  }
}

/** The link is root's or ours, and so is the directory it is in, with nobody else to write there. */
function isTrusted(parent: number, linkUid: number, ourUid: number): boolean {
  const words = statDescriptor(parent, '' as ByteString)
  const parentUid = statxWord(words, STATX_WORD.uid)
  const mode = statxWord(words, STATX_WORD.mode)
  const isOurs = (uid: number) => uid === 0 || uid === ourUid
  return isOurs(linkUid) && isOurs(parentUid) && (mode & STICKY_OR_OTHERS) === 0
}

function makeParent(parent: number, name: ByteString): void {
  const { call3, sys } = kernel()
  if (call3(sys.mkdirat, parent, pathPointer(name), NEW_PARENT_MODE) === 0) return
  const problem = lastError('mkdir', name)
  if (!isSystemError(problem, 'EEXIST')) throw problem
}

function namesOf(path: ByteString): ByteString[] {
  return path.split('/').filter((name) => name !== '' && name !== '.') as ByteString[]
}

function refused(path: ByteString, problem: string): Error {
  return failure('target.refused', { path: displayName(path), problem })
}
