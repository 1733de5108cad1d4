/** What plans have done so far, and what the scheduler does to their marks. */
import { sql } from 'kysely'
import type { InstanceId, InstanceState, JobState, PlanId } from '#contract'
import type { MeasuredRun } from '#engine'
import type { CatalogDb } from '../database/open-catalog.ts'
import { when } from '../database/search.ts'
import { at } from '../database/sql-values.ts'
import { type Job, jobCodec } from '../jobs/jobs.ts'
import { type CatalogPlan, planFromRow } from './plans.ts'

export type PlanRuns = {
  readonly planId: PlanId
  /** State of the newest backup that was not skipped. */
  readonly lastState: JobState | null
  readonly lastCreatedAt: number | null
  /** When the newest backup began that ever did. */
  readonly lastStartedAt: number | null
  /** When the newest run that the schedule asked for, and that was not skipped, was due. */
  readonly lastDueAt: number | null
  readonly hasOpenJob: boolean
}

/** Due times further ahead than this were made by a wrong clock. */
const aheadMaxMs = 24 * 3_600_000

export async function listPlanRuns(
  db: CatalogDb,
  planIds: readonly PlanId[],
  now: number,
): Promise<ReadonlyMap<PlanId, PlanRuns>> {
  if (planIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('plans')
    .where('plans.id', 'in', planIds)
    .select((eb) => {
      const jobs = eb
        .selectFrom('jobs')
        .whereRef('jobs.planId', '=', 'plans.id')
        .where('jobs.kind', '=', 'BACKUP')
      const run = jobs.where('jobs.state', '<>', 'SKIPPED')
      return [
        'plans.id as planId',
        run
          .select('jobs.state')
          .orderBy('jobs.createdAt', 'desc')
          .orderBy('jobs.id', 'desc')
          .limit(1)
          .as('lastState'),
        run.select(({ fn }) => fn.max('jobs.createdAt').as('at')).as('lastCreatedAt'),
        run.select(({ fn }) => fn.max('jobs.startedAt').as('at')).as('lastStartedAt'),
        run
          .where('jobs.dueAt', '<=', sql<number>`${at(now + aheadMaxMs)}`)
          .select('jobs.dueAt')
          .orderBy('jobs.dueAt', 'desc')
          .limit(1)
          .as('lastDueAt'),
        eb
          .case()
          .when(eb.exists(jobs.select('jobs.id').where('jobs.finishedAt', 'is', null)))
          .then(1)
          .else(0)
          .end()
          .as('open'),
      ]
    })
    .execute()
  return new Map(
    rows.map(({ open, ...runs }) => [runs.planId, { ...runs, hasOpenJob: open === 1 }]),
  )
}

/** Plans that are due, in the order of their due times, after a place in that order. */
export async function listDuePlansAfter(
  db: CatalogDb,
  after: { readonly nextDueAt: number; readonly id: string } | undefined,
  times: { readonly now: number; readonly limit: number },
): Promise<readonly CatalogPlan[]> {
  let query = db
    .selectFrom('plans')
    .selectAll()
    .where('nextDueAt', '<=', times.now)
    .where('status', '=', 'ACTIVE')
  if (after !== undefined) {
    query = query.where(sql<boolean>`(next_due_at, id) > (${at(after.nextDueAt)}, ${after.id})`)
  }
  const rows = await query.orderBy('nextDueAt').orderBy('id').limit(times.limit).execute()
  return rows.map(planFromRow)
}

/** Plans whose mark lies in the future: a wrong clock settled runs that have not been. */
export async function listPlansAhead(
  db: CatalogDb,
  settledAfter: number,
  limit: number,
): Promise<readonly CatalogPlan[]> {
  const rows = await db
    .selectFrom('plans')
    .selectAll()
    .where('settledAt', '>', settledAfter)
    .where('nextDueAt', 'is not', null)
    .orderBy('settledAt')
    .limit(limit)
    .execute()
  return rows.map(planFromRow)
}

/** Plans of which a run is wanted as soon as the client is there. */
export async function listAskedPlans(
  db: CatalogDb,
  after: PlanId | undefined,
  limit: number,
): Promise<readonly CatalogPlan[]> {
  const rows = await db
    .selectFrom('plans')
    .selectAll()
    .where('askedAt', 'is not', null)
    .where('status', '=', 'ACTIVE')
    .where((eb) => eb.and([...when(after, (id) => eb('id', '>', id))]))
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(planFromRow)
}

/** The run that was asked for is made; false: somebody else made it. */
export async function answerAsked(
  db: CatalogDb,
  of: Pick<CatalogPlan, 'id' | 'askedAt'>,
  now: number,
): Promise<boolean> {
  const row = await db
    .updateTable('plans')
    .set({ askedAt: null, updatedAt: now })
    .where('id', '=', of.id)
    .where('askedAt', '=', of.askedAt)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Settles what was due and sets the next due time, in the transaction that made the jobs. Compare and set: false when
 * another scheduler, or a change of the schedule, was there before.
 */
export async function settlePlan(
  db: CatalogDb,
  of: Pick<CatalogPlan, 'id' | 'nextDueAt' | 'settledAt' | 'updatedAt'>,
  next: { readonly nextDueAt: number | null; readonly settledAt: number; readonly now: number },
): Promise<boolean> {
  const row = await db
    .updateTable('plans')
    .set({ nextDueAt: next.nextDueAt, settledAt: next.settledAt, updatedAt: next.now })
    .where('id', '=', of.id)
    .where('nextDueAt', '=', of.nextDueAt)
    .where('settledAt', '=', of.settledAt)
    // A schedule that was changed meanwhile may be due at the same instant by chance.
    .where('updatedAt', '=', of.updatedAt)
    .where('status', '=', 'ACTIVE')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** States of instances; those that are not there are not in the map. */
export async function listInstanceStates(
  db: CatalogDb,
  ids: readonly InstanceId[],
): Promise<ReadonlyMap<InstanceId, InstanceState>> {
  if (ids.length === 0) return new Map()
  const rows = await db
    .selectFrom('instances')
    .select(['id', 'state'])
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map(({ id, state }) => [id, state]))
}

const idsPerStatement = 500

/** Plans by their ids, cancelled ones too. */
export async function listPlansById(
  db: CatalogDb,
  ids: readonly PlanId[],
): Promise<ReadonlyMap<PlanId, CatalogPlan>> {
  const plans = new Map<PlanId, CatalogPlan>()
  for (let from = 0; from < ids.length; from += idsPerStatement) {
    const some = ids.slice(from, from + idsPerStatement)
    const rows = await db.selectFrom('plans').selectAll().where('id', 'in', some).execute()
    for (const row of rows) plans.set(row.id, planFromRow(row))
  }
  return plans
}

/** Jobs of the agent of an instance that are not over. */
export async function listOpenJobsOf(
  db: CatalogDb,
  instanceId: InstanceId,
): Promise<readonly Pick<Job, 'id' | 'planId' | 'kind'>[]> {
  return await db
    .selectFrom('jobs')
    .select(['id', 'planId', 'kind'])
    .where('instanceId', '=', instanceId)
    .where('finishedAt', 'is', null)
    .orderBy('id')
    .execute()
}

/** Finished backups after the first, oldest first: what they wrote, and how long they took at which priority (D7). */
export async function listMeasuredRuns(
  db: CatalogDb,
  instanceId: InstanceId,
  limit: number,
): Promise<readonly MeasuredRun[]> {
  const rows = await db
    .selectFrom('jobs')
    .selectAll()
    .where('instanceId', '=', instanceId)
    .where('kind', '=', 'BACKUP')
    .where('state', 'in', ['COMPLETE', 'PARTIAL_COMPLETE'])
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute()
  const runs = rows.map(jobCodec.fromRow).toReversed()
  // The first backup reads everything once and says nothing of a daily run.
  return runs.slice(rows.length > limit ? -limit : 1).flatMap((job) => {
    const { startedAt, finishedAt, totals, request } = job
    const priority = request['priority']
    if (startedAt === null || finishedAt === null || finishedAt < startedAt) return []
    if (priority !== 'low' && priority !== 'high') return []
    const bytes = Number(totals['newBytes'] ?? 0)
    return [{ sourceBytes: bytes, durationMs: finishedAt - startedAt, priority }]
  })
}

/**
 * C2: the run that a new time of day loses has its line at once; one that the time before it lost, and that is still to
 * come, has none any more: a time changed back takes its skip back.
 */
export async function removeFutureSkips(db: CatalogDb, planId: PlanId, now: number): Promise<void> {
  await db
    .deleteFrom('jobs')
    .where('planId', '=', planId)
    .where('skipReason', '=', 'TIME_CHANGED')
    .where('dueAt', '>', now)
    .execute()
}
