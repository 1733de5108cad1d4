// D3: throughput, by a clock that only the limit moves.
import { equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import { RateLimit } from './rate-limit.ts'

function settableClock() {
  let upMs = 0
  return {
    now: () => ({ wallMs: upMs, bootId: 'b', upMs }),
    async sleep(milliseconds: number, signal: AbortSignal) {
      if (signal.aborted) throw failure('job.aborted')
      upMs += milliseconds
    },
  }
}
const signal = new AbortController().signal
const rate = 10_000_000

test('D3: 10 MB/s is kept over any second, whatever the pieces', async () => {
  for (const piece of [1_000, 65_536, 700_000, 25_000_000]) {
    const clock = settableClock()
    const limit = new RateLimit(clock, rate)
    let sent = 0
    while (sent < 100_000_000) {
      await limit.take(piece, signal)
      sent += piece
    }
    const seconds = clock.now().upMs / 1_000
    // The last piece goes at once; what it owes is paid by whoever comes next.
    const least = (sent - piece) / rate - 0.26
    ok(seconds >= least, `${piece}: ${sent} bytes in ${seconds} s`)
    ok(seconds <= sent / rate + 0.6, `${piece}: ${sent} bytes in ${seconds} s`)
  }
})

test('D3: those who share a limit share its bytes', async () => {
  const clock = settableClock()
  const limit = new RateLimit(clock, rate)
  const each = async () => {
    for (let i = 0; i < 100; i++) await limit.take(100_000, signal)
  }
  await Promise.all([each(), each(), each()])
  ok(clock.now().upMs >= 2_700, `${clock.now().upMs} ms for 30 MB`)
})

test('D3: without a limit nobody waits, and a change counts from then on', async () => {
  const clock = settableClock()
  const limit = new RateLimit(clock, undefined)
  for (let i = 0; i < 1_000; i++) await limit.take(1_000_000, signal)
  equal(clock.now().upMs, 0)
  limit.change(rate)
  for (let i = 0; i < 21; i++) await limit.take(1_000_000, signal)
  ok(clock.now().upMs >= 1_900 && clock.now().upMs < 2_200, `${clock.now().upMs} ms`)
})

test('D4: whoever waits for bytes is let go when the job is cancelled', async () => {
  const limit = new RateLimit(settableClock(), 1)
  const abort = new AbortController()
  await limit.take(1_000_000, abort.signal)
  abort.abort()
  await rejects(limit.take(1, abort.signal), { code: 'job.aborted' })
})
