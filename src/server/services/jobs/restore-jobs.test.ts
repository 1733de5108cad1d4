import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { PointId } from '#contract'
import { putRegion, updateClient, updateInstance } from '../../catalog/index.ts'
import { addAccount, addInstance } from '../../catalog/world.contract.ts'
import { contextOf } from '../../kernel.fixture.ts'
import { factsOf } from '../../scheduler/job-news.ts'
import {
  type AgentWorld,
  addAgent,
  addJob,
  commitPoint,
  jobOf,
  makeAgentWorld,
  minute,
  pass,
  pathOf,
  type TestAgent,
  userOfWorld,
} from '../agents/agent-world.contract.ts'

async function begunJob(world: AgentWorld, agent: TestAgent) {
  const jobId = await addJob(world, agent)
  await agent.accept()
  return jobId
}

const problem = {
  type: 'urn:holdfast:error:storage.unavailable',
  title: 't',
  status: 503,
  detail: 'the store is away',
  code: 'storage.unavailable',
  advise: '',
  context: {},
} as const

function listCall<Query>(query: Query) {
  return { path: {}, query, body: undefined }
}

async function pointOfWorld(world: AgentWorld, agent: TestAgent): Promise<PointId> {
  const jobId = await begunJob(world, agent)
  const point = await commitPoint(world, jobId)
  await commitPoint(world, jobId, { volume: '/data' })
  await agent.end(jobId)
  return point as PointId
}

test('F1 F2 F4 F7 a restore goes to the instance of its points, keeps what is there, and ends with its totals', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const pointId = await pointOfWorld(world, agent)
  const user = contextOf(userOfWorld(world))
  const selection = { kind: 'include', paths: [pathOf('etc/hosts')] } as const
  const body = { vaultId: world.vaultId, pointIds: [pointId], selection }
  const made = await world.restores.create({ path: {}, query: {}, body }, user)
  equal(made.conflict, 'skip')
  const [given] = await agent.accept()
  ok(given?.kind === 'restore' && given.restoreJobId === made.restoreJobId)
  deepEqual([given.selection, given.limits.bytesPerSecondMax], [selection, 10e6])
  const done = { written: 3, writtenBytes: 5, overwritten: 1, kept: 2, unchanged: 4 }
  const totals = { files: 1, sourceBytes: 7, newBytes: 0, storedBytes: 0, ...done }
  await agent.end(made.restoreJobId, {
    totals,
    counts: { failed: 0, skipped: 2, inconsistent: 0 },
  })
  const path = { restoreJobId: made.restoreJobId }
  const shown = await world.restores.get({ path, query: {}, body: undefined }, user)
  deepEqual(
    [shown.state, shown.totals, shown.warnings],
    ['COMPLETE', { files: 1, bytes: 7, ...done }, []],
  )
})

test('a dry run tells its agent so, and nobody else of its failure', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const pointId = await pointOfWorld(world, agent)
  const user = contextOf(userOfWorld(world))
  for (const dryRun of [true, false]) {
    const body = { vaultId: world.vaultId, pointIds: [pointId], dryRun }
    const { restoreJobId } = await world.restores.create({ path: {}, query: {}, body }, user)
    const [given] = await agent.accept()
    equal(given?.kind === 'restore' && given.dryRun === true, dryRun)
    // In the audit log a restore must not pass for a look, nor a look for a restore (H6).
    equal(user.trace.notes.at(-1)?.['dryRun'], dryRun)
    await agent.end(restoreJobId, { state: 'FAILED' })
    const job = await jobOf(world, restoreJobId)
    equal(job.state, 'FAILED')
    equal(factsOf([job], new Map()).length, dryRun ? 0 : 1)
  }
})

test('an agent that is older than dry runs is never given one: it could not tell it from a restore', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  agent.knows = []
  const pointId = await pointOfWorld(world, agent)
  const body = { vaultId: world.vaultId, pointIds: [pointId], dryRun: true }
  const user = contextOf(userOfWorld(world))
  const { restoreJobId } = await world.restores.create({ path: {}, query: {}, body }, user)
  deepEqual(await agent.accept(), [])
  const { state, problemCode } = await jobOf(world, restoreJobId)
  deepEqual([state, problemCode], ['FAILED', 'agent.cannot'])
})

test('F5 a selection without files ends complete and says so', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const pointId = await pointOfWorld(world, agent)
  const user = contextOf(userOfWorld(world))
  const body = { vaultId: world.vaultId, pointIds: [pointId] }
  const { restoreJobId } = await world.restores.create({ path: {}, query: {}, body }, user)
  await agent.accept()
  await agent.end(restoreJobId, {
    totals: { files: 0, sourceBytes: 0, newBytes: 0, storedBytes: 0 },
  })
  const job = await jobOf(world, restoreJobId)
  equal(job.state, 'COMPLETE')
  match(job.warnings.join(), /nothing was restored/)
})

test('F3 a target that does not exist ends the restore with TARGET_NOT_EXIST', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const pointId = await pointOfWorld(world, agent)
  const user = contextOf(userOfWorld(world))
  const body = { vaultId: world.vaultId, pointIds: [pointId], targetPath: pathOf('/nowhere') }
  const { restoreJobId } = await world.restores.create({ path: {}, query: {}, body }, user)
  const [given] = await agent.accept()
  ok(given?.kind === 'restore' && given.targetPath === '/nowhere')
  const missing = { ...problem, code: 'target.not-found', detail: 'no /nowhere', status: 404 }
  await agent.end(restoreJobId, { state: 'FAILED', problem: missing })
  const path = { restoreJobId }
  const shown = await world.restores.get({ path, query: {}, body: undefined }, user)
  deepEqual([shown.state, shown.problem?.originalCode], ['FAILED', 'TARGET_NOT_EXIST'])
})

test('F2 a restore works when its source is gone, onto another machine', async () => {
  await using world = await makeAgentWorld()
  const source = await addAgent(world, 'web-1')
  const pointId = await pointOfWorld(world, source)
  const { db } = world.kernel.catalog
  const { instanceId } = source.identity
  await updateInstance(db, instanceId, { state: 'RELEASED', releasedAt: world.kernel.wallMs() })
  const user = contextOf(userOfWorld(world))
  const body = { vaultId: world.vaultId, pointIds: [pointId] }
  await rejects(world.restores.create({ path: {}, query: {}, body }, user), {
    code: 'instance.not-running',
  })
  const target = await addAgent(world, 'web-2')
  const targetInstanceId = target.identity.instanceId
  const elsewhere = { ...body, targetInstanceId, targetPath: pathOf('/restored') }
  const made = await world.restores.create({ path: {}, query: {}, body: elsewhere }, user)
  equal(made.targetInstanceId, targetInstanceId)
  equal((await target.accept())[0]?.kind, 'restore')
})

test('F2 a target that is lost, stopped, without a client, elsewhere or another account’s is refused', async () => {
  await using world = await makeAgentWorld()
  const source = await addAgent(world, 'web-1')
  const pointId = await pointOfWorld(world, source)
  const { kernel, vaultId } = world
  const user = contextOf(userOfWorld(world))
  const attempt = async (targetInstanceId: typeof source.identity.instanceId) =>
    await world.restores.create(
      { path: {}, query: {}, body: { vaultId, pointIds: [pointId], targetInstanceId } },
      user,
    )
  const bare = await addInstance(kernel.catalog, world.accountId, { name: 'bare' })
  await rejects(attempt(bare.id), { code: 'agent.unreachable' })
  const other = await addAccount(kernel.catalog, 'second')
  const foreign = await addInstance(kernel.catalog, other, { name: 'foreign' })
  await rejects(attempt(foreign.id), { code: 'instance.not-found' })
  const target = await addAgent(world, 'web-2')
  const { clientId, instanceId } = target.identity
  await updateClient(kernel.catalog.db, clientId, { status: 'STOPPED' })
  await rejects(attempt(instanceId), { code: 'instance.not-running' })
  await updateClient(kernel.catalog.db, clientId, { status: 'UNKNOWN' })
  await rejects(attempt(instanceId), { code: 'instance.not-running' })
  await updateClient(kernel.catalog.db, clientId, { status: 'ACTIVATED' })
  pass(world, 10 * minute)
  await rejects(attempt(instanceId), { code: 'agent.unreachable' })
  const far = { id: 'far', accountId: world.accountId, name: 'Far', createdAt: 0 }
  await putRegion(kernel.catalog.db, { ...far, controlUrl: null, dataUrl: null })
  await target.beat()
  await updateInstance(kernel.catalog.db, instanceId, { regionId: 'far' })
  await rejects(attempt(instanceId), { code: 'restore.other-region' })
  equal((await world.restores.list(listCall({}), user)).items.length, 0)
})

test('F1 points of two machines, twice of one volume, of another vault or none are refused', async () => {
  await using world = await makeAgentWorld()
  const [one, two] = [await addAgent(world, 'web-1'), await addAgent(world, 'web-2')]
  const first = await pointOfWorld(world, one)
  pass(world, 1)
  const again = await pointOfWorld(world, one)
  const second = await pointOfWorld(world, two)
  const user = contextOf(userOfWorld(world))
  const attempt = async (pointIds: PointId[]) =>
    await world.restores.create(
      { path: {}, query: {}, body: { vaultId: world.vaultId, pointIds } },
      user,
    )
  await rejects(attempt([first, second]), { code: 'request.invalid' })
  await rejects(attempt([first, again]), { code: 'request.invalid' })
  await rejects(attempt(['0'.repeat(64) as PointId]), { code: 'point.not-found' })
})
