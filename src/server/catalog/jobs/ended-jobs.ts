/**
 * Jobs that ended and of which nobody was told yet (H4). Written with the end itself and removed when it was told, so a
 * server that dies in between tells it after its restart: at least once.
 */

import type { CatalogDb } from '../database/open-catalog.ts'
import type { Job } from './jobs.ts'
import { jobCodec } from './jobs.ts'

export type EndedJob = { readonly jobId: Job['id']; readonly endedAt: number }

export async function noteEndedJobs(
  trx: CatalogDb,
  ids: readonly Job['id'][],
  now: number,
): Promise<void> {
  for (let from = 0; from < ids.length; from += rowsPerStatement) {
    await trx
      .insertInto('endedJobs')
      .values(ids.slice(from, from + rowsPerStatement).map((jobId) => ({ jobId, endedAt: now })))
      .onConflict((conflict) => conflict.column('jobId').doNothing())
      .execute()
  }
}

/** The longest ended first. */
export async function listEndedJobs(db: CatalogDb, limit: number): Promise<readonly Job[]> {
  const rows = await db
    .selectFrom('endedJobs')
    .innerJoin('jobs', 'jobs.id', 'endedJobs.jobId')
    .selectAll('jobs')
    .orderBy('endedJobs.endedAt')
    .orderBy('endedJobs.jobId')
    .limit(limit)
    .execute()
  return rows.map(jobCodec.fromRow)
}

export async function forgetEndedJobs(db: CatalogDb, ids: readonly Job['id'][]): Promise<void> {
  for (let from = 0; from < ids.length; from += rowsPerStatement) {
    await db
      .deleteFrom('endedJobs')
      .where('jobId', 'in', ids.slice(from, from + rowsPerStatement))
      .execute()
  }
}

const rowsPerStatement = 500
