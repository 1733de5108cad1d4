import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { assignment, encodeWire } from '#contract'
import { contextOf } from '../../kernel.fixture.ts'
import {
  addAgent,
  addJob,
  jobOf,
  makeAgentWorld,
  pass,
  resultOf,
  TestAgent,
} from './agent-world.contract.ts'

test('A3 D4 a job is given once, becomes RUNNING, and is given again until it is accepted', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  const [given, ...more] = await agent.poll()
  equal(more.length, 0)
  ok(given?.kind === 'backup' && given.jobId === jobId && given.attempt === 1)
  equal((await jobOf(world, jobId)).state, 'RUNNING')
  // The answer was lost: the agent asks for the same again.
  agent.after = 0
  deepEqual(await agent.poll(), [given])
  await agent.say({ kind: 'accepted', assignment: given.number })
  agent.after = 0
  deepEqual(await agent.poll(), [])
})

test('A20 A21 an assignment holds no command: what is in the row of a job and is none of its fields does not go out', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const hooks = { before: 'dump-postgres' }
  await addJob(world, agent, { request: { hooks, script: 'reboot', command: ['sh', '-c', 'x'] } })
  const [given] = await agent.poll()
  ok(given?.kind === 'backup')
  deepEqual(given.hooks, hooks)
  deepEqual(Object.keys(encodeWire(assignment, given)).sort(), [
    'attempt',
    'hooks',
    'jobId',
    'kind',
    'limits',
    'number',
    'vaultId',
  ])
})

test('A20 A21 a hook that is no name ends the job and reaches no agent', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent, { request: { hooks: { before: '/bin/sh -c reboot' } } })
  deepEqual(await agent.poll(), [])
  const job = await jobOf(world, jobId)
  deepEqual([job.state, job.problemCode], ['FAILED', 'job.request-invalid'])
})

test('a call for assignments waits, and wakes for a job within a moment', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const began = performance.now()
  const waiting = agent.poll(30)
  setTimeout(() => void addJob(world, agent), 50)
  equal((await waiting).length, 1)
  ok(performance.now() - began < 2_000)
})

test('a second call for assignments of a client ends the first: none pile up', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const first = agent.poll(30)
  const second = agent.poll(30)
  deepEqual(await first, [])
  await addJob(world, agent)
  equal((await second).length, 1)
})

test('the end of the server ends what waits, and asks for a pause', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const call = { path: {}, query: { after: 0, waitSeconds: 30 }, body: undefined }
  const waiting = world.agents.assignments(call, contextOf(agent.identity))
  world.kernel.end()
  deepEqual(await waiting, { assignments: [], pauseMs: 2_000 })
})

test('a process that has said nothing yet is given nothing (A02)', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  await addJob(world, agent)
  const next = new TestAgent(world, agent.identity, 'web-1', 2)
  deepEqual(await next.poll(), [])
  await next.say(next.heartbeat())
  equal((await next.poll()).length, 1)
})

test('A02 heartbeats from another machine are refused and alarmed, and count for nothing', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  const thief = new TestAgent(world, agent.identity, 'thief', 7)
  const talk = [thief.heartbeat(), resultOf(jobId, { state: 'FAILED' })]
  await rejects(thief.say(...talk), { code: 'agent.other-machine' })
  equal((await jobOf(world, jobId)).state, 'CREATED')
  equal(world.notices.length, 1)
  ok(world.notices[0]?.kind === 'KEY_EVENT' && world.notices[0].text.includes('web-1'))
  // Once an hour, however often it tries.
  await rejects(thief.say(thief.heartbeat()), { code: 'agent.other-machine' })
  equal(world.notices.length, 1)
  await agent.beat()
  equal((await agent.poll()).length, 1)
})

test('A02 a copy of the whole machine is found by two processes that both go on, within 60 s', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const copy = new TestAgent(world, agent.identity, 'web-1', 2)
  await copy.beat()
  // What the first sent before it was killed may come late: it counts for nothing, and is no alarm.
  await agent.beat()
  equal(world.notices.length, 0)
  pass(world, 45_000)
  await rejects(agent.beat(), { code: 'agent.other-machine' })
  equal(world.notices.length, 1)
})
