import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { byteString } from '#base'
import { ids } from '#contract'
import {
  endOverdueJobs,
  findVersion,
  type Job,
  listEndedJobs,
  updateInstance,
} from '../../catalog/index.ts'
import { addAccount } from '../../catalog/world.contract.ts'
import type { ByteReply } from '../../handler.ts'
import { contextOf } from '../../kernel.fixture.ts'
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

async function versionStatus(world: AgentWorld, { vaultId, versionId }: Job) {
  ok(versionId)
  return (await findVersion(world.kernel.catalog.db, vaultId, versionId))?.status
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

test('D4 COMPLETE is what has a sound point of each volume that was owed, with totals of the vault', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  await commitPoint(world, jobId)
  // While it runs its version is not whole, however good its first point is.
  equal(await versionStatus(world, await jobOf(world, jobId)), 'partial')
  await commitPoint(world, jobId, { volume: '/data' })
  await agent.end(jobId)
  const job = await jobOf(world, jobId)
  equal(job.state, 'COMPLETE')
  equal(await versionStatus(world, job), 'complete')
  const shown = await world.jobs.get(
    { path: { jobId }, query: {}, body: undefined },
    contextOf(userOfWorld(world)),
  )
  deepEqual(shown.totals, { files: 20, sourceBytes: 2_000, newBytes: 200, storedBytes: 100 })
  deepEqual(
    (await listEndedJobs(world.kernel.catalog.db, 10)).map(({ id }) => id),
    [jobId],
  )
})

test('D4 a "COMPLETE" without a point in the vault is FAILED, and says what is wrong', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  await agent.end(jobId)
  const call = { path: { jobId }, query: {}, body: undefined }
  const shown = await world.jobs.get(call, contextOf(userOfWorld(world)))
  deepEqual([shown.state, shown.problem?.code], ['FAILED', 'job.no-points'])
  equal(shown.versionId, undefined)
  match(shown.problem?.detail ?? '', /no backup point of it is in the vault/)
})

test('D4 B1 a "COMPLETE" with a volume missing is PARTIAL, names it, and its version stays partial when it is filled again', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  await commitPoint(world, jobId)
  await agent.end(jobId)
  const job = await jobOf(world, jobId)
  deepEqual([job.state, job.problemCode], ['PARTIAL_COMPLETE', 'job.points-missing'])
  match(job.problem ?? '', /\/data\b/)
  equal(await versionStatus(world, job), 'partial')
  // Reading the vault again must not make it whole, nor must clearing the history away.
  await commitPoint(world, jobId)
  equal(await versionStatus(world, job), 'partial')
})

test('B1 a disk that went away during the job is missed, although the machine no longer speaks of it', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  await updateInstance(world.kernel.catalog.db, agent.identity.instanceId, { volumes: [] })
  await commitPoint(world, jobId)
  await agent.end(jobId)
  equal((await jobOf(world, jobId)).state, 'PARTIAL_COMPLETE')
})

test('B6 skipped or inconsistent files make it PARTIAL, whether the agent or the vault says so', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  for (const how of ['counts', 'point'] as const) {
    const jobId = await begunJob(world, agent)
    await commitPoint(world, jobId, how === 'point' ? { failureCount: 1 } : {})
    await commitPoint(world, jobId, { volume: '/data' })
    const inconsistent = how === 'counts' ? 1 : 0
    await agent.end(jobId, { counts: { failed: 0, skipped: 0, inconsistent } })
    equal((await jobOf(world, jobId)).state, 'PARTIAL_COMPLETE', how)
    pass(world, 1)
  }
})

test('D4 an agent that failed after it made a point leaves a usable version: PARTIAL, with its reason', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  await commitPoint(world, jobId)
  await agent.end(jobId, { state: 'FAILED', problem })
  const job = await jobOf(world, jobId)
  deepEqual(
    [job.state, job.problemCode, job.problem],
    ['PARTIAL_COMPLETE', 'storage.unavailable', 'the store is away'],
  )
})

test('D5 an agent that gives a job up without being asked does not end it: it is begun again', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  await agent.end(jobId, { state: 'CANCELED' })
  equal((await jobOf(world, jobId)).state, 'QUEUED')
  deepEqual(await agent.poll(), [])
  pass(world, 15_000)
  await agent.beat()
  const [given] = await agent.poll()
  ok(given?.kind === 'backup' && given.attempt === 2)
})

test('D4 cancel: the agent is told at once, ends it, and nothing changes a final state after that', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  await agent.beat()
  const call = { path: { jobId }, query: {}, body: undefined }
  const user = contextOf(userOfWorld(world))
  const waiting = agent.poll(30)
  const began = performance.now()
  equal((await world.jobs.cancel(call, user)).state, 'RUNNING')
  const [told] = await waiting
  ok(told?.kind === 'cancel' && told.jobId === jobId)
  ok(performance.now() - began < 1_000)
  // Asked for twice: the same.
  await world.jobs.cancel(call, user)
  await agent.say({ kind: 'accepted', assignment: told.number })
  await agent.end(jobId, { state: 'CANCELED' })
  equal((await jobOf(world, jobId)).state, 'CANCELED')
  equal((await world.jobs.cancel(call, user)).state, 'CANCELED')
  await commitPoint(world, jobId)
  await agent.end(jobId)
  equal((await jobOf(world, jobId)).state, 'CANCELED')
  equal(await versionStatus(world, await jobOf(world, jobId)), 'partial')
})

test('D4 cancel while the agent is away ends the job now; the agent learns of it when it is back', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  pass(world, 2 * minute)
  const call = { path: { jobId }, query: {}, body: undefined }
  equal((await world.jobs.cancel(call, contextOf(userOfWorld(world)))).state, 'CANCELED')
  await agent.beat()
  const [told] = await agent.poll()
  ok(told?.kind === 'cancel' && told.jobId === jobId)
  await agent.end(jobId, { state: 'COMPLETE' })
  equal((await jobOf(world, jobId)).state, 'CANCELED')
})

test('D4 cancel of a job that no agent has heard of ends it, and no agent hears of it', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  const call = { path: { jobId }, query: {}, body: undefined }
  const user = contextOf(userOfWorld(world))
  equal((await world.jobs.cancel(call, user)).state, 'CANCELED')
  deepEqual(await agent.poll(), [])
  const over = await begunJob(world, agent)
  await agent.end(over, { state: 'FAILED', problem })
  await rejects(world.jobs.cancel({ ...call, path: { jobId: over } }, user), { code: 'job.over' })
})

test('D4 an agent that hears of a cancel and does not end the job loses it', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  await agent.beat()
  const call = { path: { jobId }, query: {}, body: undefined }
  await world.jobs.cancel(call, contextOf(userOfWorld(world)))
  for (let quarter = 0; quarter < 12; quarter++) {
    pass(world, 15_000)
    await agent.beat()
    await endOverdueJobs(world.kernel.catalog.db, world.kernel.wallMs())
  }
  equal((await jobOf(world, jobId)).state, 'CANCELED')
})

test('jobs of another account are not there (A22)', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  const other = await addAccount(world.kernel.catalog, 'second')
  const stranger = contextOf(userOfWorld(world, { accountId: other }))
  const call = { path: { jobId }, query: {}, body: undefined }
  const lines = { ...call, path: { jobId, reportList: 'failed' as const } }
  for (const attempt of [
    world.jobs.get(call, stranger),
    world.jobs.cancel(call, stranger),
    world.jobs.report(lines, stranger),
    world.jobs.reportCsv(lines, stranger),
  ]) {
    await rejects(attempt, { code: 'record.not-found' })
  }
  equal((await world.jobs.list(listCall({}), stranger)).items.length, 0)
  equal((await jobOf(world, jobId)).state, 'RUNNING')
})

function listCall<Query>(query: Query) {
  return { path: {}, query, body: undefined }
}

test('D6 jobs are listed newest first, by state and in other orders, in pages', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const made = []
  for (let round = 0; round < 5; round++) {
    const jobId = await begunJob(world, agent)
    await agent.end(jobId, { state: 'FAILED', problem })
    made.push(jobId)
    pass(world, minute)
  }
  const user = contextOf(userOfWorld(world))
  for (const sort of ['-createdAt', '-dueAt', '-endedAt'] as const) {
    const first = await world.jobs.list(listCall({ limit: 3, sort }), user)
    const rest = await world.jobs.list(listCall({ limit: 3, sort, cursor: first.next }), user)
    const found = [...first.items, ...rest.items].map(({ jobId }) => jobId)
    deepEqual(found, made.toReversed(), sort)
    await rejects(world.jobs.list(listCall({ cursor: first.next, sort: 'endedAt' }), user), {
      code: 'page.cursor-refused',
    })
  }
  const failed = await world.jobs.list(listCall({ state: ['FAILED'] }), user)
  const complete = await world.jobs.list(listCall({ state: ['COMPLETE'] }), user)
  const restores = await world.restores.list(listCall({}), user)
  deepEqual([failed.items.length, complete.items.length, restores.items.length], [5, 0, 0])
})

test('G1 jobs are listed of one region', async () => {
  await using world = await makeAgentWorld()
  const here = await begunJob(world, await addAgent(world, 'web-1'))
  const there = await begunJob(world, await addAgent(world, 'web-2'))
  const { db } = world.kernel.catalog
  await db.updateTable('jobs').set({ regionId: 'beijing' }).where('id', '=', there).execute()
  const user = contextOf(userOfWorld(world))
  const inRegion = async (regionId: string) =>
    (await world.jobs.list(listCall({ regionId: ids.region.parse(regionId) }), user)).items.map(
      ({ jobId }) => jobId,
    )
  deepEqual([await inRegion('beijing'), await inRegion('nowhere')], [[there], []])
  equal((await world.jobs.list(listCall({}), user)).items.length, 2)
  equal((await inRegion((await jobOf(world, here)).regionId))[0], here)
})

async function textOf({ content }: ByteReply): Promise<string> {
  const pieces = await Array.fromAsync(content)
  return Buffer.concat(pieces).toString()
}

test('D6 A18 reports list names of any bytes, and are inert as CSV', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await begunJob(world, agent)
  const bytes = byteString(Uint8Array.of(0x2f, 0xff, 0x61))
  const line = { reason: 'denied', detail: 'EACCES' } as const
  await agent.say({
    kind: 'report',
    jobId,
    list: 'failed',
    lines: [
      { ...line, path: bytes },
      { ...line, path: pathOf("=cmd|' /C calc'!A0") },
      { ...line, path: pathOf('/a,"b"\u001b[2J') },
    ],
  })
  const path = { jobId, reportList: 'failed' as const }
  const user = contextOf(userOfWorld(world))
  const page = await world.jobs.report({ path, query: { limit: 2 }, body: undefined }, user)
  deepEqual(page.items, [
    { ...line, path: bytes },
    { ...line, path: pathOf("=cmd|' /C calc'!A0") },
  ])
  ok(page.next)
  const reply = await world.jobs.reportCsv({ path, query: {}, body: undefined }, user)
  equal(
    await textOf(reply as ByteReply),
    [
      'path,reason,detail',
      '/\\xffa,denied,EACCES',
      "\"'=cmd|' /C calc'!A0\",denied,EACCES",
      '"/a,""b""\\x1b[2J",denied,EACCES',
      '',
    ].join('\r\n'),
  )
  const audit = await world.jobs.auditCsv(listCall({}), user)
  const [head, row, end] = (await textOf(audit as ByteReply)).split('\r\n')
  ok(head?.startsWith('job,instance,instance name'))
  ok(row?.startsWith(`${jobId},${agent.identity.instanceId},web-1`))
  equal(end, '')
})
