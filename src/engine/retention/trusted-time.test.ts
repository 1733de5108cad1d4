import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { applyLedgerEntry, emptyLedgerState } from '../format/ledger-state.ts'
import { type BootReading, trustedTimeAt } from './trusted-time.ts'

const hour = 3600 * 1000

test('trusted time advances by the uptime of a known boot and by nothing else (T-1)', () => {
  const known = {
    trustedAt: 5 * hour,
    boots: [{ bootId: 'a', upMs: 2 * hour, trustedAt: 5 * hour }],
  }
  equal(trustedTimeAt(known, { bootId: 'a', upMs: 3 * hour }), 6 * hour)
  equal(trustedTimeAt(known, { bootId: 'b', upMs: 900 * hour }), 5 * hour)
})

test('uptime that runs backwards takes nothing away (I4)', () => {
  const known = {
    trustedAt: 5 * hour,
    boots: [{ bootId: 'a', upMs: 2 * hour, trustedAt: 5 * hour }],
  }
  equal(trustedTimeAt(known, { bootId: 'a', upMs: 0 }), 5 * hour)
})

test('two machines that take turns do not count the same hour twice (T-3)', () => {
  // Machine a saw trusted time 5 h at its uptime 2 h; b brought it to 6 h; meanwhile a ran one hour, the same one.
  const boots = [
    { bootId: 'b', upMs: 40 * hour, trustedAt: 6 * hour },
    { bootId: 'a', upMs: 2 * hour, trustedAt: 5 * hour },
  ]
  equal(trustedTimeAt({ trustedAt: 6 * hour, boots }, { bootId: 'a', upMs: 3 * hour }), 6 * hour)
})

/** Trusted time after somebody wrote an entry at each of these readings. */
function timeAfter(readings: readonly BootReading[]): number {
  const state = readings.reduce(
    (before, boot, i) =>
      applyLedgerEntry(before, {
        number: i + 1,
        epoch: 1,
        at: 0,
        trustedAt: trustedTimeAt(before, boot),
        boot,
        action: { kind: 'untrash', point: 'p' },
      }),
    emptyLedgerState,
  )
  return state.trustedAt
}

test('a machine that is taken back to a snapshot again and again earns no hour twice (T-1, T-3)', () => {
  const at = (hours: number) => ({ bootId: 'a', upMs: hours * hour })
  equal(timeAfter([at(50), at(100), at(50), at(100), at(50), at(100)]), 50 * hour)
  equal(timeAfter([at(50), at(100), at(50), at(120)]), 70 * hour)
})

test('a snapshot that nobody saw taken earns nothing that another machine has earned already (T-3)', () => {
  const north = (hours: number) => ({ bootId: 'a', upMs: hours * hour })
  const south = (hours: number) => ({ bootId: 'b', upMs: hours * hour })
  // In 100 hours of real time north runs unseen, is saved, taken back to its beginning, and then to what was saved.
  equal(timeAfter([north(0), south(0), south(100), north(0), north(100)]), 100 * hour)
})
