/** Paths of a policy as they are on this machine now: each `*` stands for part of one name (B3), and links are followed. */
import { readdir, realpath, stat } from 'node:fs/promises'
import { type ByteString, byteString, bytesOf, displayName, failure } from '#base'
import { tidyPath } from '../policy/path-rules.ts'
import { isMissing } from '../state/state-folder.ts'

/** A version has at most so many points. */
export const sourcesPerBackupMax = 256

/**
 * @returns real paths
 * @throws source.unusable for a path that is not there: a backup without it would seem complete
 */
export async function expandPaths(paths: readonly ByteString[]): Promise<readonly ByteString[]> {
  const found = new Set<ByteString>()
  for (const path of paths.map(tidyPath)) {
    if (path.includes('*')) for (const match of await matchesOf(path)) found.add(match)
    else found.add(await realPathOf(path))
    if (found.size > sourcesPerBackupMax) {
      throw unusable(path, `more than ${sourcesPerBackupMax} directories match it`)
    }
  }
  return [...found]
}

async function matchesOf(pattern: ByteString): Promise<readonly ByteString[]> {
  let found: ByteString[] = [byteString(new Uint8Array())]
  for (const name of pattern.split('/').slice(1)) {
    const next: ByteString[] = []
    for (const directory of found) {
      for (const match of await namesIn(directory, name)) {
        next.push(byteString(bytesOf(`${directory}/${match}` as ByteString)))
      }
    }
    found = next
    // A pattern that runs wild is stopped before it has listed the machine.
    if (found.length > 64 * sourcesPerBackupMax) throw unusable(pattern, 'too much matches it')
  }
  const directories = (await Promise.all(found.map(findDirectory))).filter(
    (one) => one !== undefined,
  )
  if (directories.length === 0) throw unusable(pattern, 'nothing matches it')
  return directories
}

async function namesIn(directory: ByteString, pattern: string): Promise<readonly string[]> {
  if (!pattern.includes('*')) return [pattern]
  const path = bytesOf(directory === '' ? ('/' as ByteString) : directory)
  try {
    const entries = await readdir(Buffer.from(path), { withFileTypes: true, encoding: 'buffer' })
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => byteString(entry.name))
      .filter((name) => matches(name, pattern))
      .sort()
  } catch (problem) {
    // Not a directory, or gone meanwhile: it has no names.
    if (isMissing(problem) || isNoDirectory(problem)) return []
    throw unusable(directory, problem instanceof Error ? problem.message : String(problem))
  }
}

/** Undefined: there is nothing of that name. */
export async function findRealPath(path: ByteString): Promise<ByteString | undefined> {
  try {
    return byteString(await realpath(Buffer.from(bytesOf(path)), { encoding: 'buffer' }))
  } catch (problem) {
    if (isMissing(problem) || isNoDirectory(problem)) return undefined
    throw unusable(path, String(problem))
  }
}

async function realPathOf(path: ByteString): Promise<ByteString> {
  const real = await findRealPath(path)
  if (real === undefined) throw unusable(path, 'it is not there')
  return real
}

/** The real path of a match that is a directory: what comes after a wildcard need not be everywhere. */
async function findDirectory(path: ByteString): Promise<ByteString | undefined> {
  const real = await findRealPath(path)
  if (real === undefined) return undefined
  return (await stat(Buffer.from(bytesOf(real)))).isDirectory() ? real : undefined
}

/** Part by part from the left: the time is that of the name's length times the pattern's, whatever the stars. */
export function matches(name: string, pattern: string): boolean {
  const [first = '', ...parts] = pattern.split('*')
  const last = parts.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const part of parts) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}

function isNoDirectory(problem: unknown): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === 'ENOTDIR'
}

function unusable(path: ByteString, problem: string): Error {
  return failure('source.unusable', { path: displayName(path), problem })
}
