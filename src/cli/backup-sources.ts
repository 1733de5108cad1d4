/** What the user names for a backup, as sources of a point: real paths, each with the folder where its tree stands. */
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ByteString, byteString, byteStringFromText, displayName, failure } from '#base'
import type { PointSource } from '#engine'
import { isErrno } from './files.ts'
import type { Machine } from './machine.ts'

/** @throws source.unusable */
export async function resolveSources(paths: readonly string[]): Promise<readonly PointSource[]> {
  const real = new Set<ByteString>()
  for (const path of paths) real.add(await realPath(path))
  return placeSources([...real].sort())
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

async function realPath(path: string): Promise<ByteString> {
  try {
    return byteString(await realpath(path, { encoding: 'buffer' }))
  } catch (problem) {
    const isAbsent = isErrno(problem, 'ENOENT') || isErrno(problem, 'ENOTDIR')
    const reason = isAbsent ? 'it does not exist' : wordsOf(problem)
    const shown = displayName(byteStringFromText(path))
    throw failure('source.unusable', { path: shown, problem: reason }, problem)
  }
}

function wordsOf(problem: unknown): string {
  return problem instanceof Error && 'code' in problem ? String(problem.code) : String(problem)
}
