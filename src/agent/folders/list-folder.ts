/**
 * The folders in a folder of this machine, for who chooses where a restore goes: only what a restore may go into and what
 * leads there (A21), never files. What was opened is judged, not what was called so a moment before. Whatever it asks of the
 * disk may hang: it runs in a thread of its own (folder-worker.ts), and waits there.
 */
import {
  closeSync,
  constants,
  type Dirent,
  opendirSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { assert, type ByteString, byteString, bytesOf, displayName, failure, joinPath } from '#base'
import { isAtOrBelow, isWithin, tidyPath } from '../policy/path-rules.ts'

export type FolderRules = {
  readonly roots: readonly ByteString[]
  /** With the client's own directories. */
  readonly denied: readonly ByteString[]
}

export type FolderNames = { readonly names: readonly ByteString[]; readonly isWhole: boolean }

export type FolderLimits = {
  readonly namesMax: number
  /** Of all names together. */
  readonly bytesMax: number
  /** Files count too: they are read and passed over. */
  readonly entriesMax: number
  /** Links whose ends are looked at. */
  readonly linksMax: number
}

export const folderLimits: FolderLimits = {
  namesMax: 2_000,
  bytesMax: 128 * 1024,
  entriesMax: 200_000,
  linksMax: 500,
}

/**
 * @param soFar is told of what is known before links are followed: one of them may lead to a disk that is dead
 * @throws agent.policy-refused, target.not-found, target.not-folder, folder.unreadable
 */
export function listFolder(
  asked: ByteString,
  rules: FolderRules,
  limits: FolderLimits,
  soFar: (names: FolderNames) => void,
): FolderNames {
  const path = tidyPath(asked)
  if (!isWithin(path, rules.roots)) return rootsBelow(path, rules, limits)
  const real = { roots: withPlaces(rules.roots), denied: withPlaces(rules.denied) }
  // What is elsewhere is not even looked at: whether it is there is nobody's business.
  if (!mayHold(path, real) || !mayHold(placeOf(path), real)) throw refused(path)
  const fd = openFolder(path)
  try {
    const place = byteString(readlinkSync(`/proc/self/fd/${fd}`, { encoding: 'buffer' }))
    if (!mayHold(place, real)) throw refused(path)
    const { folders, links, isWhole } = readEntries(fd, path, limits)
    const own = folders.filter((name) =>
      [path, place].every((folder) => !isWithin(joinPath(folder, name), real.denied)),
    )
    if (links.length === 0) return cut({ names: own, isWhole }, limits)
    soFar(cut({ names: own, isWhole: false }, limits))
    const linked = links
      .slice(0, limits.linksMax)
      .filter((name) => leadsToFolder(joinPath(path, name), real))
    const all = links.length <= limits.linksMax
    return cut({ names: [...own, ...linked], isWhole: isWhole && all }, limits)
  } finally {
    closeSync(fd)
  }
}

/** Above the roots there is nothing but the way to them. */
function rootsBelow(path: ByteString, rules: FolderRules, limits: FolderLimits): FolderNames {
  const below = rules.roots.filter((root) => isAtOrBelow(root, path))
  if (below.length === 0) throw refused(path)
  const from = path === '/' ? 1 : path.length + 1
  const names = below
    .filter((root) => !isWithin(root, rules.denied))
    // The first name after it; a part of a byte string is one.
    .map((root) => root.slice(from).split('/')[0] as ByteString)
    .filter((name) => isFolder(joinPath(path, name)))
  return cut({ names: [...new Set(names)], isWhole: true }, limits)
}

function mayHold(path: ByteString, { roots, denied }: FolderRules): boolean {
  return isWithin(path, roots) && !isWithin(path, denied)
}

function withPlaces(directories: readonly ByteString[]): readonly ByteString[] {
  return [...new Set([...directories, ...directories.map(placeOf)])]
}

/**
 * Where a path leads, links followed as far as it stands, also those whose end is missing: whether something is there is told
 * of what is within the roots only. Names beyond that are kept.
 */
function placeOf(path: ByteString, linksLeft = linksOnTheWayMax): ByteString {
  const beyond: string[] = []
  for (let standing = path; ; standing = parentOf(standing)) {
    const real = findRealPath(standing)
    if (real !== undefined) return tidyPath([real, ...beyond].join('/') as ByteString)
    const end = linksLeft > 0 ? findLinkEnd(standing) : undefined
    if (end !== undefined) return placeOf([end, ...beyond].join('/') as ByteString, linksLeft - 1)
    if (standing === '/') throw unreadable(path, 'nothing of it stands')
    beyond.unshift(standing.slice(standing.lastIndexOf('/') + 1))
  }
}

/** As many as the kernel follows. */
const linksOnTheWayMax = 40

function findRealPath(path: ByteString): ByteString | undefined {
  try {
    return byteString(realpathSync.native(bufferOf(path), { encoding: 'buffer' }))
  } catch (problem) {
    if (codeOf(problem) !== undefined) return undefined
    throw problem
  }
}

/** Undefined: it is no link. */
function findLinkEnd(path: ByteString): ByteString | undefined {
  try {
    const end = byteString(readlinkSync(bufferOf(path), { encoding: 'buffer' }))
    return end.startsWith('/') ? end : joinPath(parentOf(path), end)
  } catch (problem) {
    if (codeOf(problem) !== undefined) return undefined
    throw problem
  }
}

function parentOf(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/')
  return (slash <= 0 ? '/' : path.slice(0, slash)) as ByteString
}

function openFolder(path: ByteString): number {
  try {
    // What is no directory is not opened: a pipe or a device notices nothing.
    return openSync(bufferOf(path), constants.O_RDONLY | constants.O_DIRECTORY)
  } catch (problem) {
    const code = codeOf(problem)
    if (code === 'ENOTDIR' && isThere(path)) {
      throw failure('target.not-folder', { path: displayName(path) }, problem)
    }
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG') {
      throw failure('target.not-found', { path: displayName(path) }, problem)
    }
    throw unreadable(path, problem)
  }
}

type Entries = {
  readonly folders: readonly ByteString[]
  readonly links: readonly ByteString[]
  readonly isWhole: boolean
}

/** Of each entry its name and kind, as the directory has them. */
function readEntries(fd: number, path: ByteString, limits: FolderLimits): Entries {
  const folders: ByteString[] = []
  const links: ByteString[] = []
  try {
    // The types of Node know only the encodings of text here; the names are checked to be bytes.
    const asBytes = { encoding: 'buffer' as BufferEncoding, bufferSize: 256 }
    using directory = opendirSync(Buffer.from(`/proc/self/fd/${fd}`), asBytes)
    for (let count = 0; count < limits.entriesMax; count++) {
      const entry = directory.readSync()
      if (entry === null) return { folders, links, isWhole: true }
      if (entry.isDirectory()) folders.push(nameOf(entry))
      else if (entry.isSymbolicLink()) links.push(nameOf(entry))
    }
  } catch (problem) {
    throw unreadable(path, problem)
  }
  return { folders, links, isWhole: false }
}

function nameOf({ name }: Dirent): ByteString {
  const bytes: unknown = name
  assert(bytes instanceof Uint8Array, 'names are read as bytes')
  return byteString(bytes)
}

function leadsToFolder(path: ByteString, real: FolderRules): boolean {
  return mayHold(path, real) && mayHold(placeOf(path), real) && isFolder(path)
}

/** In the order of their bytes, and no more than an answer holds. */
function cut({ names, isWhole }: FolderNames, limits: FolderLimits): FolderNames {
  const kept: ByteString[] = []
  let bytes = 0
  for (const name of names.toSorted()) {
    bytes += name.length
    if (kept.length === limits.namesMax || bytes > limits.bytesMax) {
      return { names: kept, isWhole: false }
    }
    kept.push(name)
  }
  return { names: kept, isWhole }
}

/** A link that leads nowhere, or round in a circle, leads to none. */
function isFolder(path: ByteString): boolean {
  return kindOf(path) === 'folder'
}

function isThere(path: ByteString): boolean {
  return kindOf(path) !== undefined
}

function kindOf(path: ByteString): 'folder' | 'other' | undefined {
  try {
    return statSync(bufferOf(path)).isDirectory() ? 'folder' : 'other'
  } catch (problem) {
    if (codeOf(problem) !== undefined) return undefined
    throw problem
  }
}

function bufferOf(path: ByteString): Buffer {
  return Buffer.from(bytesOf(path))
}

function codeOf(problem: unknown): string | undefined {
  const isCoded = problem instanceof Error && 'code' in problem && typeof problem.code === 'string'
  return isCoded ? String(problem.code) : undefined
}

function refused(path: ByteString) {
  const problem = `a restore may not go into ${displayName(path)}`
  return failure('agent.policy-refused', { problem })
}

function unreadable(path: ByteString, problem: unknown) {
  const said = codeOf(problem) ?? String(problem)
  return failure('folder.unreadable', { path: displayName(path), problem: said }, problem)
}
