/** Work that happens whole or not at all. */
import { isFailure } from '#base'
import type { CatalogDb } from './open-catalog.ts'

const triesMax = 5

/**
 * Runs the work in the caller's transaction, or in one of its own: that one is tried again when the database ended it
 * for the sake of another, so the work must do nothing but SQL.
 */
export async function transact<T>(db: CatalogDb, work: (trx: CatalogDb) => Promise<T>): Promise<T> {
  if (db.isTransaction) return await work(db)
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction().execute(work)
    } catch (problem) {
      if (tries === triesMax || !isFailure(problem, 'catalog.busy')) throw problem
    }
  }
}
