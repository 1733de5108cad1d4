/** What the user names for a backup, as sources of a point: real paths, each with the folder where its tree stands. */
import { realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type ByteString, byteString, byteStringFromText, displayName, failure } from '#base'
import type { PointFailure, PointSource } from '#engine'
import { isErrno } from './files.ts'
import type { Machine } from './machine.ts'

export type ChosenSources = {
  /** Also those that are missing: where the others stand in the point does not change with them. */
  readonly sources: readonly PointSource[]
  readonly missing: readonly PointFailure[]
}

/** @throws source.unusable when none of them is there */
export async function resolveSources(paths: readonly string[]): Promise<ChosenSources> {
  const real = new Set<ByteString>()
  const missing = new Map<ByteString, PointFailure>()
  let first: unknown
  for (const path of paths) {
    const found = await realPath(path)
    if (typeof found === 'string') real.add(found)
    else missing.set(found.failure.path, found.failure)
    if (typeof found !== 'string') first ??= found.error
  }
  if (real.size === 0) throw first
  const sources = placeSources([...real.union(missing)].sort())
  return { sources, missing: [...missing.values()] }
}

/** One source is the point; several stand side by side under their base names, made unique, in the order of these. */
export function placeSources(paths: readonly ByteString[]): readonly PointSource[] {
  const [only] = paths
  if (paths.length === 1 && only !== undefined)
    return [{ path: only, prefix: byteString(new Uint8Array()) }]
  const taken = new Set<ByteString>()
  const sources = paths.map((path) => {
    const base = path.slice(path.lastIndexOf('/') + 1) || 'root'
    let prefix = base as ByteString
    for (let n = 2; taken.has(prefix); n++) prefix = `${base}-${n}` as ByteString
    taken.add(prefix)
    return { path, prefix }
  })
  return sources.sort((a, b) => (a.prefix < b.prefix ? -1 : 1))
}

export type Identity = { readonly dev: bigint; readonly ino: bigint }

/** The vault itself and our cache: backing them up would make each backup grow by the last. */
export async function ownFolders(machine: Machine, vaultPath: string): Promise<Identity[]> {
  const cacheHome = machine.environment['XDG_CACHE_HOME'] || join(machine.homeFolder, '.cache')
  const found: Identity[] = []
  for (const path of [vaultPath, join(cacheHome, 'holdfast')]) {
    try {
      const { dev, ino } = await stat(path, { bigint: true })
      found.push({ dev, ino })
    } catch (problem) {
      if (!isErrno(problem, 'ENOENT') && !isErrno(problem, 'EACCES')) throw problem
    }
  }
  return found
}

type MissingSource = { readonly failure: PointFailure; readonly error: Error }

async function realPath(path: string): Promise<ByteString | MissingSource> {
  try {
    return byteString(await realpath(path, { encoding: 'buffer' }))
  } catch (problem) {
    const isAbsent = isErrno(problem, 'ENOENT') || isErrno(problem, 'ENOTDIR')
    const detail = isAbsent ? 'it does not exist' : wordsOf(problem)
    const place = byteStringFromText(resolve(path))
    return {
      failure: {
        path: place,
        reason: isErrno(problem, 'EACCES') ? 'denied' : 'unreadable',
        detail,
      },
      error: failure(
        'source.unusable',
        { path: displayName(byteStringFromText(path)), problem: detail },
        problem,
      ),
    }
  }
}

function wordsOf(problem: unknown): string {
  if (isErrno(problem, 'EACCES')) return 'permission denied'
  return problem instanceof Error && 'code' in problem ? String(problem.code) : String(problem)
}
