/**
 * Fills versions and points from what was read of a vault (E6): after every commit with the new point, from time to time
 * with all of them, and after the catalog was lost. Filling again changes nothing. Only a complete reading removes, and
 * only points that are not newer than what it saw: a point committed meanwhile stays.
 */
import { assert } from '#base'
import type { AccountId, InstanceId, JobId, PlanId, VaultId, VersionId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { foldText } from '../database/search.ts'
import { transact } from '../database/transact.ts'
import { instanceCodec } from '../instances/instances.ts'
import { type CatalogPoint, type CatalogVersion, pointCodec } from './points.ts'
import { hasVersionGap } from './version-gaps.ts'

/** A point as its vault describes it, with what the server wrote into it when it was made. */
export type FilledPoint = Omit<CatalogPoint, 'vaultId' | 'accountId' | 'regionId'> & {
  readonly planId: PlanId | null
  readonly jobId: JobId | null
  readonly blockBytes: number
  /** To show when the catalog does not know the instance. */
  readonly hostName: string
}

export type Filling = {
  readonly vaultId: VaultId
  readonly accountId: AccountId
  readonly regionId: string
  readonly now: number
  /** A name that no reading of the vault had before; parts of one reading share it. */
  readonly name: string
  /**
   * After a commit or a hold, and no part of a reading of all points: that one may be under way, and must not take a row
   * for gone because it was filled once more meanwhile.
   */
  readonly isByTheWay?: boolean
  /** At most `pointsPerFillingMax`: SQLite does it all before anything else has its turn. */
  readonly points: readonly FilledPoint[]
  /**
   * With these, the reading has all points up to this sequence number of the vault, so others up to it go; null: these
   * are only some.
   */
  readonly completeUpTo: number | null
}

export type FillingOutcome = {
  readonly filled: number
  readonly removed: number
  readonly newInstances: readonly InstanceId[]
}

export const pointsPerFillingMax = 2_000
const pointsPerStatement = 200

export async function fillPoints(db: CatalogDb, filling: Filling): Promise<FillingOutcome> {
  assert(filling.points.length <= pointsPerFillingMax, 'a large reading is filled in parts')
  return await transact(db, async (trx) => {
    const newInstances = await addUnknownInstances(trx, filling)
    for (let from = 0; from < filling.points.length; from += pointsPerStatement) {
      await putPoints(trx, filling, filling.points.slice(from, from + pointsPerStatement))
    }
    const gone = await removeUnseen(trx, filling)
    const touched = new Set([...filling.points.map(({ versionId }) => versionId), ...gone])
    await putVersions(trx, filling, [...touched])
    return { filled: filling.points.length, removed: gone.length, newInstances }
  })
}

/** Instances that only the vault remembers: their points can be restored, so they are shown, as released. */
async function addUnknownInstances(
  trx: CatalogDb,
  filling: Filling,
): Promise<readonly InstanceId[]> {
  const hosts = new Map(filling.points.map((point) => [point.instanceId, point]))
  const added: InstanceId[] = []
  for (const { instanceId, hostName, blockBytes } of hosts.values()) {
    const row = instanceCodec.toRow({
      id: instanceId,
      accountId: filling.accountId,
      regionId: filling.regionId,
      name: hostName,
      hostName,
      kind: 'physical',
      state: 'RELEASED',
      system: 'linux',
      architecture: 'x86-64',
      systemName: '',
      fingerprint: null,
      addresses: [],
      volumes: [],
      databases: [],
      blockBytes,
      method: 'none',
      tags: {},
      createdAt: filling.now,
      updatedAt: filling.now,
      releasedAt: filling.now,
    })
    const inserted = await trx
      .insertInto('instances')
      .values({ ...row, searchText: foldText(hostName) })
      .onConflict((conflict) => conflict.column('id').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (inserted !== undefined) added.push(instanceId)
  }
  return added
}

async function putPoints(
  trx: CatalogDb,
  filling: Filling,
  points: readonly FilledPoint[],
): Promise<void> {
  const { vaultId, accountId, regionId, name } = filling
  const rows = points.map((point) => {
    const { planId: _p, jobId: _j, blockBytes: _b, hostName: _h, ...facts } = point
    return { ...pointCodec.toRow({ ...facts, vaultId, accountId, regionId }), filling: name }
  })
  if (rows.length === 0) return
  await trx
    .insertInto('points')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['vaultId', 'id']).doUpdateSet(({ ref }) => ({
        // The rest of a point never changes; what can is its end, its holds and whether it is in the trash.
        retainUntil: ref('excluded.retainUntil'),
        holds: ref('excluded.holds'),
        trashedAt: ref('excluded.trashedAt'),
        ...(filling.isByTheWay === true ? {} : { filling: ref('excluded.filling') }),
      })),
    )
    .execute()
}

/** The versions of the points that went. */
async function removeUnseen(trx: CatalogDb, filling: Filling): Promise<readonly VersionId[]> {
  if (filling.completeUpTo === null) return []
  const rows = await trx
    .deleteFrom('points')
    .where('vaultId', '=', filling.vaultId)
    .where('filling', '<>', filling.name)
    .where('sequence', '<=', filling.completeUpTo)
    .returning('versionId')
    .execute()
  return rows.map(({ versionId }) => versionId)
}

/** Versions are what their points are together; one without points is gone. */
async function putVersions(
  trx: CatalogDb,
  filling: Filling,
  ids: readonly VersionId[],
): Promise<void> {
  const facts = new Map(filling.points.map((point) => [point.versionId, point]))
  for (let from = 0; from < ids.length; from += pointsPerStatement) {
    const some = ids.slice(from, from + pointsPerStatement)
    const sums = await sumPoints(trx, filling.vaultId, some)
    const left = new Set(sums.map(({ versionId }) => versionId))
    const gone = some.filter((id) => !left.has(id))
    if (gone.length > 0) {
      await trx
        .deleteFrom('versions')
        .where('vaultId', '=', filling.vaultId)
        .where('id', 'in', gone)
        .execute()
    }
    for (const sum of sums) await putVersion(trx, filling, { sum, fact: facts.get(sum.versionId) })
  }
}

type PointSum = Awaited<ReturnType<typeof sumPoints>>[number]

async function sumPoints(trx: CatalogDb, vaultId: VaultId, ids: readonly VersionId[]) {
  return await trx
    .selectFrom('points')
    .where('vaultId', '=', vaultId)
    .where('versionId', 'in', ids)
    .groupBy(['versionId', 'instanceId'])
    .select(({ fn }) => [
      'versionId',
      'instanceId',
      fn.countAll<number>().as('pointCount'),
      fn.count<number>('retainUntil').as('limited'),
      fn.count<number>('trashedAt').as('trashed'),
      fn.max('trashedAt').as('trashedAt'),
      fn.max('retainUntil').as('retainUntil'),
      fn.min('createdAt').as('createdAt'),
      // "complete" < "failed" < "partial": complete only when all are.
      fn.max('status').as('worst'),
      fn.min('status').as('best'),
      fn.sum<number>('files').as('files'),
      fn.sum<number>('sourceBytes').as('sourceBytes'),
      fn.sum<number>('newBytes').as('newBytes'),
      fn.sum<number>('storedBytes').as('storedBytes'),
      fn.sum<number>('failureCount').as('failureCount'),
    ])
    .execute()
}

async function putVersion(
  trx: CatalogDb,
  { vaultId, accountId, regionId }: Filling,
  { sum, fact }: { readonly sum: PointSum; readonly fact: FilledPoint | undefined },
): Promise<void> {
  const { limited, trashed, worst, best, versionId, retainUntil, trashedAt, ...sums } = sum
  const isWhole = !(await hasVersionGap(trx, { vaultId, versionId }))
  const isUniform = worst === best && (isWhole || worst !== 'complete')
  const row = {
    ...sums,
    status: isUniform ? worst : 'partial',
    retainUntil: limited === sum.pointCount ? retainUntil : null,
    trashedAt: trashed === sum.pointCount ? trashedAt : null,
  } as const
  const named =
    fact === undefined
      ? {}
      : { planId: fact.planId, jobId: fact.jobId, blockBytes: fact.blockBytes }
  const inserted: CatalogVersion = {
    planId: null,
    jobId: null,
    blockBytes: 0,
    ...named,
    ...row,
    vaultId,
    id: versionId,
    accountId,
    regionId,
  }
  await trx
    .insertInto('versions')
    .values(inserted)
    .onConflict((conflict) => conflict.columns(['vaultId', 'id']).doUpdateSet({ ...named, ...row }))
    .execute()
}
