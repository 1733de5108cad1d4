import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import { listAudit, verifyAudit } from '../catalog/journal/audit-log.ts'
import { isReached, type ListenerWorld, openWorld, type Stub } from './listener-world.contract.ts'

const policyOf = (world: () => ListenerWorld, calls: { count: number }): Stub => {
  return async ({ body }) => {
    calls.count += 1
    const { kernel } = world()
    if (body.name === 'busy') throw failure('catalog.busy', { problem: 'test' })
    if (body.name === 'bug') throw new Error('secret inside')
    if (body.name === 'slow') await new Promise((resolve) => setTimeout(resolve, 300))
    return {
      policyId: kernel.catalog.newId('policy'),
      name: body.name,
      description: '',
      rules: [],
      bindingCount: 0,
      createdAt: kernel.wallMs(),
      changedAt: kernel.wallMs(),
    }
  }
}

const rules = (world: ListenerWorld) => [
  {
    kind: 'BACKUP',
    schedule: { kind: 'days', every: 1, firstAt: '2026-09-22T00:00:00Z' },
    vaultId: world.mine.ids.vault,
  },
  { kind: 'LIFECYCLE', retention: { days: 30 } },
]

test('the same key with the same request gets the same answer, and nothing is done twice (I2)', async () => {
  const calls = { count: 0 }
  await using world = await openWorld({
    handlers: { 'policies.create': policyOf(() => world, calls) },
  })
  const { mine, kernel } = world
  const post = (name: string, key: string, role: 'owner' | 'administrator' = 'owner') =>
    world.ask('POST', '/api/v1/policies', {
      cookie: mine.people[role],
      body: { name, rules: rules(world) },
      headers: { 'idempotency-key': key },
    })
  const first = await post('weekly', 'key-1')
  equal(first.status, 201)
  const again = await post('weekly', 'key-1')
  deepEqual([again.status, again.text], [201, first.text])
  equal(again.headers['idempotency-replayed'], 'true')
  equal(calls.count, 1)
  equal((await post('monthly', 'key-1')).code, 'idempotency.mismatch')
  equal(
    (await post('weekly', 'key-1', 'administrator')).status,
    201,
    'keys of others are other keys',
  )
  equal(calls.count, 2)
  equal((await post('weekly', 'x'.repeat(65))).code, 'request.invalid')
  const [one, two] = await Promise.all([post('slow', 'key-2'), post('slow', 'key-2')])
  deepEqual([one.status, two.status].sort(), [201, 409])
  ok([one.code, two.code].includes('idempotency.under-way'))
  equal(calls.count, 3)
  equal((await post('busy', 'key-3')).status, 503)
  equal((await post('busy', 'key-3')).status, 503, 'what left nothing may be tried again')
  equal(calls.count, 5)
  equal((await post('bug', 'key-4')).status, 500)
  equal((await post('bug', 'key-4')).code, 'idempotency.under-way', 'after a bug nobody knows')
  equal(calls.count, 6)
  kernel.clock.advance(11 * 3_600_000)
  equal((await post('weekly', 'key-1')).headers['idempotency-replayed'], 'true')
  equal(calls.count, 6)
})

test('what is kept of a request gives nobody a way to guess the password in it', async () => {
  const calls = { count: 0 }
  await using world = await openWorld({
    handlers: { 'policies.create': policyOf(() => world, calls) },
  })
  const { mine, kernel } = world
  const post = (role: 'owner' | 'administrator') =>
    world.ask('POST', '/api/v1/policies', {
      cookie: mine.people[role],
      body: { name: 'weekly', rules: rules(world) },
      headers: { 'idempotency-key': 'key-1' },
    })
  equal((await post('owner')).status, 201)
  equal((await post('administrator')).status, 201)
  const rows = await kernel.catalog.db.selectFrom('idempotencyKeys').select('requestHash').execute()
  // Equal requests: only what the catalog does not hold, the secrets of the two callers, tells them apart.
  equal(new Set(rows.map((row) => Buffer.from(row.requestHash).toString('hex'))).size, 2)
})

test('answers to agents are kept too, but never in the database', async () => {
  let count = 0
  await using world = await openWorld({
    handlers: {
      'sessions.open': async () => {
        count += 1
        return {
          sessionId: world.kernel.catalog.newId('session'),
          idKey: 'c2VjcmV0',
          gear: 'Z2Vhcg==',
          sealingId: 'c2VjcmV0',
          sealingMaster: 'c2VjcmV0',
          chunkAverageBytes: 65_536,
          compressionLevel: 3,
          isEmpty: true,
          blocksUnderWayMax: 4,
          idleMs: 60_000,
        }
      },
    },
  })
  const { mine, kernel } = world
  const body = { kind: 'backup', jobId: mine.ids.job, attempt: 1, source: '/' }
  const open = (more = {}) =>
    world.ask('POST', '/api/v1/agent/sessions', {
      agent: mine.agent,
      body: { ...body, ...more },
      headers: { 'idempotency-key': 'k' },
    })
  const first = await open()
  equal(first.status, 201, first.text)
  equal((await open()).text, first.text)
  equal(count, 1)
  equal((await open({ attempt: 2 })).code, 'idempotency.mismatch')
  const rows = await kernel.catalog.db.selectFrom('idempotencyKeys').selectAll().execute()
  deepEqual(rows, [])
})

test('the audit log has what changed something and what was refused, and no secret (H6)', async () => {
  const calls = { count: 0 }
  await using world = await openWorld({
    handlers: {
      'policies.create': policyOf(() => world, calls),
      'plans.pause': async (_call, { note }) => {
        note({ reason: 'holiday' })
        return { wrong: true }
      },
      'signIn.begin': async () => {
        throw failure('auth.refused')
      },
    },
  })
  const { mine, other, ask, kernel } = world
  const { owner, auditor } = mine.people
  await ask('GET', '/api/v1/overview', { cookie: owner })
  await ask('POST', '/api/v1/policies', {
    cookie: owner,
    body: { name: 'weekly', rules: rules(world) },
  })
  await ask('POST', `/api/v1/plans/${mine.ids.plan}/pause`, { cookie: auditor })
  await ask('POST', `/api/v1/plans/${mine.ids.plan}/pause`, { cookie: owner })
  await ask('GET', `/api/v1/vaults/${other.ids.vault}`, { cookie: auditor })
  await ask('POST', '/api/v1/sign-in', { body: { email: 'a@b.example', password: 'my secret' } })
  await ask('GET', '/api/v1/me', { token: 'hft_guess' })
  const { items } = await listAudit(kernel.catalog.db, { accountId: mine.accountId }, { limit: 50 })
  deepEqual(
    items.map(({ action, result, callerName, detail }) => [
      action,
      result,
      callerName,
      detail['code'],
    ]),
    [
      ['vaults.get', 'refused', 'auditor', 'vault.not-found'],
      ['plans.pause', 'failed', 'owner', 'server.fault'],
      ['plans.pause', 'refused', 'auditor', 'auth.forbidden'],
      ['policies.create', 'done', 'owner', undefined],
    ],
  )
  const [foreign, paused, , made] = items
  equal(foreign?.target, other.ids.vault)
  equal(paused?.detail['reason'], 'holiday')
  match(String(made?.detail['createdId']), /^po-/)
  const ofServer = await listAudit(kernel.catalog.db, { accountId: null }, { limit: 50 })
  deepEqual(
    ofServer.items.map(({ action, detail }) => [action, detail['code']]),
    [
      ['signIn.whoAmI', 'auth.refused'],
      ['signIn.begin', 'auth.refused'],
    ],
  )
  const everything = JSON.stringify([items, ofServer])
  for (const secret of ['my secret', 'hft_guess', owner.cookie, 'weekly']) {
    ok(!everything.includes(secret), secret)
  }
  equal(await verifyAudit(kernel.catalog.db, mine.accountId), undefined)
})

test('who only knocks fills no log', async () => {
  await using world = await openWorld()
  for (let at = 0; at < 100; at++) await world.ask('GET', '/api/v1/me')
  const { items } = await listAudit(world.kernel.catalog.db, { accountId: null }, { limit: 200 })
  equal(items.length, 60)
})

test('guesses are counted before they are made, by address and by login (A22)', async () => {
  let isRight = false
  await using world = await openWorld({
    attemptLimits: { windowMs: 60_000, perAddress: 8, perAccount: 3, keysMax: 100 },
    handlers: {
      'signIn.begin': async () => {
        await new Promise((resolve) => setTimeout(resolve, 50))
        throw isRight ? failure('job.over', {}) : failure('auth.refused')
      },
    },
  })
  const guess = (email: string) =>
    world.ask('POST', '/api/v1/sign-in', { body: { email, password: 'guess' } })
  const burst = await Promise.all(Array.from({ length: 6 }, () => guess('a@b.example')))
  const codes = burst.map(({ code }) => code)
  equal(codes.filter((code) => code === 'auth.refused').length, 3)
  equal(codes.filter((code) => code === 'auth.too-many-attempts').length, 3)
  const [late] = burst.filter(({ status }) => status === 429)
  match(String(late?.headers['retry-after']), /^\d+$/)
  isRight = true
  for (let at = 0; at < 10; at++) {
    ok(isReached(await guess('c@d.example')), 'what is no wrong guess is not counted')
  }
  equal((await guess('A@B.example')).code, 'auth.too-many-attempts')
  isRight = false
  for (const name of ['e', 'f', 'g', 'h', 'i'])
    equal((await guess(`${name}@x.example`)).status, 401)
  equal((await guess('j@x.example')).code, 'auth.too-many-attempts', 'the address is known by now')
})
