import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryClock } from '#ports'
import { ClockWatch, graceMs, stepMinMs } from './clock-watch.ts'

function watched() {
  const clock = new MemoryClock({ wallMs: 1_790_000_000_000 })
  const watch = new ClockWatch(clock.now())
  return { clock, look: () => watch.look(clock.now()) }
}

test('time that passes, asleep or awake, is no step (F18)', () => {
  const { clock, look } = watched()
  clock.advance(graceMs)
  deepEqual(look(), {
    now: clock.now().wallMs,
    steppedMs: 0,
    mayGiveUp: true,
    maySettle: true,
  })
  clock.advance(30 * 24 * 3_600_000)
  equal(look().steppedMs, 0)
})

test('a server that starts settles at once, and gives nobody up for a while (F21)', () => {
  const { clock, look } = watched()
  deepEqual([look().maySettle, look().mayGiveUp], [true, false])
  clock.advance(graceMs)
  equal(look().mayGiveUp, true)
})

test('after a step either way nothing is settled and nobody given up for a while (F18)', () => {
  for (const step of [stepMinMs, -stepMinMs, 10 * 365 * 86_400_000]) {
    const { clock, look } = watched()
    clock.advance(graceMs)
    look()
    clock.set({ wallMs: clock.now().wallMs + step })
    const { steppedMs, mayGiveUp, maySettle } = look()
    deepEqual([steppedMs, mayGiveUp, maySettle], [step, false, false])
    clock.advance(graceMs - 1)
    equal(look().maySettle, false)
    clock.advance(1)
    deepEqual([look().maySettle, look().mayGiveUp], [true, true])
  }
})

test('drift, and another boot, are no steps', () => {
  const { clock, look } = watched()
  clock.set({ wallMs: clock.now().wallMs + stepMinMs - 1 })
  equal(look().steppedMs, 0)
  clock.set({ bootId: 'boot-2', upMs: 5, wallMs: clock.now().wallMs + 3_600_000 })
  equal(look().steppedMs, 0)
})

test('the present is whole milliseconds, as the catalog keeps it', () => {
  const clock = new MemoryClock({ wallMs: 1_790_000_000_000.75 })
  equal(new ClockWatch(clock.now()).look(clock.now()).now, 1_790_000_000_000)
})
