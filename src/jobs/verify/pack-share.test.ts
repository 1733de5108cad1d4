import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type SharedPack, takeShare } from './pack-share.ts'

const anyPacks = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 60 })
  .chain((names) =>
    fc.tuple(
      ...names
        .toSorted()
        .map((name) =>
          fc.record({ name: fc.constant(name), bytes: fc.integer({ min: 1, max: 1000 }) }),
        ),
    ),
  )

/** The packs of each run until one ends at the end. */
function runsOf(packs: readonly SharedPack[], share: number): (readonly SharedPack[])[] {
  const runs: (readonly SharedPack[])[] = []
  let cursor: string | undefined
  do {
    const run = takeShare(packs, { cursor, share })
    runs.push(run.taken)
    cursor = run.cursor
    ok(runs.length <= packs.length + 1, 'runs end')
  } while (cursor !== undefined)
  return runs
}

test('runs of a share each take every pack once, in order', () => {
  fc.assert(
    fc.property(anyPacks, fc.double({ min: 0.01, max: 1, noNaN: true }), (packs, share) => {
      deepEqual(runsOf(packs, share).flat(), packs)
    }),
  )
})

test('thirty runs of a thirtieth cover every byte', () => {
  fc.assert(
    fc.property(anyPacks, (packs) => {
      ok(runsOf(packs, 1 / 30).length <= 30)
    }),
  )
})

test('a pack that has gone meanwhile is no obstacle for the cursor', () => {
  const packs = ['a', 'c', 'e'].map((name) => ({ name, bytes: 1 }))
  const { taken } = takeShare(packs, { cursor: 'b', share: 1 / 3 })
  deepEqual(
    taken.map(({ name }) => name),
    ['c'],
  )
})

test('a vault without packs is read at once', () => {
  equal(takeShare([], { cursor: undefined, share: 0.5 }).cursor, undefined)
})
