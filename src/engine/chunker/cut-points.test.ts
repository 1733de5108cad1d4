import { deepEqual, equal, notDeepEqual, ok, throws } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  type ChunkerParams,
  defaultChunkerParams,
  findChunkerParamsProblem,
} from './chunker-params.ts'
import { cutPoints } from './cut-points.ts'
import { gearTable, gearTableBytes } from './gear-table.ts'

/** Small sizes give many cuts in few bytes; the arithmetic is the same. */
const params: ChunkerParams = { minBytes: 256, averageBytes: 1024, maxBytes: 4096 }
const table = gearTable(randomBytes(7, gearTableBytes))

test('cuts fall where the page in docs/format says, computed by its formula in whole numbers', () => {
  const bytes = randomBytes(11, 40_000)
  const found = cutPoints({ bytes, isLast: true }, params, table)
  deepEqual(found, cutByFormula(bytes, randomBytes(7, gearTableBytes)))
})

test('the example of docs/format/chunker.md is what this code gives', () => {
  const bytes = Uint8Array.from({ length: 6000 }, (_, i) => (i * i + (i >> 3)) & 0xff)
  const keyStream = Uint8Array.from(
    { length: gearTableBytes },
    (_, i) => (i * 167 + (i >> 3) * 101 + 13) & 0xff,
  )
  deepEqual(
    cutPoints({ bytes, isLast: true }, params, gearTable(keyStream)),
    [1732, 3780, 5828, 6000],
  )
})

test('no content has no chunk, and content up to the minimum has one', () => {
  for (const length of [0, 1, 63, 255, 256]) {
    const found = cutPoints({ bytes: randomBytes(1, length), isLast: true }, params, table)
    deepEqual(found, length === 0 ? [] : [length])
  }
})

test('content without any cut is cut at the maximum, and a full chunk is not held back', () => {
  const bytes = new Uint8Array(params.maxBytes * 2 + 5)
  const points = [params.maxBytes, params.maxBytes * 2]
  deepEqual(cutPoints({ bytes, isLast: true }, params, table), [...points, bytes.length])
  deepEqual(cutPoints({ bytes, isLast: false }, params, table), points)
})

test('every chunk but the last is longer than the minimum, none longer than the maximum', () => {
  fc.assert(
    fc.property(contents(), (bytes) => {
      const lengths = lengthsOf(cutPoints({ bytes, isLast: true }, params, table))
      equal(sum(lengths), bytes.length)
      for (const length of lengths) ok(length <= params.maxBytes)
      for (const length of lengths.slice(0, -1)) ok(length > params.minBytes)
    }),
  )
})

test('cuts do not depend on how the content arrives', () => {
  const arrivals = fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(contents(), arrivals, (bytes, sizes) => {
      const whole = cutPoints({ bytes, isLast: true }, params, table)
      deepEqual(cutPiecewise(bytes, sizes), whole)
    }),
  )
})

test('behind an edit the old cuts return: bytes put in, taken out or overwritten cost few chunks', () => {
  const bytes = randomBytes(3, 600_000)
  const before = chunksOf(bytes)
  const fresh = Array.from({ length: 60 }, (_, seed) => {
    return [...chunksOf(edit(bytes, seed))].filter((chunk) => !before.has(chunk)).length
  })
  // The edited chunk and those until two cuts agree, out of 500; cuts at fixed places would
  // change a half of them on average.
  ok(
    sum(fresh) / fresh.length < 5,
    `an edit changed ${sum(fresh) / fresh.length} chunks on average`,
  )
  ok(Math.max(...fresh) < 25, `an edit changed ${Math.max(...fresh)} chunks`)
})

test('sizes of random content are within 25 % of the average, for the default sizes too', () => {
  for (const [sizes, count] of [
    [params, 400],
    [defaultChunkerParams, 80],
  ] as const) {
    const bytes = randomBytes(5, sizes.averageBytes * count)
    const lengths = lengthsOf(cutPoints({ bytes, isLast: true }, sizes, table))
    const mean = bytes.length / lengths.length / sizes.averageBytes
    ok(mean > 0.75 && mean < 1.25, `mean is ${mean} of the average`)
  }
})

test('another key cuts elsewhere', () => {
  const bytes = randomBytes(9, 100_000)
  const other = gearTable(randomBytes(8, gearTableBytes))
  const points = cutPoints({ bytes, isLast: true }, params, table)
  const otherPoints = new Set(cutPoints({ bytes, isLast: true }, params, other))
  notDeepEqual(points, [...otherPoints])
  const shared = points.filter((point) => otherPoints.has(point) && point !== bytes.length)
  ok(shared.length <= 2, `${shared.length} of ${points.length} cuts are shared`)
})

test('sizes that are no powers of two, out of order or out of range are named', () => {
  equal(findChunkerParamsProblem(defaultChunkerParams), undefined)
  equal(findChunkerParamsProblem(params), undefined)
  const cases: readonly (readonly [Partial<ChunkerParams>, RegExp])[] = [
    [{ averageBytes: 1000 }, /averageBytes is 1000, not a power of two/],
    [{ minBytes: Number.NaN }, /minBytes is NaN, not a power of two/],
    [{ minBytes: 0.5 }, /minBytes is 0.5, not a power of two/],
    [{ minBytes: 128 }, /below 256/],
    [{ maxBytes: 2 ** 25 }, /above 16777216/],
    [{ averageBytes: 256 }, /not above minBytes/],
    [{ maxBytes: 1024 }, /not above averageBytes/],
  ]
  for (const [change, problem] of cases) {
    const changed = { ...params, ...change }
    ok(problem.test(findChunkerParamsProblem(changed) ?? ''))
    throws(() => cutPoints({ bytes: new Uint8Array(9), isLast: true }, changed, table), problem)
  }
})

test('a gear table is made of 2048 bytes and no other number', () => {
  throws(() => gearTable(new Uint8Array(2047)), /2048 bytes/)
})

/** The definition of docs/format/chunker.md without any rolling, masking or halving. */
function cutByFormula(bytes: Uint8Array, keyStream: Uint8Array): readonly number[] {
  const words = new BigUint64Array(keyStream.slice().buffer)
  const isFree = (end: number, bits: number) => {
    let hash = 0n
    for (let age = 0; age < 64; age++)
      hash += (words[bytes[end - 1 - age] ?? 0] ?? 0n) << BigInt(age)
    return BigInt.asUintN(64, hash) >> BigInt(64 - bits) === 0n
  }
  const points: number[] = []
  for (let start = 0; start < bytes.length; start = points.at(-1) ?? 0) {
    let length = Math.min(params.minBytes, bytes.length - start)
    while (start + length < bytes.length && length < params.maxBytes) {
      length++
      if (isFree(start + length, length <= params.averageBytes ? 12 : 8)) break
    }
    points.push(start + length)
  }
  return points
}

/** As a reader of a file would: what is left over goes before the next piece. */
function cutPiecewise(bytes: Uint8Array, sizes: readonly number[]): readonly number[] {
  const points: number[] = []
  let start = 0
  let end = 0
  for (let turn = 0; end < bytes.length; turn++) {
    end = Math.min(bytes.length, end + (sizes[turn % sizes.length] ?? 1))
    const stretch = { bytes: bytes.subarray(start, end), isLast: end === bytes.length }
    for (const point of cutPoints(stretch, params, table)) points.push(start + point)
    start = points.at(-1) ?? 0
  }
  return points
}

/** Random, all equal, and repeating content, of lengths around the limits. */
function contents(): fc.Arbitrary<Uint8Array> {
  const length = fc.oneof(
    fc.integer({ min: 0, max: 20_000 }),
    fc.constantFrom(0, 256, 257, 1024, 4096, 4097, 8192),
  )
  const period = fc.constantFrom(1, 2, 3, 64, 300, 1_000_000)
  return fc
    .tuple(fc.integer({ min: 0, max: 2 ** 31 }), length, period)
    .map(([seed, size, every]) => {
      const random = randomBytes(seed, size)
      return random.map((_, i) => random[i % every] ?? 0)
    })
}

function edit(bytes: Uint8Array, seed: number): Uint8Array {
  const at = (seed * 9973) % (bytes.length - 2000)
  const fresh = randomBytes(1000 + seed, 1 + ((seed * 37) % 1500))
  const head = bytes.subarray(0, at)
  if (seed % 3 === 0) return Buffer.concat([head, fresh, bytes.subarray(at)])
  if (seed % 3 === 1) return Buffer.concat([head, bytes.subarray(at + fresh.length)])
  return Buffer.concat([head, fresh, bytes.subarray(at + fresh.length)])
}

function chunksOf(bytes: Uint8Array): ReadonlySet<string> {
  let start = 0
  return new Set(
    cutPoints({ bytes, isLast: true }, params, table).map((end) => {
      const chunk = Buffer.from(bytes.subarray(start, end)).toString('latin1')
      start = end
      return chunk
    }),
  )
}

/** Bytes that look random, the same for the same seed. */
function randomBytes(seed: number, length: number): Uint8Array {
  const stream = createHash('shake256', { outputLength: length + 1 })
    .update(`${seed}`)
    .digest()
  return new Uint8Array(stream.buffer, stream.byteOffset, length)
}

function lengthsOf(points: readonly number[]): readonly number[] {
  return points.map((point, i) => point - (points[i - 1] ?? 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
