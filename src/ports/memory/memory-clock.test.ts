import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { memoryClock } from './memory-clock.ts'

const signal = new AbortController().signal

test('time passes when it is told to, and a sleep makes it pass', async () => {
  const clock = memoryClock({ wallMs: 1000, bootId: 'a', upMs: 50 })
  clock.advance(7)
  await clock.sleep(3, signal)
  deepEqual(clock.now(), { wallMs: 1010, bootId: 'a', upMs: 60 })
})

test('setting the wall clock lets no time pass; a boot is set the same way', () => {
  const clock = memoryClock({ wallMs: 1000, bootId: 'a', upMs: 50 })
  clock.set({ wallMs: 99_000 })
  deepEqual(clock.now(), { wallMs: 99_000, bootId: 'a', upMs: 50 })
  clock.set({ bootId: 'b', upMs: 0 })
  deepEqual(clock.now(), { wallMs: 99_000, bootId: 'b', upMs: 0 })
})

test('those who wait are woken when their time has come, in its order, and not before', async () => {
  const clock = memoryClock({ sleeps: 'wait' })
  const woken: number[] = []
  const sleepers = [30, 10, 20].map((ms) => clock.sleep(ms, signal).then(() => woken.push(ms)))
  clock.advance(9)
  await Promise.resolve()
  deepEqual(woken, [])
  clock.advance(11)
  await Promise.all(sleepers.slice(1))
  deepEqual(woken, [10, 20])
  clock.advance(10)
  await Promise.all(sleepers)
  equal(woken.length, 3)
})

test('a sleep ends when its job is aborted', async () => {
  const clock = memoryClock({ sleeps: 'wait' })
  const controller = new AbortController()
  const sleeping = clock.sleep(10, controller.signal)
  controller.abort()
  await rejects(sleeping, { code: 'job.aborted' })
  await rejects(clock.sleep(10, controller.signal), { code: 'job.aborted' })
})
