import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { scheduler } from 'node:timers/promises'
import { revokeToken } from '../catalog/accounts/tokens.ts'
import { revokeRole, updateUser } from '../catalog/accounts/users.ts'
import { isReached, openWorld } from './listener-world.contract.ts'
import { addToken } from './tenant.contract.ts'

test('who shows nothing is not signed in; who shows a wrong thing is refused (A22)', async () => {
  await using world = await openWorld()
  const { mine, ask } = world
  const none = await ask('GET', '/api/v1/me')
  deepEqual([none.status, none.code], [401, 'auth.required'])
  equal(none.headers['www-authenticate'], 'Bearer realm="holdfast"')
  for (const authorization of [
    'Bearer hft_wrong',
    'Basic YTpi',
    'Bearer',
    `Bearer ${'x'.repeat(9_000)}`,
  ]) {
    const said = await ask('GET', '/api/v1/me', { headers: { authorization } })
    deepEqual([said.status, said.code], [401, 'auth.refused'], authorization.slice(0, 20))
  }
  const asCookie = { ...mine.people.owner, cookie: mine.people.owner.token }
  equal((await ask('GET', '/api/v1/me', { cookie: asCookie })).status, 401, 'a token is no cookie')
  const { cookie } = mine.people.owner
  equal((await ask('GET', '/api/v1/me', { token: cookie })).status, 401, 'a cookie is no token')
  const twice = { cookie: `__Host-holdfast=${cookie}; __Host-holdfast=x` }
  equal((await ask('GET', '/api/v1/me', { headers: twice })).status, 401)
  ok(isReached(await ask('GET', '/api/v1/me', { cookie: mine.people.owner })))
  ok(isReached(await ask('GET', '/api/v1/me', { token: mine.people.owner.token })))
})

test('a cookie alone changes nothing: the header and the origin prove who asks (A22)', async () => {
  await using world = await openWorld()
  const { mine, ask, listener } = world
  const { owner, administrator } = mine.people
  const path = '/api/v1/sign-out'
  const attempts: readonly (readonly [Record<string, string>, string | 'reached'])[] = [
    [{ 'holdfast-csrf': '' }, 'auth.csrf'],
    [{ 'holdfast-csrf': owner.cookie }, 'auth.csrf'],
    [{ origin: 'https://evil.example' }, 'auth.cross-site'],
    [{ origin: 'null' }, 'auth.cross-site'],
    [{ 'sec-fetch-site': 'cross-site' }, 'auth.cross-site'],
    [{ 'sec-fetch-site': 'same-site' }, 'auth.cross-site'],
    [{ origin: `http://127.0.0.1:${listener.address.port}` }, 'auth.cross-site'],
    [
      { origin: `https://127.0.0.1:${listener.address.port}`, 'sec-fetch-site': 'same-origin' },
      'reached',
    ],
    [{}, 'reached'],
  ]
  for (const [headers, expected] of attempts) {
    const said = await ask('POST', path, { cookie: owner, headers })
    if (expected === 'reached') ok(isReached(said), JSON.stringify(headers))
    else deepEqual([said.status, said.code], [403, expected], JSON.stringify(headers))
  }
  const others = await ask('POST', path, {
    headers: { cookie: `__Host-holdfast=${owner.cookie}`, 'holdfast-csrf': administrator.cookie },
  })
  equal(others.code, 'auth.csrf')
  const signIn = { email: 'a@b.example', password: 'x' }
  const login = await ask('POST', '/api/v1/sign-in', {
    body: signIn,
    headers: { origin: 'https://evil.example' },
  })
  equal(login.code, 'auth.cross-site', 'nobody is signed in by another site either')
})

test('what is taken away counts from the next call on: token, role, user, time', async () => {
  await using world = await openWorld()
  const { mine, ask, kernel } = world
  const { db } = kernel.catalog
  const me = (token: string) => ask('GET', '/api/v1/me', { token })
  const { owner, administrator, backupOperator, restoreOperator, auditor } = mine.people
  await revokeToken(db, { id: mine.ids.token as never, userId: owner.userId }, kernel.wallMs())
  ok(isReached(await me(owner.token)), 'another token of the same user stays')
  await updateUser(db, administrator.userId, { status: 'DISABLED' })
  equal((await me(administrator.token)).code, 'auth.refused')
  equal((await ask('GET', '/api/v1/me', { cookie: administrator })).code, 'auth.required')
  await revokeRole(db, backupOperator.userId, mine.accountId)
  equal((await me(backupOperator.token)).code, 'auth.refused')
  ok(isReached(await ask('GET', '/api/v1/me', { cookie: restoreOperator })))
  kernel.clock.advance(13 * 3_600_000)
  equal(
    (await ask('GET', '/api/v1/me', { cookie: auditor })).code,
    'auth.required',
    'unused too long',
  )
  ok(isReached(await me(auditor.token)), 'API tokens have their own time')
  kernel.clock.advance(366 * 24 * 3_600_000)
  equal((await me(auditor.token)).code, 'auth.refused')
})

test('twelve hours unused end a sign-in, whatever a page that stands open asks on its own (A22)', async () => {
  await using world = await openWorld({
    limits: { eventKeepAliveMs: 20 },
    handlers: {
      'server.events': async (_call, { signal }) =>
        world.kernel.events.watch(world.mine.accountId, signal),
    },
  })
  const { mine, ask, kernel } = world
  const { owner: cookie } = mine.people
  // It breaks off once its caller may listen no more.
  const stream = rejects(ask('GET', '/api/v1/events', { cookie }))
  const headers = { 'holdfast-background': '1' }
  const own = () => ask('GET', '/api/v1/overview', { cookie, headers })
  for (let hour = 0; hour < 11; hour += 1) {
    kernel.clock.advance(3_600_000)
    ok(isReached(await own()))
    // Long enough for the stream to ask for its caller in between.
    await scheduler.wait(60)
  }
  kernel.clock.advance(3_600_000)
  equal((await own()).code, 'auth.required')
  await stream
})

test('a person at the page keeps the sign-in, and no change passes for nobody (A22)', async () => {
  await using world = await openWorld()
  const { mine, ask, kernel } = world
  const { owner, auditor } = mine.people
  const headers = { 'holdfast-background': '1' }
  for (let days = 0; days < 4; days += 1) {
    kernel.clock.advance(11 * 3_600_000)
    ok(isReached(await ask('GET', '/api/v1/overview', { cookie: owner })))
    const body = { name: 'Ann' }
    ok(isReached(await ask('PATCH', '/api/v1/me', { cookie: auditor, headers, body })))
  }
})

test('a token does what its scopes and its user may, and no more', async () => {
  await using world = await openWorld()
  const { mine, other, ask, kernel } = world
  const ofOwner = { userId: mine.people.owner.userId, accountId: mine.accountId }
  const reading = await addToken(kernel.catalog, ofOwner, 'api', ['read'])
  const token = reading.secret
  ok(isReached(await ask('GET', '/api/v1/overview', { token })))
  const refused = await ask('POST', `/api/v1/plans/${mine.ids.plan}/run`, { token })
  deepEqual([refused.status, refused.code], [403, 'auth.scope-missing'])
  const body = { name: 'more', scopes: ['administer'], password: 'x' }
  const never = await ask('POST', '/api/v1/tokens', { token: mine.people.owner.token, body })
  deepEqual([never.status, never.code], [403, 'auth.scope-missing'], 'no token makes tokens')
  match(never.text, /of a person who signed in/)
  const ofServer = await ask('GET', '/api/v1/accounts', { token: other.people.owner.token })
  deepEqual([ofServer.status, ofServer.code], [403, 'auth.forbidden'])
  ok(isReached(await ask('GET', '/api/v1/accounts', { token: mine.people.owner.token })))
})
