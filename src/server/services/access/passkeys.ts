/** Passkeys: made by who knows the password, and signed in with alone, since the device asks for a finger or a PIN. */
import { failure } from '#base'
import type { Passkey as ShownPasskey } from '#contract'
import { findMember } from '../../catalog/accounts/members.ts'
import {
  createPasskey,
  findPasskey,
  listPasskeys,
  type Passkey,
  recordPasskeyUse,
  removePasskey,
  renamePasskey,
} from '../../catalog/accounts/passkeys.ts'
import type { HandlersOf } from '../../handler.ts'
import { type UserIdentity, userOf } from '../../identity.ts'
import { pageOfList } from '../../list-page.ts'
import type { AccessParts } from './access-ports.ts'
import { checkKnown } from './known-member.ts'
import {
  attemptMs,
  beginAttempt,
  openAttempt,
  passkeyPlace,
  spendAttempt,
} from './passkey-attempts.ts'
import { openSession } from './sessions.ts'
import { addSignInTrace } from './sign-in-trace.ts'
import { memberOf } from './user-rules.ts'

export const passkeysPerUserMax = 20
const signInPurpose = 'sign-in'

export function passkeyHandlers(parts: AccessParts): HandlersOf<'passkeys'> {
  const { kernel } = parts
  const { db } = kernel.catalog
  return {
    list: async ({ query }, { identity }) => {
      const passkeys = await listPasskeys(db, userOf(identity).userId)
      const keyOf = ({ createdAt, id }: Passkey) => [createdAt, id] as const
      const page = pageOfList(passkeys, { list: 'passkeys', keyOf }, query)
      return { ...page, items: page.items.map(passkeyRecord), total: passkeys.length }
    },
    begin: async ({ body }, { identity }) => {
      const caller = userOf(identity)
      const { rpId } = passkeyPlace(parts)
      const member = await memberOf(db, caller.userId)
      await checkKnown(parts, member, body.password)
      const known = await checkCount(parts, caller)
      const { attempt, challenge } = await beginAttempt(parts, purposeOf(caller))
      const handle = Buffer.from(member.id).toString('base64url')
      return {
        attempt,
        challenge,
        rpId,
        timeoutMs: attemptMs,
        user: { handle, name: member.email ?? member.login, displayName: member.name },
        algorithms: [...parts.passkeys.algorithms],
        known: known.map(({ credentialId }) => credentialId),
      }
    },
    create: async ({ body }, { identity, note }) => {
      const passkey = await addPasskey(parts, userOf(identity), body)
      note({ passkey: passkey.id, name: passkey.name })
      return passkeyRecord(passkey)
    },
    update: async ({ path, body }, { identity }) => {
      const { userId } = userOf(identity)
      const passkey = await renamePasskey(db, { id: path.passkeyId, userId }, body.name)
      if (passkey === undefined) throw notFound(path.passkeyId)
      return passkeyRecord(passkey)
    },
    remove: async ({ path }, { identity }) => {
      const { userId } = userOf(identity)
      if (!(await removePasskey(db, { id: path.passkeyId, userId }))) {
        throw notFound(path.passkeyId)
      }
      return undefined
    },
    beginSignIn: async () => {
      const { rpId } = passkeyPlace(parts)
      return { ...(await beginAttempt(parts, signInPurpose)), rpId, timeoutMs: attemptMs }
    },
    signIn: async ({ body }, context) => await signInWith(parts, body, context),
  }
}

function notFound(id: string) {
  return failure('record.not-found', { kind: 'passkey', id })
}

/** Of one sign-in: another browser of the same user cannot answer it. */
function purposeOf({ userId, tokenId }: UserIdentity): string {
  return `new passkey of ${userId} by ${tokenId}`
}

/** @throws quota.exceeded */
async function checkCount(
  { kernel }: AccessParts,
  { userId }: UserIdentity,
): Promise<readonly Passkey[]> {
  const known = await listPasskeys(kernel.catalog.db, userId)
  if (known.length >= passkeysPerUserMax) {
    throw failure('quota.exceeded', { quota: 'number of passkeys', limit: passkeysPerUserMax })
  }
  return known
}

type NewPasskey = Parameters<HandlersOf<'passkeys'>['create']>[0]['body']

async function addPasskey(
  parts: AccessParts,
  caller: UserIdentity,
  body: NewPasskey,
): Promise<Passkey> {
  const { kernel, passkeys } = parts
  const place = passkeyPlace(parts)
  const refuse = (problem: string) => failure('auth.passkey-refused', { problem })
  const opened = await openAttempt(parts, purposeOf(caller), body.attempt)
  if (opened === undefined) throw refuse('it was not asked for here, or too long ago')
  const made = await passkeys.verifyNew(body, { ...place, challenge: opened.challenge })
  if ('problem' in made) throw refuse(made.problem)
  if (!(await spendAttempt(parts, opened))) throw refuse('the answer was sent twice')
  await checkCount(parts, caller)
  const { userId, accountId } = caller
  const passkey: Passkey = {
    ...made,
    id: kernel.catalog.newId('passkey'),
    accountId,
    userId,
    name: body.name,
    createdAt: kernel.wallMs(),
    usedAt: null,
  }
  if (!(await createPasskey(kernel.catalog.db, passkey))) {
    throw refuse('somebody has this passkey already')
  }
  return passkey
}

type SignIn = HandlersOf<'passkeys'>['signIn']

/** Whatever is wrong, the answer is the same: it tells nobody which passkeys there are. */
async function signInWith(
  parts: AccessParts,
  body: Parameters<SignIn>[0]['body'],
  context: Parameters<SignIn>[1],
): ReturnType<SignIn> {
  const { kernel } = parts
  const { db } = kernel.catalog
  const place = passkeyPlace(parts)
  const opened = await openAttempt(parts, signInPurpose, body.attempt)
  const passkey = await findPasskey(db, body.credentialId)
  if (opened === undefined || passkey === undefined) throw failure('auth.refused')
  const member = await findMember(db, passkey.userId)
  if (member === undefined) throw failure('auth.refused')
  context.note({ user: member.id, passkey: passkey.id })
  const { publicKey, counter } = passkey
  const expected = { ...place, challenge: opened.challenge, publicKey, counter }
  const signature = await parts.passkeys.verifySignature(body, expected)
  const { passwordHash, status } = member
  const isRight =
    signature !== undefined &&
    status === 'ACTIVE' &&
    passwordHash !== null &&
    (await spendAttempt(parts, opened)) &&
    (await recordPasskeyUse(db, passkey, { counter: signature.counter, at: kernel.wallMs() }))
  if (!isRight) {
    await addSignInTrace(kernel, { member, context, result: 'refused' })
    throw failure('auth.refused')
  }
  return await openSession(kernel, { ...member, passwordHash }, context)
}

function passkeyRecord(passkey: Passkey): ShownPasskey {
  const { id: passkeyId, name, createdAt, usedAt, synced } = passkey
  return {
    passkeyId,
    name,
    createdAt,
    synced,
    ...(usedAt === null ? {} : { lastUsedAt: usedAt }),
  }
}
