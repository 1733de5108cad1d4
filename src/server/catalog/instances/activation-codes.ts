/** Activation codes (A2): used once, for a few minutes, kept as hashes. */
import type { AccountId, ClientId, CodeId, InstanceId, UserId } from '#contract'
import { type Codec, codecOf, type JsonRecord, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { mapPage, type Page, type PageRequest, readPage } from '../database/page.ts'
import { when } from '../database/search.ts'

export type ActivationCode = {
  readonly id: CodeId
  readonly accountId: AccountId
  readonly regionId: string
  /** Null: whichever machine uses it becomes an instance. */
  readonly instanceId: InstanceId | null
  readonly hash: Uint8Array
  /** What begins once the client is there; of the shape that the contract says. */
  readonly plan: JsonRecord
  readonly createdBy: UserId | null
  readonly createdAt: number
  readonly expiresAt: number
  readonly usedAt: number | null
  readonly usedBy: ClientId | null
}

export type ActivationCodeRow = Stored<ActivationCode, 'plan', never>
const codec: Codec<ActivationCode, 'plan'> = codecOf<ActivationCode>()(['plan'])

export async function createActivationCode(db: CatalogDb, code: ActivationCode): Promise<void> {
  await db.insertInto('activationCodes').values(codec.toRow(code)).execute()
}

/** Uses the code up: of many who try at once, one gets it. Undefined: unknown, used or expired. */
export async function useActivationCode(
  db: CatalogDb,
  hash: Uint8Array,
  use: { readonly clientId: ClientId; readonly now: number },
): Promise<ActivationCode | undefined> {
  const row = await db
    .updateTable('activationCodes')
    .set({ usedAt: use.now, usedBy: use.clientId })
    .where('hash', '=', hash)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', use.now)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/** A code that could be used now. */
export async function findUsableCode(
  db: CatalogDb,
  hash: Uint8Array,
  now: number,
): Promise<ActivationCode | undefined> {
  const row = await db
    .selectFrom('activationCodes')
    .selectAll()
    .where('hash', '=', hash)
    .where('usedAt', 'is', null)
    .where('expiresAt', '>', now)
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

export async function findActivationCode(
  db: CatalogDb,
  id: CodeId,
): Promise<ActivationCode | undefined> {
  const row = await db
    .selectFrom('activationCodes')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/** Codes that can no longer be used; how many there were. */
export async function removeExpiredCodes(db: CatalogDb, before: number): Promise<number> {
  const rows = await db
    .deleteFrom('activationCodes')
    .where('expiresAt', '<', before)
    .returning('id')
    .execute()
  return rows.length
}

/** The newest first; those that were removed after their time are not there any more. */
export async function listActivationCodes(
  db: CatalogDb,
  filter: { readonly accountId: AccountId; readonly regionId?: string | undefined },
  request: PageRequest,
): Promise<Page<ActivationCode>> {
  const query = db
    .selectFrom('activationCodes')
    .selectAll()
    .where((eb) =>
      eb.and([
        eb('accountId', '=', filter.accountId),
        ...when(filter.regionId, (regionId) => eb('regionId', '=', regionId)),
      ]),
    )
  const page = await readPage(
    query,
    {
      list: ['activation codes', filter],
      columns: ['createdAt', 'id'],
      descends: true,
      positionOf: (row) => ({ value: row.createdAt, id: row.id }),
    },
    request,
  )
  return mapPage(page, codec.fromRow)
}

/** A code that was not used cannot be used any more; false: it was used, or is not there. */
export async function revokeActivationCode(
  db: CatalogDb,
  id: CodeId,
  now: number,
): Promise<boolean> {
  const row = await db
    .updateTable('activationCodes')
    .set({ expiresAt: now })
    .where('id', '=', id)
    .where('usedAt', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}
