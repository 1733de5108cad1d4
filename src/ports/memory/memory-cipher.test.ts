import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cipherContract } from '../cipher.contract.ts'
import { packRuns, unpackRuns } from './byte-runs.ts'
import { memoryCipher } from './memory-cipher.ts'
import { SeededRandom } from './seeded-random.ts'

cipherContract('memory cipher', () => memoryCipher(new SeededRandom(7)))

test('the same seed gives the same cipher', () => {
  const lives = [1, 2].map(() => {
    const cipher = memoryCipher(new SeededRandom(7))
    const key = cipher.random(32)
    return cipher.encrypt(key, cipher.random(100), key)
  })
  deepEqual(lives[0], lives[1])
})

test('runs are packed and unpacked without loss', () => {
  const bytes = fc.array(fc.record({ byte: fc.nat(3), count: fc.oneof(fc.nat(4), fc.nat(300)) }), {
    maxLength: 20,
  })
  fc.assert(
    fc.property(bytes, (runs) => {
      const whole = Uint8Array.from(runs.flatMap(({ byte, count }) => new Array(count).fill(byte)))
      deepEqual(unpackRuns(packRuns(whole), whole.length), whole)
    }),
  )
  equal(packRuns(new Uint8Array(12_800)).length, 200)
})
