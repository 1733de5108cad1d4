import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '#ports'
import { ChunkIndex } from '#vault'
import { planRuns, refKey, rowsMax, runBytesMax } from './block-runs.ts'

function indexOf(packs: readonly (readonly number[])[]): ChunkIndex {
  const index = new ChunkIndex()
  for (const [number, blocks] of packs.entries()) {
    const id = new Uint8Array(32).fill(number + 1)
    const described = blocks.map((storedBytes) => {
      return {
        kind: 'data',
        storedBytes,
        rawBytes: storedBytes,
        prefixes: new Uint8Array(16),
      } as const
    })
    index.addPack({ id, bytes: 1e9, blocks: described })
  }
  return index
}

test('every ref is in one run, every block in one, and each pack is read forwards (seed 4)', () => {
  const random = new SeededRandom(4)
  const sizes = Array.from({ length: 40 }, () => 1 + random.below(600_000))
  const index = indexOf([sizes, sizes.toReversed()])
  const keys = Array.from({ length: 500 }, (_, row) => refKey(random.below(80), row))
  const runs = planRuns(index, Float64Array.from(keys).sort())
  const rows = runs.flatMap(({ rows }) => [...rows]).sort((a, b) => a - b)
  deepEqual(
    rows,
    Array.from({ length: 500 }, (_, row) => row),
  )
  const blocks = runs.flatMap(({ object, offset, blocks }) =>
    blocks.map(({ at }) => `${object} ${offset + at}`),
  )
  equal(new Set(blocks).size, blocks.length)
  for (const { length, blocks, counts } of runs) {
    ok(length <= runBytesMax || blocks.length === 1)
    equal(counts.length, blocks.length)
  }
  const ends = new Map<string, number>()
  for (const { object, offset, length } of runs) {
    ok(offset >= (ends.get(object) ?? 0))
    ends.set(object, offset + length)
  }
})

test('blocks apart are fetched apart, a small gap is read over', () => {
  const index = indexOf([[1000, 10_000, 1000, 500_000, 1000]])
  const keys = Float64Array.from([refKey(0, 5), refKey(2, 6), refKey(4, 7)])
  const runs = planRuns(index, keys)
  deepEqual(
    runs.map(({ offset, length, rows }) => [offset, length, [...rows]]),
    [
      [16, 12_000, [5, 6]],
      [512_016, 1000, [7]],
    ],
  )
  ok(rowsMax > 20_000)
})
