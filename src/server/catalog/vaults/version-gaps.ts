/**
 * Versions that are not whole: their job has not ended well, or made no point of some of its sources. Such a version is
 * at most partial, however good the points are that it has. The row stays when history is cleared away.
 */
import type { JobId, VaultId, VersionId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'

export type VersionGap = {
  readonly vaultId: VaultId
  readonly versionId: VersionId
  readonly jobId: JobId
}

/** Before the first point of a version is made. */
export async function openVersionGap(trx: CatalogDb, gap: VersionGap): Promise<void> {
  await trx
    .insertInto('versionGaps')
    .values(gap)
    .onConflict((conflict) => conflict.columns(['vaultId', 'versionId']).doNothing())
    .execute()
}

export async function hasVersionGap(
  db: CatalogDb,
  of: Pick<VersionGap, 'vaultId' | 'versionId'>,
): Promise<boolean> {
  const row = await db
    .selectFrom('versionGaps')
    .select('versionId')
    .where('vaultId', '=', of.vaultId)
    .where('versionId', '=', of.versionId)
    .executeTakeFirst()
  return row !== undefined
}

/** The version is whole: it is as good as its points are. */
export async function closeVersionGap(
  trx: CatalogDb,
  of: Pick<VersionGap, 'vaultId' | 'versionId'>,
): Promise<void> {
  await trx
    .deleteFrom('versionGaps')
    .where('vaultId', '=', of.vaultId)
    .where('versionId', '=', of.versionId)
    .execute()
  const points = await trx
    .selectFrom('points')
    .select('status')
    .distinct()
    .where('vaultId', '=', of.vaultId)
    .where('versionId', '=', of.versionId)
    .execute()
  const [only] = points
  if (points.length !== 1 || only === undefined) return
  await trx
    .updateTable('versions')
    .set({ status: only.status })
    .where('vaultId', '=', of.vaultId)
    .where('id', '=', of.versionId)
    .execute()
}
