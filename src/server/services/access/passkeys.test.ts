import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CallAnswer, routes, writeAnswer } from '#contract'
import type { UserIdentity } from '../../identity.ts'
import { contextOf } from '../../kernel.fixture.ts'
import {
  type AccessWorld,
  clientDataOf,
  goodPassword,
  makeAccessWorld,
  otherPassword,
  storedUser,
  testAddress,
  testPorts,
} from './access.fixture.ts'
import { accessHandlers } from './access-handlers.ts'
import { attemptMs } from './passkey-attempts.ts'
import { passkeysPerUserMax } from './passkeys.ts'

const nothing = { path: {}, query: {}, body: undefined }
const refused = { code: 'auth.refused' }
const notMade = { code: 'auth.passkey-refused' }
const origin = testAddress()
const secret = 'a key that never leaves the device'

type Offer = CallAnswer<typeof routes.passkeys.begin>

async function begin({ handlers }: AccessWorld, who: UserIdentity, password = goodPassword) {
  const call = { path: {}, query: {}, body: { password } }
  const offer = await handlers.passkeys.begin(call, contextOf(who))
  writeAnswer(routes.passkeys.begin, offer)
  return offer
}

/** What a device answers to an offer. */
function answerTo(offer: Offer, more: Readonly<Record<string, string>> = {}) {
  const { attempt, challenge, rpId } = offer
  const clientData = clientDataOf({ challenge, rpId, origin })
  return {
    attempt,
    name: 'laptop',
    credentialId: 'key-1',
    clientData,
    attestation: secret,
    ...more,
  }
}

async function create(
  { handlers }: AccessWorld,
  who: UserIdentity,
  body: ReturnType<typeof answerTo>,
) {
  return await handlers.passkeys.create({ path: {}, query: {}, body }, contextOf(who))
}

async function addPasskey(world: AccessWorld, who: UserIdentity, credentialId = 'key-1') {
  return await create(world, who, answerTo(await begin(world, who), { credentialId }))
}

async function challengeOf({ handlers }: AccessWorld) {
  const asked = await handlers.passkeys.beginSignIn(nothing, contextOf({ kind: 'public' }))
  writeAnswer(routes.passkeys.beginSignIn, asked)
  return asked
}

function signatureFor(
  { attempt, challenge, rpId }: Awaited<ReturnType<typeof challengeOf>>,
  more: Readonly<Record<string, string>> = {},
) {
  const clientData = clientDataOf({ challenge, rpId, origin })
  const said = { attempt, credentialId: 'key-1', clientData, signature: secret }
  return { ...said, authenticatorData: 'data', ...more }
}

async function signIn(
  { handlers, identify }: AccessWorld,
  body: ReturnType<typeof signatureFor>,
): Promise<UserIdentity> {
  const context = contextOf({ kind: 'public' })
  await handlers.passkeys.signIn({ path: {}, query: {}, body }, context)
  return await identify(context.trace.cookies.at(-1)?.secret ?? '')
}

test('a passkey is made with the password and signs in alone (A22)', async () => {
  await using world = await makeAccessWorld()
  await assert.rejects(begin(world, world.owner, 'wrong'), refused)
  const offer = await begin(world, world.owner)
  assert.equal(offer.rpId, 'backup.example.org')
  assert.deepEqual(offer.known, [])
  await create(world, world.owner, answerTo(offer))
  assert.deepEqual((await begin(world, world.owner)).known, ['key-1'])
  const { userId } = await signIn(world, signatureFor(await challengeOf(world)))
  assert.equal(userId, world.owner.userId)
  const { items } = await world.handlers.passkeys.list(nothing, contextOf(world.owner))
  assert.equal(items[0]?.lastUsedAt, world.kernel.wallMs())
})

test('an answer counts once, for five minutes, and for nothing but what was asked (A22)', async () => {
  await using world = await makeAccessWorld()
  const { owner, kernel } = world
  const offer = await begin(world, owner)
  const challenge = await challengeOf(world)
  // The challenge of a sign-in makes no passkey, nor does that of another sign-in of the same user.
  await assert.rejects(create(world, owner, answerTo({ ...offer, ...challenge })), notMade)
  const { identity: elsewhere } = await world.signIn('ada@example.org')
  await assert.rejects(create(world, elsewhere, answerTo(offer)), notMade)
  await create(world, owner, answerTo(offer))
  await assert.rejects(create(world, owner, answerTo(offer, { credentialId: 'key-2' })), notMade)
  await signIn(world, signatureFor(challenge))
  await assert.rejects(signIn(world, signatureFor(challenge)), refused)
  await assert.rejects(signIn(world, signatureFor(await begin(world, owner))), refused)
  const late = await challengeOf(world)
  kernel.clock.advance(attemptMs)
  await assert.rejects(signIn(world, signatureFor(late)), refused)
  const forged = signatureFor({ ...(await challengeOf(world)), attempt: 'c2VhbGVkIGJ5IG5vYm9keQ' })
  await assert.rejects(signIn(world, forged), refused)
})

test('of two who send one answer at the same time, one is let in', async () => {
  await using world = await makeAccessWorld()
  await addPasskey(world, world.owner)
  const body = signatureFor(await challengeOf(world))
  const tries = [1, 2, 3].map(() =>
    signIn(world, body).then(
      () => 'in',
      () => 'out',
    ),
  )
  assert.deepEqual((await Promise.all(tries)).toSorted(), ['in', 'out', 'out'])
})

test('a wrong signature, another place, or a passkey that nobody has get one answer', async () => {
  await using world = await makeAccessWorld()
  await addPasskey(world, world.owner)
  const challenge = await challengeOf(world)
  const elsewhere = clientDataOf({ ...challenge, origin: 'https://evil.example' })
  const wrongs = [{ signature: 'guessed' }, { clientData: elsewhere }, { credentialId: 'key-9' }]
  for (const wrong of wrongs)
    await assert.rejects(signIn(world, signatureFor(challenge, wrong)), refused)
  // What was answered wrongly may still be answered rightly.
  await signIn(world, signatureFor(challenge))
})

test('who is disabled, or got another password from somebody, has no way in by a passkey', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const eve = await world.addUser('Eve', 'auditor')
  await addPasskey(world, eve)
  const change = async (body: { status: 'ACTIVE' | 'DISABLED' }) =>
    await handlers.users.update({ path: { userId: eve.userId }, query: {}, body }, contextOf(owner))
  await change({ status: 'DISABLED' })
  await assert.rejects(signIn(world, signatureFor(await challengeOf(world))), refused)
  await change({ status: 'ACTIVE' })
  await signIn(world, signatureFor(await challengeOf(world)))
  await handlers.users.setPassword(
    { path: { userId: eve.userId }, query: {}, body: { password: otherPassword } },
    contextOf(owner),
  )
  await assert.rejects(signIn(world, signatureFor(await challengeOf(world))), refused)
})

test('a passkey is of one user: others neither see, rename nor remove it', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const eve = await world.addUser('Eve', 'auditor')
  const { passkeyId } = await addPasskey(world, owner)
  const theirs = { path: { passkeyId }, query: {} }
  const notFound = { code: 'record.not-found' }
  await assert.rejects(create(world, eve, answerTo(await begin(world, eve))), notMade)
  const rename = { ...theirs, body: { name: 'mine' } }
  await assert.rejects(handlers.passkeys.update(rename, contextOf(eve)), notFound)
  const remove = { ...theirs, body: undefined }
  await assert.rejects(handlers.passkeys.remove(remove, contextOf(eve)), notFound)
  assert.deepEqual((await handlers.passkeys.list(nothing, contextOf(eve))).items, [])
  assert.equal((await handlers.passkeys.update(rename, contextOf(owner))).name, 'mine')
  await handlers.passkeys.remove(remove, contextOf(owner))
  await assert.rejects(signIn(world, signatureFor(await challengeOf(world))), refused)
})

test('somebody has as many passkeys as anybody has devices, and no more', async () => {
  await using world = await makeAccessWorld()
  for (let i = 0; i < passkeysPerUserMax; i++) await addPasskey(world, world.owner, `key-${i}`)
  await assert.rejects(begin(world, world.owner), { code: 'quota.exceeded' })
})

test('a sign-in by passkey leaves the trace that every sign-in leaves, a refused one too (H6)', async () => {
  await using world = await makeAccessWorld()
  await addPasskey(world, world.owner)
  await signIn(world, signatureFor(await challengeOf(world)))
  const wrong = signatureFor(await challengeOf(world), { signature: 'guessed' })
  await assert.rejects(signIn(world, wrong), refused)
  const query = { action: 'signIn.begin' }
  const { items } = await world.handlers.audit.list(
    { path: {}, query, body: undefined },
    contextOf(world.owner),
  )
  assert.deepEqual(
    items
      .slice(0, 2)
      .map(({ result }) => result)
      .toSorted(),
    ['done', 'refused'],
  )
  assert.equal((await storedUser(world, 'ada@example.org')).lastLoginAt, world.kernel.wallMs())
})

test('a server that is reached by numbers says that passkeys need a name', async () => {
  await using world = await makeAccessWorld()
  for (const address of ['https://192.0.2.7:8443', 'https://[2001:db8::1]:8443']) {
    const { passkeys } = accessHandlers(world.kernel, testPorts(world.passwords), () => address)
    await assert.rejects(passkeys.beginSignIn(nothing, contextOf({ kind: 'public' })), {
      code: 'auth.passkeys-need-a-name',
    })
  }
})
