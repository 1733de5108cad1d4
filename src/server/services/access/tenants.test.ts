import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ids } from '#contract'
import { hashSecret } from '../../authorization/secrets.ts'
import { findTokenHolder } from '../../catalog/accounts/tokens.ts'
import { contextOf } from '../../kernel.fixture.ts'
import { type AccessWorld, goodPassword, makeAccessWorld, ownerEmail } from './access.fixture.ts'
import { tokensPerUserMax } from './tokens.ts'

const nothing = { path: {}, query: {}, body: undefined }
const notFound = { code: 'record.not-found' }
const exists = { code: 'record.exists' }

async function addBranch(world: AccessWorld, name = 'Branch') {
  const email = `${name.toLowerCase()}@example.net`
  const person = { name: 'Bob', email, password: goodPassword }
  const body = { name, timeZone: 'Europe/Berlin', contact: 'alerts@example.net', owner: person }
  const context = contextOf(world.owner)
  const account = await world.handlers.accounts.create({ path: {}, query: {}, body }, context)
  return { account, stranger: (await world.signIn(email)).identity }
}

test('a token is shown once, kept as a hash, and does no more than its scopes (A22)', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner, kernel } = world
  const { token, secret } = await handlers.tokens.create(
    { path: {}, query: {}, body: { name: 'ci', scopes: ['read', 'read'], password: goodPassword } },
    contextOf(owner),
  )
  assert.match(secret, /^hft_[\w-]{43}$/)
  assert.deepEqual(token.scopes, ['read'])
  const { items } = await handlers.tokens.list(nothing, contextOf(owner))
  assert.deepEqual(items, [token])
  assert.equal(JSON.stringify(items).includes(secret.slice(4)), false)
  assert.deepEqual((await world.identify(secret)).scopes, ['read'])
  const holder = await findTokenHolder(kernel.catalog.db, hashSecret(secret))
  assert.equal(Buffer.from(holder?.token.hash ?? []).includes(secret.slice(4)), false)
})

test('who found a browser signed in makes no token that outlives it: the password is asked for (A22)', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const create = (password: string) => {
    const body = { name: 'back door', scopes: ['administer' as const], password }
    return handlers.tokens.create({ path: {}, query: {}, body }, contextOf(owner))
  }
  for (const wrong of ['', 'guess', goodPassword.toUpperCase()])
    await assert.rejects(create(wrong), { code: 'auth.refused' })
  assert.deepEqual((await handlers.tokens.list(nothing, contextOf(owner))).items, [])
  await create(goodPassword)
})

test('a token ends when it says and when it is revoked, at the next call', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner, kernel } = world
  const now = kernel.wallMs()
  const make = (expiresAt: number | undefined) => {
    const end = expiresAt === undefined ? {} : { expiresAt }
    const body = { name: 't', scopes: ['read' as const], password: goodPassword, ...end }
    return handlers.tokens.create({ path: {}, query: {}, body }, contextOf(owner))
  }
  await assert.rejects(make(now), { code: 'request.invalid' })
  const [short, long] = [await make(now + 1_000), await make(undefined)]
  await world.identify(short.secret)
  kernel.clock.advance(1_000)
  const refused = { code: 'auth.refused' }
  await assert.rejects(world.identify(short.secret), refused)
  kernel.clock.advance(400 * 24 * 3_600_000)
  await world.identify(long.secret)
  const call = { path: { tokenId: long.token.tokenId }, query: {}, body: undefined }
  await handlers.tokens.revoke(call, contextOf(owner))
  await assert.rejects(world.identify(long.secret), refused)
  await handlers.tokens.revoke(call, contextOf(owner))
})

test('nobody revokes or sees the token of somebody else, and a sign-in is no token (A22)', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const eve = await world.addUser('Eve', 'owner')
  const body = { name: 't', scopes: ['read' as const], password: goodPassword }
  const made = await handlers.tokens.create({ path: {}, query: {}, body }, contextOf(owner))
  const revoke = (tokenId: typeof made.token.tokenId) =>
    handlers.tokens.revoke({ path: { tokenId }, query: {}, body: undefined }, contextOf(eve))
  await assert.rejects(revoke(made.token.tokenId), notFound)
  await assert.rejects(revoke(eve.tokenId), notFound)
  await world.identify(made.secret)
  assert.deepEqual((await handlers.tokens.list(nothing, contextOf(eve))).items, [])
})

test('tokens of a user are limited', async () => {
  await using world = await makeAccessWorld()
  const body = { name: 't', scopes: ['read' as const], password: goodPassword }
  const make = () => {
    const call = { path: {}, query: {}, body }
    return world.handlers.tokens.create(call, contextOf(world.owner))
  }
  for (let i = 0; i < tokensPerUserMax; i++) await make()
  await assert.rejects(make(), { code: 'quota.exceeded' })
})

test('an account has its own owner, region, contact and time zone', async () => {
  await using world = await makeAccessWorld()
  const { handlers } = world
  const { account, stranger } = await addBranch(world)
  assert.deepEqual(
    [account.name, account.timeZone, account.contact],
    ['Branch', 'Europe/Berlin', 'alerts@example.net'],
  )
  assert.deepEqual(
    [stranger.role, stranger.accountId, stranger.isServerAccount],
    ['owner', account.accountId, false],
  )
  const { items } = await handlers.regions.list(nothing, contextOf(stranger))
  assert.deepEqual(
    items.map(({ regionId, name }) => [regionId, name]),
    [['default', 'Default']],
  )
})

test('names and logins are taken once, and what is refused leaves nothing behind', async () => {
  await using world = await makeAccessWorld()
  await assert.rejects(addBranch(world, 'Example'), exists)
  await addBranch(world)
  const person = { name: 'Ada', email: ownerEmail.toUpperCase(), password: goodPassword }
  const body = { name: 'Third', contact: 'x@example.net', owner: person }
  const make = () =>
    world.handlers.accounts.create({ path: {}, query: {}, body }, contextOf(world.owner))
  await assert.rejects(make(), exists)
  const { items } = await world.handlers.accounts.list(nothing, contextOf(world.owner))
  assert.deepEqual(
    items.map(({ name }) => name),
    ['Branch', 'Example'],
  )
})

test('an account is changed by its own owner only, and another one is not there (A22)', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const { account, stranger } = await addBranch(world)
  const { accountId } = account
  const update = (by: typeof owner, body: object) =>
    handlers.accounts.update({ path: { accountId }, query: {}, body }, contextOf(by))
  await assert.rejects(update(owner, { name: 'Mine' }), notFound)
  const get = { path: { accountId }, query: {}, body: undefined }
  await assert.rejects(handlers.accounts.get(get, contextOf(owner)), notFound)
  await assert.rejects(update(stranger, { name: 'Example' }), exists)
  await assert.rejects(update(stranger, { timeZone: 'Mars/Olympus' }), { code: 'schedule.invalid' })
  const changed = await update(stranger, { name: 'North', timeZone: '+08:00' })
  assert.deepEqual(changed, { ...account, name: 'North', timeZone: '+08:00' })
  assert.deepEqual(await update(stranger, {}), changed)
  assert.deepEqual(await handlers.accounts.get(get, contextOf(stranger)), changed)
})

test('accounts are paged in both orders', async () => {
  await using world = await makeAccessWorld()
  for (const name of ['Berlin', 'Aachen']) await addBranch(world, name)
  const walk = async (sort: 'name' | 'createdAt' | '-createdAt') => {
    const names: string[] = []
    let cursor: string | undefined
    do {
      const query = { sort, limit: 1, ...(cursor === undefined ? {} : { cursor }) }
      const call = { path: {}, query, body: undefined }
      const page = await world.handlers.accounts.list(call, contextOf(world.owner))
      names.push(...page.items.map(({ name }) => name))
      cursor = page.next
    } while (cursor !== undefined)
    return names.join(' ')
  }
  assert.equal(await walk('name'), 'Aachen Berlin Example')
  assert.equal(await walk('-createdAt'), 'Aachen Berlin Example')
  assert.equal(await walk('createdAt'), 'Example Berlin Aachen')
})

test('regions belong to their account and are made, read and changed there (H1)', async () => {
  await using world = await makeAccessWorld()
  const { handlers, owner } = world
  const { stranger } = await addBranch(world)
  const body = { regionId: 'north', name: 'North', dataAddress: 'https://data.example.org' }
  const make = (by: typeof owner) =>
    handlers.regions.create(
      { path: {}, query: {}, body: { ...body, regionId: ids.region.parse('north') } },
      contextOf(by),
    )
  const region = await make(owner)
  assert.deepEqual({ ...region, createdAt: 0 }, { ...body, description: '', createdAt: 0 })
  await assert.rejects(make(owner), exists)
  const path = { regionId: region.regionId }
  const get = { path, query: {}, body: undefined }
  await assert.rejects(handlers.regions.get(get, contextOf(stranger)), notFound)
  const update = { path, query: {}, body: { description: 'by the sea' } }
  await assert.rejects(handlers.regions.update(update, contextOf(stranger)), notFound)
  const changed = await handlers.regions.update(update, contextOf(owner))
  assert.deepEqual(changed, { ...region, description: 'by the sea' })
  assert.deepEqual(await handlers.regions.get(get, contextOf(owner)), changed)
  const back = { path, query: {}, body: { dataAddress: null } }
  const { dataAddress } = await handlers.regions.update(back, contextOf(owner))
  assert.equal(dataAddress, undefined)
})
