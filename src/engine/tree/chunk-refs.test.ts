import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { chunkId } from '../sealing/vault-keys.ts'
import { everyChunkRef } from './chunk-refs.ts'
import { encodeExtras, extraTags } from './entry.ts'

test('the ids of chunks are found in extras as the entry encodes them, each with its kind', () => {
  const id = (value: number) => chunkId(new Uint8Array(32).fill(value))
  const extra = encodeExtras({
    inline: new Uint8Array([1, 2, 3]),
    pieces: [
      { kind: 'chunk', bytes: 10, id: id(1) },
      { kind: 'zeros', bytes: 4096 },
      { kind: 'chunk', bytes: 20, id: id(2) },
    ],
    pieceLists: [id(3)],
    crc32: 7,
  })
  const seen: [number, number | undefined][] = []
  everyChunkRef(extra, (bytes, at, tag) => {
    seen.push([tag, bytes[at]])
    return true
  })
  deepEqual(seen, [
    [extraTags.pieces, 1],
    [extraTags.pieces, 2],
    [extraTags.pieceLists, 3],
  ])
})
