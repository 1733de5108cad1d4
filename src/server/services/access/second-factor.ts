/** The second factor of a user: setting it up, asking for it, turning it off. Its secret is sealed by the master key. */
import { failure } from '#base'
import type { UserId } from '#contract'
import { hashSecret } from '../../authorization/secrets.ts'
import type { Member } from '../../catalog/accounts/members.ts'
import { useRecoveryCode } from '../../catalog/accounts/recovery-codes.ts'
import {
  findSecondFactor,
  putPendingFactor,
  removeSecondFactor,
  useStep,
} from '../../catalog/accounts/second-factors.ts'
import { countFailedLogin, updateUser } from '../../catalog/accounts/users.ts'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import { transact } from '../../catalog/database/transact.ts'
import type { AccessParts } from './access-ports.ts'
import { codeSecretBytes, codeSetup, findStep } from './one-time-codes.ts'
import { renewRecoveryCodes } from './recovery-codes.ts'

/** A secret that was shown and not confirmed within this time is forgotten. */
export const pendingMs = 15 * 60_000
/** Wrong codes after a right password, since the last sign-in. */
export const wrongCodesFree = 5
const firstBarMs = 5 * 60_000
const barMsMax = 24 * 3_600_000

/** Who guesses codes knows the password: the time to wait doubles, and a million codes take longer than a life. */
export function barAfter(wrongCodes: number, now: number): number | null {
  if (wrongCodes < wrongCodesFree) return null
  return now + Math.min(barMsMax, firstBarMs * 2 ** Math.min(16, wrongCodes - wrongCodesFree))
}

export type ShownCodes = {
  readonly oneTimeCode?: string | undefined
  readonly recoveryCode?: string | undefined
}

/** @throws auth.second-factor-needed, auth.refused, auth.too-many-attempts */
export async function checkCode(
  { kernel, secrets }: AccessParts,
  member: Member,
  { oneTimeCode, recoveryCode }: ShownCodes,
): Promise<void> {
  if (member.totpSecret === null) return
  if (oneTimeCode === undefined && recoveryCode === undefined)
    throw failure('auth.second-factor-needed')
  const now = kernel.wallMs()
  const { db } = kernel.catalog
  if (member.barredUntil !== null && member.barredUntil > now) {
    const seconds = Math.ceil((member.barredUntil - now) / 1_000)
    throw failure('auth.too-many-attempts', { seconds })
  }
  if (recoveryCode !== undefined) {
    const code = { userId: member.id, hash: hashSecret(recoveryCode) }
    if (await useRecoveryCode(db, code)) return
  } else if (oneTimeCode !== undefined) {
    const secret = await secrets.open(member.totpSecret, contextOfUser(member.id))
    const step = findStep(secret, oneTimeCode, now)
    if (step !== undefined && (await useStep(db, member.id, step))) return
  }
  await countFailedLogin(db, member.id, (wrongCodes) => barAfter(wrongCodes, now))
  throw failure('auth.refused')
}

/** @throws auth.second-factor-set */
export async function beginFactor(
  { kernel, secrets }: AccessParts,
  member: Member,
): Promise<{ readonly secret: string; readonly address: string }> {
  // Whoever found a browser signed in could replace the factor by an own one.
  if (member.totpSecret !== null) throw failure('auth.second-factor-set')
  const secret = kernel.random(codeSecretBytes)
  const sealed = await secrets.seal(secret, contextOfUser(member.id))
  const pending = { secret: sealed, at: kernel.wallMs() }
  await putPendingFactor(kernel.catalog.db, member.id, pending)
  return codeSetup(secret, member.login)
}

/**
 * @returns recovery codes, to be shown this once
 * @throws auth.second-factor-not-begun, auth.refused
 */
export async function confirmFactor(
  { kernel, secrets }: AccessParts,
  member: Member,
  code: string,
): Promise<readonly string[]> {
  const { db } = kernel.catalog
  const now = kernel.wallMs()
  const { pending, pendingAt } = (await findSecondFactor(db, member.id)) ?? {}
  const isFresh = pendingAt !== undefined && pendingAt !== null && pendingAt + pendingMs > now
  if (member.totpSecret !== null || pending === undefined || pending === null || !isFresh) {
    throw failure('auth.second-factor-not-begun')
  }
  const secret = await secrets.open(pending, contextOfUser(member.id))
  const step = findStep(secret, code, now)
  if (step === undefined) throw failure('auth.refused')
  return await transact(db, async (trx) => {
    // A code of the factor before, which was turned off, may have been of this very step.
    await useStep(trx, member.id, step)
    await putPendingFactor(trx, member.id, undefined)
    await updateUser(trx, member.id, { totpSecret: pending, failedLogins: 0, barredUntil: null })
    return await renewRecoveryCodes(kernel, trx, member.id)
  })
}

export async function dropFactor(db: CatalogDb, userId: UserId): Promise<void> {
  await transact(db, async (trx) => {
    await removeSecondFactor(trx, userId)
    await updateUser(trx, userId, { failedLogins: 0, barredUntil: null })
  })
}

function contextOfUser(userId: UserId): string {
  return `second factor of ${userId}`
}
