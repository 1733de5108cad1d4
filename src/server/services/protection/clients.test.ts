// Activation codes, and what clients are told besides jobs (A2, A4, A20).
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import type { RegionId } from '#contract'
import { hashSecret } from '../../authorization/secrets.ts'
import { useActivationCode } from '../../catalog/instances/activation-codes.ts'
import { findJob } from '../../catalog/jobs/jobs.ts'
import { regionId as regionText } from '../../catalog/world.contract.ts'
import type { ClientPush } from './protection-ports.ts'
import { activated, call, makeProtectionWorld, minute } from './protection-world.fixture.ts'

const regionId = regionText as RegionId

test('an activation code is shown once, counts once, for 15 minutes (A2)', async () => {
  await using world = await makeProtectionWorld()
  const { db } = world.kernel.catalog
  const make = async () =>
    await world.handlers.activationCodes.create(
      call({ body: { regionId, activate: true, note: 'for the new rack' } }),
      { ...world.as(), host: 'backup.example.com' },
    )
  const { secret, command, activationCode } = await make()
  match(secret, /^(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/)
  equal(command, `install ${secret} from backup.example.com`)
  equal(activationCode.expiresAt - activationCode.createdAt, 15 * minute)
  const rows = await db.selectFrom('activationCodes').selectAll().execute()
  ok(!JSON.stringify(rows).includes(secret), 'only its hash is kept')
  const use = async (text: string) => {
    const clientId = world.kernel.catalog.newId('client')
    const now = world.kernel.wallMs()
    return (await useActivationCode(db, hashSecret(text), { clientId, now }))?.id
  }
  equal(await use(secret), activationCode.codeId)
  equal(await use(secret), undefined)
  const late = await make()
  world.kernel.clock.advance(15 * minute)
  equal(await use(late.secret), undefined)
  const revoked = await make()
  const path = { codeId: revoked.activationCode.codeId }
  await world.handlers.activationCodes.revoke(call({ path }), world.as())
  equal(await use(revoked.secret), undefined)
  const { items } = await world.handlers.activationCodes.list(call({ query: {} }), world.as())
  equal(items.length, 3)
})

test('a client that is there is told to upgrade or to go; one that is silent is not (A2, A4)', async () => {
  await using world = await makeProtectionWorld({ clientVersion: '1.1.0' })
  const there = await world.machine()
  const silent = await world.machine()
  world.kernel.clock.advance(10 * minute)
  await world.hear(there)
  const instanceIds = [there.instanceId, silent.instanceId]
  const upgraded = await world.handlers.instances.upgradeClients(
    call({ body: { instanceIds } }),
    world.as(),
  )
  deepEqual(
    upgraded.results.map(({ accepted, problem }) => problem?.code ?? accepted),
    [true, 'agent.unreachable'],
  )
  const get = async () =>
    (await world.handlers.instances.get(call({ path: there }), world.as())).client.status
  equal(await get(), 'UPGRADING')
  await world.handlers.instances.uninstallClients(call({ body: { instanceIds } }), world.as())
  equal(await get(), 'UNINSTALLING')
})

test('a revoked client has no identity and its jobs end (A20)', async () => {
  await using world = await makeProtectionWorld()
  const machine = await world.machine()
  const planId = await activated(world, machine)
  const job = await world.handlers.plans.run(call({ path: { planId } }), world.as())
  await world.handlers.instances.revokeClient(call({ path: machine }), world.as('administrator'))
  equal((await findJob(world.kernel.catalog.db, job.jobId))?.state, 'CANCELED')
  const { client } = await world.handlers.instances.get(call({ path: machine }), world.as())
  equal(client.status, 'STOPPED')
})

test('a machine without a client gets one over SSH, with a code of its own (A1, A2, A6)', async () => {
  const pushed: string[] = []
  let refusal: Error | undefined
  const push: ClientPush = {
    canReach: async ({ hostName }) => hostName !== '',
    begin: async ({ code }) => {
      if (refusal !== undefined) throw refusal
      pushed.push(code)
    },
  }
  await using world = await makeProtectionWorld({ push })
  const ssh = {
    host: 'web-1.example.com',
    user: 'root',
    keyName: 'main',
    hostKeyDigest: 'ab'.repeat(32),
  }
  const { instanceId } = await world.handlers.instances.create(
    call({ body: { regionId, name: 'web-1', ssh } }),
    world.as(),
  )
  const activate = async () =>
    await world.handlers.instances.activate(
      call({ body: { instanceIds: [instanceId] } }),
      world.as(),
    )
  const { results } = await activate()
  deepEqual(
    results.map(({ accepted, way }) => [accepted, way]),
    [[true, 'ssh']],
  )
  const show = async () =>
    await world.handlers.instances.get(call({ path: { instanceId } }), world.as())
  const preparing = await show()
  deepEqual([preparing.runningStatus, preparing.client.status], ['PREPARING', 'INSTALLING'])
  const use = { clientId: world.kernel.catalog.newId('client'), now: world.kernel.wallMs() }
  const code = await useActivationCode(world.kernel.catalog.db, hashSecret(pushed[0] ?? ''), use)
  equal(code?.instanceId, instanceId)
  refusal = failure('agent.unreachable', { instance: 'web-1', problem: 'no route' })
  equal((await activate()).results[0]?.accepted, false)
  const failed = await show()
  deepEqual(
    [failed.runningStatus, failed.client.problem?.code],
    ['PREPARATION_FAILED', 'agent.unreachable'],
  )
})
