// How much there is to protect, as far as a few seconds tell.
import { lstatSync, readdirSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { linuxSystemDirectories } from '#engine'

export type Measured = {
  readonly bytes: number
  /** False: there is more than was counted in the time. */
  readonly isWhole: boolean
}

const patienceMs = 10_000

/** Disk space of the files below these folders, without those that Essential backup leaves out. */
export function measure(roots: readonly string[], ownFolder: string): Measured {
  const leftOut = new Set<string>([...linuxSystemDirectories, ownFolder])
  const endsAt = performance.now() + patienceMs
  const counted = new Set<string>()
  let bytes = 0
  for (const root of roots) {
    const waiting = [root]
    const device = statOf(root)?.dev
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (performance.now() > endsAt) return { bytes, isWhole: false }
      for (const name of namesIn(path)) {
        const child = join(path, name)
        const stats = leftOut.has(child) ? undefined : statOf(child)
        if (stats === undefined) continue
        // Only of folders it tells the file system; files of an overlay have numbers of their own.
        if (stats.isDirectory()) {
          if (stats.dev === device) waiting.push(child)
        } else bytes += firstSeen(stats, counted) ? stats.blocks * 512 : 0
      }
    }
  }
  return { bytes, isWhole: true }
}

function firstSeen({ nlink, dev, ino }: Stats, counted: Set<string>): boolean {
  if (nlink < 2) return true
  const id = `${dev} ${ino}`
  if (counted.has(id)) return false
  counted.add(id)
  return true
}

/** What may not be read is not counted: it is not backed up either. */
function namesIn(path: string): readonly string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path)
  } catch {
    return undefined
  }
}

export function gibibytes(bytes: number): string {
  const gib = bytes / 2 ** 30
  if (gib < 0.1) return `${Math.max(1, Math.round(bytes / 2 ** 20))} MiB`
  return `${gib < 10 ? gib.toFixed(1) : Math.round(gib)} GiB`
}
