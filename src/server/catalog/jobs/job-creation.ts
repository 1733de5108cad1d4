/**
 * How jobs come to be. A plan has one job of a due time, whoever asks how often, and one unfinished backup: a run that is
 * due while another is unfinished is recorded as skipped (C3). The database keeps both, so two schedulers may race.
 */

import { assert } from '#base'
import type { PlanId, SkipReason } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { transact } from '../database/transact.ts'
import { noteEndedJobs } from './ended-jobs.ts'
import { findUnfinishedBackup, type Job, type JobDraft, jobCodec, jobFromDraft } from './jobs.ts'

export type DueJobDraft = JobDraft & { readonly planId: PlanId; readonly dueAt: number }

export type DueJobOutcome =
  | { readonly kind: 'created'; readonly job: Job }
  /** Recorded as SKIPPED: another backup of the plan is unfinished. */
  | { readonly kind: 'skipped'; readonly job: Job }
  /** Somebody made the job of this due time before. */
  | { readonly kind: 'existing'; readonly job: Job }

export async function createDueJob(db: CatalogDb, draft: DueJobDraft): Promise<DueJobOutcome> {
  assert(draft.kind === 'BACKUP', 'only backups are due')
  return await transact(db, async (trx) => {
    const created = await insertJob(trx, jobFromDraft(draft))
    if (created !== undefined) return { kind: 'created', job: created }
    return await recordSkippedRun(trx, draft, 'PREVIOUS_RUNNING')
  })
}

/** A due run that does not take place, with its reason, unless the due time has its job already. */
export async function recordSkippedRun(
  db: CatalogDb,
  draft: DueJobDraft,
  skipReason: SkipReason,
): Promise<DueJobOutcome> {
  return await transact(db, async (trx) => {
    const skipped = await insertJob(trx, {
      ...jobFromDraft(draft),
      state: 'SKIPPED',
      skipReason,
      finishedAt: draft.createdAt,
    })
    if (skipped !== undefined) {
      await noteEndedJobs(trx, [skipped.id], draft.createdAt)
      return { kind: 'skipped', job: skipped }
    }
    const existing = await findDueJob(trx, draft.planId, draft.dueAt)
    assert(existing !== undefined, 'a skipped run is refused only by a job of its due time')
    return { kind: 'existing', job: existing }
  })
}

export type RequestedJobOutcome =
  | { readonly kind: 'created'; readonly job: Job }
  /** The plan has an unfinished backup, this one. */
  | { readonly kind: 'unfinished'; readonly job: Job }

/** A backup that somebody asked for, or a restore: of no due time. */
export async function createRequestedJob(
  db: CatalogDb,
  draft: JobDraft & { readonly dueAt: null },
): Promise<RequestedJobOutcome> {
  return await transact(db, async (trx) => {
    // Twice: the unfinished backup that was in the way may end between the two questions.
    for (let tries = 1; tries <= 2; tries++) {
      const created = await insertJob(trx, jobFromDraft(draft))
      if (created !== undefined) return { kind: 'created', job: created }
      assert(draft.planId !== null, 'only the unfinished backup of a plan refuses a job')
      const unfinished = await findUnfinishedBackup(trx, draft.planId)
      if (unfinished !== undefined) return { kind: 'unfinished', job: unfinished }
    }
    assert(false, 'a job is made, or refused by an unfinished one')
  })
}

export async function findDueJob(
  db: CatalogDb,
  planId: PlanId,
  dueAt: number,
): Promise<Job | undefined> {
  const row = await db
    .selectFrom('jobs')
    .selectAll()
    .where('planId', '=', planId)
    .where('dueAt', '=', dueAt)
    .executeTakeFirst()
  return row === undefined ? undefined : jobCodec.fromRow(row)
}

/** Undefined when the due time has its job, or the plan an unfinished backup. */
async function insertJob(db: CatalogDb, job: Job): Promise<Job | undefined> {
  const row = await db
    .insertInto('jobs')
    .values(jobCodec.toRow(job))
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : jobCodec.fromRow(row)
}
