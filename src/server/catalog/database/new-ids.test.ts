import { deepEqual, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { idMaker } from './new-ids.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))

test('ids sort as they were made, within one millisecond and when the clock is set back a little', () => {
  const times = [1_790_000_000_000, 1_790_000_000_000, 1_789_999_999_500, 1_790_000_000_001]
  let now = 0
  const newId = idMaker({ wallMs: () => times[now % times.length] ?? 0, random })
  const ids = Array.from({ length: 4_000 }, (_, i) => {
    now = Math.floor(i / 1_000)
    return newId('job')
  })
  deepEqual(ids, ids.toSorted())
  deepEqual(new Set(ids).size, ids.length)
})

test('a clock that was days ahead is not held on to', () => {
  const times = [1_799_000_000_000, 1_790_000_000_000]
  let now = 0
  const newId = idMaker({ wallMs: () => times[now] ?? 0, random })
  const ahead = newId('job')
  now = 1
  ok(newId('job') < ahead)
})
