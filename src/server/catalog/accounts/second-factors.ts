/** Second factors: the secret that a user is setting up, and the step of the last code, so that none counts twice. */
import type { UserId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'

export type SecondFactor = {
  readonly userId: UserId
  /** Sealed; null: none is being set up. */
  readonly pending: Uint8Array | null
  readonly pendingAt: number | null
  /** Number of the 30 seconds whose code was used last; 0: none was. */
  readonly lastStep: number
}

export async function findSecondFactor(
  db: CatalogDb,
  userId: UserId,
): Promise<SecondFactor | undefined> {
  return await db
    .selectFrom('secondFactors')
    .selectAll()
    .where('userId', '=', userId)
    .executeTakeFirst()
}

/** Of two that are begun, the later one counts. */
export async function putPendingFactor(
  db: CatalogDb,
  userId: UserId,
  pending: { readonly secret: Uint8Array; readonly at: number } | undefined,
): Promise<void> {
  const fields = { pending: pending?.secret ?? null, pendingAt: pending?.at ?? null }
  await db
    .insertInto('secondFactors')
    .values({ userId, lastStep: 0, ...fields })
    .onConflict((conflict) => conflict.column('userId').doUpdateSet(fields))
    .execute()
}

/** False: this step, or a later one, was used already. Of two who send one code at once, one is let in. */
export async function useStep(db: CatalogDb, userId: UserId, step: number): Promise<boolean> {
  const row = await db
    .insertInto('secondFactors')
    .values({ userId, pending: null, pendingAt: null, lastStep: step })
    .onConflict((conflict) =>
      conflict
        .column('userId')
        .doUpdateSet({ lastStep: step })
        .where('secondFactors.lastStep', '<', step),
    )
    .returning('userId')
    .executeTakeFirst()
  return row !== undefined
}

export async function removeSecondFactor(db: CatalogDb, userId: UserId): Promise<void> {
  await db.updateTable('users').set({ totpSecret: null }).where('id', '=', userId).execute()
  await db.deleteFrom('recoveryCodes').where('userId', '=', userId).execute()
  await db.deleteFrom('secondFactors').where('userId', '=', userId).execute()
}
