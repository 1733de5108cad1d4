import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { memoryCipher, SeededRandom } from '#ports'
import { ChunkSet } from './chunk-set.ts'

const cipher = memoryCipher(new SeededRandom(1))
const latin1 = new TextDecoder('latin1')

test('it says what a Set says, whatever is added and asked, while it grows', () => {
  for (let seed = 0; seed < 30; seed++) {
    const random = new SeededRandom(seed)
    // Few first bytes, so that ids differ in one place only.
    const pool = Array.from({ length: 3_000 }, () => {
      const id = new Uint8Array(16)
      for (let i = 0; i < 3; i++) id[random.below(16)] = random.below(256)
      return id
    })
    const [ours, theirs] = [new ChunkSet(cipher), new Set<string>()]
    for (let step = 0; step < 4_000; step++) {
      const id = pool[random.below(pool.length)] ?? new Uint8Array(16)
      const name = latin1.decode(id)
      equal(ours.has(id), theirs.has(name), `seed ${seed}, step ${step}`)
      if (!random.chance(0.6)) continue
      equal(ours.add(id), !theirs.has(name), `seed ${seed}, step ${step}`)
      theirs.add(name)
    }
    equal(ours.size, theirs.size)
    for (const id of pool) equal(ours.has(id), theirs.has(latin1.decode(id)))
  }
})

test('no two of 10^6 random ids share a fingerprint, and none that was not added is there', () => {
  const ids = new SeededRandom(7).bytes(2_000_000 * 16)
  const set = new ChunkSet(cipher)
  for (let i = 0; i < 1_000_000; i++) ok(set.add(ids, i * 16), `id ${i} is there already`)
  equal(set.size, 1_000_000)
  for (let i = 0; i < 1_000_000; i++) ok(set.has(ids, i * 16))
  for (let i = 1_000_000; i < 2_000_000; i++) ok(!set.has(ids, i * 16), `id ${i} was not added`)
})

test('ids that differ in one bit, or in bits that cancel out in a sum, are two (A04)', () => {
  for (let seed = 0; seed < 20; seed++) {
    const set = new ChunkSet(memoryCipher(new SeededRandom(seed)))
    const id = new SeededRandom(seed + 100).bytes(16)
    set.add(id)
    for (let bit = 0; bit < 128; bit++)
      for (let other = bit; other < 128; other++) {
        const near = id.slice()
        for (const one of new Set([bit, other]))
          near[one >> 3] = (near[one >> 3] ?? 0) ^ (1 << (one & 7))
        ok(!set.has(near), `seed ${seed}: bits ${bit} and ${other}`)
      }
    // A difference that a multiply-add over words cancels with every key.
    const cancelled = id.slice()
    cancelled[11] = (cancelled[11] ?? 0) ^ 0x80
    cancelled[15] = (cancelled[15] ?? 0) ^ 0x80
    cancelled[14] = (cancelled[14] ?? 0) ^ 0x01
    ok(!set.has(cancelled))
  }
})

test('sets of different secrets place ids differently; of whole ids the second half counts', () => {
  const [half, whole] = [new ChunkSet(cipher, 16), new ChunkSet(cipher, 32)]
  const id = new SeededRandom(3).bytes(32)
  const other = id.slice()
  other[31] = (other[31] ?? 0) ^ 1
  half.add(id)
  whole.add(id)
  ok(half.has(other))
  ok(!whole.has(other))
  ok(whole.has(id))
})

test('an id is read where it stands', () => {
  const set = new ChunkSet(cipher)
  const ids = new SeededRandom(4).bytes(64)
  set.add(ids, 32)
  ok(set.has(ids.subarray(32)))
  ok(!set.has(ids, 0))
  ok(!set.has(ids, 16))
})
