/** Users of an account: who makes, changes and removes whom. */
import { failure } from '#base'
import type { Page, User, UserId } from '#contract'
import {
  listMembers,
  type Member,
  removeUser,
  resetPassword,
} from '../../catalog/accounts/members.ts'
import { revokeTokensOf } from '../../catalog/accounts/tokens.ts'
import { grantRole, updateUser } from '../../catalog/accounts/users.ts'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import { foldText } from '../../catalog/database/search.ts'
import { transact } from '../../catalog/database/transact.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf, type UserIdentity, userOf } from '../../identity.ts'
import { pageOfList } from '../../list-page.ts'
import type { AccessParts } from './access-ports.ts'
import { insertUser } from './known-accounts.ts'
import { checkPassword } from './password-rules.ts'
import { userRecord } from './records.ts'
import { dropFactor } from './second-factor.ts'
import { checkOther, checkOwnerStays, checkRank, isActingOwner, memberOf } from './user-rules.ts'

export const usersPerAccountMax = 1_000

type UserChange = Parameters<HandlersOf<'users'>['update']>[0]['body']
type UserQuery = Parameters<HandlersOf<'users'>['list']>[0]['query']

export function userHandlers(parts: AccessParts): HandlersOf<'users'> {
  const { kernel, passwords } = parts
  const { db } = kernel.catalog
  return {
    list: async ({ query }, { identity }) =>
      pageOfUsers(await listMembers(db, accountOf(identity)), query),
    create: async ({ body }, { identity }) => {
      const caller = userOf(identity)
      const { accountId } = caller
      checkRank(caller, [body.role])
      checkPassword(body.password, [body.name, body.email])
      if ((await listMembers(db, accountId)).length >= usersPerAccountMax) {
        throw failure('quota.exceeded', { quota: 'number of users', limit: usersPerAccountMax })
      }
      const passwordHash = await passwords.hash(body.password)
      const { name, email, role } = body
      const grantedBy = caller.userId
      const draft = { name, email, role, accountId, passwordHash, grantedBy }
      const userId = await transact(db, (trx) => insertUser(trx, kernel, draft))
      return userRecord(await memberOf(db, userId, accountId))
    },
    get: async ({ path }, { identity }) =>
      userRecord(await memberOf(db, path.userId, accountOf(identity))),
    update: async ({ path, body }, { identity, note }) => {
      const caller = userOf(identity)
      const { name, role, status, secondFactor } = body
      note({
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
        ...(status === undefined ? {} : { status }),
        ...(secondFactor === undefined ? {} : { secondFactor }),
      })
      return userRecord(await changeUser(parts, caller, { userId: path.userId, change: body }))
    },
    setPassword: async ({ path, body }, { identity }) => {
      const caller = userOf(identity)
      const { userId } = path
      const member = await memberOf(db, userId, caller.accountId)
      // The own one is changed by who knows it: a browser that stands open must not suffice.
      checkOther(caller, userId)
      checkRank(caller, [member.role])
      checkPassword(body.password, [member.name, member.login])
      const passwordHash = await passwords.hash(body.password)
      await transact(db, async (trx) => {
        checkRank(caller, [(await memberOf(trx, userId, caller.accountId)).role])
        await resetPassword(trx, userId, { passwordHash, now: kernel.wallMs() })
      })
      return undefined
    },
    remove: async ({ path }, { identity, note }) => {
      const name = await dropUser(db, userOf(identity), path.userId)
      note({ name })
      return undefined
    },
  }
}

async function changeUser(
  parts: AccessParts,
  caller: UserIdentity,
  { userId, change }: { readonly userId: UserId; readonly change: UserChange },
): Promise<Member> {
  const { kernel } = parts
  return await transact(kernel.catalog.db, async (trx) => {
    const before = await memberOf(trx, userId, caller.accountId)
    const { name, role = before.role, status = before.status } = change
    checkRank(caller, [before.role, role])
    const after: Member = { ...before, role, status }
    if (isActingOwner(before) && !isActingOwner(after)) {
      await checkOwnerStays(trx, caller.accountId, userId)
    }
    const now = kernel.wallMs()
    await updateUser(trx, userId, { name, status })
    if (role !== before.role) {
      const { accountId, userId: grantedBy } = caller
      await grantRole(trx, { userId, accountId, role, grantedBy, grantedAt: now })
    }
    if (status === 'DISABLED') await revokeTokensOf(trx, userId, now)
    if (change.secondFactor === false) {
      checkOther(caller, userId)
      await dropFactor(trx, userId)
    }
    return await memberOf(trx, userId, caller.accountId)
  })
}

/** @returns the name, for the audit log */
async function dropUser(db: CatalogDb, caller: UserIdentity, userId: UserId): Promise<string> {
  return await transact(db, async (trx) => {
    const member = await memberOf(trx, userId, caller.accountId)
    checkOther(caller, userId)
    checkRank(caller, [member.role])
    if (isActingOwner(member)) await checkOwnerStays(trx, caller.accountId, userId)
    await removeUser(trx, userId)
    return member.name
  })
}

function pageOfUsers(members: readonly Member[], query: UserQuery): Page<User> {
  const { role, status, search, sort = 'name', limit, cursor } = query
  const wanted = search === undefined ? '' : foldText(search)
  const found = members.filter(
    (member) =>
      (role === undefined || member.role === role) &&
      (status === undefined || member.status === status) &&
      [member.name, member.login].some((text) => foldText(text).includes(wanted)),
  )
  const column = sort.replace('-', '')
  const keyOf = (member: Member): readonly [string | number, string] => {
    if (column === 'lastSeenAt') return [member.lastLoginAt ?? 0, member.id]
    return [column === 'email' ? member.login : foldText(member.name), member.id]
  }
  const list = ['users', role, status, search, sort]
  const descends = sort.startsWith('-')
  const page = pageOfList(found, { list, descends, keyOf }, { limit, cursor })
  return { ...page, items: page.items.map(userRecord), total: found.length }
}
