/**
 * Which packs an unfinished job made (decision 6): the next session of the job answers "have" for their chunks, so nothing
 * is sent twice. Forgotten when a job brought a version; without them the packs are orphans, which collection finds.
 */
import type { InstanceId, VaultId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import type { Job } from '../jobs/jobs.ts'

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

/**
 * What earlier attempts of an instance left in a vault, also those of jobs that failed: the first backup of a large machine
 * must not begin at nothing because its job ended.
 */
export async function listEarlierPacks(
  db: CatalogDb,
  of: { readonly instanceId: InstanceId; readonly vaultId: VaultId },
): Promise<readonly SessionPack[]> {
  return await db
    .selectFrom('sessionPacks')
    .innerJoin('jobs', 'jobs.id', 'sessionPacks.jobId')
    .selectAll('sessionPacks')
    .where('sessionPacks.vaultId', '=', of.vaultId)
    .where('jobs.instanceId', '=', of.instanceId)
    .orderBy('sessionPacks.createdAt')
    .orderBy('sessionPacks.pack')
    .execute()
}

/** Of jobs that brought a version, and of long ago: what is of use is in a point, the rest was collected. */
export async function forgetSessionPacks(
  db: CatalogDb,
  of: { readonly vaultId: VaultId; readonly madeBefore: number },
): Promise<void> {
  await db
    .deleteFrom('sessionPacks')
    .where('vaultId', '=', of.vaultId)
    .where(({ or, eb }) =>
      or([
        eb('createdAt', '<', of.madeBefore),
        eb('jobId', 'in', (jobs) =>
          jobs
            .selectFrom('jobs')
            .select('id')
            .where('state', 'in', ['COMPLETE', 'PARTIAL_COMPLETE']),
        ),
      ]),
    )
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
