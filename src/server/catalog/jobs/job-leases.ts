/**
 * Who works at a job. A job is RUNNING exactly while it has a lease; a lease is one taking of the job by one agent process
 * (its attempt), and every step names it: a process that lost its lease changes nothing any more. A lease that ended is
 * the next taker's, so no job stays RUNNING after a kill.
 */
import { sql } from 'kysely'
import type { InstanceId, JobPhase, UserId } from '#contract'
import type { JsonRecord } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { at } from '../database/sql-values.ts'
import { findJob, type Job, jobCodec } from './jobs.ts'

export type JobLease = {
  readonly jobId: Job['id']
  readonly holder: string
  readonly attempt: number
}

export type TakeRequest = {
  readonly instanceId: InstanceId
  /** The agent process, unlike any before. */
  readonly holder: string
  readonly now: number
  readonly leaseUntil: number
}

/** How often a taker that lost a race looks for another job. */
const takeTriesMax = 16

/** The oldest job that waits for the agent of the instance, now its own; undefined: none waits. */
export async function takeJob(db: CatalogDb, request: TakeRequest): Promise<Job | undefined> {
  for (let tries = 0; tries < takeTriesMax; tries++) {
    const waiting = await selectTakeable(db, request.now)
      .where('instanceId', '=', request.instanceId)
      .orderBy('createdAt')
      .orderBy('id')
      .select(['id', 'attempt'])
      .limit(1)
      .executeTakeFirst()
    if (waiting === undefined) return undefined
    const taken = await takeAttempt(db, waiting, request)
    if (taken !== undefined) return taken
  }
  return undefined
}

/** Compare and set: who comes second finds another attempt than the one that it saw. */
export async function takeAttempt(
  db: CatalogDb,
  seen: Pick<Job, 'id' | 'attempt'>,
  { holder, now, leaseUntil }: Omit<TakeRequest, 'instanceId'>,
): Promise<Job | undefined> {
  const row = await db
    .updateTable('jobs')
    .set({
      state: 'RUNNING',
      holder,
      leaseUntil,
      attempt: seen.attempt + 1,
      startedAt: sql<number>`coalesce(started_at, ${at(now)})`,
      phase: 'preparing',
      progressNumber: -1,
      updatedAt: now,
    })
    .where('id', '=', seen.id)
    .where('attempt', '=', seen.attempt)
    .where('finishedAt', 'is', null)
    .where('cancelRequestedAt', 'is', null)
    .where((eb) => eb.or([eb('state', '<>', 'RUNNING'), eb('leaseUntil', '<=', now)]))
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : jobCodec.fromRow(row)
}

function selectTakeable(db: CatalogDb, now: number) {
  return db
    .selectFrom('jobs')
    .where('finishedAt', 'is', null)
    .where('cancelRequestedAt', 'is', null)
    .where('availableAt', '<=', now)
    .whereRef('attempt', '<', 'attemptsMax')
    .where((eb) =>
      eb.or([
        eb('state', 'in', ['CREATED', 'QUEUED']),
        eb.and([eb('state', '=', 'RUNNING'), eb('leaseUntil', '<=', now)]),
      ]),
    )
}

export type JobHeartbeat = { readonly now: number; readonly leaseUntil: number }

export type JobProgress = {
  readonly now: number
  /** Counts up within the attempt. */
  readonly number: number
  readonly phase: JobPhase
  readonly progress: JsonRecord
  readonly sourceBytes: number
  readonly storedBytes: number
}

export type HeartbeatOutcome =
  | { readonly kind: 'held'; readonly cancelRequested: boolean }
  /** The lease is another's, or the job has ended: the process must stop working at it. */
  | { readonly kind: 'lost' }

/** Prolongs the lease. One that ended and that nobody took is still the holder's. */
export async function heartbeatJob(
  db: CatalogDb,
  lease: JobLease,
  beat: JobHeartbeat,
): Promise<HeartbeatOutcome> {
  const row = await db
    .updateTable('jobs')
    .set({ leaseUntil: beat.leaseUntil, updatedAt: beat.now })
    .where('id', '=', lease.jobId)
    .where('holder', '=', lease.holder)
    .where('attempt', '=', lease.attempt)
    .where('state', '=', 'RUNNING')
    .returning('cancelRequestedAt')
    .executeTakeFirst()
  if (row === undefined) return { kind: 'lost' }
  return { kind: 'held', cancelRequested: row.cancelRequestedAt !== null }
}

/** What has been done so far; ignored when a later message was there before, or the lease is lost. */
export async function recordProgress(
  db: CatalogDb,
  lease: JobLease,
  message: JobProgress,
): Promise<'recorded' | 'ignored'> {
  const { now, number, ...facts } = message
  const row = await db
    .updateTable('jobs')
    .set({ ...jobCodec.toColumns(facts), progressNumber: number, updatedAt: now })
    .where('id', '=', lease.jobId)
    .where('holder', '=', lease.holder)
    .where('attempt', '=', lease.attempt)
    .where('state', '=', 'RUNNING')
    .where('progressNumber', '<', number)
    .returning('id')
    .executeTakeFirst()
  return row === undefined ? 'ignored' : 'recorded'
}

/** Gives the job back unfinished: the agent shuts down, or tries again later. */
export async function releaseJob(
  db: CatalogDb,
  lease: JobLease,
  times: { readonly now: number; readonly availableAt: number },
): Promise<'released' | 'lost'> {
  const row = await db
    .updateTable('jobs')
    .set({
      state: 'QUEUED',
      leaseUntil: null,
      phase: 'waiting',
      availableAt: times.availableAt,
      updatedAt: times.now,
    })
    .where('id', '=', lease.jobId)
    .where('holder', '=', lease.holder)
    .where('attempt', '=', lease.attempt)
    .where('state', '=', 'RUNNING')
    .returning('id')
    .executeTakeFirst()
  return row === undefined ? 'lost' : 'released'
}

/**
 * An agent has started anew: leases of its instance that other processes hold end now, so that it need not wait for its
 * own past.
 */
export async function endLeasesOfOthers(
  db: CatalogDb,
  agent: { readonly instanceId: InstanceId; readonly holder: string; readonly now: number },
): Promise<readonly Job['id'][]> {
  const rows = await db
    .updateTable('jobs')
    .set({ leaseUntil: agent.now, updatedAt: agent.now })
    .where('instanceId', '=', agent.instanceId)
    .where('state', '=', 'RUNNING')
    .where('holder', '<>', agent.holder)
    .where('leaseUntil', '>', agent.now)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export type CancelOutcome =
  | { readonly kind: 'canceled'; readonly job: Job }
  /** Its agent is told with the next heartbeat. */
  | { readonly kind: 'requested'; readonly job: Job }
  | { readonly kind: 'ended'; readonly job: Job }

/** Undefined: there is no such job. A job that nobody works at ends at once. */
export async function cancelJob(
  db: CatalogDb,
  jobId: Job['id'],
  by: { readonly userId: UserId | null; readonly now: number },
): Promise<CancelOutcome | undefined> {
  const row = await db
    .updateTable('jobs')
    .set({
      // One statement decides by the state that it finds: between two, the job could change hands.
      state: sql<Job['state']>`case when state = 'RUNNING' then state else 'CANCELED' end`,
      finishedAt: sql<number | null>`case when state = 'RUNNING' then null else ${at(by.now)} end`,
      cancelRequestedAt: sql<number>`coalesce(cancel_requested_at, ${at(by.now)})`,
      cancelRequestedBy: sql<UserId | null>`coalesce(cancel_requested_by, ${by.userId})`,
      updatedAt: by.now,
    })
    .where('id', '=', jobId)
    .where('finishedAt', 'is', null)
    .returningAll()
    .executeTakeFirst()
  if (row !== undefined) {
    return { kind: row.state === 'RUNNING' ? 'requested' : 'canceled', job: jobCodec.fromRow(row) }
  }
  const ended = await findJob(db, jobId)
  return ended === undefined ? undefined : { kind: 'ended', job: ended }
}
