/** Codes that let in once in place of a one-time code. Only hashes are stored. */
import type { UserId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { transact } from '../database/transact.ts'

export type RecoveryCode = { readonly userId: UserId; readonly hash: Uint8Array }

/** Those from before count no more. */
export async function putRecoveryCodes(
  db: CatalogDb,
  userId: UserId,
  hashes: readonly Uint8Array[],
): Promise<void> {
  await transact(db, async (trx) => {
    await trx.deleteFrom('recoveryCodes').where('userId', '=', userId).execute()
    if (hashes.length === 0) return
    await trx
      .insertInto('recoveryCodes')
      .values(hashes.map((hash) => ({ userId, hash })))
      .execute()
  })
}

/** False: there is no such code, or it was used. Of two who send one at once, one is let in. */
export async function useRecoveryCode(db: CatalogDb, code: RecoveryCode): Promise<boolean> {
  const row = await db
    .deleteFrom('recoveryCodes')
    .where('userId', '=', code.userId)
    .where('hash', '=', code.hash)
    .returning('userId')
    .executeTakeFirst()
  return row !== undefined
}

export async function countRecoveryCodes(db: CatalogDb, userId: UserId): Promise<number> {
  const rows = await db
    .selectFrom('recoveryCodes')
    .select('hash')
    .where('userId', '=', userId)
    .execute()
  return rows.length
}
