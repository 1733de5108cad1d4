/** Who may make of whom what (H3): decisions without a catalog, and the one question that needs it. */
import { failure } from '#base'
import type { AccountId, Role, UserId } from '#contract'
import {
  findMember,
  listMembers,
  lockAccount,
  type Member,
} from '../../catalog/accounts/members.ts'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import type { UserIdentity } from '../../identity.ts'

/** Operators of backup and of restore stand side by side: neither may do what the other does. */
const ranks: Readonly<Record<Role, number>> = {
  owner: 4,
  administrator: 3,
  backupOperator: 2,
  restoreOperator: 2,
  auditor: 1,
}

/**
 * Nobody makes, changes or becomes what stands above the own role.
 * @param touched roles that the other user has, and would have
 * @throws auth.role-above-own
 */
export function checkRank(caller: UserIdentity, touched: readonly Role[]): void {
  for (const other of touched) {
    if (ranks[other] > ranks[caller.role]) {
      throw failure('auth.role-above-own', { role: caller.role, other })
    }
  }
}

/** @throws auth.own-user */
export function checkOther(caller: UserIdentity, userId: UserId): void {
  if (caller.userId === userId) throw failure('auth.own-user')
}

/**
 * An account keeps an owner who can sign in. Whoever takes one away waits for others who do the same, so call it first
 * in the transaction.
 * @throws auth.last-owner
 */
export async function checkOwnerStays(
  trx: CatalogDb,
  accountId: AccountId,
  without: UserId,
): Promise<void> {
  await lockAccount(trx, accountId)
  const others = (await listMembers(trx, accountId)).filter(({ id }) => id !== without)
  if (!others.some(isActingOwner)) throw failure('auth.last-owner')
}

export function isActingOwner({ role, status, passwordHash }: Member): boolean {
  return role === 'owner' && status === 'ACTIVE' && passwordHash !== null
}

/** @throws record.not-found */
export async function memberOf(
  db: CatalogDb,
  userId: UserId,
  accountId?: AccountId,
): Promise<Member> {
  const member = await findMember(db, userId)
  if (member === undefined || (accountId !== undefined && member.accountId !== accountId)) {
    throw failure('record.not-found', { kind: 'user', id: userId })
  }
  return member
}
