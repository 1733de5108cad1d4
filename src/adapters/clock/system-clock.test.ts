import { equal, ok, rejects } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { systemClock } from './system-clock.ts'

test('T-1: the reading names this boot and its uptime, and the uptime advances with real time', async () => {
  const clock = systemClock()
  const before = clock.now()
  await clock.sleep(60, new AbortController().signal)
  const after = clock.now()
  equal(before.bootId, readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  equal(after.bootId, before.bootId)
  const passed = after.upMs - before.upMs
  ok(passed >= 40 && passed < 5_000, `60 ms of sleep are ${passed} ms of uptime`)
  ok(Math.abs(after.wallMs - Date.now()) < 5_000)
  ok(Number.isSafeInteger(after.upMs) && Number.isSafeInteger(after.wallMs))
})

test('a sleep ends at once when its job is aborted', async () => {
  const controller = new AbortController()
  const sleeping = systemClock().sleep(60_000, controller.signal)
  controller.abort()
  await rejects(sleeping, { code: 'job.aborted' })
  await rejects(systemClock().sleep(60_000, AbortSignal.abort()), { code: 'job.aborted' })
})
