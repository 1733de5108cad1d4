import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { forecastDailyRun, type MeasuredRun, priorityLimits } from './daily-forecast.ts'

const hours = (count: number) => count * 3600_000
const run = (sourceBytes: number, durationMs: number): MeasuredRun => ({
  sourceBytes,
  durationMs,
  priority: 'low',
})

test('without history the limits are those of the originals: 600 GB at low, 2 TB at high (D7)', () => {
  const ask = (sourceBytes: number, priority: 'low' | 'high') =>
    forecastDailyRun({ priority, sourceBytes, history: [] })
  deepEqual(ask(600e9, 'low'), {
    fits: true,
    expectedMs: hours(24),
    versions: 30,
    priority: 'low',
    from: 'size',
  })
  deepEqual(ask(601e9, 'low'), {
    fits: false,
    expectedMs: 86_544_000,
    versions: 15,
    priority: 'high',
    from: 'size',
  })
  equal(ask(2e12, 'high').fits, true)
  deepEqual(
    [ask(2.1e12, 'high').fits, ask(2.1e12, 'high').priority, ask(5e12, 'high').versions],
    [false, undefined, 10],
  )
})

test('what was measured counts more than the size: the heaviest of the last seven runs (D7)', () => {
  const light = Array.from({ length: 7 }, () => run(20e9, hours(1)))
  const forecast = (history: readonly MeasuredRun[]) =>
    forecastDailyRun({ priority: 'low', sourceBytes: 5e12, history })
  equal(forecast(light).fits, true)
  equal(forecast([...light.slice(1), run(900e9, hours(26))]).fits, false)
  equal(forecast([run(900e9, hours(26)), ...light]).fits, true)
})

test('a higher priority is advised where the limit held the run back, not where the disk did (D7)', () => {
  const ask = (one: MeasuredRun) =>
    forecastDailyRun({ priority: 'low', sourceBytes: 0, history: [one] })
  deepEqual([ask(run(900e9, hours(26))).fits, ask(run(900e9, hours(26))).priority], [false, 'high'])
  deepEqual(
    [ask(run(90e9, hours(26))).fits, ask(run(90e9, hours(26))).priority],
    [false, undefined],
  )
})

test('more time never means more versions, and a run that fits is advised its own priority or a lower one (D7)', () => {
  fc.assert(
    fc.property(
      fc.nat(5e12),
      fc.integer({ min: 1, max: hours(200) }),
      (sourceBytes, durationMs) => {
        const ask = (ms: number) =>
          forecastDailyRun({ priority: 'low', sourceBytes: 0, history: [run(sourceBytes, ms)] })
        ok(ask(durationMs).versions >= ask(durationMs + hours(24)).versions)
        if (ask(durationMs).fits) equal(ask(durationMs).priority, 'low')
      },
    ),
  )
  ok(priorityLimits.low.bytesPerSecondMax === 10e6 && priorityLimits.high.coresMax === 2)
})
