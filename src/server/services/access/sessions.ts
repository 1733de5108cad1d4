/** Sign-ins: a cookie for seven days at most, of which only the hash is kept. */
import { failure } from '#base'
import type { SignIn } from '#contract'
import { csrfOf, hashSecret, newSecret } from '../../authorization/secrets.ts'
import { findAccount } from '../../catalog/accounts/accounts.ts'
import {
  findMember,
  type Member,
  recordSignIn,
  trimSessions,
} from '../../catalog/accounts/members.ts'
import { createToken } from '../../catalog/accounts/tokens.ts'
import { transact } from '../../catalog/database/transact.ts'
import type { CallContext } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import { accountRecord, userRecord } from './records.ts'
import { sessionLifeMs } from './session-life.ts'
import { addSignInTrace } from './sign-in-trace.ts'

/** More at once than anybody has browsers. */
export const sessionsPerUserMax = 50
/** Ended sign-ins are kept as long, for whoever looks into what happened. */
const keepEndedMs = 30 * 24 * 3_600_000
const sessionPrefix = 'hfs_'

/**
 * @param member as it was when its password was checked
 * @throws auth.refused when it was disabled or got another password meanwhile
 */
export async function openSession(
  kernel: ServerKernel,
  member: Member & { readonly passwordHash: string },
  context: CallContext,
  newHash: string = member.passwordHash,
): Promise<SignIn> {
  const { catalog, random } = kernel
  const now = kernel.wallMs()
  const secret = newSecret(random, sessionPrefix)
  const expiresAt = now + sessionLifeMs
  const { id: userId, accountId, passwordHash } = member
  const found = await transact(catalog.db, async (trx) => {
    if (!(await recordSignIn(trx, { userId, passwordHash, newHash }, now))) return undefined
    await createToken(trx, {
      id: catalog.newId('token'),
      accountId,
      userId,
      kind: 'session',
      name: context.userAgent,
      hash: hashSecret(secret),
      scopes: [],
      createdAt: now,
      expiresAt,
      usedAt: null,
      revokedAt: null,
    })
    const limits = { sessionsMax: sessionsPerUserMax, endedBefore: now - keepEndedMs, now }
    await trimSessions(trx, userId, limits)
    const [user, account] = [await findMember(trx, userId), await findAccount(trx, accountId)]
    await addSignInTrace(kernel, { member, context, result: 'done' }, trx)
    return user === undefined || account === undefined ? undefined : { user, account }
  })
  if (found === undefined) throw failure('auth.refused')
  context.setSessionCookie({ secret, expiresAt })
  context.note({ user: userId })
  const { user, account } = found
  return {
    user: userRecord(user),
    account: accountRecord(account),
    csrf: csrfOf(secret),
    expiresAt,
  }
}
