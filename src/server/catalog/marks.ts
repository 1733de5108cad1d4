/**
 * Instants that a wrong clock wrote. After the clock is set back they lie in the future and would be waited for: a lease
 * that never ends, a client that is never lost, a plan that is never due. What is further ahead than it can be is cut.
 */
import type { CatalogDb } from './database/open-catalog.ts'
import { transact } from './database/transact.ts'

export type MarkLimits = {
  readonly now: number
  /** No lease lasts longer. */
  readonly leaseMaxMs: number
  /** Nothing else is written further ahead than this. */
  readonly aheadMaxMs: number
}

/** How many rows were cut. */
export async function cutFutureMarks(db: CatalogDb, limits: MarkLimits): Promise<number> {
  const { now } = limits
  const leaseMax = now + limits.leaseMaxMs
  const ahead = now + limits.aheadMaxMs
  return await transact(db, async (trx) => {
    const counts = [
      await trx
        .updateTable('jobs')
        .set({ leaseUntil: leaseMax })
        .where('state', '=', 'RUNNING')
        .where('leaseUntil', '>', leaseMax)
        .executeTakeFirst(),
      await trx
        .updateTable('jobs')
        .set({ availableAt: now })
        .where('state', 'in', ['CREATED', 'QUEUED'])
        .where('availableAt', '>', ahead)
        .executeTakeFirst(),
      await trx
        .updateTable('jobs')
        .set({ expiresAt: ahead })
        .where('finishedAt', 'is', null)
        .where('expiresAt', '>', ahead)
        .executeTakeFirst(),
      await trx
        .updateTable('clients')
        .set({ heardAt: now })
        .where('heardAt', '>', now + markToleranceMs)
        .executeTakeFirst(),
      await trx
        .updateTable('plans')
        .set({ keepChangedAt: now })
        .where('status', '<>', 'CANCELED')
        .where('keepChangedAt', '>', now + markToleranceMs)
        .executeTakeFirst(),
      await trx
        .updateTable('chores')
        .set({ dueAt: ahead })
        .where('dueAt', '>', ahead)
        .executeTakeFirst(),
      await trx
        .updateTable('chores')
        .set({ heldUntil: ahead })
        .where('heldUntil', '>', ahead)
        .executeTakeFirst(),
    ]
    return counts.reduce((sum, { numUpdatedRows }) => sum + Number(numUpdatedRows), 0)
  })
}

/** Servers that share a catalog do not have the very same clock. */
const markToleranceMs = 60_000

/** A job that was worked at until now may wait for its agent this long again: a first backup takes days (D5). */
export async function prolongRunningJobs(
  db: CatalogDb,
  times: { readonly below: number; readonly expiresAt: number },
): Promise<void> {
  await db
    .updateTable('jobs')
    .set({ expiresAt: times.expiresAt })
    .where('state', '=', 'RUNNING')
    .where('expiresAt', '<', times.below)
    .execute()
}
