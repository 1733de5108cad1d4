/**
 * What can be said of a vault whose ledger cannot be read: from the entries that are left and from the points themselves.
 * Every doubt keeps: a point whose expiry we cannot read lives, nothing is condemned, the lock is the strictest that could
 * have been, a point that could have been held is, trusted time is the latest seen. Changes nothing; src/vault/rebuild.ts writes it down. See docs/format/ledger.md.
 */
import {
  applyLedgerEntry,
  emptyLedgerState,
  idOf,
  type LedgerEntry,
  type LedgerState,
  type LockState,
  ledgerName,
  lockStates,
  numberOf,
  type ObjectName,
  type Point,
  type PointMarks,
  settleLeap,
} from '#engine'
import { carriesState, readEntry } from './ledger.ts'
import { findLostPromises, type LostPromises } from './lost-promises.ts'
import { isDamage, readPoint, type Vault } from './vault.ts'

export type Salvage = {
  /** `number` is the highest that was ever given, as far as can be seen. */
  readonly state: LedgerState
  readonly lostEntries: readonly ObjectName[]
  /** Records of points that cannot be read: what the ledger said of them cannot be known. */
  readonly lostPoints: readonly ObjectName[]
  /** What lost entries may have promised; `state` keeps it as if they had. */
  readonly lostPromises: LostPromises
}

/** @throws what the store throws when it is out of reach: that is no loss. */
export async function salvageLedger(vault: Vault, signal: AbortSignal): Promise<Salvage> {
  const entries: LedgerEntry[] = []
  const lostEntries: ObjectName[] = []
  const numbers: number[] = []
  for await (const { name } of vault.ports.store.list('ledger', signal))
    numbers.push(numberOf(name))
  for (const number of numbers) {
    const entry = await orLost(() => readEntry(vault, number, signal))
    if (entry === undefined) lostEntries.push(ledgerName(number))
    else entries.push(entry)
  }
  const points = new Map<string, Point>()
  const lostPoints: ObjectName[] = []
  const names: ObjectName[] = []
  for await (const { name } of vault.ports.store.list('point', signal)) names.push(name)
  for (const name of names) {
    const point = await orLost(() => readPoint(vault, idOf(name), signal))
    if (point === undefined) lostPoints.push(name)
    else points.set(idOf(name), point)
  }
  const remains = { entries, points, numberMax: Math.max(0, ...numbers) }
  const lostPromises = lostPromisesOf(remains)
  return { state: salvageState(remains), lostEntries, lostPoints, lostPromises }
}

/** What fails is read once more: what is lost here is replaced by the strictest that it can have said, for good. */
async function orLost<T>(read: () => Promise<T>, triesLeft = 1): Promise<T | undefined> {
  try {
    return await read()
  } catch (problem) {
    if (!isDamage(problem)) throw problem
    return triesLeft === 0 ? undefined : await orLost(read, triesLeft - 1)
  }
}

/** The facts that are left of a ledger. */
export type LedgerRemains = {
  /** In order of their numbers, with gaps. */
  readonly entries: readonly LedgerEntry[]
  /** Every point record of the store that can be read, expired and unfinished ones among them. */
  readonly points: ReadonlyMap<string, Point>
  /** The highest number under which anything stands. */
  readonly numberMax: number
}

export function salvageState(remains: LedgerRemains): LedgerState {
  const state = stateOfRemains(remains)
  const { onPoints, onLock } = lostPromisesOf(remains)
  const at = remains.entries.at(-1)?.at ?? 0
  return {
    ...state,
    lock: onLock ? 'compliance' : state.lock,
    // The rebuilding is a promise itself: should its entry be lost, it is missed.
    promises: (state.promises ?? 0) + 1,
    points: onPoints
      ? new Map([...state.points].map(([id, marks]) => [id, kept(marks, at)]))
      : state.points,
  }
}

function lostPromisesOf({ entries, points, numberMax }: LedgerRemains): LostPromises {
  return findLostPromises(entries, [...points.values()], numberMax)
}

export const doubtReason = 'unknown: entries of the ledger were lost'

/** As if a lost entry had held it, or taken it back from the trash; only a person may say that none did. */
function kept(marks: PointMarks, at: number): PointMarks {
  return { ...marks, holds: [...marks.holds, { reason: doubtReason, at }], trashedUntil: undefined }
}

function stateOfRemains({ entries, points, numberMax }: LedgerRemains): LedgerState {
  const trustedAt = highest([
    ...entries.map((entry) => entry.trustedAt),
    ...[...points.values()].map((point) => point.trustedAt),
  ])
  const folded = settleAll(entries.reduce(applyAcrossGaps, emptyLedgerState), trustedAt)
  const living = new Map(folded.points)
  for (const [id, point] of livingAmong(points, entries)) {
    if (!living.has(id)) living.set(id, markedAnew({ id, point, trustedAt }, entries))
  }
  const newest = [...living].reduce<readonly [string, PointMarks] | undefined>(
    (best, one) => (best === undefined || one[1].sequence > best[1].sequence ? one : best),
    undefined,
  )
  const sequences = [...points.values()].map(({ sequence }) => sequence)
  const sequence = highest([folded.sequence, ...sequences])
  return {
    ...folded,
    // An owner that still believes in the old ledger must not find its next number free.
    number: highest([numberMax, ...[...points.values()].map(lastNumberShown)]),
    epoch: highest([folded.epoch, ...[...points.values()].map(({ epoch }) => epoch)]),
    sequence,
    newest: folded.sequence === sequence ? folded.newest : newest?.[0],
    points: living,
    condemned: new Map(),
    quarantined: new Set([...folded.quarantined, ...quarantinedEver(entries)]),
    lock: strictestLock(entries),
  }
}

/** The last entry that the record of a point speaks of: its commit, or the claim before it. */
function lastNumberShown({ epoch, entry }: Point): number {
  return Math.max(epoch, entry ?? 0)
}

/** Points that no readable entry says are gone. */
function livingAmong(
  points: ReadonlyMap<string, Point>,
  entries: readonly LedgerEntry[],
): (readonly [string, Point])[] {
  const expired = new Set(
    entries.flatMap(({ action }) => (action.kind === 'expire' ? action.points : [])),
  )
  // What such an entry does not name and is not newer was expired before it.
  const complete = entries.findLast(carriesState)
  const sequenceKnown = complete === undefined ? 0 : sequenceIn(complete)
  const followed = new Set([...points.values()].map(({ previous }) => previous))
  const bySequence = Map.groupBy(points, ([, { sequence }]) => sequence)
  const overtaken = unfinishedAmong([...points.values()])
  return [...points].filter(([id, { sequence }]) => {
    if (expired.has(id) || sequence <= sequenceKnown || overtaken.has(points.get(id))) return false
    // Of several with one number those are unfinished that no later point follows.
    const twins = bySequence.get(sequence) ?? []
    return followed.has(id) || !twins.some(([twin]) => followed.has(twin))
  })
}

/** A later point that was given the same number or a smaller one proves that they had never been committed by then. */
function unfinishedAmong(points: readonly Point[]): ReadonlySet<Point | undefined> {
  const latestFirst = points.toSorted((a, b) => (isLater(a, b) ? -1 : isLater(b, a) ? 1 : 0))
  const unfinished = new Set<Point | undefined>()
  for (const point of points) {
    const overtaker = latestFirst.find((later) => later.sequence <= point.sequence)
    if (overtaker !== undefined && isLater(overtaker, point)) unfinished.add(point)
  }
  return unfinished
}

function isLater(a: Point, b: Point): boolean {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch
  return a.entry !== undefined && b.entry !== undefined && a.entry > b.entry
}

function sequenceIn({ action }: LedgerEntry): number {
  return action.kind === 'rebuild' || action.kind === 'claim' ? (action.state?.sequence ?? 0) : 0
}

/** The next of the remaining entries. What it adds to trusted time across a gap, a lost one may have added as a leap. */
function applyAcrossGaps(before: LedgerState, entry: LedgerEntry): LedgerState {
  const isNext = entry.number === before.number + 1
  return applyLedgerEntry(isNext ? before : settleAll(before, entry.trustedAt), entry)
}

/** Trusted time moves on by a boot of which nothing is known: whatever ends, ends later by as much. */
function settleAll(state: LedgerState, trustedAt: number): LedgerState {
  if (trustedAt <= state.trustedAt) return state
  return { ...settleLeap(state, { bootId: '', trustedAt }), trustedAt }
}

/**
 * The marks of a point whose commit is lost: what the remaining entries say of it counts all the same. What passed of its
 * retention by trusted time may have been a leap, so it begins anew.
 */
function markedAnew(
  {
    id,
    point,
    trustedAt,
  }: {
    readonly id: string
    readonly point: Point
    readonly trustedAt: number
  },
  entries: readonly LedgerEntry[],
): PointMarks {
  const { sequence } = point
  // Which entry made it is lost: it counts as later than all, so that it ends late rather than early.
  const setBy = Number.MAX_SAFE_INTEGER
  const fresh = { holds: [], extended: undefined, trashedUntil: undefined, delayMs: 0 }
  const begunAt = point.trustedAt
  let state: LedgerState = {
    ...emptyLedgerState,
    trustedAt: begunAt,
    points: new Map([[id, { ...fresh, sequence, setBy }]]),
  }
  for (const entry of entries) {
    const { action } = entry
    if ('point' in action && action.point === id)
      state = applyLedgerEntry(state, { ...entry, trustedAt: begunAt })
  }
  return { sequence, ...fresh, ...settleAll(state, trustedAt).points.get(id), setBy }
}

function quarantinedEver(entries: readonly LedgerEntry[]): string[] {
  const swept = new Set(
    entries.flatMap(({ action }) => (action.kind === 'swept' ? action.packs : [])),
  )
  return entries
    .flatMap(({ action }) => (action.kind === 'quarantine' ? action.packs : []))
    .filter((pack) => !swept.has(pack))
}

function strictestLock(entries: readonly LedgerEntry[]): LockState {
  const seen = entries.flatMap(({ action, promises }) => [lockIn(action), promises?.lock ?? 'off'])
  return lockStates[highest(seen.map((lock) => lockStates.indexOf(lock)))] ?? 'compliance'
}

function lockIn(action: LedgerEntry['action']): LockState {
  if (action.kind === 'lock') return action.to
  if (action.kind === 'claim' || action.kind === 'rebuild') return action.state?.lock ?? 'off'
  return 'off'
}

function highest(numbers: readonly number[]): number {
  return numbers.reduce((most, number) => Math.max(most, number), 0)
}
