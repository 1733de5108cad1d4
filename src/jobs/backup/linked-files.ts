/**
 * Files of several names. Their content is read once and serves every name that is listed as the very file that was read;
 * a name that looks otherwise is read by itself. Names become one file at a restore only when what was read of them is
 * one state of one file: an inode number that was used again during the walk, or a file that changed between two of its
 * names, must not put the content of one in the place of the other.
 */
import { type EntryStat, joinExtras } from '#engine'
import type { CapturedEntry } from '#ports'

/** Beyond this the names are read one by one, and still linked at a restore. */
const linkedFilesMax = 1_000_000

type Taken = Extract<CapturedEntry, { kind: 'captured' }>

export class LinkedFiles {
  readonly #known = new Map<string, Taken>()

  /** What was read of this file under another name, if it still looks the same. */
  find(device: bigint, listed: EntryStat): CapturedEntry | undefined {
    if (!hasOtherNames(listed)) return undefined
    const known = this.#known.get(keyOf(device, listed))
    return known !== undefined && isSameStat(known.stat, listed) ? known : undefined
  }

  /** What was just read, now with the mark that makes it one with its other names, where that is true. */
  name(device: bigint, listed: EntryStat, captured: CapturedEntry): CapturedEntry {
    if (captured.kind === 'failed' || captured.inconsistent) return captured
    const { stat } = captured
    if (!hasOtherNames(listed) || !isSameInode(stat, listed)) return captured
    const key = keyOf(device, listed)
    const known = this.#known.get(key)
    if (known !== undefined && !isSameStat(known.stat, stat)) return captured
    const linkDevice = String(device)
    const extra = joinExtras(captured.extra, { linkDevice })
    const named = { ...captured, extra }
    if (known === undefined && this.#known.size < linkedFilesMax) this.#known.set(key, named)
    return named
  }
}

function hasOtherNames({ kind, nlink }: EntryStat): boolean {
  return kind === 'file' && nlink > 1
}

function keyOf(device: bigint, { inoHigh, inoLow }: EntryStat): string {
  return `${device}:${inoHigh}:${inoLow}`
}

function isSameInode(a: EntryStat, b: EntryStat): boolean {
  return a.kind === b.kind && a.inoHigh === b.inoHigh && a.inoLow === b.inoLow
}

function isSameStat(a: EntryStat, b: EntryStat): boolean {
  const others: Readonly<Record<string, unknown>> = b
  return Object.entries(a).every(([fact, value]) => value === others[fact])
}
