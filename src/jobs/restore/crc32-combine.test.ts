import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { SeededRandom } from '#ports'
import { crc32Combine, crc32Zeros } from './crc32-combine.ts'

test('the CRC-32 of parts is that of the whole, whatever their lengths (seed 31)', () => {
  const random = new SeededRandom(31)
  for (let i = 0; i < 300; i++) {
    const a = random.bytes(random.below(300))
    const b = random.bytes(random.below(5000))
    const whole = crc32(Buffer.concat([a, b]))
    equal(crc32Combine(crc32(a), crc32(b), b.length), whole, `${a.length} + ${b.length}`)
  }
})

test('zeros are summed without being touched, also a petabyte of them', () => {
  for (const count of [0, 1, 2, 31, 4096, 1_000_003]) {
    const whole = crc32(Buffer.concat([Buffer.from('before'), Buffer.alloc(count)]))
    equal(crc32Zeros(crc32('before'), count), whole, String(count))
  }
  const half = crc32Zeros(5, 2 ** 49)
  equal(crc32Zeros(half, 2 ** 49), crc32Zeros(5, 2 ** 50))
})
