import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { type RegionId, routes, writeAnswer } from '#contract'
import { addMeteredDay, putRegion } from '../../catalog/index.ts'
import { addVault } from '../../catalog/world.contract.ts'
import { contextOf } from '../../kernel.fixture.ts'
import {
  addAccountAt,
  addMachine,
  addVersion,
  gib,
  type Machine,
  type MeteringWorld,
  makeMeteringWorld,
  ownerOf,
} from '../metering/metering.fixture.ts'
import { overviewHandlers } from './overview-handlers.ts'

test('12 running: 5 with versions, 3 without, 4 not activated: 5 / 7, then 8 / 4, then 10 / 4 with 2 released (G1)', async () => {
  await using world = await makeMeteringWorld()
  const counts = async () => {
    const { backedUp, unBackedUp } = await overview(world)
    return `${backedUp} / ${unBackedUp}`
  }
  const add = async (count: number, name: string, state?: 'RELEASED'): Promise<Machine[]> => {
    const made: Machine[] = []
    for (let number = 0; number < count; number++) {
      made.push(await addMachine(world, `${name}-${number}`, state === undefined ? {} : { state }))
    }
    return made
  }
  const backUp = async (machines: readonly Machine[]) => {
    for (const machine of machines) await addVersion(world, machine, { at: world.wallMs() })
  }
  await backUp(await add(5, 'with'))
  const activated = await add(3, 'activated')
  await add(4, 'never')
  equal(await counts(), '5 / 7')
  await backUp(activated)
  equal(await counts(), '8 / 4')
  await backUp(await add(2, 'released', 'RELEASED'))
  equal(await counts(), '10 / 4')
  const shown = await overview(world)
  deepEqual(
    [shown.capacityBytes, shown.freeUsedBytes, shown.freeRemainingBytes, shown.billableBytes],
    [400 * gib, 100 * gib, 0, 300 * gib],
  )
})

test('regions have their own counts and one quota together; a failed or trashed version is none (G1, H5)', async () => {
  await using world = await makeMeteringWorld()
  const { db } = world.catalog
  const beijing = 'beijing' as RegionId
  const region = { id: beijing, accountId: world.accountId, name: 'Beijing', createdAt: 0 }
  await putRegion(db, { ...region, controlUrl: null, dataUrl: null })
  await addVersion(world, await addMachine(world, 'a', { gibibytes: 70 }), { at: world.wallMs() })
  const b = await addMachine(world, 'b', { gibibytes: 50, regionId: beijing })
  await addVersion(world, b, { at: world.wallMs() })
  const failed = await addVersion(world, await addMachine(world, 'c'), { at: world.wallMs() })
  await db.updateTable('versions').set({ status: 'failed' }).where('id', '=', failed).execute()
  const trashed = await addVersion(world, await addMachine(world, 'd'), { at: world.wallMs() })
  await db.updateTable('versions').set({ trashedAt: 1 }).where('id', '=', trashed).execute()
  const all = await overview(world)
  deepEqual(all.regions, [
    { regionId: 'beijing', backedUp: 1, unBackedUp: 0, capacityBytes: 50 * gib },
    { regionId: 'hangzhou', backedUp: 1, unBackedUp: 2, capacityBytes: 70 * gib },
  ])
  deepEqual([all.backedUp, all.unBackedUp, all.capacityBytes], [2, 2, 120 * gib])
  const one = await overview(world, beijing)
  deepEqual(
    [one.backedUp, one.unBackedUp, one.capacityBytes, one.regions.length],
    [1, 0, 50 * gib, 1],
  )
  deepEqual([one.freeUsedBytes, one.billableBytes], [all.freeUsedBytes, 20 * gib])
})

test('the trend has the newest metered days, of all regions or of one; a day without any of it is zero (G1, H5)', async () => {
  await using world = await makeMeteringWorld()
  const beijing = 'beijing' as RegionId
  const region = { id: beijing, accountId: world.accountId, name: 'Beijing', createdAt: 0 }
  await putRegion(world.catalog.db, { ...region, controlUrl: null, dataUrl: null })
  const a = await addMachine(world, 'a', { gibibytes: 70 })
  const b = await addMachine(world, 'b', { gibibytes: 50, regionId: beijing })
  const meter = async (date: string, of: readonly (readonly [Machine, RegionId, number])[]) => {
    const instances = of.map(([{ instanceId }, regionId, gibibytes]) => ({
      ...{ accountId: world.accountId, regionId, instanceId, day: date },
      ...{ blockBytes: gibibytes * gib, versionAt: 1 },
      versionId: world.catalog.newId('version'),
    }))
    const mark = { accountId: world.accountId, day: date, meteredAt: 1 }
    await addMeteredDay(world.catalog.db, mark, { instances, usage: [] })
  }
  const hangzhou = 'hangzhou' as RegionId
  await meter('2026-05-17', [])
  await meter('2026-05-18', [[a, hangzhou, 70]])
  await meter('2026-05-19', [
    [a, hangzhou, 70],
    [b, beijing, 50],
  ])
  const trend = async (query: { readonly regionId?: RegionId; readonly days?: number }) => {
    const call = { path: {}, query, body: undefined }
    const answer = await overviewHandlers(world).trend(call, world.owner)
    writeAnswer(routes.overview.trend, answer)
    return answer.days.map(({ date, capacityBytes }) => [date.slice(-2), capacityBytes / gib])
  }
  deepEqual(await trend({}), [
    ['17', 0],
    ['18', 70],
    ['19', 120],
  ])
  deepEqual(await trend({ days: 2, regionId: beijing }), [
    ['18', 0],
    ['19', 50],
  ])
  const other = contextOf(ownerOf(world, await addAccountAt(world, 'other')))
  const call = { path: {}, query: {}, body: undefined }
  deepEqual(await overviewHandlers(world).trend(call, other), { days: [] })
})

test('another account sees nothing of it (A22)', async () => {
  await using world = await makeMeteringWorld()
  await addVersion(world, await addMachine(world, 'a'), { at: world.wallMs() })
  const other = await addAccountAt(world, 'other')
  await addVault(world.catalog, other, 'theirs')
  const answer = await overviewHandlers(world).get(
    { path: {}, query: {}, body: undefined },
    contextOf(ownerOf(world, other)),
  )
  deepEqual(
    [answer.backedUp, answer.unBackedUp, answer.capacityBytes, answer.freeUsedBytes],
    [0, 0, 0, 0],
  )
})

async function overview(world: MeteringWorld, regionId?: RegionId) {
  const query = regionId === undefined ? {} : { regionId }
  const answer = await overviewHandlers(world).get(
    { path: {}, query, body: undefined },
    world.owner,
  )
  writeAnswer(routes.overview.get, answer)
  return answer
}
