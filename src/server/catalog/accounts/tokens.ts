/** Sessions and API tokens. Only hashes are stored: who reads the database can sign in nowhere. */
import type { AccountId, Role, Scope, TokenId, UserId, UserStatus } from '#contract'
import { type Codec, codecOf, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'

export type Token = {
  readonly id: TokenId
  readonly accountId: AccountId
  readonly userId: UserId
  readonly kind: 'session' | 'api'
  readonly name: string
  /** SHA-256 of the secret, which is random and long. */
  readonly hash: Uint8Array
  readonly scopes: readonly Scope[]
  readonly createdAt: number
  readonly expiresAt: number | null
  readonly usedAt: number | null
  readonly revokedAt: number | null
}

export type TokenRow = Stored<Token, 'scopes', never>
const codec: Codec<Token, 'scopes'> = codecOf<Token>()(['scopes'])

export async function createToken(db: CatalogDb, token: Token): Promise<void> {
  await db.insertInto('tokens').values(codec.toRow(token)).execute()
}

/** A token that may be used now: not revoked, not expired. */
export async function findToken(
  db: CatalogDb,
  hash: Uint8Array,
  now: number,
): Promise<Token | undefined> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('hash', '=', hash)
    .where('revokedAt', 'is', null)
    .where((eb) => eb.or([eb('expiresAt', 'is', null), eb('expiresAt', '>', now)]))
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/** A token, whoever holds it, and what that user may do in the token's account now. */
export type TokenHolder = {
  readonly token: Token
  readonly userName: string
  readonly userStatus: UserStatus
  /** Null: none any more. */
  readonly role: Role | null
}

/** Also tokens that are over: the caller decides. One query, for every call asks it. */
export async function findTokenHolder(
  db: CatalogDb,
  hash: Uint8Array,
): Promise<TokenHolder | undefined> {
  const row = await db
    .selectFrom('tokens')
    .innerJoin('users', 'users.id', 'tokens.userId')
    .leftJoin('roleGrants', (join) =>
      join
        .onRef('roleGrants.userId', '=', 'tokens.userId')
        .onRef('roleGrants.accountId', '=', 'tokens.accountId'),
    )
    .selectAll('tokens')
    .select(['users.name as userName', 'users.status as userStatus', 'roleGrants.role as role'])
    .where('tokens.hash', '=', hash)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { userName, userStatus, role, ...token } = row
  return { token: codec.fromRow(token), userName, userStatus, role }
}

export async function touchToken(db: CatalogDb, id: TokenId, now: number): Promise<void> {
  await db.updateTable('tokens').set({ usedAt: now }).where('id', '=', id).execute()
}

/** False: there was none that could be revoked. */
export async function revokeToken(
  db: CatalogDb,
  of: { readonly id: TokenId; readonly userId: UserId },
  now: number,
): Promise<boolean> {
  const row = await db
    .updateTable('tokens')
    .set({ revokedAt: now })
    .where('id', '=', of.id)
    .where('userId', '=', of.userId)
    .where('revokedAt', 'is', null)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** All of a user: after a change of password, or when the user is disabled. */
export async function revokeTokensOf(
  db: CatalogDb,
  userId: UserId,
  now: number,
): Promise<readonly TokenId[]> {
  const rows = await db
    .updateTable('tokens')
    .set({ revokedAt: now })
    .where('userId', '=', userId)
    .where('revokedAt', 'is', null)
    .returning('id')
    .execute()
  return rows.map(({ id }) => id)
}

export async function listTokens(
  db: CatalogDb,
  userId: UserId,
  kind: Token['kind'],
): Promise<readonly Token[]> {
  const rows = await db
    .selectFrom('tokens')
    .selectAll()
    .where('userId', '=', userId)
    .where('kind', '=', kind)
    .where('revokedAt', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(codec.fromRow)
}
