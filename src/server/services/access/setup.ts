/**
 * The first administrator. A server without any user prints a code when it starts; whoever sends it makes the first
 * account, which runs the server. There is no default password, and the code works once.
 */
import { failure } from '#base'
import type { AccountId } from '#contract'
import { defaultTimeZone, parseTimeZone } from '#engine'
import { hashSecret, isSameSecret, newSecret } from '../../authorization/secrets.ts'
import { findServerAccountId, updateAccount } from '../../catalog/accounts/accounts.ts'
import { hasUsers, lockServer, removeSetting } from '../../catalog/accounts/members.ts'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import { transact } from '../../catalog/database/transact.ts'
import { findSetting, putSetting } from '../../catalog/settings.ts'
import type { HandlersOf } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { AccessParts, PasswordHasher } from './access-ports.ts'
import { type AccountDraft, insertAccount, insertUser } from './known-accounts.ts'
import { checkPassword } from './password-rules.ts'
import { openSession } from './sessions.ts'
import { memberOf } from './user-rules.ts'

const scope = 'server'
const codeName = 'setup.code-hash'
const codePrefix = 'setup-'

/** The code to print, new at every start; undefined when there is a user already. */
export async function prepareSetup(kernel: ServerKernel): Promise<string | undefined> {
  const { db } = kernel.catalog
  const code = newSecret(kernel.random, codePrefix)
  return await transact(db, async (trx) => {
    await lockServer(trx, kernel.wallMs())
    if (await hasUsers(trx)) return undefined
    await putSetting(trx, {
      scope,
      name: codeName,
      value: hashText(code),
      updatedAt: kernel.wallMs(),
    })
    return code
  })
}

export type OwnerDraft = {
  readonly accountName: string
  readonly name: string
  readonly email: string
  readonly password: string
  readonly timeZone?: string | undefined
}

/** For whoever starts the server and needs no code. @throws setup.done, auth.password-refused */
export async function createOwner(
  kernel: ServerKernel,
  passwords: PasswordHasher,
  draft: OwnerDraft,
): Promise<ReturnType<typeof insertOwner>> {
  const { db } = kernel.catalog
  checkPassword(draft.password, [draft.name, draft.email, draft.accountName])
  const passwordHash = await passwords.hash(draft.password)
  return await transact(db, async (trx) => {
    await lockServer(trx, kernel.wallMs())
    return await insertOwner(trx, kernel, { ...draft, passwordHash })
  })
}

export function setupHandlers({ kernel, passwords }: AccessParts): HandlersOf<'setup'> {
  const { db } = kernel.catalog
  return {
    get: async () => ({ needed: !(await hasUsers(db)) }),
    firstAdministrator: async ({ body }, context) => {
      const { setupCode, ...draft } = body
      if (await hasUsers(db)) throw failure('setup.done')
      // The code first: who does not have it gets no hash computed.
      if (!(await isCode(db, setupCode))) throw failure('setup.code-refused')
      checkPassword(draft.password, [draft.name, draft.email, draft.accountName])
      const passwordHash = await passwords.hash(draft.password)
      const userId = await transact(db, async (trx) => {
        await lockServer(trx, kernel.wallMs())
        const owner = await insertOwner(trx, kernel, { ...draft, passwordHash }, setupCode)
        return owner.userId
      })
      return await openSession(kernel, { ...(await memberOf(db, userId)), passwordHash }, context)
    },
  }
}

/** Account, region and owner, and the end of the code; in a transaction that holds the lock of the server. */
async function insertOwner(
  trx: CatalogDb,
  kernel: ServerKernel,
  draft: Omit<OwnerDraft, 'password'> & { readonly passwordHash: string },
  code?: string,
) {
  if (await hasUsers(trx)) throw failure('setup.done')
  if (code !== undefined && !(await isCode(trx, code))) throw failure('setup.code-refused')
  const { accountName, timeZone, email: contact } = draft
  const first = { accountName, timeZone, contact }
  const accountId = (await takeRecovered(trx, first)) ?? (await insertAccount(trx, kernel, first))
  const role = 'owner'
  const userId = await insertUser(trx, kernel, { ...draft, accountId, role, grantedBy: null })
  await removeSetting(trx, scope, codeName)
  return { accountId, userId }
}

/** A catalog that was made from the vaults alone has accounts and nobody in them: its first one is the owner's. */
async function takeRecovered(trx: CatalogDb, draft: AccountDraft): Promise<AccountId | undefined> {
  const accountId = await findServerAccountId(trx)
  if (accountId === undefined) return undefined
  const { accountName: name, contact } = draft
  const timeZone = parseTimeZone(draft.timeZone ?? defaultTimeZone)
  await updateAccount(trx, accountId, { name, contact, timeZone })
  return accountId
}

async function isCode(db: CatalogDb, code: string): Promise<boolean> {
  const kept = await findSetting(db, scope, codeName)
  return typeof kept?.value === 'string' && isSameSecret(hashText(code), kept.value)
}

function hashText(code: string): string {
  return Buffer.from(hashSecret(code)).toString('hex')
}
