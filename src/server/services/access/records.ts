/** Records of the contract, made from rows of the catalog. */
import { assert } from '#base'
import {
  type Account,
  type CallAnswer,
  ids,
  type OpenSignIn,
  type Region,
  type RegionId,
  type routes,
  type TokenId,
  type User,
} from '#contract'
import type { Account as AccountRow, Region as RegionRow } from '../../catalog/accounts/accounts.ts'
import type { Member } from '../../catalog/accounts/members.ts'
import type { Token } from '../../catalog/accounts/tokens.ts'

export type TokenRecord = CallAnswer<typeof routes.tokens.create>['token']

export function accountRecord(account: AccountRow): Account {
  const { id: accountId, name, timeZone, createdAt } = account
  const { contact = '', language = '' } = account
  assert(contact !== '', 'an account is made with a contact')
  const said = language === '' ? {} : { language }
  return { accountId, name, timeZone, contact, createdAt, ...said }
}

export function userRecord(member: Member): User {
  const { id: userId, accountId, name, role, status, createdAt } = member
  return {
    userId,
    accountId,
    name,
    email: member.email ?? member.login,
    role,
    status,
    secondFactor: member.totpSecret !== null,
    createdAt,
    ...(member.lastLoginAt === null ? {} : { lastSeenAt: member.lastLoginAt }),
  }
}

export function tokenRecord(token: Token): TokenRecord {
  const { id: tokenId, name, scopes, createdAt, expiresAt, usedAt } = token
  return {
    tokenId,
    name,
    scopes: [...scopes],
    createdAt,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(usedAt === null ? {} : { lastUsedAt: usedAt }),
  }
}

export function signInRecord(token: Token, own: TokenId): OpenSignIn {
  const { id: tokenId, name: browser, createdAt, expiresAt, usedAt } = token
  return {
    tokenId,
    browser,
    createdAt,
    ...(expiresAt === null ? {} : { expiresAt }),
    ...(usedAt === null ? {} : { lastUsedAt: usedAt }),
    isThis: tokenId === own,
  }
}

export function regionRecord(region: RegionRow): Region {
  const { name, description = '', dataUrl, createdAt } = region
  return {
    regionId: regionIdOf(region),
    name,
    description,
    ...(dataUrl === null ? {} : { dataAddress: dataUrl }),
    createdAt,
  }
}

function regionIdOf({ id }: RegionRow): RegionId {
  return ids.region.parse(id)
}
