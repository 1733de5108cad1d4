/**
 * Files that the machine's administrator wrote and nobody else can have changed: regular, of root, not writable by others,
 * in folders of which the same is true. The local policy and hooks are believed only so (reliability 3.3).
 */
import type { Stats } from 'node:fs'
import { lstat, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isMissing } from '../state/state-folder.ts'

const writableByOthers = 0o022
const sticky = 0o1000
const textBytesMax = 1 << 20

/** Who may own such files; tests of an ordinary user name that user. */
export type Owner = number
export const rootOwner: Owner = 0

/** Why the file is not to be believed; undefined when it is. `missing` when there is none. */
export async function findFileFault(path: string, owner: Owner): Promise<string | undefined> {
  let stats: Stats
  try {
    stats = await lstat(path)
  } catch (problem) {
    if (isMissing(problem)) return 'missing'
    throw problem
  }
  return judgeFile(path, stats, owner) ?? (await findFolderFault(dirname(path), owner))
}

type RootOwned = { readonly text: string } | { readonly fault: string } | undefined

/** Its text when it may be believed. Undefined: there is none. */
export async function readRootOwned(path: string, owner: Owner): Promise<RootOwned> {
  try {
    return await readBelieved(path, owner)
  } catch (problem) {
    // It was there a moment ago, so that it is none of those that allow what is usual.
    if (isMissing(problem)) return { fault: `${path} was taken away while it was read` }
    throw problem
  }
}

async function readBelieved(path: string, owner: Owner): Promise<RootOwned> {
  const fault = await findFileFault(path, owner)
  if (fault === 'missing') return undefined
  if (fault !== undefined) return { fault }
  const file = await open(path, 'r')
  try {
    // The file that is open may be another one than that which was judged.
    const stats = await file.stat()
    const other = judgeFile(path, stats, owner)
    if (other !== undefined) return { fault: other }
    if (stats.size > textBytesMax) return { fault: `${path} is too large` }
    return { text: await readFile(file, 'utf8') }
  } finally {
    await file.close()
  }
}

async function findFolderFault(path: string, owner: Owner): Promise<string | undefined> {
  const stats = await lstat(path)
  if (!stats.isDirectory()) return `${path} is not a directory`
  if (!isOwned(stats, owner)) return `${path} does not belong to root`
  // In a sticky folder nobody can move what belongs to another.
  if ((stats.mode & writableByOthers) !== 0 && (stats.mode & sticky) === 0) {
    return `${path} is writable by others than root`
  }
  return dirname(path) === path ? undefined : await findFolderFault(dirname(path), owner)
}

function judgeFile(path: string, stats: Stats, owner: Owner): string | undefined {
  if (!stats.isFile()) return `${path} is not a regular file`
  if (!isOwned(stats, owner)) return `${path} does not belong to root`
  if ((stats.mode & writableByOthers) !== 0) return `${path} is writable by others than root`
  return undefined
}

function isOwned(stats: Stats, owner: Owner): boolean {
  return stats.uid === rootOwner || stats.uid === owner
}
