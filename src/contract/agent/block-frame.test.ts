import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, isFailure } from '#base'
import { chunkBytesMax, chunkId, chunksPerBlockMax } from '#engine'
import {
  type BlockFrame,
  blockFrameBytesMax,
  blockNumberMax,
  decodeBlockFrame,
  encodeBlockFrame,
  rawBytesOf,
  readBlockFrames,
} from './block-frame.ts'
import {
  decodeBits,
  decodeChunkIds,
  encodeBits,
  encodeChunkIds,
  idsPerRequestMax,
} from './have-frame.ts'

const id = (seed: number) => chunkId(new Uint8Array(32).fill(seed))

const frames: fc.Arbitrary<BlockFrame> = fc
  .record({
    kind: fc.constantFrom('data', 'tree'),
    number: fc.integer({ min: 0, max: blockNumberMax }),
    chunks: fc.array(
      fc.record({
        id: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(chunkId),
        length: fc.integer({ min: 0, max: 300_000 }),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    sealed: fc.uint8Array({ maxLength: 600 }),
  })
  .map(({ kind, number, chunks, sealed }) => ({
    kind,
    number,
    ids: chunks.map((chunk) => chunk.id),
    lengths: chunks.map((chunk) => chunk.length),
    sealed,
  }))

const plain = (frame: BlockFrame) => ({
  ...frame,
  ids: frame.ids.map((one) => [...one]),
  sealed: [...frame.sealed],
})

test('a frame comes back as it was sent', () => {
  fc.assert(
    fc.property(frames, (frame) => {
      deepEqual(plain(decodeBlockFrame(encodeBlockFrame(frame))), plain(frame))
    }),
  )
})

test('a frame says how long its block is, and no more may be decompressed', () => {
  const frame = { kind: 'data', number: 1, ids: [id(1), id(2)], lengths: [5, 7] } as const
  equal(rawBytesOf(frame), 4 + 2 * 4 + 12)
})

test('whatever bytes come: a frame or a typed error, never a crash (A24)', () => {
  const mutated = fc
    .tuple(frames, fc.nat(), fc.integer({ min: 0, max: 255 }), fc.nat())
    .map(([frame, at, value, cut]) => {
      const bytes = encodeBlockFrame(frame).slice()
      bytes[at % Math.min(bytes.length, 64)] = value
      return cut % 3 === 0 ? bytes.slice(0, cut % (bytes.length + 1)) : bytes
    })
  let refused = 0
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), mutated), (bytes) => {
      try {
        const frame = decodeBlockFrame(bytes)
        deepEqual(encodeBlockFrame(frame), bytes)
      } catch (problem) {
        ok(isFailure(problem, 'session.refused'), String(problem))
        refused++
      }
    }),
    { numRuns: 2_000 },
  )
  ok(refused > 500, 'most of them are refused')
})

test('a header that promises too much is refused before anything is taken (A24)', () => {
  const good = encodeBlockFrame({
    kind: 'data',
    number: 1,
    ids: [id(1)],
    lengths: [10],
    sealed: new Uint8Array(8),
  })
  const withNumber = (at: number, value: number) => {
    const bytes = good.slice()
    new DataView(bytes.buffer).setUint32(at, value, true)
    return bytes
  }
  const lies: readonly (readonly [bytes: Uint8Array, says: RegExp])[] = [
    [withNumber(0, 0x31424649), /no frame/],
    [withNumber(4, 3), /unknown kind/],
    [withNumber(4, 0x0101), /unknown flags/],
    [withNumber(8, blockNumberMax + 1), /too large a number/],
    [withNumber(12, 0), /another length/],
    [withNumber(12, chunksPerBlockMax + 1), /too many chunks/],
    [withNumber(16, 0xffff_ffff), /too long/],
    [withNumber(16, 9), /another length/],
    [withNumber(20 + 32, chunkBytesMax + 1), /chunk is too long/],
    [concatBytes([good, Uint8Array.of(0)]), /another length/],
  ]
  for (const [bytes, says] of lies) {
    throws(() => decodeBlockFrame(bytes), { code: 'session.refused', message: says })
  }
  ok(blockFrameBytesMax < 32 * 1024 * 1024, 'the largest frame is small beside 256 MiB')
})

test('sealed bytes that could not be of this content are refused', () => {
  const frame = { kind: 'data', number: 1, ids: [id(1)], lengths: [10] } as const
  const bytes = encodeBlockFrame({ ...frame, sealed: new Uint8Array(1_000) })
  const more = concatBytes([bytes, new Uint8Array(1_000)])
  new DataView(more.buffer).setUint32(16, 2_000, true)
  throws(() => decodeBlockFrame(more), { message: /longer than its content/ })
  throws(() => encodeBlockFrame({ ...frame, sealed: new Uint8Array(2_000) }), /within its limits/)
})

test('frames in a stream are found whatever its pieces, one byte at a time too (F20)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(frames, { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
      async (sent, sizes) => {
        const bytes = concatBytes(sent.map((frame) => encodeBlockFrame(frame).slice()))
        const got: BlockFrame[] = []
        for await (const frame of readBlockFrames(pieces(bytes, sizes))) got.push(frame)
        deepEqual(got.map(plain), sent.map(plain))
      },
    ),
    { numRuns: 60 },
  )
})

test('a stream that ends inside a frame is refused, never a shorter answer', async () => {
  const frame = encodeBlockFrame({
    kind: 'tree',
    number: 3,
    ids: [id(3)],
    lengths: [4],
    sealed: new Uint8Array(12),
  }).slice()
  for (const cut of [1, 19, 20, 40, frame.length - 1]) {
    await rejects(Array.fromAsync(readBlockFrames(pieces(frame.slice(0, cut), [7]))), {
      code: 'session.refused',
    })
  }
  equal((await Array.fromAsync(readBlockFrames(pieces(frame, [7])))).length, 1)
  equal((await Array.fromAsync(readBlockFrames(pieces(new Uint8Array(0), [7])))).length, 0)
})

test('ids and answers come back as they were sent', () => {
  const chunkIds = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(chunkId)
  fc.assert(
    fc.property(fc.array(chunkIds, { maxLength: 50 }), (list) => {
      deepEqual(decodeChunkIds(encodeChunkIds(list)), list)
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 70 }), (answers) => {
      deepEqual(decodeBits(encodeBits(answers), answers.length), answers)
    }),
  )
})

test('ids and answers of another length are refused (A24)', () => {
  for (const bytes of [1, 31, 33, (idsPerRequestMax + 1) * 32]) {
    throws(() => decodeChunkIds(new Uint8Array(bytes)), { code: 'session.refused' })
  }
  throws(() => decodeBits(new Uint8Array(1), 9), { code: 'session.refused' })
  throws(() => decodeBits(new Uint8Array(2), 8), { code: 'session.refused' })
  throws(() => decodeBits(Uint8Array.of(0b1000), 3), { code: 'session.refused' })
  deepEqual(decodeBits(Uint8Array.of(0b101), 3), [true, false, true])
})

async function* pieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}
