/** What is true of a vault: the fold of its ledger. Pure: the same entries give the same state everywhere. */
import { assert, unreachable } from '#base'
import { JsonFields, type JsonValue } from './json-record.ts'
import type { LedgerAction, LedgerEntry } from './ledger.ts'
import { isPromise } from './ledger-promises.ts'
import { type VaultConfig, vaultConfigFromJson, vaultConfigToJson } from './vault-config.ts'

export type LockState = 'off' | 'governed' | 'compliance'
export const lockStates: readonly LockState[] = ['off', 'governed', 'compliance']

/** One boot of a machine, as it was when it was first seen. */
export type BootRecord = {
  readonly bootId: string
  /** Milliseconds since that boot, suspend included. */
  readonly upMs: number
  readonly trustedAt: number
  /** Number of the last entry that it wrote. */
  readonly lastEntry: number
}

/** What the ledger says of a living point, beside what stands in the point itself. */
export type PointMarks = {
  readonly sequence: number
  readonly holds: readonly { readonly reason: string; readonly at: number }[]
  /** Extension of the retention: a trusted time, or for ever; undefined when it was never extended. */
  readonly extended: { readonly until: number | undefined } | undefined
  readonly trashedUntil: number | undefined
  /** Number of the last entry that set a time: the commit, an extension, the trash. */
  readonly setBy: number
  /** By so much its retention ends later than the point says; see `settleLeap`. */
  readonly delayMs: number
}

export type Condemned = { readonly entry: number; readonly trustedAt: number }

export type Deletion = {
  /** Number of the entry that told it. */
  readonly entry: number
  readonly trustedAt: number
  readonly bytes: number
}

export type LedgerState = {
  /** Number of the last entry. */
  readonly number: number
  readonly epoch: number
  readonly holder: string
  /** Never falls (invariant I4). */
  readonly trustedAt: number
  readonly boots: readonly BootRecord[]
  /** Sequence and id of the newest point ever committed. */
  readonly sequence: number
  readonly newest: string | undefined
  readonly points: ReadonlyMap<string, PointMarks>
  readonly condemned: ReadonlyMap<string, Condemned>
  readonly quarantined: ReadonlySet<string>
  readonly lock: LockState
  /** Entries so far that promised something; undefined in ledgers from before they were counted. */
  readonly promises: number | undefined
  /** The same as of the last entry that repeats the state. Not a part of what it repeats. */
  readonly promisesRepeated: number | undefined
  /** The configuration as it was when the vault was made; undefined in ledgers from before it was recorded. */
  readonly config: VaultConfig | undefined
  /** Deletions of the last day, for the speed limit (L15). */
  readonly deletions: readonly Deletion[]
}

export const bootRecordsMax = 16
const dayMs = 24 * 3600 * 1000

export const emptyLedgerState: LedgerState = {
  number: 0,
  epoch: 0,
  holder: '',
  trustedAt: 0,
  boots: [],
  sequence: 0,
  newest: undefined,
  points: new Map(),
  condemned: new Map(),
  quarantined: new Set(),
  lock: 'off',
  promises: 0,
  promisesRepeated: 0,
  config: undefined,
  deletions: [],
}

/** The state after one more entry. */
export function applyLedgerEntry(before: LedgerState, entry: LedgerEntry): LedgerState {
  const { action } = entry
  const trustedAt = Math.max(before.trustedAt, entry.trustedAt)
  const state: LedgerState = {
    ...settleLeap(before, { bootId: entry.boot.bootId, trustedAt }),
    number: entry.number,
    trustedAt,
    boots: rememberBoot(before.boots, { ...entry.boot, trustedAt, lastEntry: entry.number }),
    promises: entry.promises?.count ?? countPromise(before.promises, action),
  }
  switch (action.kind) {
    case 'claim': {
      const known = action.state === undefined ? state : repeated(action.state, entry)
      return { ...known, epoch: entry.number, holder: action.holder }
    }
    case 'rebuild':
      return { ...repeated(action.state, entry), epoch: entry.epoch }
    case 'lock': {
      const rank = Math.max(lockStates.indexOf(state.lock), lockStates.indexOf(action.to))
      return { ...state, lock: lockStates[rank] ?? 'compliance' }
    }
    case 'condemn':
    case 'resurrect':
    case 'quarantine':
    case 'sweep':
    case 'swept':
      return applyToPacks(state, entry.number, action)
    default:
      return applyToPoints(state, entry, action)
  }
}

type PackAction = Extract<
  LedgerAction,
  { readonly kind: 'condemn' | 'resurrect' | 'quarantine' | 'sweep' | 'swept' }
>
type PointAction = Exclude<
  LedgerAction,
  PackAction | { readonly kind: 'claim' | 'rebuild' | 'lock' }
>

function applyToPoints(
  state: LedgerState,
  { at, number }: LedgerEntry,
  action: PointAction,
): LedgerState {
  switch (action.kind) {
    case 'commit': {
      const { sequence, point } = action
      const marks: PointMarks = {
        sequence,
        holds: [],
        extended: undefined,
        trashedUntil: undefined,
        setBy: number,
        delayMs: 0,
      }
      const points = new Map(state.points).set(point, marks)
      return { ...state, points, sequence: Math.max(state.sequence, sequence), newest: point }
    }
    case 'expire': {
      const points = new Map(state.points)
      for (const point of action.points) points.delete(point)
      return { ...state, points }
    }
    case 'hold': {
      const hold = { reason: action.reason, at }
      return remark(state, action.point, (m) => ({ ...m, holds: [...m.holds, hold] }))
    }
    case 'release':
      return remark(state, action.point, (m) => ({ ...m, holds: [] }))
    case 'extend': {
      const { until } = action
      return remark(state, action.point, (m) => ({
        ...m,
        extended: longer(m.extended, { until }),
        setBy: number,
      }))
    }
    case 'trash':
      return remark(state, action.point, (m) => ({
        ...m,
        trashedUntil: action.until,
        setBy: number,
      }))
    case 'untrash':
      return remark(state, action.point, (m) => ({ ...m, trashedUntil: undefined }))
    default:
      return unreachable(action)
  }
}

function applyToPacks(state: LedgerState, number: number, action: PackAction): LedgerState {
  const condemned = new Map(state.condemned)
  const quarantined = new Set(state.quarantined)
  switch (action.kind) {
    case 'condemn':
      for (const pack of action.packs)
        condemned.set(pack, { entry: number, trustedAt: state.trustedAt })
      return { ...state, condemned }
    case 'resurrect':
      for (const pack of action.packs) condemned.delete(pack)
      return { ...state, condemned }
    case 'quarantine':
      for (const pack of action.packs) quarantined.add(pack)
      return { ...state, quarantined }
    case 'sweep':
      return state
    case 'swept': {
      for (const pack of action.packs) {
        condemned.delete(pack)
        quarantined.delete(pack)
      }
      const { trustedAt } = state
      const recent = state.deletions.filter((d) => d.trustedAt > trustedAt - dayMs)
      const deletions = [...recent, { entry: number, trustedAt, bytes: action.bytes }]
      return { ...state, condemned, quarantined, deletions }
    }
    default:
      return unreachable(action)
  }
}

function countPromise(before: number | undefined, action: LedgerAction): number | undefined {
  return before === undefined || !isPromise(action) ? before : before + 1
}

/** A state that an entry carries, at the place of the entry. */
function repeated(state: LedgerState, entry: LedgerEntry): LedgerState {
  const { trustedAt } = entry
  const promises = entry.promises?.count ?? state.promises
  return {
    ...state,
    promises,
    promisesRepeated: promises,
    // What an earlier program told of them lacks the number; it was before this entry.
    deletions: state.deletions.map((d) => ({ ...d, entry: Math.min(d.entry, entry.number) })),
    number: entry.number,
    trustedAt,
    boots: rememberBoot(state.boots, { ...entry.boot, trustedAt, lastEntry: entry.number }),
  }
}

/**
 * Before an entry of another boot than the last one, when it sets trusted time forward. The boot answers for the time since
 * its own last entry, not for when within it that time passed: much of it may have passed before things that other boots
 * wrote meanwhile. So these end later by as much, or a machine that was seen last long ago would end what was made today.
 */
export function settleLeap(
  before: LedgerState,
  { bootId, trustedAt }: { readonly bootId: string; readonly trustedAt: number },
): LedgerState {
  const leapMs = trustedAt - before.trustedAt
  if (leapMs <= 0 || before.boots[0]?.bootId === bootId) return before
  const since = before.boots.find((boot) => boot.bootId === bootId)?.lastEntry ?? 0
  const points = new Map(before.points)
  for (const [id, marks] of points) {
    if (marks.setBy > since) points.set(id, delayed(marks, leapMs))
  }
  const condemned = new Map(before.condemned)
  for (const [pack, facts] of condemned) {
    if (facts.entry > since) condemned.set(pack, { ...facts, trustedAt: facts.trustedAt + leapMs })
  }
  const deletions = before.deletions.map((deletion) =>
    deletion.entry > since ? { ...deletion, trustedAt: deletion.trustedAt + leapMs } : deletion,
  )
  return { ...before, points, condemned, deletions }
}

function delayed(marks: PointMarks, leapMs: number): PointMarks {
  const later = (until: number | undefined) => (until === undefined ? undefined : until + leapMs)
  const { extended, trashedUntil } = marks
  return {
    ...marks,
    extended: extended && { until: later(extended.until) },
    trashedUntil: later(trashedUntil),
    delayMs: marks.delayMs + leapMs,
  }
}

function remark(
  state: LedgerState,
  point: string,
  change: (marks: PointMarks) => PointMarks,
): LedgerState {
  const marks = state.points.get(point)
  if (marks === undefined) return state
  return { ...state, points: new Map(state.points).set(point, change(marks)) }
}

/** Retention only grows (L4). */
function longer(
  a: { readonly until: number | undefined } | undefined,
  b: { readonly until: number | undefined },
): { readonly until: number | undefined } {
  if (a === undefined) return b
  return {
    until: a.until === undefined || b.until === undefined ? undefined : Math.max(a.until, b.until),
  }
}

/**
 * The first record of each boot, the boot last seen first. The first and not the newest: a machine that is taken back to a
 * snapshot lives the same hours of one boot again, and must not earn them again.
 */
function rememberBoot(boots: readonly BootRecord[], boot: BootRecord): readonly BootRecord[] {
  const first = boots.find((b) => b.bootId === boot.bootId) ?? boot
  const others = boots.filter((b) => b.bootId !== boot.bootId)
  return [{ ...first, lastEntry: boot.lastEntry }, ...others].slice(0, bootRecordsMax)
}

export function encodeLedgerState(state: LedgerState): JsonValue {
  return {
    sequence: state.sequence,
    newest: state.newest ?? null,
    lock: state.lock,
    promises: state.promises ?? null,
    config: state.config === undefined ? null : vaultConfigToJson(state.config),
    boots: state.boots.map((boot) => ({ ...boot })),
    points: [...state.points].map(([id, marks]) => ({
      id,
      sequence: marks.sequence,
      holds: marks.holds.map((hold) => ({ ...hold })),
      extended: marks.extended === undefined ? null : { until: marks.extended.until ?? null },
      trashedUntil: marks.trashedUntil ?? null,
      setBy: marks.setBy,
      delayMs: marks.delayMs,
    })),
    condemned: [...state.condemned].map(([pack, facts]) => ({ pack, ...facts })),
    quarantined: [...state.quarantined],
    deletions: state.deletions.map((deletion) => ({ ...deletion })),
  }
}

/** Place and time come from the entry that carries the state. */
export function decodeLedgerState(fields: JsonFields, object: string): LedgerState {
  const records = <T>(key: string, read: (item: JsonFields) => T): T[] =>
    fields.list(key, (item) => read(new JsonFields(item, object)))
  return {
    ...emptyLedgerState,
    sequence: fields.integer('sequence'),
    newest: fields.has('newest') ? fields.text('newest') : undefined,
    lock: fields.oneOf('lock', lockStates),
    promises: fields.has('promises') ? fields.integer('promises') : undefined,
    config: fields.has('config') ? vaultConfigFromJson(fields.record('config')) : undefined,
    boots: records('boots', (b) => ({
      bootId: b.text('bootId'),
      upMs: b.integer('upMs'),
      trustedAt: b.integer('trustedAt'),
      lastEntry: b.integer('lastEntry'),
    })),
    points: new Map(records('points', (p) => [p.text('id'), marksFromJson(p, object)] as const)),
    condemned: new Map(
      records('condemned', (c) => [
        c.text('pack'),
        { entry: c.integer('entry'), trustedAt: c.integer('trustedAt') },
      ]),
    ),
    quarantined: new Set(fields.texts('quarantined')),
    deletions: records('deletions', (d) => ({
      entry: d.has('entry') ? d.integer('entry') : Number.MAX_SAFE_INTEGER,
      trustedAt: d.integer('trustedAt'),
      bytes: d.integer('bytes'),
    })),
  }
}

function marksFromJson(fields: JsonFields, object: string): PointMarks {
  const extended = fields.has('extended') ? fields.record('extended') : undefined
  const holds = fields.list('holds', (item) => {
    const hold = new JsonFields(item, object)
    return { reason: hold.text('reason'), at: hold.integer('at') }
  })
  assert(holds.length < 1_000_000, 'a point has a bounded number of holds')
  return {
    sequence: fields.integer('sequence'),
    holds,
    extended: extended && { until: extended.has('until') ? extended.integer('until') : undefined },
    trashedUntil: fields.has('trashedUntil') ? fields.integer('trashedUntil') : undefined,
    setBy: fields.integer('setBy'),
    delayMs: fields.integer('delayMs'),
  }
}
