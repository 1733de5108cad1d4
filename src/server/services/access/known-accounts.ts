/** Accounts as they begin: with a default region and an owner, all in one transaction. */
import { failure } from '#base'
import type { AccountId, Role, UserId } from '#contract'
import { defaultTimeZone, parseTimeZone } from '#engine'
import { createAccount, createRegion, listAccounts } from '../../catalog/accounts/accounts.ts'
import { createUser, grantRole } from '../../catalog/accounts/users.ts'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import { foldText } from '../../catalog/database/search.ts'
import type { ServerKernel } from '../../kernel.ts'

export const defaultRegion = { id: 'default', name: 'Default' } as const

export type AccountDraft = {
  readonly accountName: string
  readonly contact: string
  readonly timeZone: string | undefined
}
export type UserDraft = {
  readonly name: string
  readonly email: string
  readonly passwordHash: string
}

/** Logins are e-mail addresses in which case does not count. */
export function loginOf(email: string): string {
  return foldText(email)
}

/** @throws record.exists, schedule.invalid; call it in a transaction, which then leaves nothing behind */
export async function insertAccount(
  trx: CatalogDb,
  kernel: ServerKernel,
  draft: AccountDraft,
): Promise<AccountId> {
  const id = kernel.catalog.newId('account')
  const { accountName: name, contact } = draft
  const timeZone = parseTimeZone(draft.timeZone ?? defaultTimeZone)
  // The first account runs the server, and a clock that was set back must not make another one the first.
  const newest = Math.max(0, ...(await listAccounts(trx)).map(({ createdAt }) => createdAt))
  const createdAt = Math.max(kernel.wallMs(), newest + 1)
  if (!(await createAccount(trx, { id, name, timeZone, createdAt, contact }))) {
    throw failure('record.exists', { kind: 'account', name })
  }
  await createRegion(trx, {
    ...defaultRegion,
    accountId: id,
    controlUrl: null,
    dataUrl: null,
    createdAt,
    description: '',
  })
  return id
}

/** @throws record.exists; call it in a transaction */
export async function insertUser(
  trx: CatalogDb,
  kernel: ServerKernel,
  user: UserDraft & {
    readonly accountId: AccountId
    readonly role: Role
    readonly grantedBy: UserId | null
  },
): Promise<UserId> {
  const id = kernel.catalog.newId('user')
  const { accountId, name, email, passwordHash, role, grantedBy } = user
  const createdAt = kernel.wallMs()
  const isNew = await createUser(trx, {
    id,
    accountId,
    name,
    login: loginOf(email),
    email,
    passwordHash,
    totpSecret: null,
    status: 'ACTIVE',
    mustChangePassword: false,
    failedLogins: 0,
    barredUntil: null,
    createdAt,
    lastLoginAt: null,
  })
  if (!isNew) throw failure('record.exists', { kind: 'user', name: email })
  await grantRole(trx, { userId: id, accountId, role, grantedBy, grantedAt: createdAt })
  return id
}
