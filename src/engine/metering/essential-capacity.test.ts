import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  instantOf,
  parseLocalDate,
  parseTimeOfDay,
  defaultTimeZone as zone,
} from '../schedule/zone-time.ts'
import {
  type MeteredInstance,
  type MeteredVersion,
  meterEssentialDay,
} from './essential-capacity.ts'
import { gib } from './tariff.ts'

const at = (text: string) => {
  const [date = '', time = ''] = text.split(' ')
  return instantOf(zone, parseLocalDate(date), parseTimeOfDay(time))
}
const version = (made: string, gibibytes: number, ended?: string): MeteredVersion => ({
  madeAt: at(made),
  capacityBytes: gibibytes * Number(gib),
  endedAt: ended === undefined ? undefined : at(ended),
})
const instance = (instanceId: string, ...versions: readonly MeteredVersion[]): MeteredInstance => ({
  instanceId,
  versions,
})
const meter = (date: string, ...instances: readonly MeteredInstance[]) =>
  meterEssentialDay({ date: parseLocalDate(date), zone, freeBytes: 100n * gib, instances })
const capacity = (date: string, ...instances: readonly MeteredInstance[]) =>
  meter(date, ...instances).capacityBytes / gib

test('80 and 120 GiB are 100 GiB free and 100 GiB billable (H5, the example)', () => {
  const day = meter(
    '2026-05-20',
    instance('a', version('2026-05-20 03:00', 80)),
    instance('b', version('2026-05-20 04:00', 120)),
  )
  deepEqual(
    [day.capacityBytes, day.freeUsedBytes, day.freeRemainingBytes, day.billableBytes],
    [200n * gib, 100n * gib, 0n, 100n * gib],
  )
})

test('capacity is taken at the last version before 00:00 of UTC+8, not before midnight elsewhere (H5)', () => {
  const a = instance(
    'a',
    version('2026-05-20 03:00', 40),
    version('2026-05-20 23:59', 60),
    version('2026-05-21 00:00', 90),
  )
  equal(capacity('2026-05-20', a), 60n)
  equal(capacity('2026-05-21', a), 90n)
  equal(meter('2026-05-20', a).instances[0]?.measuredAt, Date.UTC(2026, 4, 20, 15, 59))
})

test('a skipped day is charged at the last valid version (H5)', () => {
  const a = instance('a', version('2026-05-18 03:00', 40), version('2026-05-21 03:00', 70))
  deepEqual(
    ['18', '19', '20', '21'].map((day) => capacity(`2026-05-${day}`, a)),
    [40n, 40n, 40n, 70n],
  )
})

test('a deleted version is not valid: the newest that is left counts (H5)', () => {
  const a = instance(
    'a',
    version('2026-05-20 05:00', 90, '2026-05-20 12:00'),
    version('2026-05-19 05:00', 40),
  )
  equal(capacity('2026-05-20', a), 40n)
})

test('metering starts with the first version and ends with the last, kept while paused (H5)', () => {
  const a = instance('a', version('2026-05-20 03:00', 50, '2026-06-19 03:00'))
  deepEqual(
    ['2026-05-19', '2026-05-20', '2026-06-18', '2026-06-19', '2026-06-20'].map((date) =>
      capacity(date, a),
    ),
    [0n, 50n, 50n, 0n, 0n],
  )
  deepEqual(meter('2026-05-19', a).instances, [])
})

test('the sum over instances is charged, whatever their order, and quota parts add up (H5)', () => {
  const hour = 3600_000
  const anyVersion = fc
    .record({ made: fc.nat(400), lives: fc.option(fc.nat(300)), size: fc.nat(2 ** 43) })
    .map(({ made, lives, size }) => ({
      madeAt: at('2026-05-10 00:00') + made * hour,
      capacityBytes: size,
      endedAt: lives === null ? undefined : at('2026-05-10 00:00') + (made + lives) * hour,
    }))
  const fleet = fc.array(fc.array(anyVersion, { maxLength: 6 }), { maxLength: 8 })
  fc.assert(
    fc.property(fleet, (versions) => {
      const instances = versions.map((list, i) => instance(String(i), ...list))
      const day = meter('2026-05-20', ...instances)
      const apart = instances.map((one) => meter('2026-05-20', one).capacityBytes)
      equal(
        day.capacityBytes,
        apart.reduce((sum, bytes) => sum + bytes, 0n),
      )
      equal(day.freeUsedBytes + day.billableBytes, day.capacityBytes)
      equal(day.freeUsedBytes + day.freeRemainingBytes, 100n * gib)
      const turned = instances.map((one) => instance(one.instanceId, ...one.versions.toReversed()))
      equal(meter('2026-05-20', ...turned.toReversed()).capacityBytes, day.capacityBytes)
    }),
  )
})
