/** Versions and points: filled from vaults, counted, metered. */
import { deepEqual, equal } from 'node:assert/strict'
import type { InstanceId, VersionId } from '#contract'
import { countOverview } from '#engine'
import { findInstance, listInstances, updateInstance } from '../instances/instances.ts'
import { addMeteringDays, listMeteredInstances, listMeteringDays } from '../journal/metering.ts'
import { countInstancesByBackup } from '../journal/overview.ts'
import {
  addInstance,
  addPlan,
  addVault,
  dayOne,
  hour,
  minute,
  type OpenDatabase,
  pointOf,
  regionId,
  type World,
  worldTest,
} from '../world.contract.ts'
import { type FilledPoint, type Filling, fillPoints } from './fill-points.ts'
import { countVersions, listPointsOfVersion, listVersions } from './points.ts'

const gib = 2 ** 30

export function pointsContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)

  inWorld(
    'filling twice is filling once; a version is what its points are together (E6)',
    async (world) => {
      const versionId = world.catalog.newId('version')
      const points = [
        pointOf(world, 1, { versionId, volume: '/' }),
        pointOf(world, 2, { versionId, volume: '/data', status: 'partial', failureCount: 3 }),
      ]
      await fill(world, points)
      const once = await everything(world)
      await fill(world, points)
      deepEqual(await everything(world), once)
      const [version] = once.versions
      deepEqual(
        [version?.pointCount, version?.status, version?.files, version?.sourceBytes],
        [2, 'partial', 20, 2000],
      )
      deepEqual(
        (await listPointsOfVersion(world.db, world.vaultId, versionId)).map(({ volume }) => volume),
        ['/', '/data'],
      )
    },
  )

  inWorld(
    'a complete reading removes what is gone, but not what was committed meanwhile',
    async (world) => {
      const [old, gone, fresh] = [1, 2, 3].map(() => world.catalog.newId('version'))
      const known = [
        pointOf(world, 1, { versionId: old ?? never() }),
        pointOf(world, 2, { versionId: gone ?? never() }),
      ]
      await fill(world, known)
      await fill(world, [pointOf(world, 3, { versionId: fresh ?? never() })])
      const outcome = await fill(world, known.slice(0, 1), 2)
      deepEqual([outcome.filled, outcome.removed], [1, 1])
      const { versions } = await everything(world)
      deepEqual(
        versions.map(({ id }) => id),
        [fresh, old],
      )
      await fill(world, [], 3)
      deepEqual(await everything(world), { versions: [] })
    },
  )

  inWorld('retention that was extended and holds that were set are taken over', async (world) => {
    const versionId = world.catalog.newId('version')
    await fill(world, [pointOf(world, 1, { versionId })])
    await fill(world, [pointOf(world, 1, { versionId, retainUntil: null, holds: ['suspicious'] })])
    const [point] = await listPointsOfVersion(world.db, world.vaultId, versionId)
    deepEqual([point?.retainUntil, point?.holds], [null, ['suspicious']])
    equal((await everything(world)).versions[0]?.retainUntil, null)
  })

  inWorld(
    'a lost catalog gets its instances back from the vault, as released (E6)',
    async (world) => {
      const instanceId = world.catalog.newId('instance')
      const facts = { instanceId, hostName: 'Lost', planId: null }
      const points = Array.from({ length: 450 }, (_, at) =>
        pointOf(world, at + 1, { ...facts, versionId: world.catalog.newId('version') }),
      )
      const [some, others] = [points.slice(0, 300), points.slice(300)]
      deepEqual((await fill(world, some, null, 'parts')).newInstances, [instanceId])
      deepEqual(await fill(world, others, 450, 'parts'), outcome(150, 0))
      equal((await findInstance(world.db, instanceId))?.state, 'RELEASED')
      equal((await countVersions(world.db, [instanceId])).get(instanceId)?.versions, 450)
      const found = await listInstances(
        world.db,
        { accountId: world.accountId, search: 'lost' },
        { limit: 9 },
      )
      equal(found.items.length, 1)
    },
  )

  inWorld('the same version in a mirror is counted once', async (world) => {
    const versionId = world.catalog.newId('version')
    const mirror = await addVault(world.catalog, world.accountId, 'mirror')
    await fill(world, [pointOf(world, 1, { versionId })])
    await fill({ ...world, vaultId: mirror }, [pointOf(world, 1, { versionId })])
    equal((await countVersions(world.db, [world.instanceId])).get(world.instanceId)?.versions, 1)
  })

  inWorld('the worked example: 5 / 7, then 8 / 4, then 10 / 4 (G1)', workedExample)

  inWorld('a day is charged by the last version before its end, skipped days too (H5)', meteredDays)
}

async function workedExample(world: World): Promise<void> {
  const added: InstanceId[] = [world.instanceId]
  for (let at = 1; at < 12; at++) {
    const facts = { name: `n${at}`, blockBytes: (at + 1) * gib }
    added.push((await addInstance(world.catalog, world.accountId, facts)).id)
  }
  await giveVersions(world, added.slice(0, 5), 1)
  deepEqual(await counts(world), { backedUp: 5, unBackedUp: 7 })
  await giveVersions(world, added.slice(5, 8), 10)
  deepEqual(await counts(world), { backedUp: 8, unBackedUp: 4 })
  for (const at of [12, 13]) {
    const { id } = await addInstance(world.catalog, world.accountId, { name: `n${at}` })
    await giveVersions(world, [id], at + 20)
    const released = { state: 'RELEASED', releasedAt: dayOne, blockBytes: 0 } as const
    await updateInstance(world.db, id, released)
  }
  deepEqual(await counts(world), { backedUp: 10, unBackedUp: 4 })
  const gone = await addInstance(world.catalog, world.accountId, {
    name: 'released without a version',
    state: 'RELEASED',
    releasedAt: dayOne,
  })
  equal((await findInstance(world.db, gone.id))?.state, 'RELEASED')
  deepEqual(await counts(world), { backedUp: 10, unBackedUp: 4 })
}

/** As the database counts, after seeing that the engine's rule counts the same. */
async function counts(world: World) {
  const { db, accountId } = world
  const { items } = await listInstances(db, { accountId }, { limit: 100 })
  const versions = await countVersions(
    db,
    items.map(({ id }) => id),
  )
  const rule = countOverview(
    items.map(({ id, state, blockBytes }) => ({
      isReleased: state === 'RELEASED',
      versions: versions.get(id)?.versions ?? 0,
      capacityBytes: state === 'RELEASED' ? 40 * gib : blockBytes,
    })),
  )
  const counted = await countInstancesByBackup(db, { accountId })
  deepEqual(counted, rule)
  deepEqual(await countInstancesByBackup(db, { accountId, regionId }), rule)
  const nowhere = { backedUp: 0, unBackedUp: 0, capacityBytes: 0 }
  deepEqual(await countInstancesByBackup(db, { accountId, regionId: 'elsewhere' }), nowhere)
  return { backedUp: counted.backedUp, unBackedUp: counted.unBackedUp }
}

async function meteredDays(world: World): Promise<void> {
  const second = await addInstance(world.catalog, world.accountId, { name: 'second' })
  const plan = await addPlan(world.catalog, { ...world, instanceId: second.id })
  const version = (blockBytes: number, facts: Partial<FilledPoint> & { sequence: number }) =>
    pointOf(world, facts.sequence, {
      versionId: world.catalog.newId('version'),
      blockBytes,
      ...facts,
    })
  await fill(world, [
    version(60 * gib, { sequence: 1, createdAt: dayOne }),
    version(80 * gib, { sequence: 2, createdAt: dayOne + hour }),
    version(90 * gib, { sequence: 3, createdAt: dayOne + 24 * hour }),
    version(120 * gib, { sequence: 4, createdAt: dayOne, instanceId: second.id, planId: plan.id }),
    version(500 * gib, { sequence: 5, createdAt: dayOne, planId: null }),
  ])
  const charged = async (endAt: number) =>
    (await listMeteredInstances(world.db, world.accountId, endAt)).map(
      (one) => one.capacityBytes / gib,
    )
  deepEqual(await charged(dayOne), [])
  deepEqual(
    (await charged(dayOne + 2 * hour)).toSorted((a, b) => a - b),
    [80, 120],
  )
  deepEqual(
    (await charged(dayOne + 72 * hour)).toSorted((a, b) => a - b),
    [90, 120],
  )
  const [first] = await listMeteredInstances(world.db, world.accountId, dayOne + 2 * hour)
  const day = {
    accountId: world.accountId,
    regionId,
    instanceId: first?.instanceId ?? never(),
    day: '2026-09-21',
    blockBytes: 80 * gib,
    versionId: first?.versionId ?? never(),
    versionAt: dayOne,
  }
  await addMeteringDays(world.db, [day])
  await addMeteringDays(world.db, [{ ...day, blockBytes: 1 }])
  const days = { first: '2026-09-01', last: '2026-09-30' }
  deepEqual(await listMeteringDays(world.db, world.accountId, days), [day])
}

async function giveVersions(
  world: World,
  instanceIds: readonly InstanceId[],
  from: number,
): Promise<void> {
  const points = instanceIds.map((instanceId, at) =>
    pointOf(world, from + at, { instanceId, versionId: world.catalog.newId('version') }),
  )
  await fill(world, points)
}

let fillings = 0

async function fill(
  world: Pick<World, 'db' | 'vaultId' | 'accountId'>,
  points: readonly FilledPoint[],
  completeUpTo: number | null = null,
  name = `filling ${fillings++}`,
) {
  const { vaultId, accountId } = world
  const filling: Filling = {
    vaultId,
    accountId,
    regionId,
    now: dayOne + minute,
    name,
    points,
    completeUpTo,
  }
  return await fillPoints(world.db, filling)
}

function outcome(filled: number, removed: number) {
  return { filled, removed, newInstances: [] }
}

async function everything(world: World) {
  const { items } = await listVersions(world.db, { accountId: world.accountId }, { limit: 100 })
  return { versions: items }
}

function never(): never & VersionId {
  throw new Error('three were made')
}
