/**
 * Signing in and out, and what people do to their own user. The listener counts wrong guesses at the routes that say
 * `auth.too-many-attempts`; here only those at one-time codes are counted besides, in the catalog.
 */
import { failure, isFailure } from '#base'
import type { UserId } from '#contract'
import { csrfOf } from '../../authorization/secrets.ts'
import { findAccount } from '../../catalog/accounts/accounts.ts'
import {
  findMemberByLogin,
  replacePassword,
  revokeOtherSessions,
} from '../../catalog/accounts/members.ts'
import { countRecoveryCodes } from '../../catalog/accounts/recovery-codes.ts'
import { revokeToken } from '../../catalog/accounts/tokens.ts'
import { updateUser } from '../../catalog/accounts/users.ts'
import { transact } from '../../catalog/database/transact.ts'
import type { HandlersOf } from '../../handler.ts'
import { type UserIdentity, userOf } from '../../identity.ts'
import type { AccessParts } from './access-ports.ts'
import { loginOf } from './known-accounts.ts'
import { checkKnown, type Known } from './known-member.ts'
import { openSignInHandlers } from './open-sign-ins.ts'
import { checkPassword } from './password-rules.ts'
import { accountRecord, userRecord } from './records.ts'
import { checkCode } from './second-factor.ts'
import { secondFactorHandlers } from './second-factor-handlers.ts'
import { openSession } from './sessions.ts'
import { addSignInTrace } from './sign-in-trace.ts'
import { memberOf } from './user-rules.ts'

export function signInHandlers(parts: AccessParts): HandlersOf<'signIn'> {
  const { kernel, passwords } = parts
  const { db } = kernel.catalog
  return {
    ...openSignInHandlers(kernel),
    ...secondFactorHandlers(parts),
    begin: async ({ body }, context) => await beginSignIn(parts, body, context),
    end: async (_, context) => {
      const { tokenId: id, userId } = userOf(context.identity)
      await revokeToken(db, { id, userId }, kernel.wallMs())
      context.setSessionCookie(undefined)
      return undefined
    },
    whoAmI: async (_, { identity, sessionCookie }) => {
      const { userId, accountId, scopes } = userOf(identity)
      const account = await findAccount(db, accountId)
      if (account === undefined) throw failure('auth.required')
      const member = await memberOf(db, userId)
      const user = userRecord(member)
      return {
        user,
        account: accountRecord(account),
        ...(scopes === undefined ? {} : { scopes: [...scopes] }),
        ...(scopes !== undefined || sessionCookie === undefined
          ? {}
          : { csrf: csrfOf(sessionCookie) }),
        ...(member.totpSecret === null
          ? {}
          : { recoveryCodes: await countRecoveryCodes(db, userId) }),
      }
    },
    updateSelf: async ({ body }, { identity, note }) => {
      const { userId } = userOf(identity)
      note({ name: body.name })
      await updateUser(db, userId, { name: body.name })
      return userRecord(await memberOf(db, userId))
    },
    changePassword: async ({ body }, { identity }) => {
      const caller = userOf(identity)
      const { known } = await checkKnown(parts, await memberOf(db, caller.userId), body.old)
      const account = await findAccount(db, known.accountId)
      checkPassword(body.new, [known.name, known.login, account?.name ?? ''])
      if (body.new === body.old) {
        throw failure('auth.password-refused', { problem: 'it is the one that you have' })
      }
      await changeOwn(parts, caller, { ...known, newHash: await passwords.hash(body.new) })
      return undefined
    },
  }
}

type SignIn = HandlersOf<'signIn'>['begin']

async function beginSignIn(
  parts: AccessParts,
  body: Parameters<SignIn>[0]['body'],
  context: Parameters<SignIn>[1],
): ReturnType<SignIn> {
  const { kernel, passwords } = parts
  const member = await findMemberByLogin(kernel.catalog.db, loginOf(body.email))
  if (member !== undefined) context.note({ user: member.id })
  try {
    const { known, isOutdated } = await checkKnown(parts, member, body.password)
    await checkCode(parts, known, body)
    const newHash = isOutdated ? await passwords.hash(body.password) : known.passwordHash
    return await openSession(kernel, known, context, newHash)
  } catch (problem) {
    if (member !== undefined && isFailure(problem, 'auth.refused')) {
      await addSignInTrace(kernel, { member, context, result: 'refused' })
    }
    throw problem
  }
}

/** The new password, and the end of every sign-in but this one. */
async function changeOwn(
  { kernel }: AccessParts,
  { tokenId }: UserIdentity,
  member: Known & { readonly newHash: string },
): Promise<void> {
  const userId: UserId = member.id
  const { passwordHash, newHash } = member
  const isDone = await transact(kernel.catalog.db, async (trx) => {
    if (!(await replacePassword(trx, { userId, passwordHash, newHash }))) return false
    await revokeOtherSessions(trx, { userId, except: tokenId }, kernel.wallMs())
    return true
  })
  if (!isDone) throw failure('record.changed', { kind: 'user', id: userId })
}
