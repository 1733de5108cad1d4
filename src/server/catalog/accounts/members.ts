/** Users of an account together with their role in it, and how sign-ins and removals go without a gap. */
import type { AccountId, Role, TokenId, UserId } from '#contract'
import type { CatalogDb } from '../database/open-catalog.ts'
import { transact } from '../database/transact.ts'
import { putSetting } from '../settings.ts'
import { listTokens, revokeToken, revokeTokensOf, type Token } from './tokens.ts'
import { findUser, findUserByLogin, listRoles, listUsers, type User, updateUser } from './users.ts'

export type Member = User & { readonly role: Role }

/** Whoever changes who is owner of an account waits here for others who do. */
export async function lockAccount(db: CatalogDb, accountId: AccountId): Promise<void> {
  await db.updateTable('accounts').set({ id: accountId }).where('id', '=', accountId).execute()
}

export async function listMembers(db: CatalogDb, accountId: AccountId): Promise<readonly Member[]> {
  const users = await listUsers(db, accountId)
  const grants = await db
    .selectFrom('roleGrants')
    .select(['userId', 'role'])
    .where('accountId', '=', accountId)
    .execute()
  const roles = new Map(grants.map(({ userId, role }) => [userId, role]))
  return users.flatMap((user) => {
    const role = roles.get(user.id)
    return role === undefined ? [] : [{ ...user, role }]
  })
}

/** A user in the own account. */
export async function findMember(db: CatalogDb, userId: UserId): Promise<Member | undefined> {
  return await withRole(db, await findUser(db, userId))
}

export async function findMemberByLogin(db: CatalogDb, login: string): Promise<Member | undefined> {
  return await withRole(db, await findUserByLogin(db, login))
}

async function withRole(db: CatalogDb, user: User | undefined): Promise<Member | undefined> {
  if (user === undefined) return undefined
  const grants = await listRoles(db, user.id)
  const grant = grants.find(({ accountId }) => accountId === user.accountId)
  return grant === undefined ? undefined : { ...user, role: grant.role }
}

/**
 * The sign-in counts, unless the user was disabled or got another password since the given hash was compared: the row of
 * the user is locked until the token stands in the same transaction.
 */
export async function recordSignIn(
  db: CatalogDb,
  of: { readonly userId: UserId; readonly passwordHash: string; readonly newHash: string },
  now: number,
): Promise<boolean> {
  const row = await db
    .updateTable('users')
    .set({ passwordHash: of.newHash, failedLogins: 0, barredUntil: null, lastLoginAt: now })
    .where('id', '=', of.userId)
    .where('status', '=', 'ACTIVE')
    .where('passwordHash', '=', of.passwordHash)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** False: somebody changed the password meanwhile. */
export async function replacePassword(
  db: CatalogDb,
  of: { readonly userId: UserId; readonly passwordHash: string; readonly newHash: string },
): Promise<boolean> {
  const row = await db
    .updateTable('users')
    .set({ passwordHash: of.newHash, mustChangePassword: 0 })
    .where('id', '=', of.userId)
    .where('passwordHash', '=', of.passwordHash)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** A password that somebody else sets; whatever the user was signed in with ends. */
export async function resetPassword(
  db: CatalogDb,
  userId: UserId,
  change: { readonly passwordHash: string; readonly now: number },
): Promise<void> {
  await transact(db, async (trx) => {
    const { passwordHash, now } = change
    await updateUser(trx, userId, { passwordHash, failedLogins: 0, barredUntil: null })
    await revokeTokensOf(trx, userId, now)
    await trx.deleteFrom('passkeys').where('userId', '=', userId).execute()
  })
}

/** All sign-ins of a user but one. */
export async function revokeOtherSessions(
  db: CatalogDb,
  of: { readonly userId: UserId; readonly except: TokenId },
  now: number,
): Promise<void> {
  await db
    .updateTable('tokens')
    .set({ revokedAt: now })
    .where('userId', '=', of.userId)
    .where('kind', '=', 'session')
    .where('id', '!=', of.except)
    .where('revokedAt', 'is', null)
    .execute()
}

/** The newest stay; sign-ins that ended long ago are forgotten. */
export async function trimSessions(
  db: CatalogDb,
  userId: UserId,
  limits: { readonly sessionsMax: number; readonly endedBefore: number; readonly now: number },
): Promise<void> {
  await db
    .deleteFrom('tokens')
    .where('userId', '=', userId)
    .where('kind', '=', 'session')
    .where('expiresAt', '<', limits.endedBefore)
    .execute()
  const living = (await listTokens(db, userId, 'session')).toSorted(
    (a, b) => a.createdAt - b.createdAt,
  )
  for (const { id } of living.slice(0, Math.max(0, living.length - limits.sessionsMax))) {
    await revokeToken(db, { id, userId }, limits.now)
  }
}

export async function findApiToken(
  db: CatalogDb,
  of: { readonly id: TokenId; readonly userId: UserId },
): Promise<Pick<Token, 'id' | 'revokedAt'> | undefined> {
  return await db
    .selectFrom('tokens')
    .select(['id', 'revokedAt'])
    .where('id', '=', of.id)
    .where('userId', '=', of.userId)
    .where('kind', '=', 'api')
    .executeTakeFirst()
}

const ofUsers = [
  'tokens',
  'roleGrants',
  'vaultDenials',
  'secondFactors',
  'recoveryCodes',
  'passkeys',
] as const

/** What the user made stays; it names the user by an id that is nobody's any more. */
export async function removeUser(db: CatalogDb, userId: UserId): Promise<void> {
  await transact(db, async (trx) => {
    for (const table of ofUsers) {
      await trx.deleteFrom(table).where('userId', '=', userId).execute()
    }
    await trx.deleteFrom('users').where('id', '=', userId).execute()
  })
}

/** Whether the server has any user at all. */
export async function hasUsers(db: CatalogDb): Promise<boolean> {
  return (await db.selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined
}

/** Setting up waits here for whoever else sets up, on this server or another one over the same catalog. */
export async function lockServer(db: CatalogDb, now: number): Promise<void> {
  await putSetting(db, { scope: 'server', name: 'setup.lock', value: now, updatedAt: now })
}

export async function removeSetting(db: CatalogDb, scope: string, name: string): Promise<void> {
  await db.deleteFrom('settings').where('scope', '=', scope).where('name', '=', name).execute()
}
