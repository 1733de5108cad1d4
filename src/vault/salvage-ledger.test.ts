import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  applyLedgerEntry,
  emptyLedgerState,
  isPromise,
  type LedgerAction,
  type LedgerEntry,
  type LedgerState,
  type Point,
} from '#engine'
import { type LedgerRemains, salvageState } from './salvage-ledger.ts'

type History = {
  readonly entries: readonly LedgerEntry[]
  readonly points: ReadonlyMap<string, Point>
  readonly state: LedgerState
}

/**
 * A vault's life: commits, expiries, holds, claims with and without the whole state.
 * @param isRecorded whether points say which entry commits them; those of an old program do not
 */
const historyOf = (isRecorded: boolean): fc.Arbitrary<History> =>
  fc
    .array(
      fc.constantFrom('commit', 'commit', 'expire', 'hold', 'claim', 'repeat', 'lock', 'aside'),
      {
        maxLength: 40,
      },
    )
    .map((kinds) => {
      const entries: LedgerEntry[] = []
      const points = new Map<string, Point>()
      let state = emptyLedgerState
      const append = (action: LedgerAction): void => {
        const number = state.number + 1
        const epoch = action.kind === 'claim' ? number : state.epoch
        const boot = { bootId: 'boot', upMs: number }
        const count = (state.promises ?? 0) + (isPromise(action) ? 1 : 0)
        const promises = { lock: action.kind === 'lock' ? action.to : state.lock, count }
        const entry = { number, epoch, at: 0, trustedAt: number * 10, boot, action, promises }
        entries.push(entry)
        state = applyLedgerEntry(state, entry)
      }
      // As an owner does: a promise is never the last entry.
      const promise = (action: LedgerAction): void => {
        append(action)
        append({ kind: 'lock', to: state.lock })
      }
      append({ kind: 'rebuild', state: emptyLedgerState })
      for (const kind of kinds) {
        const [oldest] = state.points.keys()
        if (kind === 'commit') {
          const id = `point${state.sequence + 1}`
          points.set(id, pointAfter(state, isRecorded))
          append({ kind, point: id, sequence: state.sequence + 1 })
        } else if (kind === 'aside')
          points.set(`unfinished${points.size}`, pointAfter(state, isRecorded))
        else if (kind === 'claim') append({ kind, holder: 'h', state: undefined })
        else if (kind === 'repeat') append({ kind: 'claim', holder: 'h', state })
        else if (kind === 'lock') promise({ kind, to: 'governed' })
        else if (oldest !== undefined && kind === 'expire')
          append({ kind, points: [oldest], reason: 'r' })
        else if (oldest !== undefined) promise({ kind: 'hold', point: oldest, reason: 'r' })
      }
      return { entries, points, state }
    })

const anyHistory = fc.oneof(historyOf(true), historyOf(false))

function pointAfter(
  { number, sequence, newest, epoch, trustedAt }: LedgerState,
  isRecorded: boolean,
): Point {
  const entry = isRecorded ? number + 1 : undefined
  const facts = { sequence: sequence + 1, previous: newest, epoch, entry, trustedAt }
  return facts as unknown as Point
}

function remainsOf(history: History, keep: (entry: LedgerEntry) => boolean): LedgerRemains {
  const { entries, points } = history
  return { entries: entries.filter(keep), points, numberMax: entries.length }
}

test('with no entry lost the state is what it was, but for what is condemned', () => {
  fc.assert(
    fc.property(historyOf(false), (history) => {
      const { state } = history
      const salvaged = salvageState(remainsOf(history, () => true))
      // A point that was written and never committed cannot be told from one whose commit was lost, if it is the last.
      const extra = [...salvaged.points.keys()].filter((id) => !state.points.has(id))
      ok(extra.every((id) => id.startsWith('unfinished')))
      for (const [id, marks] of state.points) deepEqual(salvaged.points.get(id), marks)
      equal(salvaged.lock, state.lock)
      equal(salvaged.trustedAt, state.trustedAt)
      equal(salvaged.number, state.number)
    }),
  )
})

test('whichever entries are lost, every living point is kept, and time, epoch and number do not fall', () => {
  fc.assert(
    fc.property(anyHistory, fc.infiniteStream(fc.boolean()), (history, kept) => {
      const { state, points } = history
      const salvaged = salvageState(remainsOf(history, () => kept.next().value === true))
      for (const [id, { holds }] of state.points) {
        const marks = salvaged.points.get(id)
        ok(marks !== undefined, `${id} is lost`)
        ok(holds.length === 0 || marks.holds.length > 0, `the hold of ${id} is lost`)
      }
      ok(state.lock === 'off' || salvaged.lock !== 'off', 'the lock is lost')
      ok(salvaged.number >= state.number)
      ok(salvaged.sequence >= Math.max(0, ...[...points.values()].map((p) => p.sequence)))
      ok(salvaged.epoch >= Math.max(0, ...[...points.values()].map((p) => p.epoch)))
      ok(salvaged.trustedAt >= Math.max(0, ...[...points.values()].map((p) => p.trustedAt)))
      equal(salvaged.condemned.size, 0)
    }),
  )
})

test('L1: whichever one entry cannot be read, the lock is what it was, and so one bad sector locks nothing', () => {
  fc.assert(
    fc.property(historyOf(true), fc.nat(), (history, draw) => {
      const { entries, state } = history
      const lost = 1 + (draw % entries.length)
      // Of a ledger whose first entry is all there was nothing is known.
      fc.pre(entries.length > 1)
      equal(salvageState(remainsOf(history, ({ number }) => number !== lost)).lock, state.lock)
    }),
  )
})

test('F17: a point that a readable entry expired stays expired', () => {
  fc.assert(
    fc.property(anyHistory, fc.infiniteStream(fc.boolean()), (history, kept) => {
      const remains = remainsOf(
        history,
        ({ action }) => action.kind === 'expire' || kept.next().value === true,
      )
      const { points } = salvageState(remains)
      for (const { action } of remains.entries)
        if (action.kind === 'expire') for (const id of action.points) ok(!points.has(id))
    }),
  )
})
