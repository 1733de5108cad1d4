import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { trustedTimeAt } from '../retention/trusted-time.ts'
import {
  decodeLedgerEntry,
  encodeLedgerEntry,
  type LedgerAction,
  type LedgerEntry,
} from './ledger.ts'
import { applyLedgerEntry, emptyLedgerState, type LedgerState } from './ledger-state.ts'

const actions: readonly LedgerAction[] = [
  { kind: 'rebuild', state: emptyLedgerState },
  { kind: 'claim', holder: 'web1', state: undefined },
  { kind: 'commit', point: 'p1', sequence: 1 },
  { kind: 'commit', point: 'p2', sequence: 2 },
  { kind: 'commit', point: 'p3', sequence: 3 },
  { kind: 'hold', point: 'p1', reason: 'audit' },
  { kind: 'release', point: 'p1', reason: 'done' },
  { kind: 'hold', point: 'p1', reason: 'court' },
  { kind: 'extend', point: 'p1', until: 500 },
  { kind: 'extend', point: 'p1', until: 400 },
  { kind: 'extend', point: 'p2', until: undefined },
  { kind: 'trash', point: 'p2', until: 77 },
  { kind: 'untrash', point: 'p2' },
  { kind: 'trash', point: 'p2', until: 99 },
  { kind: 'lock', to: 'compliance' },
  { kind: 'lock', to: 'off' },
  { kind: 'quarantine', packs: ['pack/q'], reason: 'rot' },
  { kind: 'condemn', packs: ['pack/a', 'pack/b', 'pack/c'], reason: 'dead' },
  { kind: 'resurrect', packs: ['pack/b'] },
  { kind: 'sweep', deletions: [{ pack: 'pack/a', bytes: 5, condemnedBy: 18, markDigest: 'd' }] },
  { kind: 'swept', packs: ['pack/a'], bytes: 5 },
  { kind: 'expire', points: ['p3'], reason: 'retention-ended' },
]

const entryOf = (action: LedgerAction, number: number): LedgerEntry => ({
  number,
  epoch: 2,
  at: 1000 + number,
  trustedAt: number * 10,
  boot: { bootId: 'boot', upMs: number * 10 },
  action,
  promises: { lock: 'governed', count: number },
})

const entries = actions.map((action, i) => entryOf(action, i + 1))

test('every entry reads back as it was written', () => {
  for (const entry of entries)
    deepEqual(decodeLedgerEntry(encodeLedgerEntry(entry), 'entry'), entry)
})

test('the fold of the ledger is what is true of the vault', () => {
  const state = entries.reduce(applyLedgerEntry, emptyLedgerState)
  equal(state.number, entries.length)
  equal(state.lock, 'compliance', 'a lock is never lowered (L1)')
  deepEqual([...state.points.keys()], ['p1', 'p2'])
  deepEqual(
    state.points.get('p1')?.holds.map((h) => h.reason),
    ['court'],
  )
  deepEqual(state.points.get('p1')?.extended, { until: 500 }, 'retention only grows (L4)')
  deepEqual(state.points.get('p2')?.extended, { until: undefined })
  equal(state.points.get('p2')?.trashedUntil, 99)
  deepEqual([...state.condemned.keys()], ['pack/c'])
  deepEqual([...state.quarantined], ['pack/q'])
  deepEqual(state.deletions, [{ entry: 21, trustedAt: 210, bytes: 5 }])
  deepEqual([state.sequence, state.newest], [3, 'p3'])
})

test('a claim that repeats the state leaves nothing out', () => {
  const full = entries.reduce(applyLedgerEntry, emptyLedgerState)
  const claim = entryOf({ kind: 'claim', holder: 'web2', state: full }, entries.length + 1)
  const carried = decodeLedgerEntry(encodeLedgerEntry(claim), 'entry')
  const long = applyLedgerEntry(full, claim)
  const short: LedgerState = applyLedgerEntry(emptyLedgerState, carried)
  deepEqual(short, long)
})

/** Trusted time at each entry as the vault itself would reckon it. */
function fold(
  steps: readonly {
    readonly bootId: string
    readonly upMs: number
    readonly action: LedgerAction
  }[],
): LedgerState {
  return steps.reduce((state, { bootId, upMs, action }, i) => {
    const trustedAt = trustedTimeAt(state, { bootId, upMs })
    const boot = { bootId, upMs }
    return applyLedgerEntry(state, { ...entryOf(action, i + 1), trustedAt, boot })
  }, emptyLedgerState)
}

test('L15: a machine unseen for long brings no day that makes room for more deletions', () => {
  const dayMs = 24 * 3600 * 1000
  const swept = (bytes: number): LedgerAction => ({ kind: 'swept', packs: [], bytes })
  const claim: LedgerAction = { kind: 'claim', holder: 'x', state: undefined }
  const before = [
    { bootId: 'north', upMs: 0, action: claim },
    { bootId: 'north', upMs: 5, action: swept(1) },
    { bootId: 'south', upMs: 0, action: claim },
    { bootId: 'south', upMs: 5, action: swept(2) },
  ]
  const back = { bootId: 'north', upMs: 10 * dayMs, action: swept(4) }
  const state = fold([...before, back])
  equal(state.trustedAt, 10 * dayMs)
  deepEqual(
    state.deletions.map(({ bytes }) => bytes),
    [2, 4],
  )
  // Two that take turns put it off once, by the hour that south was away, and not again and again.
  const turns = [1, 2, 3, 4].flatMap((hours) => [
    { bootId: 'south', upMs: 10 * dayMs + hours * 3_600_000, action: claim },
    { bootId: 'north', upMs: 10 * dayMs + hours * 3_600_000 + 1, action: claim },
  ])
  const later = { bootId: 'north', upMs: 11 * dayMs + 3_700_000, action: swept(8) }
  const rested = fold([...before, back, ...turns, later])
  deepEqual(
    rested.deletions.map(({ bytes }) => bytes),
    [8],
  )
})

test('what an earlier program told of deletions lacks the entry, and counts as young', () => {
  const deletion = { trustedAt: 3, bytes: 5 }
  const state = { ...emptyLedgerState, deletions: [deletion] } as unknown as LedgerState
  const claim = entryOf({ kind: 'claim', holder: 'x', state }, 7)
  const carried = decodeLedgerEntry(encodeLedgerEntry(claim), 'entry')
  deepEqual(applyLedgerEntry(emptyLedgerState, carried).deletions, [{ ...deletion, entry: 7 }])
})

test('F18: a machine unseen for long brings no time that passed before a point was made', () => {
  const north = (upMs: number, action: LedgerAction) => ({ bootId: 'north', upMs, action })
  const south = (upMs: number, action: LedgerAction) => ({ bootId: 'south', upMs, action })
  const claim: LedgerAction = { kind: 'claim', holder: 'x', state: undefined }
  const state = fold([
    north(0, claim),
    north(10, { kind: 'commit', point: 'old', sequence: 1 }),
    // 1000 hours later south, which nobody knows, makes a point; 5 later north is back.
    south(7, claim),
    south(8, { kind: 'commit', point: 'young', sequence: 2 }),
    south(9, { kind: 'trash', point: 'young', until: 11 + 30 }),
    south(10, { kind: 'condemn', packs: ['pack/a'], reason: 'dead' }),
    north(1005, claim),
  ])
  equal(state.trustedAt, 1005)
  equal(state.points.get('old')?.delayMs, 0, 'it has truly aged')
  equal(state.points.get('young')?.delayMs, 1005 - 13, 'it has aged by 3 for certain')
  equal(state.points.get('young')?.trashedUntil, 41 + 1005 - 13)
  equal(state.condemned.get('pack/a')?.trustedAt, 13 + 1005 - 13)
})
