// A ledger that is begun anew ends no retention: the time that a machine answers for when it comes back after long was
// spent before others made their points, and so was what a lost entry added (L5, T-3).
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import {
  applyLedgerEntry,
  emptyLedgerState,
  type LedgerAction,
  type LedgerEntry,
  type LedgerState,
  ledgerName,
  type Point,
} from '#engine'
import { memoryCipher, memoryClock, memoryLeases, memoryStore, SeededRandom } from '#ports'
import { readLedger } from './ledger.ts'
import { Ownership } from './ownership.ts'
import { plainConfig as config } from './plain-config.fixture.ts'
import { rebuildLedger } from './rebuild.ts'
import { salvageState } from './salvage-ledger.ts'
import { createVault } from './vault.ts'

const signal = new AbortController().signal
const dayMs = 24 * 3600 * 1000

test('L5, T-3: a machine that comes back after 100 days and repairs ends nothing that was made today', async () => {
  const clock = memoryClock({ bootId: 'A', upMs: 1000 })
  const store = memoryStore()
  const cipher = memoryCipher(new SeededRandom(1))
  const ports = { store, leases: memoryLeases(clock), clock, cipher }
  const vault = await createVault(ports, config, new Uint8Array(32).fill(1), signal)
  clock.set({ bootId: 'B', upMs: 5000 })
  const point = 'a'.repeat(64)
  for (const action of [
    { kind: 'quarantine', packs: [], reason: 'r' },
    { kind: 'commit', point, sequence: 1 },
  ] as const) {
    await using ownership = await Ownership.take(vault, 'B', signal)
    await ownership.append(action, signal)
  }
  await store.removeRecord(ledgerName(3), signal)
  clock.set({ bootId: 'A', upMs: 1000 + 100 * dayMs })
  ok((await rebuildLedger(vault, 'A', signal)) !== undefined)
  const { trustedAt, points } = await readLedger(vault, signal)
  equal(trustedAt, 100 * dayMs)
  // Read anew, and not only as the repair had it in memory.
  equal(points.get(point)?.delayMs, 100 * dayMs)
})

/** The entries of a ledger to which boots wrote at their uptimes, in days. */
function written(
  steps: readonly { boot: string; upDays: number; trustedDays: number; action: LedgerAction }[],
): { readonly entries: readonly LedgerEntry[]; readonly state: LedgerState } {
  const entries = steps.map(({ boot, upDays, trustedDays, action }, i) => ({
    number: i + 1,
    epoch: 1,
    at: 0,
    trustedAt: trustedDays * dayMs,
    boot: { bootId: boot, upMs: upDays * dayMs },
    action,
    promises: { lock: 'off', count: 0 } as const,
  }))
  return { entries, state: entries.reduce(applyLedgerEntry, emptyLedgerState) }
}

const point = 'p'
const nothing = { kind: 'quarantine', packs: [], reason: 'r' } as const
const history = written([
  { boot: 'A', upDays: 0, trustedDays: 0, action: { kind: 'rebuild', state: emptyLedgerState } },
  { boot: 'B', upDays: 0, trustedDays: 0, action: { kind: 'commit', point, sequence: 1 } },
  { boot: 'A', upDays: 100, trustedDays: 100, action: nothing },
  { boot: 'B', upDays: 1, trustedDays: 100, action: nothing },
])
const facts = { sequence: 1, previous: undefined, epoch: 1, entry: 2, trustedAt: 0 }
const record = facts as unknown as Point

test('L5, T-3: whichever entry is lost, a point ends no earlier than it would have', () => {
  const { entries, state } = history
  equal(state.points.get(point)?.delayMs, 100 * dayMs)
  for (let lost = 0; lost <= entries.length; lost++) {
    const remains = entries.filter(({ number }) => number !== lost)
    const points = new Map([[point, record]])
    const salvaged = salvageState({ entries: remains, points, numberMax: 4 })
    const marks = salvaged.points.get(point)
    ok(marks !== undefined)
    // What is left of 30 days at the time of the repair.
    const leftMs = 30 * dayMs + marks.delayMs - salvaged.trustedAt
    ok(leftMs >= 30 * dayMs, `entry ${lost} is lost: ${leftMs / dayMs} days are left`)
  }
  const whole = salvageState({ entries, points: new Map(), numberMax: 4 })
  deepEqual(whole.points.get(point), state.points.get(point), 'nothing is lost, nothing is added')
})
