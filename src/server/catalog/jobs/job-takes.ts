/** Jobs as the channel to an agent sees them: which are open, which it may begin, and which it still holds. */
import { sql } from 'kysely'
import type { InstanceId, ReportList } from '#contract'
import type { JsonRecord } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { at } from '../database/sql-values.ts'
import { type Job, jobCodec } from './jobs.ts'

const openJobFields = [
  'id',
  'kind',
  'state',
  'holder',
  'leaseUntil',
  'attempt',
  'attemptsMax',
  'availableAt',
  'cancelRequestedAt',
  'createdAt',
  'updatedAt',
] as const

export type OpenJob = Pick<Job, (typeof openJobFields)[number]>

const openJobsMax = 100

/** Jobs of an instance that have not ended, the oldest first. */
export async function listOpenJobs(
  db: CatalogDb,
  instanceId: InstanceId,
): Promise<readonly OpenJob[]> {
  return await db
    .selectFrom('jobs')
    .select(openJobFields)
    .where('instanceId', '=', instanceId)
    .where('finishedAt', 'is', null)
    .orderBy('createdAt')
    .orderBy('id')
    .limit(openJobsMax)
    .execute()
}

export type LeaseRenewal = {
  readonly instanceId: InstanceId
  readonly holder: string
  readonly jobIds: readonly Job['id'][]
  readonly now: number
  readonly leaseUntil: number
  /** A job that was to be cancelled before is not renewed: whoever does not end it loses it. */
  readonly cancelledBefore: number
}

/**
 * Prolongs the leases of the jobs that a process works at. One whose lease ended, and that nobody took meanwhile, is its
 * own again: what it has done so far is not done twice (D5). @returns the jobs that are its own
 */
export async function renewLeases(
  db: CatalogDb,
  renewal: LeaseRenewal,
): Promise<readonly Job['id'][]> {
  if (renewal.jobIds.length === 0) return []
  const { leaseUntil, now } = renewal
  const rows = await db
    .updateTable('jobs')
    .set({
      state: 'RUNNING',
      // Unless it must end: then the lease that it has is its last.
      leaseUntil: sql<number>`case when cancel_requested_at < ${at(renewal.cancelledBefore)}
        then coalesce(lease_until, ${at(now)}) else ${at(leaseUntil)} end`,
      updatedAt: now,
    })
    .where('id', 'in', renewal.jobIds)
    .where('instanceId', '=', renewal.instanceId)
    .where('holder', '=', renewal.holder)
    .where('state', 'in', ['QUEUED', 'RUNNING'])
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

/** What a job asks for, with what was fixed when it was first begun. */
export async function fixRequest(
  trx: CatalogDb,
  id: Job['id'],
  request: JsonRecord,
): Promise<void> {
  await trx.updateTable('jobs').set(jobCodec.toColumns({ request })).where('id', '=', id).execute()
}

/** One more warning, until there are as many as a job may have. */
export async function addJobWarning(
  trx: CatalogDb,
  job: Pick<Job, 'id' | 'warnings'>,
  warning: string,
): Promise<void> {
  if (job.warnings.length >= jobWarningsMax || job.warnings.includes(warning)) return
  const warnings = [...job.warnings, warning]
  await trx
    .updateTable('jobs')
    .set(jobCodec.toColumns({ warnings }))
    .where('id', '=', job.id)
    .execute()
}

export const jobWarningsMax = 100

/** Ends a job that is to be cancelled and whose agent is away, or that the agent gave up. */
export async function endCanceledJob(
  trx: CatalogDb,
  id: Job['id'],
  now: number,
): Promise<Job | undefined> {
  const row = await trx
    .updateTable('jobs')
    .set({ state: 'CANCELED', leaseUntil: null, finishedAt: now, updatedAt: now })
    .where('id', '=', id)
    .where('state', '=', 'RUNNING')
    .where('cancelRequestedAt', 'is not', null)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : jobCodec.fromRow(row)
}

/** How many lines a list of a job has already. */
export async function countReportLines(
  trx: CatalogDb,
  jobId: Job['id'],
  list: ReportList,
): Promise<number> {
  const { last } = await trx
    .selectFrom('jobFiles')
    .select(({ fn }) => fn.max('number').as('last'))
    .where('jobId', '=', jobId)
    .where('list', '=', list)
    .executeTakeFirstOrThrow()
  return last === null ? 0 : last + 1
}

/** A job that is begun again reports again. */
export async function removeReport(trx: CatalogDb, jobId: Job['id']): Promise<void> {
  await trx.deleteFrom('jobFiles').where('jobId', '=', jobId).execute()
}

export type Adoption = {
  readonly instanceId: InstanceId
  /** The process that speaks for the client from now on. */
  readonly holder: string
  /** What it works at; undefined: it did not say. */
  readonly running: readonly Job['id'][] | undefined
  readonly now: number
  readonly leaseUntil: number
}

/**
 * An agent has started anew: jobs that its journal brought back are its own, the same attempt; the others need not wait for
 * the end of their leases.
 */
export async function adoptJobs(trx: CatalogDb, adoption: Adoption): Promise<void> {
  const { instanceId, holder, running, now, leaseUntil } = adoption
  const held = trx
    .updateTable('jobs')
    .where('instanceId', '=', instanceId)
    .where('state', 'in', ['QUEUED', 'RUNNING'])
    .where('holder', 'is not', null)
  // SQL has no empty lists.
  const isNone = running?.length === 0
  const adopted = running === undefined || isNone ? held : held.where('id', 'in', running)
  if (!isNone) {
    // Its progress counts from the beginning again.
    await adopted.set({ holder, progressNumber: -1, updatedAt: now }).execute()
    await adopted.set({ leaseUntil }).where('state', '=', 'RUNNING').execute()
  }
  if (running === undefined) return
  const isLeft = held.where('holder', '<>', holder).where('state', '=', 'RUNNING')
  await isLeft.set({ leaseUntil: now, updatedAt: now }).execute()
}
