/**
 * A thousand agents at one server, measured: a program of its own, because a test runner watches every promise. Prints one
 * line of JSON.
 */
import { createClient, transact } from '#server'
import { addInstance } from '../../src/server/catalog/world.contract.ts'
import {
  type AgentWorld,
  addJob,
  digestOf,
  makeAgentWorld,
  pass,
  TestAgent,
} from '../../src/server/services/agents/agent-world.contract.ts'

const agentCount = 1_000
const rounds = 20

/** Registered agents without the price of their activation. */
async function addAgents(world: AgentWorld): Promise<readonly TestAgent[]> {
  const { kernel, accountId } = world
  const agents: TestAgent[] = []
  await transact(kernel.catalog.db, async (trx) => {
    for (let at = 0; at < agentCount; at++) {
      const name = `host-${at}`
      const fingerprint = digestOf(name)
      const catalog = { ...kernel.catalog, db: trx }
      const instance = await addInstance(catalog, accountId, { name, fingerprint })
      const clientId = kernel.catalog.newId('client')
      await createClient(trx, {
        id: clientId,
        accountId,
        regionId: instance.regionId,
        instanceId: instance.id,
        status: 'ACTIVATED',
        version: null,
        identity: null,
        identityUntil: null,
        revokedAt: null,
        process: null,
        heardAt: kernel.wallMs(),
        problemCode: null,
        problem: null,
        alertSetting: 'inherit',
        alertChannels: [],
        settings: {},
        createdAt: 0,
        updatedAt: 0,
      })
      const identity = { kind: 'agent', clientId, instanceId: instance.id, accountId } as const
      agents.push(new TestAgent(world, identity, name))
    }
  })
  return agents
}

async function pollUntilGiven(agent: TestAgent): Promise<number> {
  for (;;) {
    const given = await agent.poll(60)
    if (given.length > 0) return given.length
  }
}

async function beatAll(world: AgentWorld, agents: readonly TestAgent[]): Promise<number> {
  const began = performance.now()
  await Promise.all(agents.map((agent) => agent.say(agent.heartbeat())))
  await world.service.flush()
  const took = performance.now() - began
  pass(world, 15_000)
  return took
}

function heapUsed(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

await using world = await makeAgentWorld()
const agents = await addAgents(world)
await beatAll(world, agents)
const waiting = agents.map(pollUntilGiven)
for (let at = 0; at < 4; at++) await beatAll(world, agents)
const before = heapUsed()
let took = 0
for (let at = 0; at < rounds; at++) took += await beatAll(world, agents)
const heapGrowth = heapUsed() - before
const heard = await world.kernel.catalog.db
  .selectFrom('clients')
  .select(({ fn }) => [fn.min('heardAt').as('first'), fn.countAll<number>().as('all')])
  .executeTakeFirstOrThrow()

const began = performance.now()
for (const agent of agents) await addJob(world, agent, { planId: null })
const given = await Promise.all(waiting)
const jobsMs = performance.now() - began

const seen = {
  agents: heard.all,
  isAllHeard: heard.first === world.kernel.wallMs() - 15_000,
  beatsPerSecond: Math.round((agentCount * rounds * 1_000) / took),
  heapGrowth,
  jobsGiven: given.reduce((sum, count) => sum + count, 0),
  jobsMs: Math.round(jobsMs),
}
process.stdout.write(`${JSON.stringify(seen)}\n`)
