/** Points, versions and vaults as the console lists them. */
import { deepEqual, equal } from 'node:assert/strict'
import {
  addInstance,
  addVault,
  dayOne,
  minute,
  type OpenDatabase,
  pointOf,
  regionId,
  type World,
  worldTest,
} from '../world.contract.ts'
import { type FilledPoint, fillPoints } from './fill-points.ts'
import {
  findNewestOfPlans,
  findVersionById,
  listPointPage,
  listPointsOfInstance,
  listPointsOfVersions,
  listVaultsOfInstance,
} from './point-lists.ts'
import { countVaultContent, listVaultPage, listVaultsToRemove } from './vault-lists.ts'
import { updateVault } from './vaults.ts'

export function pointListsContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)

  inWorld(
    'points of a vault come in pages, the newest first, as the filter says',
    async (world) => {
      await fill(world, manyPoints(world, 7))
      const { db, accountId, vaultId } = world
      const filter = { accountId, vaultId }
      const sequences: number[] = []
      for (let cursor: string | undefined, at = 0; at < 10; at++) {
        const page = await listPointPage(db, filter, { limit: 3, cursor })
        sequences.push(...page.items.map(({ sequence }) => sequence))
        cursor = page.next
        if (cursor === undefined) break
      }
      deepEqual(sequences, [7, 6, 5, 4, 3, 2, 1])
      const count = async (more: object) =>
        (await listPointPage(db, { ...filter, ...more }, { limit: 50 })).items.length
      deepEqual([await count({ trashed: true }), await count({ trashed: false })], [1, 6])
      deepEqual([await count({ status: 'partial' }), await count({ status: 'failed' })], [1, 0])
      deepEqual([await count({ held: true }), await count({ held: false })], [1, 6])
      equal(
        await count({ createdFrom: dayOne + 3 * minute, createdBefore: dayOne + 5 * minute }),
        2,
      )
      equal(await count({ accountId: world.catalog.newId('account') }), 0)
    },
  )
  describeVersions(inWorld)
  describeVaults(inWorld)
}

function describeVersions(inWorld: ReturnType<typeof worldTest>): void {
  inWorld(
    'the newest version that can be restored, and the newest complete one, are kept (C6, L10)',
    async (world) => {
      const points = manyPoints(world, 5)
      await fill(world, points)
      const kept = await findNewestOfPlans(world.db, [world.planId])
      // The fifth is partial, the fourth is in the trash.
      deepEqual(kept, new Set([points[4]?.versionId, points[2]?.versionId]))
      deepEqual(await findNewestOfPlans(world.db, [world.catalog.newId('plan')]), new Set())
    },
  )

  inWorld(
    'a version is found without its vault, that of the first vault before its mirror',
    async (world) => {
      const { db, accountId } = world
      const mirror = await addVault(world.catalog, accountId, 'mirror')
      await updateVault(db, mirror, { mirrorOf: world.vaultId })
      const points = manyPoints(world, 2)
      await fill(world, points)
      await fill({ ...world, vaultId: mirror }, points)
      const id = points[0]?.versionId ?? world.catalog.newId('version')
      equal((await findVersionById(db, accountId, id))?.vaultId, world.vaultId)
      equal(await findVersionById(db, world.catalog.newId('account'), id), undefined)
      equal((await listPointsOfVersions(db, accountId, [id])).length, 2)
      deepEqual(await listVaultsOfInstance(db, accountId, world.instanceId), [world.vaultId])
      const of = { accountId, vaultId: mirror, instanceId: world.instanceId }
      deepEqual(
        (await listPointsOfInstance(db, of)).map(({ sequence }) => sequence),
        [1, 2],
      )
    },
  )
}

function describeVaults(inWorld: ReturnType<typeof worldTest>): void {
  inWorld(
    'vaults are listed in the order and under the words that were asked for',
    async (world) => {
      const { db, accountId } = world
      for (const name of ['B 100%', 'a_b', 'axb']) await addVault(world.catalog, accountId, name)
      const list = async (more: object, sort?: 'name' | '-name' | 'createdAt') =>
        (await listVaultPage(db, { accountId, ...more }, { limit: 9, sort })).items.map(
          (it) => it.name,
        )
      deepEqual(await list({}), ['B 100%', 'a_b', 'axb', 'main'])
      deepEqual(await list({}, '-name'), ['main', 'axb', 'a_b', 'B 100%'])
      deepEqual(await list({ search: 'A_B' }), ['a_b'])
      deepEqual(await list({ search: '0%' }), ['B 100%'])
      deepEqual(await list({ state: 'ERROR' }), [])
      await updateVault(db, world.vaultId, { deletionDueAt: dayOne })
      deepEqual(await listVaultsToRemove(db, dayOne - 1), [])
      deepEqual(
        (await listVaultsToRemove(db, dayOne)).map(({ id }) => id),
        [world.vaultId],
      )
      await updateVault(db, world.vaultId, { deletedAt: dayOne })
      deepEqual(await listVaultsToRemove(db, dayOne), [])
      equal((await list({})).includes('main'), false)
    },
  )

  inWorld('what vaults hold is counted', async (world) => {
    const other = await addInstance(world.catalog, world.accountId, { name: 'db-1' })
    const points = manyPoints(world, 3)
    await fill(world, [
      ...points.slice(0, 2),
      {
        ...pointOf(world, 3, { versionId: points[2]?.versionId ?? world.catalog.newId('version') }),
        instanceId: other.id,
      },
    ])
    const content = await countVaultContent(world.db, [world.vaultId])
    deepEqual(content.get(world.vaultId), {
      points: 3,
      instances: 2,
      sourceBytes: 3000,
      newBytes: 1500,
    })
    deepEqual(await countVaultContent(world.db, []), new Map())
  })
}

/** Of one version each; the last is partial, the one before it in the trash. */
function manyPoints(world: World, count: number): readonly FilledPoint[] {
  return Array.from({ length: count }, (_, at) =>
    pointOf(world, at + 1, {
      versionId: world.catalog.newId('version'),
      ...(at === count - 1 ? { status: 'partial' as const } : {}),
      ...(at === count - 2 && count > 2 ? { trashedAt: dayOne } : {}),
      ...(at === 0 ? { holds: ['evidence'] } : {}),
    }),
  )
}

async function fill(world: World, points: readonly FilledPoint[]): Promise<void> {
  const { vaultId, accountId } = world
  const name = world.catalog.newId('event')
  const head = { vaultId, accountId, regionId, now: dayOne, name }
  await fillPoints(world.db, { ...head, points, completeUpTo: null })
}
