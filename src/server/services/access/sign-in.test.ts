import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TokenId } from '#contract'
import { csrfOf } from '../../authorization/secrets.ts'
import { createToken, listTokens } from '../../catalog/accounts/tokens.ts'
import { listAudit, verifyAudit } from '../../catalog/journal/audit-log.ts'
import { contextOf } from '../../kernel.fixture.ts'
import {
  type AccessWorld,
  goodPassword,
  makeAccessWorld,
  otherPassword,
  ownerEmail,
  storedUser,
} from './access.fixture.ts'
import { sessionIdleMs, sessionLifeMs } from './session-life.ts'
import { sessionsPerUserMax } from './sessions.ts'

const hourMs = 3_600_000
const refused = { code: 'auth.refused' }
const over = { code: 'auth.required' }
const nothing = { path: {}, query: {}, body: undefined }

test('who signs in gets a cookie, its csrf word and who they are; case of the login does not count', async () => {
  await using world = await makeAccessWorld()
  const { handlers, kernel, owner } = world
  const context = contextOf({ kind: 'public' })
  const body = { email: 'ADA@example.ORG', password: goodPassword }
  const answer = await handlers.signIn.begin({ path: {}, query: {}, body }, context)
  const [cookie] = context.trace.cookies
  assert.equal(answer.csrf, csrfOf(cookie?.secret ?? ''))
  assert.equal(cookie?.expiresAt, kernel.wallMs() + sessionLifeMs)
  assert.equal(answer.expiresAt, cookie?.expiresAt)
  const me = await handlers.signIn.whoAmI(nothing, contextOf(owner))
  assert.deepEqual([me.user, me.account, me.scopes], [answer.user, answer.account, undefined])
  assert.equal(JSON.stringify(answer).includes('password'), false)
})

test('unknown, disabled and wrong cost the same work and get the same answer (A22)', async () => {
  await using world = await makeAccessWorld()
  const bob = await world.addUser('Bob', 'auditor')
  await setStatus(world, bob.userId, 'DISABLED')
  const answers: unknown[] = []
  for (const [email, password] of [
    [ownerEmail, 'wrong'],
    ['nobody@example.org', goodPassword],
    ['bob@example.org', goodPassword],
    ['bob@example.org', 'wrong'],
  ] as const) {
    world.passwords.work.length = 0
    const problem: unknown = await world.signIn(email, password).catch((found: unknown) => found)
    answers.push({ problem: String(problem), work: [...world.passwords.work] })
  }
  const expected = { problem: 'Failure: These credentials are not accepted.', work: ['cost 1'] }
  assert.deepEqual(answers, [expected, expected, expected, expected])
})

test('a hash with smaller parameters is made anew at the next sign-in that is right', async () => {
  await using world = await makeAccessWorld()
  world.passwords.cost = 2
  await assert.rejects(world.signIn(ownerEmail, 'wrong'), refused)
  assert.match((await storedUser(world, ownerEmail)).passwordHash ?? '', /^1:/)
  await world.signIn(ownerEmail)
  assert.match((await storedUser(world, ownerEmail)).passwordHash ?? '', /^2:/)
  await world.signIn(ownerEmail)
})

test('a sign-in ends after twelve hours unused and after seven days in any case', async () => {
  await using world = await makeAccessWorld()
  const { clock } = world.kernel
  const { secret } = await world.signIn(ownerEmail)
  clock.advance(sessionIdleMs - 1)
  await world.identify(secret)
  clock.advance(sessionIdleMs - 1)
  await world.identify(secret)
  clock.advance(sessionIdleMs)
  await assert.rejects(world.identify(secret), over)
  const { secret: busy } = await world.signIn(ownerEmail)
  for (let hours = 0; hours < 7 * 24 - 6; hours += 6) {
    clock.advance(6 * hourMs)
    await world.identify(busy)
  }
  clock.advance(6 * hourMs)
  await assert.rejects(world.identify(busy), over)
})

test('signing out ends this sign-in and no other', async () => {
  await using world = await makeAccessWorld()
  const [one, other] = [await world.signIn(ownerEmail), await world.signIn(ownerEmail)]
  const context = contextOf(one.identity)
  await world.handlers.signIn.end(nothing, context)
  assert.deepEqual(context.trace.cookies, [undefined])
  await assert.rejects(world.identify(one.secret), over)
  await world.identify(other.secret)
})

test('a changed password ends all other sign-ins, and the old one opens nothing', async () => {
  await using world = await makeAccessWorld()
  const [one, other] = [await world.signIn(ownerEmail), await world.signIn(ownerEmail)]
  const change = (old: string, password: string) => {
    const call = { path: {}, query: {}, body: { old, new: password } }
    return world.handlers.signIn.changePassword(call, contextOf(one.identity))
  }
  await assert.rejects(change('wrong', otherPassword), refused)
  const weak = { code: 'auth.password-refused' }
  for (const password of ['aaaaaaaaaaaaaa', 'ada@example.org', goodPassword]) {
    await assert.rejects(change(goodPassword, password), weak)
  }
  await world.identify(other.secret)
  await change(goodPassword, otherPassword)
  await assert.rejects(world.identify(other.secret), over)
  await world.identify(one.secret)
  await assert.rejects(world.signIn(ownerEmail, goodPassword), refused)
  await world.signIn(ownerEmail, otherPassword)
})

test('a sign-in that was under way when the password changed or the user was disabled does not count', async () => {
  await using world = await makeAccessWorld()
  const bob = await world.addUser('Bob', 'auditor')
  const { verify } = world.passwords
  for (const meanwhile of [
    () => setPassword(world, bob.userId, otherPassword),
    () => setStatus(world, bob.userId, 'DISABLED'),
  ]) {
    world.passwords.verify = async (password, hash) => {
      const check = await verify.call(world.passwords, password, hash)
      world.passwords.verify = verify
      await meanwhile()
      return check
    }
    const { db } = world.kernel.catalog
    const password = meanwhile.toString().includes('DISABLED') ? otherPassword : goodPassword
    await assert.rejects(world.signIn('bob@example.org', password), refused)
    assert.deepEqual(await listTokens(db, bob.userId, 'session'), [])
  }
})

test('a disabled user is out at once, with tokens too, and in again only with a new sign-in', async () => {
  await using world = await makeAccessWorld()
  const bob = await world.addUser('Bob', 'administrator')
  const { secret } = await world.signIn('bob@example.org')
  const body = { name: 'ci', scopes: ['read' as const], password: goodPassword }
  const { secret: token } = await world.handlers.tokens.create(
    { path: {}, query: {}, body },
    contextOf(bob),
  )
  await world.identify(token)
  await setStatus(world, bob.userId, 'DISABLED')
  await assert.rejects(world.identify(secret), over)
  await assert.rejects(world.identify(token), refused)
  await setStatus(world, bob.userId, 'ACTIVE')
  await assert.rejects(world.identify(secret), over)
  await assert.rejects(world.identify(token), refused)
  await world.signIn('bob@example.org')
})

test('nobody piles up sign-ins: the oldest ends for the newest', async () => {
  await using world = await makeAccessWorld()
  const { kernel, owner } = world
  const { db } = kernel.catalog
  const { secret: oldest } = await world.signIn(ownerEmail)
  for (let i = 0; i < sessionsPerUserMax; i++) {
    kernel.clock.advance(1)
    const hash = kernel.random(32)
    const { accountId, userId } = owner
    const createdAt = kernel.wallMs()
    const expiresAt = createdAt + sessionLifeMs
    const times = { createdAt, expiresAt, usedAt: null, revokedAt: null }
    const id = kernel.catalog.newId('token')
    const facts = { id, accountId, userId, kind: 'session', name: '', hash, scopes: [] } as const
    await createToken(db, { ...facts, ...times })
  }
  await world.identify(oldest)
  kernel.clock.advance(1)
  const { secret } = await world.signIn(ownerEmail)
  await world.identify(secret)
  await assert.rejects(world.identify(oldest), over)
  assert.equal((await listTokens(db, owner.userId, 'session')).length, sessionsPerUserMax)
})

test('sign-ins and refused ones stand in the audit log of the account, without secrets (H6)', async () => {
  await using world = await makeAccessWorld()
  const { kernel, owner } = world
  await assert.rejects(world.signIn(ownerEmail, 'my secret guess'), refused)
  const { db } = kernel.catalog
  const { items } = await listAudit(db, { accountId: owner.accountId }, { limit: 10 })
  assert.deepEqual(
    items.map(({ action, result, caller, address }) => [action, result, caller, address]),
    [
      ['signIn.begin', 'refused', owner.userId, '192.0.2.7'],
      ['signIn.begin', 'done', owner.userId, '192.0.2.7'],
    ],
  )
  assert.equal(JSON.stringify(items).includes('guess'), false)
  assert.equal(await verifyAudit(db, owner.accountId), undefined)
})

async function setStatus(
  { handlers, owner }: AccessWorld,
  userId: AccessWorld['owner']['userId'],
  status: 'ACTIVE' | 'DISABLED',
): Promise<void> {
  const call = { path: { userId }, query: {}, body: { status } }
  await handlers.users.update(call, contextOf(owner))
}

async function setPassword(
  { handlers, owner }: AccessWorld,
  userId: AccessWorld['owner']['userId'],
  password: string,
): Promise<void> {
  await handlers.users.setPassword(
    { path: { userId }, query: {}, body: { password } },
    contextOf(owner),
  )
}

test('people see the browsers that they are signed in with, and end one from another', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner, signIn, identify, kernel } = world
  kernel.clock.advance(1_000)
  const { secret, identity: other } = await signIn(ownerEmail)
  const list = async () => (await handlers.signIn.list(nothing, contextOf(owner))).items
  const shown = (await list()).map(({ tokenId, isThis }) => ({ tokenId, isThis }))
  assert.deepEqual(shown, [
    { tokenId: other.tokenId, isThis: false },
    { tokenId: owner.tokenId, isThis: true },
  ])
  const end = (tokenId: TokenId, identity = owner) =>
    handlers.signIn.endOne({ path: { tokenId }, query: {}, body: undefined }, contextOf(identity))
  const bob = await world.addUser('Bob', 'owner')
  await assert.rejects(end(other.tokenId, bob), { code: 'record.not-found' })
  await identify(secret)
  await end(other.tokenId)
  await assert.rejects(identify(secret), over)
  assert.equal((await list()).length, 1)
  kernel.clock.advance(sessionIdleMs)
  assert.deepEqual(await list(), [])
})

test('a token of the API is no sign-in, and a sign-in no token of the API', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const body = { name: 'ci', scopes: ['read' as const], password: goodPassword }
  const { token } = await handlers.tokens.create({ path: {}, query: {}, body }, contextOf(owner))
  const of = (tokenId: TokenId) => ({ path: { tokenId }, query: {}, body: undefined })
  const unknown = { code: 'record.not-found' }
  await assert.rejects(handlers.signIn.endOne(of(token.tokenId), contextOf(owner)), unknown)
  await assert.rejects(handlers.tokens.revoke(of(owner.tokenId), contextOf(owner)), unknown)
})

test('people name themselves, whatever their role', async () => {
  await using world = await makeAccessWorld()
  const bob = await world.addUser('Bob', 'auditor')
  const call = { path: {}, query: {}, body: { name: 'Robert' } }
  const user = await world.handlers.signIn.updateSelf(call, contextOf(bob))
  assert.deepEqual([user.name, user.role, user.userId], ['Robert', 'auditor', bob.userId])
  assert.equal((await storedUser(world, ownerEmail)).name, 'Ada')
})
