// Makes state b of a data set: the files that differ go into alt, their paths into paths.json, and
// state a stays as it is. See data-set.ts for the layout.

import {
  chmodSync,
  closeSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Random, seededRandom } from './random.ts'

/** Which share of the files meets which fate. */
export type Fates = {
  readonly edited: number
  readonly removed: number
  readonly added: number
  readonly moved: number
  readonly modeChanged: number
}

export type LargeFileEdit = {
  readonly from: string
  readonly to: string
  readonly seed: number
  readonly insertions: number
}

const overwrittenShare = 0.01
const overwriteBytes = { min: 4 << 10, max: 64 << 10 } as const
const insertionBytesMax = 4 << 10

export function editTree(folder: string, seed: number, fates: Fates): void {
  const random = seededRandom(seed)
  const paths: string[] = []
  for (const path of listFiles(join(folder, 'src'))) {
    paths.push(...editFile(folder, path, { random, fate: chooseFate(random, fates) }))
  }
  writePaths(folder, paths)
}

/** Overwrites one per cent of a file in places by chance, and inserts bytes in some others. */
export function editLargeFile({ from, to, seed, insertions }: LargeFileEdit): void {
  const random = seededRandom(seed)
  const size = statSync(from).size
  const edits = planEdits(random, size, insertions)
  const source = openSync(from, 'r')
  const target = openSync(to, 'w')
  let position = 0
  for (const { at, bytes, replaces } of edits) {
    if (at < position) continue // Within the overwrite before it: it would shift what follows.
    copyRange(source, target, position, at)
    writeSync(target, printableBytes(random, bytes))
    position = replaces ? at + bytes : at
  }
  copyRange(source, target, position, size)
  closeSync(source)
  closeSync(target)
}

export function writePaths(folder: string, paths: readonly string[]): void {
  writeFileSync(join(folder, 'paths.json'), JSON.stringify(paths))
}

export function listFiles(root: string, below = ''): string[] {
  const entries = readdirSync(join(root, below), { withFileTypes: true })
  return entries
    .sort((one, two) => (one.name < two.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(below, entry.name)
      if (entry.isDirectory()) return listFiles(root, path)
      return entry.isFile() ? [path] : []
    })
}

function chooseFate(random: Random, fates: Fates): keyof Fates | 'kept' {
  if (random.chance(fates.edited)) return 'edited'
  if (random.chance(fates.removed)) return 'removed'
  if (random.chance(fates.added)) return 'added'
  if (random.chance(fates.moved)) return 'moved'
  return random.chance(fates.modeChanged) ? 'modeChanged' : 'kept'
}

type Edit = { readonly random: Random; readonly fate: keyof Fates | 'kept' }

/** The paths that differ between the states because of this file. */
function editFile(folder: string, path: string, { random, fate }: Edit): readonly string[] {
  const source = join(folder, 'src', path)
  const before = lstatSync(source)
  if (before.nlink > 1) return [] // A swap of one name would part it from its hard links.
  const into = (name: string) => {
    mkdirSync(dirname(join(folder, 'alt', name)), { recursive: true })
    return join(folder, 'alt', name)
  }
  switch (fate) {
    case 'kept':
      return []
    case 'removed':
      return [path]
    case 'edited':
      writeFileSync(into(path), editedBytes(random, readFileSync(source)))
      chmodSync(into(path), before.mode)
      return [path]
    case 'added':
      writeFileSync(into(`${path}.new`), newText(random))
      return [`${path}.new`]
    case 'moved':
    case 'modeChanged': {
      const name = fate === 'moved' ? join(dirname(path), `moved-${basename(path)}`) : path
      copyFileSync(source, into(name))
      chmodSync(into(name), fate === 'moved' ? before.mode : before.mode ^ 0o020)
      utimesSync(into(name), before.atime, before.mtime)
      return fate === 'moved' ? [path, name] : [path]
    }
  }
}

function editedBytes(random: Random, before: Buffer): Buffer {
  const at = random.below(before.length + 1)
  const rest = before.subarray(Math.min(before.length, at + random.below(40)))
  return Buffer.concat([before.subarray(0, at), printableBytes(random, 20), rest])
}

function newText(random: Random): Buffer {
  return printableBytes(random, 800 + random.below(16_000))
}

type RangeEdit = { readonly at: number; readonly bytes: number; readonly replaces: boolean }

function planEdits(random: Random, size: number, insertions: number): readonly RangeEdit[] {
  const { min, max } = overwriteBytes
  const edits: RangeEdit[] = []
  for (let done = 0; done < size * overwrittenShare; done += edits.at(-1)?.bytes ?? max) {
    const bytes = min + random.below(max - min)
    edits.push({ at: random.below(size - bytes), bytes, replaces: true })
  }
  for (let count = 0; count < insertions; count += 1) {
    const bytes = 16 + random.below(insertionBytesMax)
    edits.push({ at: random.below(size), bytes, replaces: false })
  }
  return edits.sort((one, two) => one.at - two.at)
}

function copyRange(source: number, target: number, from: number, to: number): void {
  const block = Buffer.alloc(4 << 20)
  for (let at = from; at < to; ) {
    const bytes = readSync(source, block, 0, Math.min(block.length, to - at), at)
    if (bytes === 0) throw new Error('a file of the data set became shorter while it was copied')
    writeSync(target, block, 0, bytes)
    at += bytes
  }
}

function printableBytes(random: Random, bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, () => 32 + random.below(90)))
}
