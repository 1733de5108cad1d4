/**
 * What was asked of a passkey. The server keeps nothing of it until it is answered: the attempt is sealed and goes to the
 * browser, which sends it back. It opens for what it was made for alone, for five minutes, and counts once.
 */
import { failure, isFailure } from '#base'
import { hashSecret } from '../../authorization/secrets.ts'
import { useChallenge } from '../../catalog/accounts/passkeys.ts'
import type { AccessParts, PasskeyPlace } from './access-ports.ts'

export const attemptMs = 5 * 60_000
const challengeBytes = 32

export type Attempt = { readonly attempt: string; readonly challenge: string }

/** @param purpose what it may be answered for: a sign-in, or a new passkey of one sign-in of one user */
export async function beginAttempt(
  { kernel, secrets }: AccessParts,
  purpose: string,
): Promise<Attempt> {
  const challenge = Buffer.from(kernel.random(challengeBytes)).toString('base64url')
  const text = `${kernel.wallMs() + attemptMs} ${challenge}`
  const sealed = await secrets.seal(new TextEncoder().encode(text), contextOf(purpose))
  return { attempt: Buffer.from(sealed).toString('base64url'), challenge }
}

export type OpenAttempt = { readonly challenge: string; readonly expiresAt: number }

/** Undefined: it is none of this purpose, or it is too late. */
export async function openAttempt(
  { kernel, secrets }: AccessParts,
  purpose: string,
  attempt: string,
): Promise<OpenAttempt | undefined> {
  const opened = await tryOpen(secrets, Buffer.from(attempt, 'base64url'), contextOf(purpose))
  if (opened === undefined) return undefined
  const [until = '', challenge = ''] = new TextDecoder().decode(opened).split(' ')
  const expiresAt = Number(until)
  return expiresAt > kernel.wallMs() ? { challenge, expiresAt } : undefined
}

/** False: it was answered before. Only right answers come here, so that nobody fills the catalog with wrong ones. */
export async function spendAttempt(
  { kernel }: AccessParts,
  { challenge, expiresAt }: OpenAttempt,
): Promise<boolean> {
  const used = { hash: hashSecret(challenge), expiresAt }
  return await useChallenge(kernel.catalog.db, used, kernel.wallMs())
}

async function tryOpen(
  secrets: AccessParts['secrets'],
  sealed: Uint8Array,
  context: string,
): Promise<Uint8Array | undefined> {
  try {
    return await secrets.open(new Uint8Array(sealed), context)
  } catch (problem) {
    if (isFailure(problem, 'server.busy')) throw problem
    return undefined
  }
}

function contextOf(purpose: string): string {
  return `passkey attempt: ${purpose}`
}

const numbers = /^\d+(\.\d+){3}$/

/** @throws auth.passkeys-need-a-name for an address of numbers: browsers know passkeys by names alone */
export function passkeyPlace({ address }: Pick<AccessParts, 'address'>): PasskeyPlace {
  const { hostname, origin, host } = new URL(address())
  if (numbers.test(hostname) || hostname.startsWith('[')) {
    throw failure('auth.passkeys-need-a-name', { address: host })
  }
  return { rpId: hostname, origin }
}
