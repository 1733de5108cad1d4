import { deepEqual, equal, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { type CallAnswer, routes, writeAnswer } from '#contract'
import { addUsage, putSetting, updateVault } from '../../catalog/index.ts'
import { addVault } from '../../catalog/world.contract.ts'
import { contextOf } from '../../kernel.fixture.ts'
import {
  addAccountAt,
  addMachine,
  addVersion,
  at,
  gib,
  type MeteringWorld,
  makeMeteringWorld,
  ownerOf,
  removeVersion,
} from './metering.fixture.ts'
import { meteringHandlers } from './metering-handlers.ts'
import { parsePrepaid, parseTariff } from './metering-terms.ts'
import { meteringRollUp } from './roll-up.ts'

const signal = new AbortController().signal

test('80 and 120 GiB are 100 GiB free and 100 GiB billable, and the bill says what they cost (H5)', async () => {
  await using world = await makeMeteringWorld()
  await price(world, { ESSENTIAL_CAPACITY: '0.02' })
  await addVersion(world, await addMachine(world, 'a', { gibibytes: 80 }), {
    at: at('2026-05-20 03:00'),
  })
  await addVersion(world, await addMachine(world, 'b', { gibibytes: 120 }), {
    at: at('2026-05-20 04:00'),
  })
  await rollUp(world, '2026-05-21 00:05')
  const [day] = (await days(world, '2026-05-20', '2026-05-20')).items
  deepEqual(
    [day?.capacityBytes, day?.freeUsedBytes, day?.freeRemainingBytes, day?.billableBytes],
    [200 * gib, 100 * gib, 0, 100 * gib],
  )
  deepEqual(day?.items, [{ item: 'ESSENTIAL_CAPACITY', used: 200n * BigInt(gib) }])
  const bill = await billOf(world, '2026-05-20', '2026-05-20')
  deepEqual(writeAnswer(routes.metering.bill, bill), {
    currency: 'CNY',
    parts: [
      {
        item: 'ESSENTIAL_CAPACITY',
        used: String(200 * gib),
        free: String(100 * gib),
        prepaid: '0',
        charged: String(100 * gib),
        amount: '2.00',
      },
    ],
    total: '2.00',
    days: 1,
  })
})

test('capacity is taken at the last version before 00:00 of UTC+8, and of a skipped day at the last valid one (H5)', async () => {
  await using world = await makeMeteringWorld()
  const machine = await addMachine(world, 'a')
  await addVersion(world, machine, { at: at('2026-05-20 03:00'), gibibytes: 40 })
  await addVersion(world, machine, { at: at('2026-05-20 23:59'), gibibytes: 60 })
  await rollUp(world, '2026-05-21 00:00')
  await addVersion(world, machine, { at: at('2026-05-21 00:00'), gibibytes: 90 })
  await rollUp(world, '2026-05-24 00:00')
  deepEqual(await capacities(world), [
    '2026-05-19 0',
    '2026-05-20 60',
    '2026-05-21 90',
    '2026-05-22 90',
    '2026-05-23 90',
  ])
  const [, day] = (await days(world, '2026-05-01', '2026-05-31')).items
  deepEqual(day?.instances, [
    { instanceId: machine.instanceId, capacityBytes: 60 * gib, measuredAt: at('2026-05-20 23:59') },
  ])
})

test('metering starts with the first version and ends with the last; what was written stays (H5)', async () => {
  await using world = await makeMeteringWorld()
  const machine = await addMachine(world, 'a')
  await rollUp(world, '2026-05-20 00:30')
  const version = await addVersion(world, machine, { at: at('2026-05-20 03:00') })
  await rollUp(world, '2026-05-21 00:30')
  await removeVersion(world, version)
  await rollUp(world, '2026-05-22 00:30')
  await rollUp(world, '2026-05-22 00:40')
  deepEqual(await capacities(world), ['2026-05-19 0', '2026-05-20 40', '2026-05-21 0'])
})

test('missed days are made up in parts, and two servers at once write each day once (H5)', async () => {
  await using world = await makeMeteringWorld()
  await addVersion(world, await addMachine(world, 'a'), { at: at('2026-05-19 13:00') })
  world.clock.set({ wallMs: at('2026-06-30 09:00') })
  const [one, other] = [meteringRollUp(world), meteringRollUp(world)]
  await Promise.all([one.run(signal), other.run(signal)])
  await Promise.all([one.run(signal), other.run(signal)])
  await one.run(signal)
  const written = await capacities(world)
  equal(written.length, 42)
  deepEqual([written.at(0), written.at(-1)], ['2026-05-19 40', '2026-06-29 40'])
  const rows = await world.catalog.db.selectFrom('meteringDays').selectAll().execute()
  equal(rows.length, 42)
})

test('an account whose day ends elsewhere is metered by its own midnight (H5)', async () => {
  await using world = await makeMeteringWorld()
  await world.catalog.db.updateTable('accounts').set({ timeZone: 'UTC' }).execute()
  const machine = await addMachine(world, 'a')
  await addVersion(world, machine, { at: Date.UTC(2026, 4, 19, 23, 0), gibibytes: 50 })
  world.clock.set({ wallMs: Date.UTC(2026, 4, 19, 23, 59) })
  await meteringRollUp(world).run(signal)
  deepEqual(await capacities(world), [])
  world.clock.set({ wallMs: Date.UTC(2026, 4, 20, 0, 1) })
  await meteringRollUp(world).run(signal)
  deepEqual(await capacities(world), ['2026-05-19 50'])
})

test('days come in pages, each once, and those of another account never', async () => {
  await using world = await makeMeteringWorld()
  const other = await addAccountAt(world, 'other')
  const vaultId = await addVault(world.catalog, other, 'theirs')
  await addVersion(world, await addMachine(world, 'theirs', { accountId: other, vaultId }), {
    at: at('2026-05-19 13:00'),
  })
  await rollUp(world, '2026-05-26 00:30')
  const seen: string[] = []
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await days(world, '2026-05-20', '2026-05-25', { limit: 4, cursor })
    seen.push(...page.items.map(({ date, capacityBytes }) => `${date} ${capacityBytes}`))
    cursor = page.next
    more = cursor !== undefined
  }
  deepEqual(
    seen,
    ['20', '21', '22', '23', '24', '25'].map((day) => `2026-05-${day} 0`),
  )
  const theirs = await meteringHandlers(world).days(
    { path: {}, query: { from: '2026-05-20', until: '2026-05-20' }, body: undefined },
    contextOf(ownerOf(world, other)),
  )
  equal(theirs.items[0]?.capacityBytes, 40 * gib)
})

test('the estimate comes before anything is activated, and counts each instance once (H5)', async () => {
  await using world = await makeMeteringWorld()
  await price(world, { ESSENTIAL_CAPACITY: '0.01' })
  const first = await addMachine(world, 'a', { gibibytes: 80 })
  const second = await addMachine(world, 'b', { gibibytes: 120 })
  const ids = [first.instanceId, second.instanceId]
  const before = await estimate(world, { instanceId: ids })
  deepEqual(
    [before.days, before.total, before.parts[0]?.charged],
    [30, 30_000_000n, 3000n * BigInt(gib)],
  )
  await addVersion(world, first, { at: at('2026-05-19 11:00') })
  deepEqual(await estimate(world, { instanceId: [...ids, ...ids] }), before)
  equal((await estimate(world, {})).total, 0n)
  equal((await estimate(world, { capacityBytes: 30 * gib, days: 10 })).total, 1_000_000n)
  const stranger = await addAccountAt(world, 'other')
  const vaultId = await addVault(world.catalog, stranger, 'theirs')
  const theirs = await addMachine(world, 'theirs', { accountId: stranger, vaultId })
  await rejects(estimate(world, { instanceId: [theirs.instanceId] }), {
    code: 'instance.not-found',
  })
})

test('prepaid plans are used in the order of days, whichever bill is asked for (H5)', async () => {
  await using world = await makeMeteringWorld()
  await price(world, { ESSENTIAL_CAPACITY: '1' })
  await putSetting(world.catalog.db, {
    scope: world.accountId,
    name: 'prepaid',
    value: [
      {
        id: 'plan-1',
        item: 'ESSENTIAL_CAPACITY',
        quantity: String(50 * gib),
        firstDate: '2026-05-01',
        lastDate: '2026-12-31',
      },
    ],
    updatedAt: 0,
  })
  await addVersion(world, await addMachine(world, 'a', { gibibytes: 120 }), {
    at: at('2026-05-20 03:00'),
  })
  await rollUp(world, '2026-05-24 00:30')
  // Twenty a day beyond the free quota: two and a half days of them are prepaid.
  const parts = async (from: string, until: string) => {
    const [part] = (await billOf(world, from, until)).parts
    return [part?.prepaid, part?.charged].map((bytes) => (bytes ?? 0n) / BigInt(gib))
  }
  deepEqual(await parts('2026-05-20', '2026-05-23'), [50n, 30n])
  deepEqual(await parts('2026-05-22', '2026-05-22'), [10n, 10n])
  deepEqual(await parts('2026-05-23', '2026-05-23'), [0n, 20n])
  equal((await estimate(world, { days: 1 })).parts[0]?.charged, 20n * BigInt(gib))
})

test('policies are metered by clients and stored bytes, mirrors by theirs, traffic as it flows (H5)', async () => {
  await using world = await makeMeteringWorld()
  const { db } = world.catalog
  const own = await addVault(world.catalog, world.accountId, 'of policies')
  await updateVault(db, own, { storedBytes: 7 * gib, redundancy: 'ZRS' })
  await updateVault(db, world.vaultId, { storedBytes: 9 * gib })
  const mirror = await addVault(world.catalog, world.accountId, 'mirror')
  await db
    .updateTable('vaults')
    .set({ kind: 'mirror', storedBytes: 3 * gib })
    .where('id', '=', mirror)
    .execute()
  const policy = await addMachine(world, 'p', { method: 'policy', vaultId: own })
  await addVersion(world, policy, { at: at('2026-05-19 12:00') })
  await addVersion(world, policy, { at: at('2026-05-19 13:00') })
  const mixed = await addMachine(world, 'q', { method: 'policy' })
  await addVersion(world, mixed, { at: at('2026-05-19 13:00'), storedBytes: 2 * gib })
  await addMachine(world, 'never backed up', { method: 'policy', vaultId: own })
  await addVersion(world, await addMachine(world, 'e'), {
    at: at('2026-05-19 13:00'),
    storedBytes: 5 * gib,
  })
  const traffic = {
    accountId: world.accountId,
    day: '2026-05-19',
    item: 'RESTORE_TRAFFIC',
  } as const
  await addUsage(db, { ...traffic, quantity: 10 })
  await addUsage(db, { ...traffic, quantity: 5 })
  deepEqual((await billOf(world, '2026-05-19', '2026-05-19')).parts, [], 'the day is not over')
  await rollUp(world, '2026-05-20 00:30')
  const used = (await billOf(world, '2026-05-19', '2026-05-19')).parts.map(
    ({ item, used: quantity }) => `${item} ${quantity}`,
  )
  deepEqual(used, [
    `ESSENTIAL_CAPACITY ${40 * gib}`,
    'CLIENTS 2',
    `STORAGE_LRS ${2 * gib}`,
    `STORAGE_ZRS ${7 * gib}`,
    `MIRROR_STORAGE_LRS ${3 * gib}`,
    'RESTORE_TRAFFIC 15',
  ])
})

test('a time that ends before it begins is refused, and so is one of more than ten years', async () => {
  await using world = await makeMeteringWorld()
  await rejects(billOf(world, '2026-05-20', '2026-05-19'), { code: 'request.invalid' })
  await rejects(billOf(world, '0001-01-01', '9999-12-31'), { code: 'request.invalid' })
})

test('a tariff or a prepaid plan with a wrong word is refused, never read as free (H5)', () => {
  equal(parseTariff({}).freeBytes, 100n * BigInt(gib))
  for (const value of [
    [],
    { price: {} },
    { prices: { ESSENTIAL: '1' } },
    { prices: { CLIENTS: '-1' } },
    { prices: { CLIENTS: 'free' } },
    { currency: 'yuan' },
    { freeGib: -1 },
    { freeGib: 1.5 },
  ]) {
    throws(() => parseTariff(value), { code: 'tariff.invalid' }, JSON.stringify(value))
  }
  const plan = {
    id: 'a',
    item: 'CLIENTS',
    quantity: '5',
    firstDate: '2026-05-01',
    lastDate: '2026-05-31',
  }
  equal(parsePrepaid([plan])[0]?.quantity, 5n)
  for (const wrong of [
    { item: 'X' },
    { quantity: '-1' },
    { lastDate: '2026-04-01' },
    { more: 1 },
  ]) {
    throws(
      () => parsePrepaid([{ ...plan, ...wrong }]),
      { code: 'tariff.invalid' },
      JSON.stringify(wrong),
    )
  }
  throws(() => parsePrepaid([plan, plan]), { code: 'tariff.invalid' })
})

async function price(world: MeteringWorld, prices: Record<string, string>): Promise<void> {
  const setting = { scope: 'server', name: 'tariff', value: { prices }, updatedAt: 0 }
  await putSetting(world.catalog.db, setting)
}

async function rollUp(world: MeteringWorld, time: string): Promise<void> {
  world.clock.set({ wallMs: at(time) })
  await meteringRollUp(world).run(signal)
}

async function days(
  world: MeteringWorld,
  from: string,
  until: string,
  page: { readonly limit?: number; readonly cursor?: string | undefined } = {},
) {
  const query = { from, until, ...page }
  const answer = await meteringHandlers(world).days(
    { path: {}, query, body: undefined },
    world.owner,
  )
  writeAnswer(routes.metering.days, answer)
  return answer
}

async function capacities(world: MeteringWorld): Promise<readonly string[]> {
  const { items } = await days(world, '2026-05-01', '2026-12-31', { limit: 100 })
  return items.map(({ date, capacityBytes }) => `${date} ${capacityBytes / gib}`)
}

async function billOf(world: MeteringWorld, from: string, until: string) {
  const call = { path: {}, query: { from, until }, body: undefined }
  return await meteringHandlers(world).bill(call, world.owner)
}

async function estimate(
  world: MeteringWorld,
  query: Parameters<ReturnType<typeof meteringHandlers>['estimate']>[0]['query'],
): Promise<CallAnswer<typeof routes.metering.estimate>> {
  return await meteringHandlers(world).estimate({ path: {}, query, body: undefined }, world.owner)
}
