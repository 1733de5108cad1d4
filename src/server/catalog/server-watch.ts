/** What the server asks of the catalog for itself: which vaults are to answer, and where something happened. */
import type { AlertId, InstanceId, VaultId } from '#contract'
import type { CatalogDb } from './database/open-catalog.ts'

/** Vaults that are in use, of all accounts; the newest first. */
export async function listUsedVaults(db: CatalogDb, limit: number): Promise<readonly VaultId[]> {
  const rows = await db
    .selectFrom('vaults')
    .select('id')
    .where('state', '=', 'CREATED')
    .where('deletedAt', 'is', null)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

export async function findInstanceRegion(
  db: CatalogDb,
  id: InstanceId,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('instances')
    .select('regionId')
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.regionId
}

/** Null: it concerns no region. */
export async function findAlertRegion(
  db: CatalogDb,
  id: AlertId,
): Promise<string | null | undefined> {
  const row = await db
    .selectFrom('alerts')
    .select('regionId')
    .where('id', '=', id)
    .executeTakeFirst()
  return row?.regionId
}
