import { deepEqual, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes } from '#base'
import { encodeBlocks, readBlocks } from './block-stream.ts'

const blocks = [Uint8Array.of(1), new Uint8Array(70_000).fill(2), Uint8Array.of(3, 4, 5)]
const bytes = concatBytes(encodeBlocks(blocks.map((one) => [one.subarray(0, 1), one.subarray(1)])))
const refused = { code: 'session.refused' }

async function* inPieces(content: Uint8Array, size: number) {
  for (let at = 0; at < content.length; at += size) yield content.slice(at, at + size)
}

test('blocks come back whole, whatever the pieces in which they come', async () => {
  for (const size of [1, 3, 4, 5, 4_096, 69_999, bytes.length])
    deepEqual(await readBlocks(inPieces(bytes, size), 3), blocks)
})

test('an answer that is cut, or has more or fewer blocks, is none', async () => {
  for (const end of [0, 2, 4, 5, 7, bytes.length - 1])
    await rejects(readBlocks(inPieces(bytes.subarray(0, end), 1_000), 3), refused)
  await rejects(readBlocks(inPieces(bytes, 1_000), 2), refused)
  await rejects(readBlocks(inPieces(bytes, 1_000), 4), refused)
})

test('a length that no block has takes no memory', async () => {
  for (const length of [0, 0xffff_ffff]) {
    const head = new Uint8Array(8)
    new DataView(head.buffer).setUint32(0, length, true)
    await rejects(readBlocks(inPieces(head, 8), 1), refused)
  }
})
