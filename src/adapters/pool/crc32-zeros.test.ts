import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { crc32Zeros } from './crc32-zeros.ts'

test('zeros continue a checksum as if they had been there', () => {
  for (const start of [0, 1, 0x8000_0000, 0xffff_ffff, crc32('content before a hole')]) {
    for (const count of [0, 1, 2, 7, 64, 1000, 65_537, 1_000_003]) {
      equal(
        crc32Zeros(start, count),
        crc32(Buffer.alloc(count), start),
        `${start} and ${count} zeros`,
      )
    }
  }
})

test('a hole of terabytes is the sum of its parts', () => {
  const tebibyte = 2 ** 40
  equal(crc32Zeros(crc32Zeros(7, 3 * tebibyte), tebibyte + 5), crc32Zeros(7, 4 * tebibyte + 5))
})
