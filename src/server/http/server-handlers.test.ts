import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import type { ServerEvent } from '#contract'
import { contextOf, makeTestKernel, noVaults } from '../kernel.fixture.ts'
import { openMetrics } from '../metrics.ts'
import { openWorld } from './listener-world.contract.ts'
import { type FindFacts, serverHandlers } from './server-handlers.ts'
import { addTenant } from './tenant.contract.ts'

const call = { path: {}, query: {}, body: undefined } as const
const anybody = contextOf({ kind: 'public' })
const noFacts: FindFacts = () => ({
  address: 'https://localhost:8443',
  catalog: 'sqlite',
  sendsMail: false,
  ownBackup: { vaults: [] },
})

test('healthy is who lives; ready is who reaches catalog and vaults, and does not end', async () => {
  let isBroken = false
  const state = async () => {
    if (isBroken) throw failure('vault.leased', { holder: 'x', since: 'y' })
    return {} as never
  }
  await using kernel = await makeTestKernel({ vaults: { ...noVaults, state } })
  await addTenant(kernel.catalog, 'mine')
  const ready = () => serverHandlers(kernel, openMetrics('1'), noFacts).readiness(call, anybody)
  deepEqual(await ready(), { status: 'ok', version: '0.0.0-test', problems: [] })
  isBroken = true
  await ready().then(
    () => ok(false, 'a vault does not answer'),
    (problem) => equal(problem.code, 'server.not-ready'),
  )
  isBroken = false
  equal((await ready()).status, 'ok')
  kernel.end()
  await ready().then(
    () => ok(false, 'the server ends'),
    (problem) => equal(problem.code, 'server.not-ready'),
  )
  const health = await serverHandlers(kernel, openMetrics('1'), noFacts).health(call, anybody)
  equal(health.status, 'ok')
})

test('metrics count by route, never by path, and only the server’s own people read them', async () => {
  const metrics = openMetrics('0.0.0-test')
  await using kernel = await makeTestKernel()
  const own = serverHandlers(kernel, metrics, noFacts)
  await using world = await openWorld({
    handlers: { 'server.metrics': () => own.metrics(call, anybody) },
  })
  const { mine, other, ask } = world
  metrics.observeCall('jobs.get', 200, 0.01)
  metrics.addGauge({ name: 'holdfast_test', help: 'A test.', labels: ['of'] }, () => [
    { value: 3, labels: { of: 'x' } },
  ])
  const said = await ask('GET', '/metrics', { token: mine.people.administrator.token })
  match(String(said.headers['content-type']), /^text\/plain; version=0\.0\.4/)
  match(said.text, /holdfast_http_calls_total\{route="jobs\.get",status="200"\} 1/)
  match(said.text, /holdfast_test\{of="x"\} 3/)
  match(said.text, /holdfast_process_resident_memory_bytes/)
  match(said.text, /holdfast_build\{version="0\.0\.0-test"\} 1/)
  equal((await ask('GET', '/metrics', { token: mine.people.auditor.token })).status, 403)
  equal((await ask('GET', '/metrics', { token: other.people.owner.token })).status, 403)
  equal((await ask('GET', '/metrics')).status, 401)
  await ask('GET', `/api/v1/jobs/${mine.ids.job}`, { token: mine.people.owner.token })
  const text = await world.metrics.text()
  match(text, /route="jobs\.get",status="409"/)
  ok(!text.includes(mine.ids.job))
})

test('the description of the API is what the table says', async () => {
  await using kernel = await makeTestKernel()
  const own = serverHandlers(kernel, openMetrics('1'), noFacts)
  await using world = await openWorld({
    handlers: { 'server.openapi': () => own.openapi(call, anybody) },
  })
  const said = await world.ask('GET', '/api/v1/openapi.json')
  equal(said.headers['content-type'], 'application/json')
  equal(JSON.parse(said.text).info.version, '0.0.0-test')
})

test('events of a region are those of its instances, and what concerns all (G6)', async () => {
  await using kernel = await makeTestKernel()
  const mine = await addTenant(kernel.catalog, 'mine')
  const { events } = serverHandlers(kernel, openMetrics('1'), noFacts)
  const watching = new AbortController()
  const person = {
    kind: 'user',
    userId: mine.people.owner.userId,
    accountId: mine.accountId,
    role: 'owner',
    name: 'owner',
    tokenId: mine.people.owner.tokenId,
    scopes: undefined,
    isServerAccount: true,
  } as const
  const context = contextOf(person, { signal: watching.signal })
  const elsewhere = await events(
    { ...call, query: { regionId: mine.ids.region as never } },
    context,
  )
  const here = await events({ ...call, query: { regionId: 'hangzhou' as never } }, context)
  const kindsOf = async (stream: AsyncIterable<ServerEvent>) => {
    const kinds: string[] = []
    for await (const { kind } of stream) kinds.push(kind)
    return kinds
  }
  const seen = Promise.all([kindsOf(elsewhere), kindsOf(here)])
  await new Promise((resolve) => setImmediate(resolve))
  const head = { eventId: kernel.catalog.newId('event'), at: kernel.wallMs() }
  const instanceId = mine.ids.instance as never
  kernel.events.publish(mine.accountId, {
    kind: 'job.state',
    ...head,
    job: 'BACKUP' as never,
    jobId: mine.ids.job as never,
    instanceId,
    state: 'RUNNING',
  })
  kernel.events.publish(mine.accountId, {
    kind: 'alert.raised',
    ...head,
    alertId: mine.ids.alert as never,
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  watching.abort()
  deepEqual(await seen, [['alert.raised'], ['job.state', 'alert.raised']])
})
