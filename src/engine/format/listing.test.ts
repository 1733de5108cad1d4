import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { byteString } from '#base'
import {
  decodeListing,
  encodeListing,
  KIND_CODE,
  LISTING_AT,
  LISTING_FIXED_BYTES,
  type ListedKind,
  type ListingEntry,
  listingOffsets,
  listingUint64,
  nextListingRecord,
} from './listing.ts'

const kinds: readonly ListedKind[] = Object.keys(KIND_CODE).filter(
  (k): k is ListedKind => k in KIND_CODE,
)
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })
const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })

const anyEntry: fc.Arbitrary<ListingEntry> = fc.record(
  {
    name: fc.uint8Array({ minLength: 1, maxLength: 255 }).map((bytes) => byteString(bytes)),
    kind: fc.constantFrom(undefined, ...kinds),
    error: fc.integer({ min: 0, max: 255 }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: uint32,
    gid: uint32,
    nlink: uint32,
    size: uint64,
    mtimeSec: int64,
    mtimeNsec: fc.integer({ min: 0, max: 999_999_999 }),
    ctimeSec: int64,
    ctimeNsec: fc.integer({ min: 0, max: 999_999_999 }),
    ino: uint64,
    dev: uint64,
    rdev: uint64,
    blocks: uint64,
  },
  { noNullPrototype: true },
)

test('the exported offsets are the ones the field widths imply', () => {
  assert.deepEqual({ ...LISTING_AT }, listingOffsets())
  assert.equal(LISTING_FIXED_BYTES, 84)
})

test('a listing decodes to what was encoded, for any bytes as names (B5)', () => {
  fc.assert(
    fc.property(fc.array(anyEntry, { maxLength: 20 }), (entries) => {
      assert.deepEqual(decodeListing(encodeListing(entries)), entries)
    }),
  )
})

test('a listing cut short is refused, not read as a shorter one', () => {
  const [entry] = fc.sample(anyEntry, 1)
  assert.ok(entry)
  const bytes = encodeListing([entry])
  for (const length of [1, LISTING_FIXED_BYTES - 1, bytes.length - 1]) {
    assert.throws(() => decodeListing(bytes.subarray(0, length)))
  }
})

test('records can be walked and compared in place', () => {
  const entries = fc.sample(anyEntry, 5).map((entry, i) => ({ ...entry, size: BigInt(i) << 33n }))
  const bytes = encodeListing(entries)
  const view = new DataView(bytes.buffer)
  const sizes: number[] = []
  for (let at = 0; at < bytes.length; at = nextListingRecord(view, at)) {
    sizes.push(listingUint64(view, at + LISTING_AT.size))
  }
  assert.deepEqual(sizes, [0, 2 ** 33, 2 ** 34, 3 * 2 ** 33, 2 ** 35])
})

test('a size beyond safe integers is refused when read as a number (A17)', () => {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, 1n << 53n, true)
  assert.throws(() => listingUint64(view, 0))
})
