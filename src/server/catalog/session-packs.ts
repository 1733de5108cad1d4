/**
 * Which packs an unfinished job made (decision 6): the next session of the job answers "have" for their chunks, so nothing
 * is sent twice. Forgotten when the job ends; without them the packs are orphans, which collection finds.
 */
import type { VaultId } from '#contract'
import type { Job } from './jobs.ts'
import type { CatalogDb } from './open-catalog.ts'

export type SessionPack = {
  readonly jobId: Job['id']
  readonly vaultId: VaultId
  /** The name of the object: hexadecimal. */
  readonly pack: string
  readonly storedBytes: number
  readonly createdAt: number
}

export async function addSessionPack(db: CatalogDb, pack: SessionPack): Promise<void> {
  await db
    .insertInto('sessionPacks')
    .values(pack)
    .onConflict((conflict) => conflict.columns(['jobId', 'pack']).doNothing())
    .execute()
}

export async function listSessionPacks(
  db: CatalogDb,
  jobId: Job['id'],
): Promise<readonly SessionPack[]> {
  return await db
    .selectFrom('sessionPacks')
    .selectAll()
    .where('jobId', '=', jobId)
    .orderBy('createdAt')
    .orderBy('pack')
    .execute()
}

/** Packs of jobs that are not finished: collection must leave them alone. */
export async function listUnfinishedPacks(
  db: CatalogDb,
  vaultId: VaultId,
): Promise<readonly SessionPack[]> {
  return await db
    .selectFrom('sessionPacks')
    .innerJoin('jobs', 'jobs.id', 'sessionPacks.jobId')
    .selectAll('sessionPacks')
    .where('sessionPacks.vaultId', '=', vaultId)
    .where('jobs.finishedAt', 'is', null)
    .orderBy('sessionPacks.pack')
    .execute()
}

export async function removeSessionPacks(db: CatalogDb, jobId: Job['id']): Promise<void> {
  await db.deleteFrom('sessionPacks').where('jobId', '=', jobId).execute()
}
