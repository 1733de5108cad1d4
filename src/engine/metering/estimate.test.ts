import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addDays, type LocalDate, parseLocalDate } from '../schedule/zone-time.ts'
import { billDays, estimateBill } from './estimate.ts'
import { moneyText, parseMoney } from './money.ts'
import {
  defaultTariff,
  findPrepaidProblem,
  findTariffProblem,
  gib,
  type MeteredItem,
  meteredItems,
  type PrepaidPlan,
  pricesOf,
  type Tariff,
} from './tariff.ts'
import { type DayUsage, dayUsage, noUsage } from './usage.ts'

const date = parseLocalDate('2026-05-01')
const tariff: Tariff = {
  ...defaultTariff,
  prices: pricesOf((item) => parseMoney(item === 'CLIENTS' ? '1.25' : '0.01')),
}
const used = (quantities: Partial<Record<MeteredItem, bigint>>): DayUsage => ({
  date,
  quantities: { ...noUsage(), ...quantities },
})
const prepaid = (id: string, gibDays: bigint, last: number, first = 0): PrepaidPlan => ({
  id,
  item: 'ESSENTIAL_CAPACITY',
  quantity: gibDays * gib,
  firstDate: addDays(date, first),
  lastDate: addDays(date, last),
})

test('80 and 120 GiB for 30 days: 100 GiB free every day, 100 GiB charged (H5, the example)', () => {
  const bill = estimateBill(used({ ESSENTIAL_CAPACITY: 200n * gib }), 30, { tariff, plans: [] })
  deepEqual(bill, {
    currency: 'CNY',
    parts: [
      {
        item: 'ESSENTIAL_CAPACITY',
        used: 6000n * gib,
        free: 3000n * gib,
        prepaid: 0n,
        charged: 3000n * gib,
        amount: parseMoney('30'),
      },
    ],
    total: parseMoney('30'),
    plansAfter: [],
  })
})

test('the free quota of a day is not saved for another one (H5)', () => {
  const days = [0n, 150n].map((size, i) => ({
    ...used({ ESSENTIAL_CAPACITY: size * gib }),
    date: addDays(date, i),
  }))
  equal(billDays({ tariff, days, plans: [] }).parts[0]?.charged, 50n * gib)
})

test('prepaid plans are used up first, the one that ends first before others, only while they hold (H5)', () => {
  const bill = estimateBill(used({ ESSENTIAL_CAPACITY: 110n * gib }), 10, {
    tariff,
    plans: [prepaid('long', 55n, 300), prepaid('short', 30n, 4), prepaid('later', 500n, 90, 40)],
  })
  // Ten days of 10 GiB beyond the quota: 30 from `short`, 55 from `long`, the rest is charged.
  deepEqual(
    [bill.parts[0]?.prepaid, bill.parts[0]?.charged, moneyText(bill.total)],
    [85n * gib, 15n * gib, '0.15'],
  )
  deepEqual(
    bill.plansAfter.map(({ id, quantity }) => [id, quantity / gib]),
    [
      ['long', 0n],
      ['short', 0n],
      ['later', 500n],
    ],
  )
})

test('a plan that ends takes what is left of it along (H5)', () => {
  const bill = estimateBill(used({ ESSENTIAL_CAPACITY: 110n * gib }), 10, {
    tariff,
    plans: [prepaid('short', 100n, 3)],
  })
  deepEqual([bill.parts[0]?.prepaid, bill.plansAfter[0]?.quantity], [40n * gib, 60n * gib])
})

test('standard use: clients with data, LRS and ZRS apart, mirrors, traffic (H5)', () => {
  const day = dayUsage(
    date,
    {
      clients: [{ hasBackupData: true }, { hasBackupData: false }, { hasBackupData: true }],
      vaults: [
        { kind: 'standard', redundancy: 'LRS', storedBytes: 5 * 2 ** 30 },
        { kind: 'standard', redundancy: 'LRS', storedBytes: 2 ** 30 },
        { kind: 'standard', redundancy: 'ZRS', storedBytes: 7 * 2 ** 30 },
        { kind: 'mirror', redundancy: 'ZRS', storedBytes: 3 * 2 ** 30 },
      ],
      mirrorTrafficBytes: 2 ** 31,
      publicRestoreBytes: 1,
    },
    0n,
  )
  deepEqual(day.quantities, {
    ESSENTIAL_CAPACITY: 0n,
    CLIENTS: 2n,
    STORAGE_LRS: 6n * gib,
    STORAGE_ZRS: 7n * gib,
    MIRROR_STORAGE_LRS: 0n,
    MIRROR_STORAGE_ZRS: 3n * gib,
    MIRROR_TRAFFIC: 2n * gib,
    RESTORE_TRAFFIC: 1n,
  })
  const bill = billDays({ tariff, days: [day], plans: [] })
  deepEqual(
    bill.parts.map(({ item, amount }) => `${item} ${moneyText(amount)}`),
    [
      'CLIENTS 2.50',
      'STORAGE_LRS 0.06',
      'STORAGE_ZRS 0.07',
      'MIRROR_STORAGE_ZRS 0.03',
      'MIRROR_TRAFFIC 0.02',
      'RESTORE_TRAFFIC 0.00',
    ],
  )
  equal(moneyText(bill.total), '2.68')
})

test('without prices there are quantities and no amounts; before anything is used there is nothing (H5)', () => {
  const bill = estimateBill(used({ CLIENTS: 3n }), 30, { tariff: defaultTariff, plans: [] })
  deepEqual([bill.parts.length, bill.parts[0]?.used, bill.total], [1, 90n, 0n])
  deepEqual(billDays({ tariff, days: [], plans: [] }).parts, [])
})

test('parts always add up, nothing is negative, and plans give only what they had (H5)', () => {
  const quantity = fc.bigInt({ min: 0n, max: 500n * gib })
  const usage = fc
    .tuple(...meteredItems.map(() => quantity))
    .map((values) => Object.fromEntries(meteredItems.map((item, i) => [item, values[i] ?? 0n])))
  const plan = fc.record({
    item: fc.constantFrom(...meteredItems),
    quantity,
    first: fc.nat(10),
    length: fc.nat(10),
  })
  fc.assert(
    fc.property(
      fc.array(usage, { maxLength: 8 }),
      fc.array(plan, { maxLength: 6 }),
      (list, made) => {
        const days = list.map((quantities, i) => ({
          date: addDays(date, i),
          quantities: { ...noUsage(), ...quantities },
        }))
        const plans = made.map((one, i) => ({
          id: String(i),
          item: one.item,
          quantity: one.quantity,
          firstDate: addDays(date, one.first),
          lastDate: addDays(date, one.first + one.length),
        }))
        const bill = billDays({ tariff, days, plans })
        for (const part of bill.parts) {
          equal(part.used, part.free + part.prepaid + part.charged)
          ok(part.free >= 0n && part.prepaid >= 0n && part.charged >= 0n && part.amount >= 0n)
          const before = sumOf(plans.filter(({ item }) => item === part.item))
          const after = sumOf(bill.plansAfter.filter(({ item }) => item === part.item))
          equal(before - after, part.prepaid)
        }
        equal(
          bill.total,
          bill.parts.reduce((sum, { amount }) => sum + amount, 0n),
        )
      },
    ),
  )
})

test('a senseless tariff or plan is named', () => {
  equal(findTariffProblem(tariff), undefined)
  equal(findPrepaidProblem(prepaid('a', 1n, 3)), undefined)
  const prices = { ...tariff.prices, CLIENTS: { micros: -1n, perQuantity: 1n } }
  const free = { ...tariff.prices, CLIENTS: { micros: 1n, perQuantity: 0n } }
  for (const broken of [{ currency: 'yuan' }, { freeBytes: -1n }, { prices }, { prices: free }]) {
    ok(findTariffProblem({ ...tariff, ...broken }) !== undefined)
  }
  ok(findPrepaidProblem(prepaid('a', -1n, 3)) !== undefined)
  ok(
    findPrepaidProblem({ ...prepaid('a', 1n, 3), lastDate: '2026-04-01' as LocalDate }) !==
      undefined,
  )
})

function sumOf(plans: readonly PrepaidPlan[]): bigint {
  return plans.reduce((sum, plan) => sum + plan.quantity, 0n)
}
