/** Backup versions and their points, as they are listed: a cache of what the vaults hold (E6). */
import type {
  AccountId,
  InstanceId,
  JobId,
  PlanId,
  PointId,
  PointStatus,
  VaultId,
  VersionId,
} from '#contract'
import { type Codec, codecOf, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { type Page, type PageRequest, readPage } from '../database/page.ts'
import { when } from '../database/search.ts'

export type CatalogPoint = {
  readonly vaultId: VaultId
  readonly id: PointId
  readonly accountId: AccountId
  readonly regionId: string
  readonly versionId: VersionId
  readonly instanceId: InstanceId
  readonly volume: string
  readonly status: PointStatus
  /** Counts up by one with each point of the vault. */
  readonly sequence: number
  readonly createdAt: number
  readonly trustedAt: number
  /** Trusted time; null: for ever. */
  readonly retainUntil: number | null
  readonly files: number
  readonly directories: number
  readonly sourceBytes: number
  readonly newBytes: number
  readonly storedBytes: number
  readonly failureCount: number
  /** Reasons of the holds that keep it. */
  readonly holds: readonly string[]
  readonly trashedAt: number | null
}

/** `filling` names the reading of the vault that saw it last. */
export type PointRow = Stored<CatalogPoint, 'holds', never> & { readonly filling: string }
export const pointCodec: Codec<CatalogPoint, 'holds'> = codecOf<CatalogPoint>()(['holds'])

export type CatalogVersion = {
  readonly vaultId: VaultId
  readonly id: VersionId
  readonly accountId: AccountId
  readonly regionId: string
  readonly instanceId: InstanceId
  readonly planId: PlanId | null
  readonly jobId: JobId | null
  readonly status: PointStatus
  readonly createdAt: number
  /** Of the point that stays longest; null: for ever. */
  readonly retainUntil: number | null
  /** Block storage attached to the instance when it was made (H5). */
  readonly blockBytes: number
  readonly pointCount: number
  readonly files: number
  readonly sourceBytes: number
  readonly newBytes: number
  readonly storedBytes: number
  readonly failureCount: number
  /** When its last point went to the trash; null: some point is not in it. */
  readonly trashedAt: number | null
}

export async function findPoint(
  db: CatalogDb,
  vaultId: VaultId,
  id: PointId,
): Promise<CatalogPoint | undefined> {
  const row = await db
    .selectFrom('points')
    .selectAll()
    .where('vaultId', '=', vaultId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : pointFromRow(row)
}

export async function listPointsOfVersion(
  db: CatalogDb,
  vaultId: VaultId,
  versionId: VersionId,
): Promise<readonly CatalogPoint[]> {
  const rows = await db
    .selectFrom('points')
    .selectAll()
    .where('vaultId', '=', vaultId)
    .where('versionId', '=', versionId)
    .orderBy('volume')
    .orderBy('id')
    .execute()
  return rows.map(pointFromRow)
}

export async function findVersion(
  db: CatalogDb,
  vaultId: VaultId,
  id: VersionId,
): Promise<CatalogVersion | undefined> {
  return await db
    .selectFrom('versions')
    .selectAll()
    .where('vaultId', '=', vaultId)
    .where('id', '=', id)
    .executeTakeFirst()
}

export type VersionFilter = {
  readonly accountId: AccountId
  readonly instanceId?: InstanceId | undefined
  readonly vaultId?: VaultId | undefined
  readonly planId?: PlanId | undefined
  readonly statuses?: readonly PointStatus[] | undefined
  readonly createdFrom?: number | undefined
  readonly createdBefore?: number | undefined
}

export async function listVersions(
  db: CatalogDb,
  filter: VersionFilter,
  request: PageRequest & { readonly sort?: 'createdAt' | '-createdAt' | undefined },
): Promise<Page<CatalogVersion>> {
  return await readPage(
    selectVersions(db, filter).selectAll(),
    {
      list: ['versions', filter],
      columns: ['createdAt', 'id'],
      descends: request.sort !== 'createdAt',
      positionOf: (row) => ({ value: row.createdAt, id: row.id }),
    },
    request,
  )
}

export type VersionCount = {
  readonly instanceId: InstanceId
  readonly versions: number
  readonly lastAt: number
}

/** How many versions that can be restored instances have, and when the last was made; instances without one are not in the map. */
export async function countVersions(
  db: CatalogDb,
  instanceIds: readonly InstanceId[],
): Promise<ReadonlyMap<InstanceId, VersionCount>> {
  if (instanceIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('versions')
    .where('instanceId', 'in', instanceIds)
    .where('status', '<>', 'failed')
    .where('trashedAt', 'is', null)
    .groupBy('instanceId')
    .select(({ fn }) => [
      'instanceId',
      // A mirror has the same versions once more.
      fn.count<number>('id').distinct().as('versions'),
      fn.max('createdAt').as('lastAt'),
    ])
    .execute()
  return new Map(rows.map((row) => [row.instanceId, row]))
}

function selectVersions(db: CatalogDb, filter: VersionFilter) {
  return db
    .selectFrom('versions')
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        ...when(filter.instanceId, (instanceId) => eb('instanceId', '=', instanceId)),
        ...when(filter.vaultId, (vaultId) => eb('vaultId', '=', vaultId)),
        ...when(filter.planId, (planId) => eb('planId', '=', planId)),
        ...when(filter.statuses, (statuses) => eb('status', 'in', statuses)),
        ...when(filter.createdFrom, (from) => eb('createdAt', '>=', from)),
        ...when(filter.createdBefore, (before) => eb('createdAt', '<', before)),
      ]),
    )
}

function pointFromRow(row: PointRow): CatalogPoint {
  const { filling: _, ...stored } = row
  return pointCodec.fromRow(stored)
}

/** The newest point of a vault that the catalog knows. */
export async function findNewestPoint(
  db: CatalogDb,
  vaultId: VaultId,
): Promise<Pick<CatalogPoint, 'id' | 'sequence'> | undefined> {
  return await db
    .selectFrom('points')
    .select(['id', 'sequence'])
    .where('vaultId', '=', vaultId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
}
