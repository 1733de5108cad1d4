import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CountedInstance, countOverview, quotaUse } from './overview.ts'

const gib = 2 ** 30
const many = (count: number, versions: number, isReleased = false): readonly CountedInstance[] =>
  Array.from({ length: count }, () => ({ isReleased, versions, capacityBytes: 40 * gib }))

test('12 running: 5 with versions, 3 activated without, 4 not activated: 5 / 7, then 8 / 4, then 10 / 4 (G1)', () => {
  const counts = (instances: readonly CountedInstance[]) => {
    const { backedUp, unBackedUp } = countOverview(instances)
    return `${backedUp} / ${unBackedUp}`
  }
  equal(counts([...many(5, 3), ...many(3, 0), ...many(4, 0)]), '5 / 7')
  equal(counts([...many(5, 3), ...many(3, 1), ...many(4, 0)]), '8 / 4')
  equal(counts([...many(5, 3), ...many(3, 1), ...many(4, 0), ...many(2, 1, true)]), '10 / 4')
})

test('capacity is that of backed-up instances, released ones included; without any it is zero (G1)', () => {
  equal(countOverview([...many(2, 1), ...many(3, 0), ...many(1, 4, true)]).capacityBytes, 120 * gib)
  deepEqual(countOverview([...many(3, 0), ...many(2, 0, true)]), {
    backedUp: 0,
    unBackedUp: 3,
    capacityBytes: 0,
  })
})

test('every existing instance is in one of the two counts, and regions add up to all (G1)', () => {
  const instance = fc.record({
    isReleased: fc.boolean(),
    versions: fc.nat(3),
    capacityBytes: fc.nat(2 ** 45),
    region: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(instance), (instances) => {
      const all = countOverview(instances)
      const existing = instances.filter(({ isReleased }) => !isReleased).length
      const kept = instances.filter((one) => one.isReleased && one.versions > 0).length
      equal(all.backedUp + all.unBackedUp, existing + kept)
      const regions = [0, 1, 2, 3].map((region) =>
        countOverview(instances.filter((one) => one.region === region)),
      )
      const sum = (of: 'backedUp' | 'unBackedUp' | 'capacityBytes') =>
        regions.reduce((total, one) => total + one[of], 0)
      deepEqual(all, {
        backedUp: sum('backedUp'),
        unBackedUp: sum('unBackedUp'),
        capacityBytes: sum('capacityBytes'),
      })
    }),
  )
})

test('used and remaining quota and the billable part are shown apart (G1, H5)', () => {
  const use = (capacity: bigint) => Object.values(quotaUse(capacity, 100n))
  deepEqual(use(0n), [0n, 100n, 0n])
  deepEqual(use(80n), [80n, 20n, 0n])
  deepEqual(use(100n), [100n, 0n, 0n])
  deepEqual(use(200n), [100n, 0n, 100n])
})
