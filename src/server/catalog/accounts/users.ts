/** People, and what they may do where (H3). */
import type { AccountId, Role, Scope, UserId, UserStatus, VaultId } from '#contract'
import { type Change, type Codec, codecOf, type Stored } from '../database/codec.ts'
import type { CatalogDb } from '../database/open-catalog.ts'
import { transact } from '../database/transact.ts'

export type User = {
  readonly id: UserId
  readonly accountId: AccountId
  readonly name: string
  /** Unique on the server; folded by the caller. */
  readonly login: string
  readonly email: string | null
  /** argon2id in its usual text form; null: no sign-in by password. */
  readonly passwordHash: string | null
  /** Sealed by the master key. */
  readonly totpSecret: Uint8Array | null
  readonly status: UserStatus
  readonly mustChangePassword: boolean
  readonly failedLogins: number
  /** After too many failed sign-ins. */
  readonly barredUntil: number | null
  readonly createdAt: number
  readonly lastLoginAt: number | null
}

export type UserRow = Stored<User, never, 'mustChangePassword'>
const codec: Codec<User, never, 'mustChangePassword'> = codecOf<User>()([], ['mustChangePassword'])

export type RoleGrant = {
  readonly userId: UserId
  readonly accountId: AccountId
  readonly role: Role
  readonly grantedBy: UserId | null
  readonly grantedAt: number
}

export type VaultDenial = {
  readonly vaultId: VaultId
  readonly userId: UserId
  readonly scope: Scope
}

/** False: the login is taken. */
export async function createUser(db: CatalogDb, user: User): Promise<boolean> {
  const row = await db
    .insertInto('users')
    .values(codec.toRow(user))
    .onConflict((conflict) => conflict.column('login').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * The first user of an empty server, together with the role; false when there is any user. Of two who try at once, one is
 * the first.
 */
export async function createFirstUser(
  db: CatalogDb,
  user: User,
  grant: RoleGrant,
): Promise<boolean> {
  return await transact(db, async (trx) => {
    // The row of the account is the lock: whoever comes second waits here and then sees the user.
    const { accountId } = user
    await trx.updateTable('accounts').set({ id: accountId }).where('id', '=', accountId).execute()
    const other = await trx.selectFrom('users').select('id').limit(1).executeTakeFirst()
    if (other !== undefined || !(await createUser(trx, user))) return false
    await grantRole(trx, grant)
    return true
  })
}

export async function updateUser(
  db: CatalogDb,
  id: UserId,
  change: Omit<Change<User>, 'id' | 'accountId'>,
): Promise<User | undefined> {
  const row = await db
    .updateTable('users')
    .set({ id, ...codec.toColumns(change) })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

/** Counts a failed sign-in; the new count. */
export async function countFailedLogin(
  db: CatalogDb,
  id: UserId,
  barredUntil: (failedLogins: number) => number | null,
): Promise<number | undefined> {
  return await transact(db, async (trx) => {
    const row = await trx
      .updateTable('users')
      .set(({ eb }) => ({ failedLogins: eb('failedLogins', '+', 1) }))
      .where('id', '=', id)
      .returning('failedLogins')
      .executeTakeFirst()
    if (row === undefined) return undefined
    await updateUser(trx, id, { barredUntil: barredUntil(row.failedLogins) })
    return row.failedLogins
  })
}

export async function findUser(db: CatalogDb, id: UserId): Promise<User | undefined> {
  const row = await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

export async function findUserByLogin(db: CatalogDb, login: string): Promise<User | undefined> {
  const row = await db.selectFrom('users').selectAll().where('login', '=', login).executeTakeFirst()
  return row === undefined ? undefined : codec.fromRow(row)
}

export async function listUsers(db: CatalogDb, accountId: AccountId): Promise<readonly User[]> {
  const rows = await db
    .selectFrom('users')
    .selectAll()
    .where('accountId', '=', accountId)
    .orderBy('name')
    .orderBy('id')
    .execute()
  return rows.map(codec.fromRow)
}

/** A user has one role in an account. */
export async function grantRole(db: CatalogDb, grant: RoleGrant): Promise<void> {
  const { role, grantedBy, grantedAt } = grant
  await db
    .insertInto('roleGrants')
    .values(grant)
    .onConflict((conflict) =>
      conflict.columns(['userId', 'accountId']).doUpdateSet({ role, grantedBy, grantedAt }),
    )
    .execute()
}

export async function revokeRole(
  db: CatalogDb,
  userId: UserId,
  accountId: AccountId,
): Promise<void> {
  await db
    .deleteFrom('roleGrants')
    .where('userId', '=', userId)
    .where('accountId', '=', accountId)
    .execute()
}

export async function listRoles(db: CatalogDb, userId: UserId): Promise<readonly RoleGrant[]> {
  return await db
    .selectFrom('roleGrants')
    .selectAll()
    .where('userId', '=', userId)
    .orderBy('accountId')
    .execute()
}

/** Replaces what the user is denied on the vault. */
export async function setVaultDenials(
  db: CatalogDb,
  of: Pick<VaultDenial, 'userId' | 'vaultId'>,
  scopes: readonly Scope[],
): Promise<void> {
  await transact(db, async (trx) => {
    await trx
      .deleteFrom('vaultDenials')
      .where('userId', '=', of.userId)
      .where('vaultId', '=', of.vaultId)
      .execute()
    if (scopes.length === 0) return
    await trx
      .insertInto('vaultDenials')
      .values(scopes.map((scope) => ({ ...of, scope })))
      .execute()
  })
}

export async function listVaultDenials(
  db: CatalogDb,
  userId: UserId,
): Promise<readonly VaultDenial[]> {
  return await db.selectFrom('vaultDenials').selectAll().where('userId', '=', userId).execute()
}
