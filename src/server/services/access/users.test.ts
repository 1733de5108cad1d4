import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Failure, isFailure } from '#base'
import { type Role, roles } from '#contract'
import type { UserIdentity } from '../../identity.ts'
import { contextOf } from '../../kernel.fixture.ts'
import {
  type AccessWorld,
  goodPassword,
  makeAccessWorld,
  otherPassword,
  ownerEmail,
} from './access.fixture.ts'

const aboveOwn = { code: 'auth.role-above-own' }
const notFound = { code: 'record.not-found' }
const lastOwner = { code: 'auth.last-owner' }
const ownUser = { code: 'auth.own-user' }
type Change = Parameters<AccessWorld['handlers']['users']['update']>[0]['body']

function update({ handlers }: AccessWorld, by: UserIdentity, of: UserIdentity, body: Change) {
  return handlers.users.update({ path: { userId: of.userId }, query: {}, body }, contextOf(by))
}
function create({ handlers }: AccessWorld, by: UserIdentity, email: string, role: Role) {
  const body = { name: 'New', email, role, password: goodPassword }
  return handlers.users.create({ path: {}, query: {}, body }, contextOf(by))
}
function setPassword(
  { handlers }: AccessWorld,
  by: UserIdentity,
  of: UserIdentity,
  password: string,
) {
  const call = { path: { userId: of.userId }, query: {}, body: { password } }
  return handlers.users.setPassword(call, contextOf(by))
}
function remove({ handlers }: AccessWorld, by: UserIdentity, of: UserIdentity) {
  const call = { path: { userId: of.userId }, query: {}, body: undefined }
  return handlers.users.remove(call, contextOf(by))
}
function list({ handlers }: AccessWorld, by: UserIdentity, query = {}) {
  return handlers.users.list({ path: {}, query, body: undefined }, contextOf(by))
}

test('only owners make owners; nobody makes, changes or becomes more than they are (A22)', async () => {
  await using world = await makeAccessWorld()
  const { owner } = world
  const admin = await world.addUser('Bob', 'administrator')
  const others = new Map<Role, UserIdentity>()
  for (const role of roles) others.set(role, await world.addUser(`x-${role}`, role))
  const may: string[] = []
  for (const [name, by] of [
    ['owner', owner],
    ['administrator', admin],
  ] as const) {
    for (const role of roles) {
      const other = others.get(role) ?? assert.fail()
      const tries: Readonly<Record<string, () => Promise<unknown>>> = {
        make: () => create(world, by, `${name}-${role}@example.org`, role),
        raise: () => update(world, by, other, { role: 'owner' }),
        back: () => update(world, by, other, { role }),
        rename: () => update(world, by, other, { name: 'Other' }),
        password: () => setPassword(world, by, other, otherPassword),
      }
      for (const [deed, perform] of Object.entries(tries)) {
        const outcome = await perform().then(
          () => 'may',
          (problem: Failure) => problem.code,
        )
        if (outcome === 'may') may.push(`${name} ${deed} ${role}`)
        else assert.equal(outcome, aboveOwn.code)
      }
    }
  }
  const deeds = ['make', 'raise', 'back', 'rename', 'password']
  const ofOwner = roles.flatMap((role) => deeds.map((deed) => `owner ${deed} ${role}`))
  const ofAdmin = roles
    .filter((role) => role !== 'owner')
    .flatMap((role) =>
      deeds.filter((deed) => deed !== 'raise').map((deed) => `administrator ${deed} ${role}`),
    )
  assert.deepEqual(may, [...ofOwner, ...ofAdmin])
  await assert.rejects(update(world, admin, admin, { role: 'owner' }), aboveOwn)
  await assert.rejects(update(world, admin, owner, { status: 'DISABLED' }), aboveOwn)
  await assert.rejects(remove(world, admin, owner), aboveOwn)
})

test('a new role counts from the next call on', async () => {
  await using world = await makeAccessWorld()
  await world.addUser('Bob', 'administrator')
  const { secret, identity } = await world.signIn('bob@example.org')
  await update(world, world.owner, identity, { role: 'auditor' })
  assert.equal((await world.identify(secret)).role, 'auditor')
})

test('the last owner stays: no demotion, no disabling, no removal', async () => {
  await using world = await makeAccessWorld()
  const { owner } = world
  const eve = await world.addUser('Eve', 'owner')
  await update(world, owner, eve, { status: 'DISABLED' })
  await assert.rejects(update(world, owner, owner, { role: 'administrator' }), lastOwner)
  await assert.rejects(update(world, owner, owner, { status: 'DISABLED' }), lastOwner)
  await assert.rejects(remove(world, owner, owner), ownUser)
  await update(world, owner, eve, { status: 'ACTIVE' })
  await remove(world, eve, owner)
  await assert.rejects(update(world, eve, eve, { role: 'auditor' }), lastOwner)
  assert.equal((await list(world, eve)).items.length, 1)
})

test('two owners who take the role from each other at once leave one', async () => {
  await using world = await makeAccessWorld()
  const { owner } = world
  const eve = await world.addUser('Eve', 'owner')
  const tries = [
    update(world, owner, eve, { role: 'auditor' }),
    update(world, eve, owner, { role: 'auditor' }),
    remove(world, eve, owner),
  ].map((work) => work.then(() => 'done', codeOf))
  await Promise.all(tries)
  const { items } = await list(world, owner)
  assert.equal(items.filter(({ role }) => role === 'owner').length, 1)
})

test('users of another account are not there, for every verb (A22)', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const person = { name: 'Bob', email: 'bob@example.net', password: goodPassword }
  const body = { name: 'Branch', contact: person.email, owner: person }
  await handlers.accounts.create({ path: {}, query: {}, body }, contextOf(owner))
  const { identity: stranger } = await world.signIn(person.email)
  assert.equal(stranger.role, 'owner')
  for (const [by, of] of [
    [stranger, owner],
    [owner, stranger],
  ] as const) {
    const call = { path: { userId: of.userId }, query: {}, body: undefined }
    await assert.rejects(handlers.users.get(call, contextOf(by)), notFound)
    await assert.rejects(update(world, by, of, { name: 'Mine' }), notFound)
    await assert.rejects(update(world, by, of, { secondFactor: false }), notFound)
    await assert.rejects(setPassword(world, by, of, otherPassword), notFound)
    await assert.rejects(remove(world, by, of), notFound)
    assert.ok((await list(world, by)).items.every(({ userId }) => userId !== of.userId))
  }
  await world.signIn(ownerEmail)
})

test('a password that an administrator sets ends sign-ins and tokens, and is as strong as others', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const bob = await world.addUser('Bob', 'administrator')
  const { secret } = await world.signIn('bob@example.org')
  const scopes = ['read' as const]
  const call = { path: {}, query: {}, body: { name: 'ci', scopes, password: goodPassword } }
  const { secret: token } = await handlers.tokens.create(call, contextOf(bob))
  await assert.rejects(setPassword(world, owner, bob, 'bob@example.org'), {
    code: 'auth.password-refused',
  })
  await assert.rejects(setPassword(world, bob, bob, otherPassword), ownUser)
  await world.identify(secret)
  await setPassword(world, owner, bob, otherPassword)
  await assert.rejects(world.identify(secret), { code: 'auth.required' })
  await assert.rejects(world.identify(token), { code: 'auth.refused' })
  await assert.rejects(world.signIn('bob@example.org'), { code: 'auth.refused' })
  await world.signIn('bob@example.org', otherPassword)
})

test('a removed user is gone with everything that lets in, and the login is free again', async () => {
  await using world = await makeAccessWorld()
  const { owner, handlers } = world
  const bob = await world.addUser('Bob', 'administrator')
  const { secret } = await world.signIn('bob@example.org')
  await handlers.signIn.beginSecondFactor({ path: {}, query: {}, body: undefined }, contextOf(bob))
  const context = contextOf(owner)
  await handlers.users.remove({ path: { userId: bob.userId }, query: {}, body: undefined }, context)
  assert.deepEqual(context.trace.notes, [{ name: 'Bob' }])
  await assert.rejects(world.identify(secret), { code: 'auth.required' })
  await assert.rejects(world.signIn('bob@example.org'), { code: 'auth.refused' })
  await assert.rejects(remove(world, owner, bob), notFound)
  const again = await world.addUser('Bob', 'auditor')
  assert.notEqual(again.userId, bob.userId)
})

test('a login is taken on the whole server, however it is written', async () => {
  await using world = await makeAccessWorld()
  const exists = { code: 'record.exists' }
  await assert.rejects(create(world, world.owner, 'ADA@EXAMPLE.ORG', 'auditor'), exists)
  await assert.rejects(
    world.handlers.users.create(
      { path: {}, query: {}, body: { ...bodyOf('new@example.org'), password: 'new@example.org' } },
      contextOf(world.owner),
    ),
    { code: 'auth.password-refused' },
  )
})

test('the list is filtered, sorted and paged, and shows no secret', async () => {
  await using world = await makeAccessWorld()
  const { owner } = world
  for (const [name, role] of [
    ['Dora', 'auditor'],
    ['bert', 'auditor'],
    ['Cleo', 'backupOperator'],
  ] as const) {
    world.kernel.clock.advance(1_000)
    await world.addUser(name, role)
  }
  const names = async (query: object) =>
    (await list(world, owner, query)).items.map((user) => user.name)
  assert.deepEqual(await names({}), ['Ada', 'bert', 'Cleo', 'Dora'])
  assert.deepEqual(await names({ sort: '-name' }), ['Dora', 'Cleo', 'bert', 'Ada'])
  assert.deepEqual(await names({ sort: '-lastSeenAt' }), ['Cleo', 'bert', 'Dora', 'Ada'])
  assert.deepEqual(await names({ role: 'auditor' }), ['bert', 'Dora'])
  assert.deepEqual(await names({ search: 'ERT@' }), ['bert'])
  assert.deepEqual(await names({ status: 'DISABLED' }), [])
  const first = await list(world, owner, { limit: 3 })
  assert.deepEqual([first.items.length, first.total], [3, 4])
  const second = await list(world, owner, { limit: 3, cursor: first.next })
  assert.deepEqual(
    second.items.map(({ name }) => name),
    ['Dora'],
  )
  const text = JSON.stringify(first)
  assert.equal(/hash|totp|1:/i.test(text), false)
})

test('a user without a password is no owner who could help', async () => {
  await using world = await makeAccessWorld()
  const { kernel, owner } = world
  const { db } = kernel.catalog
  const eve = await world.addUser('Eve', 'owner')
  await db.updateTable('users').set({ passwordHash: null }).where('id', '=', eve.userId).execute()
  await assert.rejects(update(world, owner, owner, { role: 'auditor' }), lastOwner)
})

function bodyOf(email: string) {
  return { name: 'New', email, role: 'auditor' as const, password: goodPassword }
}
function codeOf(problem: unknown): string {
  return isFailure(problem) ? problem.code : String(problem)
}
