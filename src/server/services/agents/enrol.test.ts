import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import {
  findClient,
  findClientByIdentity,
  findInstance,
  listClientsOf,
} from '../../catalog/index.ts'
import { addAccount } from '../../catalog/world.contract.ts'
import { contextOf } from '../../kernel.fixture.ts'
import {
  type AgentWorld,
  addAgent,
  digestOf,
  enrolmentOf,
  makeAgentWorld,
  makeCode,
  minute,
  pass,
} from './agent-world.contract.ts'

const anyone = () => contextOf({ kind: 'public' })

function enrolCall(code: string, name: string, facts: { architecture?: string } = {}) {
  const body = enrolmentOf(code, name)
  return { path: {}, query: {}, body: { ...body, facts: { ...body.facts, ...facts } } }
}

function identityOf(code: string, name: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digestOf(`key of ${name} with ${code}`), 'hex'))
}

test('A2 a code makes a machine an instance with a client and an identity', async () => {
  await using world = await makeAgentWorld()
  const code = await makeCode(world)
  const answer = await world.agents.enrol(enrolCall(code, 'web-1'), anyone())
  const instance = await findInstance(world.kernel.catalog.db, answer.instanceId)
  equal(instance?.name, 'web-1')
  equal(instance?.state, 'RUNNING')
  equal(instance?.fingerprint, digestOf('web-1'))
  // Two local disks of 100; what is mounted from the network is not attached (G1).
  equal(instance?.blockBytes, 200)
  const client = await findClientByIdentity(world.kernel.catalog.db, identityOf(code, 'web-1'))
  equal(client?.id, answer.clientId)
  equal(client?.status, 'REGISTERED')
  equal(answer.authority, 'authority')
  equal(answer.replaced, undefined)
  deepEqual(world.activations, [])
})

test('A2 A22 a code counts once: of two who come with it at the same time one gets in', async () => {
  await using world = await makeAgentWorld()
  const code = await makeCode(world)
  const both = await Promise.allSettled([
    world.agents.enrol(enrolCall(code, 'web-1'), anyone()),
    world.agents.enrol(enrolCall(code, 'thief'), anyone()),
  ])
  deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const refused = both.find((one) => one.status === 'rejected')
  equal(refused?.reason.code, 'activation.code-refused')
  await rejects(world.agents.enrol(enrolCall(code, 'web-1'), anyone()), {
    code: 'activation.code-refused',
  })
  const instances = await world.kernel.catalog.db.selectFrom('instances').select('id').execute()
  equal(instances.length, 1)
})

test('A2 a code older than 15 minutes is refused, and who guesses is made to wait (A22)', async () => {
  await using world = await makeAgentWorld()
  const code = await makeCode(world)
  pass(world, 15 * minute)
  await rejects(world.agents.enrol(enrolCall(code, 'web-1'), anyone()), {
    code: 'activation.code-refused',
  })
  for (let guess = 1; guess < 10; guess++) {
    const call = enrolCall(`a guess of mine, no. ${guess}`, 'thief')
    await rejects(world.agents.enrol(call, anyone()), { code: 'activation.code-refused' })
  }
  const good = await makeCode(world)
  await rejects(world.agents.enrol(enrolCall(good, 'web-1'), anyone()), {
    code: 'auth.too-many-attempts',
  })
  const elsewhere = contextOf({ kind: 'public' }, { address: '192.0.2.99' })
  await world.agents.enrol(enrolCall(good, 'web-1'), elsewhere)
})

test('A8 a machine of 32 bits is refused with a sentence and its code is not spent', async () => {
  await using world = await makeAgentWorld()
  const code = await makeCode(world)
  const old = world.agents.enrol(enrolCall(code, 'old', { architecture: 'i686' }), anyone())
  await rejects(old, { code: 'instance.unsupported', message: /i686/ })
  await world.agents.enrol(enrolCall(code, 'new'), anyone())
})

test('A2 a machine that is activated again is the same instance; its old identity counts no more, and it is told', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const before = await listClientsOf(world.kernel.catalog.db, [agent.identity.instanceId])
  const oldIdentity = before.get(agent.identity.instanceId)?.identity
  ok(oldIdentity)
  const code = await makeCode(world)
  const again = await world.agents.enrol(enrolCall(code, 'web-1'), anyone())
  equal(again.instanceId, agent.identity.instanceId)
  equal(again.replaced, true)
  equal(await findClientByIdentity(world.kernel.catalog.db, oldIdentity), undefined)
  equal(await findClient(world.kernel.catalog.db, agent.identity.clientId), undefined)
  pass(world, minute)
  await rejects(agent.beat(), { code: 'agent.revoked' })
})

test('A2 a machine of another account with the same fingerprint stays its own', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const other: AgentWorld = { ...world, accountId: await otherAccount(world) }
  const code = await makeCode(other)
  const answer = await world.agents.enrol(enrolCall(code, 'web-1'), anyone())
  ok(answer.instanceId !== agent.identity.instanceId)
  await agent.beat()
})

async function otherAccount(world: AgentWorld) {
  return await addAccount(world.kernel.catalog, 'second')
}

test('A1 a code that says so starts Essential backup; a failure of that is told at the client', async () => {
  await using world = await makeAgentWorld(async ({ vaultId }) => {
    if (vaultId !== undefined) throw new Error('on purpose')
  })
  const { vaultId } = world
  const plain = await makeCode(world, { plan: { activate: true } })
  const first = await world.agents.enrol(enrolCall(plain, 'web-1'), anyone())
  const chosen = await makeCode(world, { plan: { activate: true, vaultId } })
  const second = await world.agents.enrol(enrolCall(chosen, 'web-2'), anyone())
  deepEqual(world.activations, [
    { instanceId: first.instanceId, vaultId: undefined, by: null },
    { instanceId: second.instanceId, vaultId, by: null },
  ])
  const client = await findClient(world.kernel.catalog.db, second.clientId)
  equal(client?.problemCode, 'server.fault')
})

test('renewing: the new identity counts from its first use on, so a lost answer locks nobody out', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const { db } = world.kernel.catalog
  const old = (await findClient(db, agent.identity.clientId))?.identity
  ok(old)
  const body = { publicKey: 'the next key', machine: agent.machine }
  await world.agents.renew({ path: {}, query: {}, body }, contextOf(agent.identity))
  equal((await findClientByIdentity(db, old))?.id, agent.identity.clientId)
  const next = Uint8Array.from(Buffer.from(digestOf('the next key'), 'hex'))
  equal((await findClientByIdentity(db, next))?.id, agent.identity.clientId)
  equal(await findClientByIdentity(db, old), undefined)
})

test('A02 an identity is not renewed for another machine', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const body = { publicKey: 'the key of a thief', machine: digestOf('thief') }
  const call = { path: {}, query: {}, body }
  await rejects(world.agents.renew(call, contextOf(agent.identity)), {
    code: 'agent.other-machine',
  })
  equal(world.notices[0]?.kind, 'KEY_EVENT')
})
