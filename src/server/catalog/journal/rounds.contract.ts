/** What notices and metering ask of a database. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { AlertId, VaultId } from '#contract'
import { createPlan } from '../plans/plans.ts'
import { fillPoints } from '../vaults/fill-points.ts'
import { updateVault } from '../vaults/vaults.ts'
import {
  addInstance,
  addVault,
  dayOne,
  hour,
  minute,
  type OpenDatabase,
  planOf,
  pointOf,
  regionId,
  type World,
  worldTest,
} from '../world.contract.ts'
import {
  addDeliveries,
  claimTelling,
  endSilentAlerts,
  findChannel,
  findLastDelivery,
  isLivingPlan,
  listStandingAlerts,
  listToldChannels,
  makeContactChannel,
  supersedeDeliveries,
} from './alert-rounds.ts'
import {
  type AlertChannel,
  listChannels,
  raiseAlert,
  removeChannel,
  takeDeliveries,
  updateDelivery,
} from './alerts.ts'
import {
  addMeteredDay,
  addUsage,
  countMeteredDays,
  findLastMeteredDay,
  listMeteredDays,
  readPolicyUse,
  sumMeteredDays,
} from './metered-usage.ts'

export function roundsContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)
  describeTelling(inWorld)
  describeDeliveries(inWorld)
  describeDays(inWorld)
  describeUse(inWorld)
}

function describeTelling(inWorld: ReturnType<typeof worldTest>): void {
  inWorld(
    'of many who want to tell of an alert one may, and again a day later (H4)',
    async (world) => {
      await using other = await world.openAnother()
      const id = await raise(world)
      const claim = (db = world.db, now = dayOne) =>
        claimTelling(db, id, { now, toldBefore: now - 24 * hour })
      const granted = await Promise.all([claim(), claim(other.db), claim(), claim(other.db)])
      deepEqual(granted.filter(Boolean), [true])
      equal(await claim(world.db, dayOne + 23 * hour), false)
      equal(await claim(world.db, dayOne + 24 * hour), true)
    },
  )

  inWorld(
    'the contact has one channel, whoever asks first; a removed one stays away (H4)',
    async (world) => {
      await using other = await world.openAnother()
      const make = (db = world.db) => makeContactChannel(db, channelOf(world, 'Account contact'))
      await Promise.all([make(), make(other.db), make()])
      const [channel, ...more] = await listChannels(world.db, world.accountId)
      ok(channel !== undefined)
      deepEqual(more, [])
      deepEqual(await findChannel(world.db, channel.id), channel)
      await removeChannel(world.db, channel)
      await make()
      deepEqual(await listChannels(world.db, world.accountId), [])
    },
  )
}

function describeDeliveries(inWorld: ReturnType<typeof worldTest>): void {
  inWorld('deliveries are made once, tried, told apart and superseded (H4)', async (world) => {
    const alertId = await raise(world)
    const channel = channelOf(world, 'ops')
    await makeContactChannel(world.db, channel)
    const add = (occurrence: number) =>
      addDeliveries(world.db, { alertId, occurrence, dueAt: dayOne }, [channel.id])
    await add(1)
    await add(1)
    equal(await findLastDelivery(world.db, channel.id), undefined)
    const times = { now: dayOne, nextTryAt: dayOne + minute, limit: 9 }
    const [taken, ...more] = await takeDeliveries(world.db, times)
    ok(taken !== undefined)
    deepEqual([taken.triedAt, more], [dayOne, []])
    deepEqual(await listToldChannels(world.db, alertId), [])
    await updateDelivery(world.db, taken, { dueAt: null, deliveredAt: dayOne })
    deepEqual(await listToldChannels(world.db, alertId), [channel.id])
    deepEqual((await findLastDelivery(world.db, channel.id))?.deliveredAt, dayOne)
    await add(2)
    await supersedeDeliveries(world.db, alertId)
    deepEqual(await takeDeliveries(world.db, { ...times, now: dayOne + hour }), [])
  })

  inWorld(
    'standing alerts are found by what they are about; silent ones end (H4)',
    async (world) => {
      const id = await raise(world)
      const { accountId, instanceId, planId } = world
      const find = async (kind: 'BACKUP_FAILED' | 'CLIENT_LOST') =>
        (await listStandingAlerts(world.db, { accountId, instanceId, kinds: [kind] })).map(
          (one) => one.id,
        )
      deepEqual([await find('BACKUP_FAILED'), await find('CLIENT_LOST')], [[id], []])
      const end = (lastBefore: number) =>
        endSilentAlerts(world.db, ['BACKUP_FAILED'], { lastBefore, now: dayOne + hour })
      deepEqual([await end(dayOne), await end(dayOne + 1)], [0, 1])
      deepEqual(await find('BACKUP_FAILED'), [])
      deepEqual(
        [
          await isLivingPlan(world.db, planId),
          await isLivingPlan(world.db, 'plan-gone'),
          await isLivingPlan(world.db, 7),
        ],
        [true, false, false],
      )
    },
  )
}

function describeDays(inWorld: ReturnType<typeof worldTest>): void {
  inWorld('a day is written whole and once, whoever comes first (H5)', async (world) => {
    await using other = await world.openAnother()
    const { accountId, instanceId } = world
    const write = (db: World['db'], day: string, gibibytes: number) =>
      addMeteredDay(
        db,
        { accountId, day, meteredAt: dayOne },
        {
          instances: [
            {
              ...{ accountId, instanceId, regionId, day },
              blockBytes: gibibytes * 2 ** 30,
              versionId: world.catalog.newId('version'),
              versionAt: dayOne,
            },
          ],
          usage: [{ accountId, day, item: 'CLIENTS', quantity: gibibytes }],
        },
      )
    const outcomes = await Promise.all([
      write(world.db, '2026-05-01', 40),
      write(other.db, '2026-05-01', 50),
    ])
    deepEqual(outcomes.toSorted(), [false, true])
    await write(world.db, '2026-05-02', 2 ** 22)
    const range = { first: '2026-05-01', last: '2026-05-31' }
    equal(await countMeteredDays(world.db, accountId, range), 2)
    equal(await findLastMeteredDay(world.db, accountId), '2026-05-02')
    const sums = await sumMeteredDays(world.db, accountId, { ...range, first: '2026-05-02' })
    deepEqual(
      sums.map(({ item, quantity }) => [item, quantity]),
      [
        ['ESSENTIAL_CAPACITY', 1n << 52n],
        ['CLIENTS', 1n << 22n],
      ],
    )
    const page = await listMeteredDays(world.db, { accountId, ...range }, { limit: 1 })
    const rest = await listMeteredDays(
      world.db,
      { accountId, ...range },
      { limit: 9, cursor: page.next },
    )
    deepEqual(
      [...page.items, ...rest.items].map(({ day }) => day),
      ['2026-05-01', '2026-05-02'],
    )
  })
}

function describeUse(inWorld: ReturnType<typeof worldTest>): void {
  inWorld('traffic is summed as it flows, from many at once (H5)', async (world) => {
    await using other = await world.openAnother()
    const { accountId } = world
    const day = '2026-05-01'
    const flow = (db: World['db']) =>
      addUsage(db, { accountId, day, item: 'MIRROR_TRAFFIC', quantity: 5 })
    await Promise.all([flow(world.db), flow(other.db), flow(world.db)])
    const range = { first: day, last: day }
    deepEqual(await sumMeteredDays(world.db, accountId, range), [])
    await addMeteredDay(
      world.db,
      { accountId, day, meteredAt: dayOne },
      { instances: [], usage: [] },
    )
    deepEqual(await sumMeteredDays(world.db, accountId, range), [
      { day, item: 'MIRROR_TRAFFIC', quantity: 15n },
    ])
  })

  inWorld('what policies use is counted apart from Essential (H5)', async (world) => {
    const own = await addVault(world.catalog, world.accountId, 'of policies')
    await updateVault(world.db, own, { storedBytes: 700 })
    await updateVault(world.db, world.vaultId, { storedBytes: 900 })
    equal((await readPolicyUse(world.db, world.accountId)).clients, 0)
    await fill(world, { vaultId: own, method: 'policy', name: 'p' })
    await fill(world, { vaultId: world.vaultId, method: 'policy', name: 'q' })
    await fill(world, { vaultId: world.vaultId, method: 'essential', name: 'e' })
    const { clients, vaults } = await readPolicyUse(world.db, world.accountId)
    equal(clients, 2)
    deepEqual(vaults.map(({ storedBytes }) => storedBytes).toSorted(), [200, 700])
  })
}

async function raise(world: World): Promise<AlertId> {
  const { accountId, instanceId, planId } = world
  const alert = await raiseAlert(
    world.db,
    {
      id: world.catalog.newId('alert'),
      ...{ accountId, instanceId, regionId, vaultId: null, jobId: null },
      kind: 'BACKUP_FAILED',
      level: 'critical',
      topic: `BACKUP_FAILED:${planId}`,
      facts: { planId },
      raisedAt: dayOne,
    },
    [],
  )
  return alert.id
}

function channelOf(world: World, name: string): AlertChannel {
  return {
    id: world.catalog.newId('channel'),
    accountId: world.accountId,
    kind: 'email',
    name,
    settings: { to: ['ops@example.org'] },
    sealedSecret: null,
    enabled: true,
    createdAt: dayOne,
    updatedAt: dayOne,
  }
}

/** A machine with two versions of its plan, each of 100 stored bytes. */
async function fill(
  world: World,
  of: { readonly vaultId: VaultId; readonly method: 'essential' | 'policy'; readonly name: string },
): Promise<void> {
  const { accountId } = world
  const { vaultId, method, name } = of
  const { id: instanceId } = await addInstance(world.catalog, accountId, { name })
  const plan = { ...planOf(world.catalog, { accountId, vaultId, instanceId }), method }
  await createPlan(world.db, plan)
  const points = [1, 2].map((number) => ({
    ...pointOf(world, name.charCodeAt(0) * 10 + number, {
      versionId: world.catalog.newId('version'),
    }),
    ...{ instanceId, planId: plan.id, storedBytes: 100 },
  }))
  await fillPoints(world.db, {
    ...{ vaultId, accountId, regionId, points },
    now: dayOne,
    name: `reading-${name}`,
    completeUpTo: null,
  })
}
