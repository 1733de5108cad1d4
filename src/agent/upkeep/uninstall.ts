/**
 * Taking the client off a machine (A4): exactly the files that the installation and the agent made. A link is removed, never
 * followed; nothing on another mount is touched; a directory goes only when it is empty.
 */
import type { Stats } from 'node:fs'
import { lstat, readdir, readFile, rmdir, unlink } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { failure } from '#base'
import { isAtOrBelow, isWithin } from '../policy/path-rules.ts'
import { fieldIn } from '../state/json-fields.ts'
import { isMissing } from '../state/state-folder.ts'

export type InstalledFiles = {
  /** Absolute paths. */
  readonly files: readonly string[]
  /** Inner ones after outer ones. */
  readonly directories: readonly string[]
}

/** Names that the agent gives to files in its state folder. */
const stateFiles =
  /^(?:identity|pending-key|revoked|channel|receipts|upgrade)\.json(?:\.\d+\.new)?$|^\d+\.(?:json|lines)(?:\.\d+\.new)?$/

/** @throws agent.state-unusable */
export async function readInstalled(manifest: string): Promise<InstalledFiles> {
  const json: unknown = JSON.parse(await readFile(manifest, 'utf8'))
  const take = (name: string) => {
    const list = fieldIn(json, name)
    if (Array.isArray(list) && list.every(isPlainPath)) return list
    throw failure('agent.state-unusable', {
      path: manifest,
      problem: `"${name}" is no list of paths`,
    })
  }
  return { files: [...take('files'), manifest], directories: take('directories') }
}

/** What the agent itself wrote. */
export async function listState(folder: string): Promise<InstalledFiles> {
  const files: string[] = []
  for (const part of ['.', 'jobs']) {
    for (const name of await namesIn(join(folder, part))) {
      if (stateFiles.test(name)) files.push(join(folder, part, name))
    }
  }
  return { files, directories: [folder, join(folder, 'jobs')] }
}

/**
 * @param mountPoints all of the machine: what is mounted below the outermost of our directories is not ours
 * @returns what is still there, with the reason
 */
export async function removeInstalled(
  installed: InstalledFiles,
  mountPoints: readonly string[],
): Promise<readonly string[]> {
  const left: string[] = []
  const foreign = mountPoints.filter((point) =>
    installed.directories.some((outer) => point !== outer && isAtOrBelow(point, outer)),
  )
  for (const path of installed.files) {
    const kept = isWithin(path, foreign) ? 'something is mounted there' : await removeFile(path)
    if (kept !== undefined) left.push(`${path}: ${kept}`)
  }
  for (const path of installed.directories.toReversed()) {
    const kept = isWithin(path, foreign)
      ? 'something is mounted there'
      : await removeDirectory(path)
    if (kept !== undefined) left.push(`${path}: ${kept}`)
  }
  return left
}

async function removeFile(path: string): Promise<string | undefined> {
  const stats = await findStats(path)
  if (stats === undefined) return undefined
  if (!stats.isFile() && !stats.isSymbolicLink()) return 'it is not a file'
  const fault = await findFault(path)
  if (fault !== undefined) return fault
  await unlink(path)
  return undefined
}

async function removeDirectory(path: string): Promise<string | undefined> {
  const stats = await findStats(path)
  if (stats === undefined) return undefined
  if (!stats.isDirectory()) return 'it is not a directory'
  const fault = await findFault(path)
  if (fault !== undefined) return fault
  try {
    await rmdir(path)
    return undefined
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem)
  }
}

/** A link on the way: what it leads to is not ours. */
async function findFault(path: string): Promise<string | undefined> {
  for (let step = dirname(path); step !== dirname(step); step = dirname(step)) {
    if ((await lstat(step)).isSymbolicLink()) return `${step} is a link`
  }
  return undefined
}

async function findStats(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (problem) {
    if (isMissing(problem) || isNoDirectory(problem)) return undefined
    throw problem
  }
}

async function namesIn(path: string): Promise<readonly string[]> {
  const stats = await findStats(path)
  return stats?.isDirectory() === true ? await readdir(path) : []
}

function isPlainPath(path: unknown): path is string {
  return (
    typeof path === 'string' && path.startsWith('/') && normalize(path) === path && path !== '/'
  )
}

function isNoDirectory(problem: unknown): boolean {
  return problem instanceof Error && 'code' in problem && problem.code === 'ENOTDIR'
}
