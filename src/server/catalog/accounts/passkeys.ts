/** Passkeys of users. Only public keys are stored: who reads the database can sign in nowhere. */
import type { AccountId, PasskeyId, UserId } from '#contract'
import { type Codec, codecOf, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'

export type Passkey = {
  readonly id: PasskeyId
  readonly accountId: AccountId
  readonly userId: UserId
  /** Base64url, as browsers name it. */
  readonly credentialId: string
  /** COSE. */
  readonly publicKey: Uint8Array
  /** Of signatures, where the device counts; a copy of it would fall behind. */
  readonly counter: number
  readonly synced: boolean
  readonly name: string
  readonly createdAt: number
  readonly usedAt: number | null
}

export type PasskeyRow = Stored<Passkey, never, 'synced'>
const codec: Codec<Passkey, never, 'synced'> = codecOf<Passkey>()([], ['synced'])

export type UsedChallenge = { readonly hash: Uint8Array; readonly expiresAt: number }

/** False: somebody has it already. */
export async function createPasskey(db: CatalogDb, passkey: Passkey): Promise<boolean> {
  const row = await db
    .insertInto('passkeys')
    .values(codec.toRow(passkey))
    .onConflict((conflict) => conflict.column('credentialId').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function listPasskeys(db: CatalogDb, userId: UserId): Promise<readonly Passkey[]> {
  const rows = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('userId', '=', userId)
    .orderBy('createdAt')
    .execute()
  return rows.map(codec.fromRow)
}

export async function findPasskey(
  db: CatalogDb,
  credentialId: string,
): Promise<Passkey | undefined> {
  const row = await db
    .selectFrom('passkeys')
    .selectAll()
    .where('credentialId', '=', credentialId)
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

type OwnPasskey = Pick<Passkey, 'id' | 'userId'>

export async function renamePasskey(
  db: CatalogDb,
  { id, userId }: OwnPasskey,
  name: string,
): Promise<Passkey | undefined> {
  const row = await db
    .updateTable('passkeys')
    .set({ name })
    .where('id', '=', id)
    .where('userId', '=', userId)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/** False: there was none. */
export async function removePasskey(db: CatalogDb, { id, userId }: OwnPasskey): Promise<boolean> {
  const row = await db
    .deleteFrom('passkeys')
    .where('id', '=', id)
    .where('userId', '=', userId)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * The signature counts, unless the passkey is gone or another signature of this count or a later one was taken meanwhile.
 * Devices that do not count say 0 each time.
 */
export async function recordPasskeyUse(
  db: CatalogDb,
  passkey: Pick<Passkey, 'id' | 'counter'>,
  use: { readonly counter: number; readonly at: number },
): Promise<boolean> {
  const row = await db
    .updateTable('passkeys')
    .set({ counter: use.counter, usedAt: use.at })
    .where('id', '=', passkey.id)
    .where('counter', '=', passkey.counter)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** False: it was answered before. */
export async function useChallenge(
  db: CatalogDb,
  challenge: UsedChallenge,
  now: number,
): Promise<boolean> {
  await db.deleteFrom('usedChallenges').where('expiresAt', '<', now).execute()
  const row = await db
    .insertInto('usedChallenges')
    .values(challenge)
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .returning('hash')
    .executeTakeFirst()
  return row !== undefined
}
