import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader } from './bytes.ts'

test('a copy of what was read outlives what it was read from, whatever kind of bytes that was', () => {
  for (const bytes of [Buffer.from([1, 2, 3]), Uint8Array.of(1, 2, 3)]) {
    const copy = new ByteReader(bytes, 1).bytes(2).slice()
    bytes.fill(0)
    deepEqual([...copy], [2, 3])
  }
})
