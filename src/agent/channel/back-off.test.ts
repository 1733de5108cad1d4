import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BackOff, chanceOf, reconnecting, waitMs } from './back-off.ts'

test('waits double to their most, and the luckiest draw is not zero', () => {
  const longest = [1, 2, 3, 4, 5, 6, 40].map((failures) => waitMs(reconnecting, failures, 1))
  deepEqual(longest, [4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
  equal(waitMs(reconnecting, 9, 0), 250)
})

test('D5: a thousand agents of a server that was restarted come back over the whole span', () => {
  const draws = Array.from({ length: 1_000 }, (_, i) => waitMs(reconnecting, 1, i / 1_000))
  for (let from = 250; from < 4_000; from += 375) {
    const share = draws.filter((at) => at >= from && at < from + 375).length
    ok(share >= 90 && share <= 110, `${share} of 1000 within 375 ms from ${from}`)
  }
})

test('what the server asks for is never shortened, and bounded', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 99 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(),
      (n, chance, asked) => {
        const wait = waitMs(reconnecting, n, chance, asked)
        ok(wait >= Math.min(asked, 3_600_000))
        ok(wait <= 3_600_000 + reconnecting.mostMs)
      },
    ),
  )
})

test('success begins the row again', () => {
  const backOff = new BackOff(reconnecting, () => 1)
  deepEqual([backOff.next(), backOff.next()], [4_000, 8_000])
  backOff.reset()
  equal(backOff.next(), 4_000)
})

test('chance is from 0 to below 1', () => {
  equal(chanceOf(() => new Uint8Array(4))(), 0)
  const most = chanceOf(() => new Uint8Array(4).fill(255))()
  ok(most < 1 && most > 0.999)
})
