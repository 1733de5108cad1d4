import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { encodeIndexSegment, type IndexedPack, idPrefixBytes } from '#engine'
import { cutSegments } from './cut-segments.ts'

const prefixes = new Uint8Array(40_000 * idPrefixBytes)

function packOf(number: number, blockCount: number): IndexedPack {
  const block = { kind: 'data', storedBytes: 1, rawBytes: 1, prefixes } as const
  const blocks = Array.from({ length: blockCount }, () => block)
  return { id: new Uint8Array(32).fill(number), bytes: 1, blocks }
}

test('an index of very many chunks is cut into segments that an envelope holds (format/index)', () => {
  // Twenty million chunks: as one segment 320 MiB, and no collection would ever end.
  const packs = Array.from({ length: 100 }, (_, i) => packOf(i, 5))
  const segments = cutSegments(packs)
  deepEqual(segments.flat(), packs, 'nothing is lost, nothing is twice there')
  for (const segment of segments)
    ok(encodeIndexSegment({ supersedes: [], packs: segment }).length < 20 * 1024 * 1024)
  equal(segments.length, 20)
})

test('a pack that is larger than a segment stands alone; no packs are no segments', () => {
  const packs = [packOf(1, 1), packOf(2, 30), packOf(3, 1)]
  deepEqual(
    cutSegments(packs).map((part) => part.length),
    [1, 1, 1],
  )
  deepEqual(cutSegments([]), [])
})
