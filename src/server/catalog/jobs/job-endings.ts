/** How jobs end: by their agent, by nobody taking them, or by everybody losing them. */
import { sql } from 'kysely'
import type { VersionId } from '#contract'
import type { JsonRecord } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { at } from '../database/sql-values.ts'
import { transact } from '../database/transact.ts'
import { noteEndedJobs } from './ended-jobs.ts'
import type { JobLease } from './job-leases.ts'
import { findJob, type Job, jobCodec } from './jobs.ts'

export type JobEnding = {
  readonly now: number
  readonly state: 'COMPLETE' | 'PARTIAL_COMPLETE' | 'FAILED' | 'CANCELED'
  readonly versionId?: VersionId | undefined
  readonly totals: JsonRecord
  readonly warnings: readonly string[]
  readonly sourceBytes: number
  readonly storedBytes: number
  readonly failedCount: number
  readonly skippedCount: number
  readonly inconsistentCount: number
  readonly problemCode: string | null
  readonly problem: string | null
}

export type FinishOutcome =
  | { readonly kind: 'finished'; readonly job: Job }
  /** This very lease has ended the job before; the answer was lost on its way. */
  | { readonly kind: 'already'; readonly job: Job }
  | { readonly kind: 'lost' }

export async function finishJob(
  db: CatalogDb,
  lease: JobLease,
  ending: JobEnding,
): Promise<FinishOutcome> {
  return await transact(db, async (trx) => {
    const outcome = await endJob(trx, lease, ending)
    if (outcome.kind === 'finished') await noteEndedJobs(trx, [lease.jobId], ending.now)
    return outcome
  })
}

async function endJob(db: CatalogDb, lease: JobLease, ending: JobEnding): Promise<FinishOutcome> {
  const { now, ...facts } = ending
  const row = await db
    .updateTable('jobs')
    .set({
      ...jobCodec.toColumns(facts),
      leaseUntil: null,
      phase: 'finishing',
      finishedAt: now,
      updatedAt: now,
    })
    .where('id', '=', lease.jobId)
    .where('holder', '=', lease.holder)
    .where('attempt', '=', lease.attempt)
    .where('state', '=', 'RUNNING')
    .returningAll()
    .executeTakeFirst()
  if (row !== undefined) return { kind: 'finished', job: jobCodec.fromRow(row) }
  const job = await findJob(db, lease.jobId)
  const isOurs = job?.holder === lease.holder && job.attempt === lease.attempt
  return job !== undefined && isOurs && job.finishedAt !== null && job.state === ending.state
    ? { kind: 'already', job }
    : { kind: 'lost' }
}

/**
 * What time alone does to jobs: a lease that ended gives its job back to the queue, or ends it when it was to be cancelled
 * or has been tried often enough; a job that nobody took in its time expires.
 * @returns the jobs that changed, as they are now
 */
export async function endOverdueJobs(db: CatalogDb, now: number): Promise<readonly Job[]> {
  return await transact(db, async (trx) => {
    const changed = [
      ...(await cancelAbandoned(trx, now)),
      ...(await failExhausted(trx, now)),
      ...(await requeueAbandoned(trx, now)),
      ...(await expireUntaken(trx, now)),
    ]
    const ended = changed.filter(({ finishedAt }) => finishedAt !== null)
    await noteEndedJobs(
      trx,
      ended.map(({ id }) => id),
      now,
    )
    return changed
  })
}

async function cancelAbandoned(trx: CatalogDb, now: number): Promise<readonly Job[]> {
  const rows = await trx
    .updateTable('jobs')
    .set({ state: 'CANCELED', leaseUntil: null, finishedAt: now, updatedAt: now })
    .where('state', '=', 'RUNNING')
    .where('leaseUntil', '<=', now)
    .where('cancelRequestedAt', 'is not', null)
    .returningAll()
    .execute()
  return rows.map(jobCodec.fromRow)
}

async function failExhausted(trx: CatalogDb, now: number): Promise<readonly Job[]> {
  const rows = await trx
    .updateTable('jobs')
    .set({
      state: 'FAILED',
      leaseUntil: null,
      finishedAt: now,
      updatedAt: now,
      problemCode: sql<string>`coalesce(problem_code, 'job.abandoned')`,
    })
    .where('finishedAt', 'is', null)
    .whereRef('attempt', '>=', 'attemptsMax')
    .where((eb) =>
      eb.or([eb('state', 'in', ['CREATED', 'QUEUED']), eb('leaseUntil', '<=', at(now))]),
    )
    .returningAll()
    .execute()
  return rows.map(jobCodec.fromRow)
}

async function requeueAbandoned(trx: CatalogDb, now: number): Promise<readonly Job[]> {
  const rows = await trx
    .updateTable('jobs')
    .set({ state: 'QUEUED', leaseUntil: null, phase: 'waiting', updatedAt: now })
    .where('state', '=', 'RUNNING')
    .where('leaseUntil', '<=', now)
    .returningAll()
    .execute()
  return rows.map(jobCodec.fromRow)
}

async function expireUntaken(trx: CatalogDb, now: number): Promise<readonly Job[]> {
  const rows = await trx
    .updateTable('jobs')
    .set({ state: 'EXPIRED', finishedAt: now, updatedAt: now })
    .where('state', 'in', ['CREATED', 'QUEUED'])
    .where('expiresAt', '<=', now)
    .returningAll()
    .execute()
  return rows.map(jobCodec.fromRow)
}

/** History of finished jobs older than an instant, at most so many at once; D6 asks for six months. */
export async function removeJobsBefore(
  db: CatalogDb,
  before: number,
  limit: number,
): Promise<number> {
  const old = db
    .selectFrom('jobs')
    .select('id')
    .where('finishedAt', '<', before)
    .orderBy('finishedAt')
    .limit(limit)
  const rows = await db.deleteFrom('jobs').where('id', 'in', old).returning('id').execute()
  return rows.length
}
