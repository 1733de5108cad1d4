// One tree as several of about the same weight: what as many machines hold together.

import { spawnSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A folder to back up, and how many files are in it; hard links count each. */
export type Part = { readonly folder: string; readonly files: number }
export type Weighed = { readonly path: string; readonly bytes: number }

type Entry = Weighed & { readonly isFile: boolean }

/** What a file costs besides its bytes, roughly: a tree of empty files has a weight too. */
const bytesPerFile = 4096

/** Neighbours stay together, so that each part has whole folders. */
export function divide<File extends Weighed>(files: readonly File[], count: number): File[][] {
  const weigh = ({ bytes }: Weighed) => bytes + bytesPerFile
  const total = files.reduce((sum, file) => sum + weigh(file), 0)
  const parts: File[][] = Array.from({ length: count }, () => [])
  let before = 0
  for (const file of files) {
    // The middle of a file decides, so that a large one goes where most of it belongs.
    const at = Math.floor(((before + weigh(file) / 2) / total) * count)
    parts[at]?.push(file)
    before += weigh(file)
  }
  return parts
}

/** Copies all entries of the tree into `count` folders of `target`. */
export function layOutParts(source: string, target: string, count: number): readonly Part[] {
  return divide(listEntries(source), count).map((part, at) => {
    const folder = join(target, `part-${at + 1}`)
    mkdirSync(folder, { recursive: true })
    const input = part.map(({ path }) => `${path}\0`).join('')
    const copied = spawnSync(
      'rsync',
      ['-aHAX', '--from0', '--files-from=-', `${source}/`, folder],
      {
        input,
        encoding: 'utf8',
      },
    )
    if (copied.status !== 0) throw new Error(`rsync: ${copied.stderr}`)
    return { folder, files: part.filter(({ isFile }) => isFile).length }
  })
}

/** All but folders, by path; not readdir's own recursion, which follows links to folders. */
function listEntries(root: string, folder = root): readonly Entry[] {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((one, two) => (one.name < two.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return listEntries(root, path)
      const found = lstatSync(path)
      return [{ path: relative(root, path), bytes: found.size, isFile: found.isFile() }]
    })
}
