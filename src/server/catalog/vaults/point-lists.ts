/** Points and versions as the console lists them. */
import { sql } from 'kysely'
import type { AccountId, InstanceId, PlanId, PointStatus, VaultId, VersionId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage, type SortOf } from '../database/page.ts'
import { when } from '../database/search.ts'
import { type CatalogPoint, type CatalogVersion, pointCodec } from './points.ts'

export type PointFilter = {
  readonly accountId: AccountId
  readonly vaultId: VaultId
  readonly instanceId?: InstanceId | undefined
  readonly status?: PointStatus | undefined
  readonly createdFrom?: number | undefined
  readonly createdBefore?: number | undefined
  /** Undefined: those in the trash and the others. */
  readonly trashed?: boolean | undefined
  /** By a hold; what is kept as the newest of its plan is not meant. */
  readonly held?: boolean | undefined
}

/** By creation: points of a vault are numbered. */
export type PointSort = SortOf<'createdAt' | 'expiresAt'>

/** The newest first, unless asked for otherwise. What is kept for ever ends after everything else. */
export async function listPointPage(
  db: CatalogDb,
  filter: PointFilter,
  request: PageRequest & { readonly sort?: PointSort | undefined },
): Promise<Page<CatalogPoint>> {
  const sort = request.sort ?? '-createdAt'
  const isByEnd = sort.endsWith('expiresAt')
  const query = db
    .selectFrom('points')
    .selectAll()
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        eb('vaultId', '=', filter.vaultId),
        ...when(filter.instanceId, (id) => eb('instanceId', '=', id)),
        ...when(filter.status, (status) => eb('status', '=', status)),
        ...when(filter.createdFrom, (from) => eb('createdAt', '>=', from)),
        ...when(filter.createdBefore, (before) => eb('createdAt', '<', before)),
        ...when(filter.trashed, (is) => eb('trashedAt', is ? 'is not' : 'is', null)),
        ...when(filter.held, (is) => eb('holds', is ? '!=' : '=', '[]')),
      ]),
    )
  const page = await readPage(
    query,
    {
      list: isByEnd ? ['points', filter, 'expiresAt'] : ['points', filter],
      columns: [isByEnd ? pointEnd : 'sequence', 'id'],
      descends: sort.startsWith('-'),
      positionOf: (row) => ({ value: isByEnd ? pointEndOf(row) : row.sequence, id: row.id }),
    },
    request,
  )
  return mapPage(page, ({ filling: _, ...row }) => pointCodec.fromRow(row))
}

/** By the calendar, the earliest possible end. */
const pointEnd = sql<number>`coalesce(created_at + retain_until - trusted_at, ${sql.lit(Number.MAX_SAFE_INTEGER)})`

function pointEndOf(row: Pick<CatalogPoint, 'createdAt' | 'trustedAt' | 'retainUntil'>): number {
  if (row.retainUntil === null) return Number.MAX_SAFE_INTEGER
  return row.createdAt + row.retainUntil - row.trustedAt
}

/** All points of these versions of one vault or several, by volume. */
export async function listPointsOfVersions(
  db: CatalogDb,
  accountId: AccountId,
  versionIds: readonly VersionId[],
): Promise<readonly CatalogPoint[]> {
  if (versionIds.length === 0) return []
  const rows = await db
    .selectFrom('points')
    .selectAll()
    .where('accountId', '=', accountId)
    .where('versionId', 'in', versionIds)
    .orderBy('volume')
    .orderBy('id')
    .execute()
  return rows.map(({ filling: _, ...row }) => pointCodec.fromRow(row))
}

/** A mirror has the same version once more: the one in the vault that the backup wrote to comes first. */
export async function findVersionById(
  db: CatalogDb,
  accountId: AccountId,
  id: VersionId,
): Promise<CatalogVersion | undefined> {
  return await db
    .selectFrom('versions')
    .innerJoin('vaults', 'vaults.id', 'versions.vaultId')
    .selectAll('versions')
    .where('versions.accountId', '=', accountId)
    .where('versions.id', '=', id)
    .orderBy('vaults.mirrorOf', (order) => order.asc().nullsFirst())
    .limit(1)
    .executeTakeFirst()
}

/** The vaults that hold points of an instance, without mirrors of others among them. */
export async function listVaultsOfInstance(
  db: CatalogDb,
  accountId: AccountId,
  instanceId: InstanceId,
): Promise<readonly VaultId[]> {
  const rows = await db
    .selectFrom('points')
    .innerJoin('vaults', 'vaults.id', 'points.vaultId')
    .where('points.accountId', '=', accountId)
    .where('points.instanceId', '=', instanceId)
    .where('vaults.deletedAt', 'is', null)
    .groupBy(['vaults.id', 'vaults.mirrorOf'])
    .select(['vaults.id', 'vaults.mirrorOf'])
    .orderBy('vaults.id')
    .execute()
  const held = new Set(rows.map(({ id }) => id))
  return rows.filter(({ mirrorOf }) => mirrorOf === null || !held.has(mirrorOf)).map(({ id }) => id)
}

export type InstancePoint = Pick<
  CatalogPoint,
  'id' | 'versionId' | 'sequence' | 'createdAt' | 'volume'
>

/** Points of an instance in a vault that can be restored, the oldest first. */
export async function listPointsOfInstance(
  db: CatalogDb,
  of: {
    readonly accountId: AccountId
    readonly vaultId: VaultId
    readonly instanceId: InstanceId
  },
): Promise<readonly InstancePoint[]> {
  return await db
    .selectFrom('points')
    .select(['id', 'versionId', 'sequence', 'createdAt', 'volume'])
    .where('accountId', '=', of.accountId)
    .where('vaultId', '=', of.vaultId)
    .where('instanceId', '=', of.instanceId)
    .where('trashedAt', 'is', null)
    .orderBy('sequence')
    .execute()
}

/**
 * Of each plan the newest version that can be restored, and the newest complete one: what "keep at least one" keeps
 * (C6, L10), whichever vault it is in.
 */
export async function findNewestOfPlans(
  db: CatalogDb,
  planIds: readonly PlanId[],
): Promise<ReadonlySet<VersionId>> {
  const newest = new Set<VersionId>()
  for (const planId of planIds) {
    for (const statuses of [['complete', 'partial'], ['complete']] as const) {
      const row = await db
        .selectFrom('versions')
        .select('id')
        .where('planId', '=', planId)
        .where('status', 'in', statuses)
        .where('trashedAt', 'is', null)
        .orderBy('createdAt', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      if (row !== undefined) newest.add(row.id)
    }
  }
  return newest
}
