/** Answers kept by idempotency key (I2): a call that is sent again gets the answer of the first. */

import { equalBytes } from '#base'
import type { AccountId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'

export type IdempotencyKey = {
  readonly accountId: AccountId
  /** The id of the user or client: keys of others are other keys. */
  readonly caller: string
  readonly name: string
  /** Of method, path and body. */
  readonly requestHash: Uint8Array
  readonly createdAt: number
  readonly expiresAt: number
}

export type IdempotencyKeyRow = IdempotencyKey & {
  readonly status: number | null
  readonly answer: string | null
}

export type KeyClaim =
  /** Nobody used it: do the work, then keep its answer. */
  | { readonly kind: 'first' }
  /** The first call is still at work, or ended without an answer. */
  | { readonly kind: 'unanswered' }
  | { readonly kind: 'answered'; readonly status: number; readonly answer: string }
  /** It was used for another request. */
  | { readonly kind: 'other-request' }

export async function claimKey(db: CatalogDb, key: IdempotencyKey): Promise<KeyClaim> {
  await db
    .deleteFrom('idempotencyKeys')
    .where('accountId', '=', key.accountId)
    .where('caller', '=', key.caller)
    .where('name', '=', key.name)
    .where('expiresAt', '<=', key.createdAt)
    .execute()
  const inserted = await db
    .insertInto('idempotencyKeys')
    .values({ ...key, status: null, answer: null })
    .onConflict((conflict) => conflict.columns(['accountId', 'caller', 'name']).doNothing())
    .returning('name')
    .executeTakeFirst()
  if (inserted !== undefined) return { kind: 'first' }
  const found = await db
    .selectFrom('idempotencyKeys')
    .selectAll()
    .where('accountId', '=', key.accountId)
    .where('caller', '=', key.caller)
    .where('name', '=', key.name)
    .executeTakeFirst()
  if (found === undefined) return { kind: 'unanswered' }
  if (!equalBytes(found.requestHash, key.requestHash)) return { kind: 'other-request' }
  if (found.status === null || found.answer === null) return { kind: 'unanswered' }
  return { kind: 'answered', status: found.status, answer: found.answer }
}

type KeyName = Pick<IdempotencyKey, 'accountId' | 'caller' | 'name'>

export async function keepAnswer(
  db: CatalogDb,
  key: KeyName,
  answer: { readonly status: number; readonly answer: string },
): Promise<void> {
  await db
    .updateTable('idempotencyKeys')
    .set(answer)
    .where('accountId', '=', key.accountId)
    .where('caller', '=', key.caller)
    .where('name', '=', key.name)
    .execute()
}

/** The work failed and left nothing: the same key may be used again. */
export async function releaseKey(db: CatalogDb, key: KeyName): Promise<void> {
  await db
    .deleteFrom('idempotencyKeys')
    .where('accountId', '=', key.accountId)
    .where('caller', '=', key.caller)
    .where('name', '=', key.name)
    .where('status', 'is', null)
    .execute()
}

export async function removeExpiredKeys(db: CatalogDb, now: number): Promise<void> {
  await db.deleteFrom('idempotencyKeys').where('expiresAt', '<=', now).execute()
}
