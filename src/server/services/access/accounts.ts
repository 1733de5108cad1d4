/** Accounts of the server: tenants with their own users, regions and vaults. */
import { failure } from '#base'
import { parseTimeZone } from '#engine'
import { findAccount, listAccountPage, updateAccount } from '../../catalog/accounts/accounts.ts'
import { transact } from '../../catalog/database/transact.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf, userOf } from '../../identity.ts'
import { pageRequestOf } from '../../list-page.ts'
import type { AccessParts } from './access-ports.ts'
import { insertAccount, insertUser } from './known-accounts.ts'
import { checkPassword } from './password-rules.ts'
import { accountRecord } from './records.ts'

const sorts = ['name', '-name', 'createdAt', '-createdAt'] as const

export function accountHandlers({ kernel, passwords }: AccessParts): HandlersOf<'accounts'> {
  const { db } = kernel.catalog
  return {
    list: async ({ query }) => {
      const sort = sorts.find((known) => known === query.sort) ?? 'name'
      const page = await listAccountPage(db, sort, pageRequestOf(query))
      return { items: page.items.map(accountRecord), next: page.next }
    },
    create: async ({ body }, { identity }) => {
      const { owner, name: accountName, timeZone, contact } = body
      checkPassword(owner.password, [owner.name, owner.email, accountName])
      const passwordHash = await passwords.hash(owner.password)
      const grantedBy = userOf(identity).userId
      return await transact(db, async (trx) => {
        const accountId = await insertAccount(trx, kernel, { accountName, timeZone, contact })
        const { name, email } = owner
        const user = { name, email, passwordHash, accountId, role: 'owner', grantedBy } as const
        await insertUser(trx, kernel, user)
        const account = await findAccount(trx, accountId)
        if (account === undefined) throw notFound(accountId)
        return accountRecord(account)
      })
    },
    get: async ({ path }, { identity }) => {
      const account = await findAccount(db, path.accountId)
      if (account === undefined || account.id !== accountOf(identity)) {
        throw notFound(path.accountId)
      }
      return accountRecord(account)
    },
    update: async ({ path, body }, { identity }) => {
      if (path.accountId !== accountOf(identity)) throw notFound(path.accountId)
      const { name, contact, language } = body
      const timeZone = body.timeZone === undefined ? undefined : parseTimeZone(body.timeZone)
      const account = await updateAccount(db, path.accountId, { name, contact, timeZone, language })
      if (account === undefined) throw notFound(path.accountId)
      return accountRecord(account)
    },
  }
}

function notFound(id: string): Error {
  return failure('record.not-found', { kind: 'account', id })
}
