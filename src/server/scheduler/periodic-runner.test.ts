import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Log } from '../kernel.ts'
import { PeriodicRunner } from './periodic-runner.ts'

const { signal } = new AbortController()

function quiet(errors: unknown[] = []): Log {
  return { debug() {}, info() {}, warn() {}, error: (fields) => void errors.push(fields['work']) }
}

test('work runs at its pace from end to begin, and never twice at once', async () => {
  let upMs = 0
  let runs = 0
  let release = () => {}
  const run = () => {
    runs++
    return new Promise<void>((resolve) => {
      release = resolve
    })
  }
  const runner = new PeriodicRunner([{ name: 'slow', everyMs: 1_000, run }], quiet())
  const look = () => runner.look(() => upMs, signal)
  look()
  upMs = 5_000
  look()
  equal(runs, 1, 'it is still at work')
  release()
  await runner.idle()
  upMs = 5_999
  look()
  equal(runs, 1)
  equal(runner.waitMs(upMs), 1)
  upMs = 6_000
  look()
  equal(runs, 2)
  release()
  await runner.idle()
})

test('work that fails is told and goes on, and stops no other', async () => {
  const errors: unknown[] = []
  const done: string[] = []
  const works = [
    { name: 'bad', everyMs: 10, run: async () => Promise.reject(new Error('no')) },
    { name: 'good', everyMs: 10, run: async () => void done.push('run') },
  ]
  let upMs = 0
  const runner = new PeriodicRunner(works, quiet(errors))
  for (; upMs < 30; upMs += 10) {
    runner.look(() => upMs, signal)
    await runner.idle()
  }
  deepEqual(errors, ['bad', 'bad', 'bad'])
  deepEqual(done, ['run', 'run', 'run'])
})
