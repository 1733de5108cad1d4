import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import {
  type ChunkerParams,
  chunkerParams,
  cutPoints,
  defaultChunkerParams,
  gearTable,
  gearTableBytes,
  nextCut,
} from '#engine'
import { openGearChunker, outputBytes, writeGearTable } from './gear-chunker.ts'

const tableAt = 1000
const outAt = 4096
const contentAt = 1 << 20
const memory = new WebAssembly.Memory({ initial: 600, maximum: 16_384, shared: true })
const keyStream = randomBytes(7, gearTableBytes)
const table = gearTable(keyStream)
writeGearTable(memory, tableAt, keyStream)

const params = chunkerParams(1024)
const gear = openGearChunker({ memory, tableAt, params })

test('the committed module is what gear.wat gives', () => {
  const script = fileURLToPath(new URL('../../../scripts/build-wasm.ts', import.meta.url))
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' })
  equal(status, 0, stderr)
})

test('the compiled chunker cuts exactly where the specification does, at any address', () => {
  fc.assert(
    fc.property(
      contents(),
      fc.integer({ min: 0, max: 70 }),
      fc.boolean(),
      (bytes, shift, isLast) => {
        const at = contentAt + shift
        deepEqual(cutInMemory({ bytes, at, isLast }), cutPoints({ bytes, isLast }, params, table))
        equal(gear.nextCut(at, bytes.length), nextCut(bytes, params, table))
      },
    ),
    { numRuns: 400 },
  )
})

test('equal bytes of every value, and every length around the limits, are cut alike', () => {
  for (let value = 0; value < 256; value++) {
    const bytes = new Uint8Array(9001).fill(value)
    const expected = cutPoints({ bytes, isLast: true }, params, table)
    deepEqual(cutInMemory({ bytes, at: contentAt, isLast: true }), expected, `of value ${value}`)
  }
  const random = randomBytes(2, 5000)
  for (const edge of [0, params.minBytes, params.averageBytes, params.maxBytes]) {
    for (let length = Math.max(0, edge - 18); length < edge + 18; length++) {
      for (const bytes of [random.subarray(0, length), new Uint8Array(length)]) {
        const expected = cutPoints({ bytes, isLast: true }, params, table)
        deepEqual(cutInMemory({ bytes, at: contentAt, isLast: true }), expected, `of ${length}`)
      }
    }
  }
})

test('a table that allows every cut and one that allows none give the least and the greatest sizes', () => {
  const bytes = randomBytes(4, 10_000)
  // The hash of equal words w is -w modulo 2^64.
  for (const [word, length] of [
    [0n, params.minBytes + 1],
    [1n, params.maxBytes],
  ] as const) {
    const stream = new Uint8Array(new BigUint64Array(256).fill(word).buffer)
    writeGearTable(memory, tableAt, stream)
    const found = cutInMemory({ bytes, at: contentAt, isLast: true })
    deepEqual(found, cutPoints({ bytes, isLast: true }, params, gearTable(stream)))
    equal(found[0], length)
  }
  writeGearTable(memory, tableAt, keyStream)
})

test('the default sizes are cut alike, over 16 MiB with a long run of zeros', () => {
  const bytes = randomBytes(5, 16 << 20)
  bytes.fill(0, 5_000_000, 9_000_000)
  const found = cutInMemory({ bytes, at: contentAt, isLast: true }, defaultChunkerParams)
  deepEqual(found, cutPoints({ bytes, isLast: true }, defaultChunkerParams, table))
  ok(found.length > 40)
})

test('nothing is written but the chunk lengths, and what lies around a stretch does not matter', () => {
  const bytes = randomBytes(6, 30_000)
  const all = new Uint8Array(memory.buffer)
  const around = contentAt + 40_000
  const runs = [0xa5, 0x5a].map((fill) => {
    all.fill(fill, 0, around)
    writeGearTable(memory, tableAt, keyStream)
    const points = cutInMemory({ bytes, at: contentAt, isLast: true })
    const written = { at: outAt, length: points.length * 4 }
    const kept = [
      { at: 0, length: tableAt },
      { at: tableAt + gearTableBytes, length: outAt - tableAt - gearTableBytes },
      { at: written.at + written.length, length: contentAt - written.at - written.length },
      { at: contentAt + bytes.length, length: around - contentAt - bytes.length },
    ]
    for (const { at, length } of kept)
      ok(all.subarray(at, at + length).every((byte) => byte === fill))
    deepEqual(all.slice(contentAt, contentAt + bytes.length), bytes)
    return points
  })
  deepEqual(runs[0], runs[1])
})

test('a zero test finds a single byte at any place, and none outside its region', () => {
  const all = new Uint8Array(memory.buffer)
  for (const length of [0, 1, 15, 63, 64, 65, 127, 128, 200]) {
    const at = contentAt + 3
    all.fill(0xff, contentAt, contentAt + 300)
    all.fill(0, at, at + length)
    equal(gear.isZero(at, length), true)
    for (let i = at; i < at + length; i++) {
      all[i] = 1 << (i % 8)
      equal(gear.isZero(at, length), false)
      all[i] = 0
    }
  }
})

test('regions outside the memory, unaligned or in each other are refused', () => {
  const end = memory.buffer.byteLength
  const refuse = (at: number, length: number, out: number, why: RegExp) =>
    throws(() => gear.cuts({ at, length, isLast: true }, out), why)
  refuse(end - 5000, 5001, outAt, /what is cut lies in memory/)
  refuse(-1, 10, outAt, /what is cut lies in memory/)
  refuse(contentAt, 5000, end - 4, /the lengths lie in memory/)
  refuse(contentAt, 5000, outAt + 2, /aligned/)
  refuse(contentAt, 5000, contentAt + 4000, /not written over/)
  throws(() => openGearChunker({ memory, tableAt: end - 2047, params }), /table lies in memory/)
  throws(() => writeGearTable(memory, 0, new Uint8Array(2047)), /2048 bytes/)
})

type Cutting = { readonly bytes: Uint8Array; readonly at: number; readonly isLast: boolean }

function cutInMemory({ bytes, at, isLast }: Cutting, sizes: ChunkerParams = params): number[] {
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes)
  const chunker = sizes === params ? gear : openGearChunker({ memory, tableAt, params: sizes })
  const count = chunker.cuts({ at, length: bytes.length, isLast }, outAt)
  ok(count * 4 <= outputBytes(bytes.length, sizes))
  let point = 0
  return Array.from(new Uint32Array(memory.buffer, outAt, count), (length) => {
    point += length
    return point
  })
}

/** Random, all equal, and repeating content, of lengths around the limits. */
function contents(): fc.Arbitrary<Uint8Array> {
  const edges = fc.constantFrom(0, 256, 257, 1024, 1025, 4096, 4097, 8192)
  const length = fc.oneof(fc.integer({ min: 0, max: 20_000 }), edges)
  const period = fc.constantFrom(1, 2, 3, 64, 300, 1_000_000)
  return fc.tuple(fc.nat(), length, period).map(([seed, size, every]) => {
    const random = randomBytes(seed, size)
    return random.map((_, i) => random[i % every] ?? 0)
  })
}

/** Bytes that look random, the same for the same seed. */
function randomBytes(seed: number, length: number): Uint8Array {
  const stream = createHash('shake256', { outputLength: length + 1 })
    .update(`${seed}`)
    .digest()
  return new Uint8Array(stream.buffer, stream.byteOffset, length)
}
