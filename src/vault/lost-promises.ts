/**
 * What lost entries of a ledger may have promised. Every entry says how many promises there were so far and what the lock is
 * (`promises` in src/engine/format/ledger.ts): where an entry after a gap says no more than what is known, nothing was
 * promised in the gap. Where none comes after it, or an old one that says nothing, anything may have been; but no lock where
 * the newest entry alone is lost: who sets one writes two entries, and is told so after the second (Ownership.append).
 */
import { isPromise, type LedgerEntry, type Point } from '#engine'
import { carriesState } from './ledger.ts'

export type LostPromises = {
  /** Any point may have been held or extended. */
  readonly onPoints: boolean
  /** The lock may have been anything. */
  readonly onLock: boolean
}

/** What the record of a point says of the ledger. */
type PointEvidence = Pick<Point, 'epoch' | 'entry' | 'sequence'>

/**
 * @param entries in order of their numbers, with gaps
 * @param numberMax the highest number under which anything stands, readable or not
 */
export function findLostPromises(
  entries: readonly LedgerEntry[],
  points: readonly PointEvidence[],
  numberMax: number,
): LostPromises {
  const begin = Math.max(0, entries.findLastIndex(carriesState))
  let number = 0
  let count: number | undefined = 0
  let onPoints = false
  let onLock = false
  for (const entry of entries.slice(begin)) {
    const { promises } = entry
    const isFollowed = carriesState(entry) || entry.number === number + 1
    const expected = after(count, entry)
    if (!isFollowed && (promises === undefined || promises.count !== expected)) onPoints = true
    onLock = promises === undefined && (onLock || !isFollowed)
    count = promises?.count ?? expected
    number = entry.number
  }
  const isEndLost = numberMax > number || points.some((point) => isBeyond(point, number, entries))
  // A person can release a hold, so for holds any doubt will do. A lock stands for ever.
  const mayLock = isEndLost && !isNewestAloneLost(entries, points, numberMax)
  return { onPoints: onPoints || isEndLost, onLock: onLock || mayLock }
}

/** It stands there and cannot be read, the one before it can and is of a kind that counts, and no point speaks of more. */
function isNewestAloneLost(
  entries: readonly LedgerEntry[],
  points: readonly PointEvidence[],
  numberMax: number,
): boolean {
  const last = entries.at(-1)
  if (last?.promises === undefined || last.number + 1 !== numberMax) return false
  return !points.some((point) => isBeyond(point, numberMax, entries))
}

/** Promises so far, if nothing lies between; undefined where an old program did not count. */
function after(count: number | undefined, { action }: LedgerEntry): number | undefined {
  if (action.kind === 'rebuild' || (action.kind === 'claim' && action.state !== undefined))
    return action.state?.promises
  if (count === undefined) return undefined
  return isPromise(action) ? count + 1 : count
}

/** Whether the record of a point speaks of entries after this one. */
function isBeyond(point: PointEvidence, number: number, entries: readonly LedgerEntry[]): boolean {
  if (point.epoch > number) return true
  if (point.entry !== undefined) return point.entry > number + 1
  // An old one says no more than its place among the points.
  const sequences = entries.map(({ action }) => sequenceAfter(action))
  return point.sequence > Math.max(0, ...sequences) + 1
}

function sequenceAfter(action: LedgerEntry['action']): number {
  if (action.kind === 'commit') return action.sequence
  return action.kind === 'claim' || action.kind === 'rebuild' ? (action.state?.sequence ?? 0) : 0
}
