// A data set: one tree in two states, so that every tool meets the same change.
//
// Layout: SETS/NAME/src is what gets backed up; NAME/alt holds the other state of the paths that
// differ; NAME/paths.json lists those paths; NAME/state says which state src is in. A swap only
// renames: what did not change keeps inode, mtime and ctime, as after a day of real work.

import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

export type DataSet = { readonly name: string; readonly folder: string; readonly source: string }
export type State = 'a' | 'b'
export type TreeCount = {
  readonly files: number
  readonly folders: number
  readonly others: number
  readonly bytes: number
}

export function openDataSet(sets: string, name: string): DataSet {
  const folder = join(sets, name)
  const set = { name, folder, source: join(folder, 'src') }
  if (!existsSync(set.source) || !existsSync(join(folder, 'paths.json'))) {
    throw new Error(`${folder} is not a data set: bench/README.md says how to prepare one`)
  }
  return set
}

/** Brings src into the wanted state; does nothing if it is in it already. */
export function enterState(set: DataSet, wanted: State): void {
  if (stateOf(set) === wanted) return
  // The mark in between makes an interrupted swap visible: half of both states is no state.
  writeState(set, 'swapping')
  const paths = readPaths(set)
  for (const path of paths) exchange(set, path)
  for (const path of paths) removeEmptyParents(set.source, path)
  writeState(set, wanted)
}

export function countTree(root: string): TreeCount {
  const count = { files: 0, folders: 0, others: 0, bytes: 0 }
  for (const path of walk(root)) {
    const found = lstatSync(path)
    if (found.isFile()) {
      count.files += 1
      count.bytes += found.size
    } else if (found.isDirectory()) count.folders += 1
    else count.others += 1
  }
  return count
}

/** The file for single restores: the middle one of 2 to 200 KB by path, or of the tiny ones. */
export function chooseFile(set: DataSet): string {
  const files = walk(set.source)
    .map((path) => ({ path, found: lstatSync(path) }))
    .filter(({ found }) => found.isFile())
    .map(({ path, found }) => ({ path: path.slice(set.source.length + 1), bytes: found.size }))
    .sort((one, two) => (one.path < two.path ? -1 : 1))
  const middling = files.filter(({ bytes }) => bytes > 2000 && bytes < 200_000)
  const tiny = files.filter(({ bytes }) => bytes > 0 && bytes <= 2000)
  const bySize = files.toSorted((one, two) => one.bytes - two.bytes)
  const chosen = middleOf(middling) ?? middleOf(tiny) ?? bySize[0]
  if (chosen === undefined) throw new Error(`${set.source} holds no file`)
  return chosen.path
}

function middleOf<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(list.length / 2)]
}

/** Not readdir's own recursion: that follows links to folders. */
function walk(root: string): string[] {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const path = join(root, entry.name)
    return entry.isDirectory() ? [path, ...walk(path)] : [path]
  })
}

function stateOf(set: DataSet): State {
  const state = readFileSync(join(set.folder, 'state'), 'utf8').trim()
  if (state === 'a' || state === 'b') return state
  throw new Error(`${set.folder} is in state "${state}": a swap was cut short, prepare it again`)
}

function writeState(set: DataSet, state: State | 'swapping'): void {
  writeFileSync(join(set.folder, 'state'), state)
}

function readPaths(set: DataSet): string[] {
  const paths: unknown = JSON.parse(readFileSync(join(set.folder, 'paths.json'), 'utf8'))
  if (Array.isArray(paths) && paths.every((path) => typeof path === 'string')) return paths
  throw new Error(`${set.folder}/paths.json is not a list of paths`)
}

function exchange(set: DataSet, path: string): void {
  const here = join(set.source, path)
  const there = join(set.folder, 'alt', path)
  const aside = join(set.folder, 'aside')
  const [isHere, isThere] = [isPresent(here), isPresent(there)]
  if (isHere) renameSync(here, aside)
  if (isThere) move(there, here)
  if (isHere) move(aside, there)
}

function isPresent(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function move(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  renameSync(from, to)
}

function removeEmptyParents(root: string, path: string): void {
  for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
    const folder = join(root, parent)
    if (existsSync(folder)) {
      if (readdirSync(folder).length > 0) return
      rmdirSync(folder)
    }
  }
}
