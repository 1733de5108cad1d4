// Activation codes, and what clients are told besides jobs (A2, A4, A20).
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { RegionId } from '#contract'
import { hashSecret } from '../../authorization/secrets.ts'
import { useActivationCode } from '../../catalog/activation-codes.ts'
import { findJob } from '../../catalog/jobs.ts'
import { regionId as regionText } from '../../catalog/world.contract.ts'
import { activated, call, makeProtectionWorld, minute } from './protection-world.fixture.ts'

const regionId = regionText as RegionId

test('an activation code is shown once, counts once, for 15 minutes (A2)', async () => {
  await using world = await makeProtectionWorld()
  const { db } = world.kernel.catalog
  const make = async () =>
    await world.handlers.activationCodes.create(
      call({ body: { regionId, activate: true, note: 'for the new rack' } }),
      world.as(),
    )
  const { secret, command, activationCode } = await make()
  match(secret, /^(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/)
  equal(command, `install ${secret}`)
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
