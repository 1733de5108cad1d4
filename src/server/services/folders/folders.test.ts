import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { failure } from '#base'
import { type AgentMessage, type Assignment, problemOf } from '#contract'
import { Doorbell } from '../../doorbell.ts'
import { contextOf } from '../../kernel.fixture.ts'
import type { ServerKernel } from '../../kernel.ts'
import {
  type AgentWorld,
  addAgent,
  addJob,
  makeAgentWorld,
  pass,
  pathOf,
  type TestAgent,
  userOfWorld,
} from '../agents/agent-world.contract.ts'
import { FolderQuestions, type QuestionLimits } from './ask-folder.ts'
import { questionClearing } from './clear-questions.ts'
import { ringForQuestions, watchQuestions } from './watch-questions.ts'

type Question = Extract<Assignment, { readonly kind: 'list-folder' }>
type Answer = Pick<Extract<AgentMessage, { readonly kind: 'folder' }>, 'names' | 'isWhole'>

const waitSeconds = 30

async function heardQuestion(agent: TestAgent): Promise<Question> {
  const [asked] = await agent.poll(waitSeconds)
  ok(asked?.kind === 'list-folder')
  return asked
}

const answer: Answer = { names: ['a', '\xff<b>'].map(pathOf), isWhole: true }

async function say(agent: TestAgent, { number }: Question, said: Answer = answer): Promise<void> {
  await agent.say({ kind: 'folder', assignment: number, ...said })
}

type Asking = { readonly user?: ReturnType<typeof userOfWorld>; readonly signal?: AbortSignal }

function asker(
  world: AgentWorld,
  agent: TestAgent,
  kernel: ServerKernel = world.kernel,
  limits?: QuestionLimits,
) {
  const questions = new FolderQuestions(kernel, limits)
  const ada = userOfWorld(world, { role: 'restoreOperator' })
  const { instanceId } = agent.identity
  return async (path: string, { user = ada, signal }: Asking = {}) =>
    await questions.ask(
      { instanceId, path: pathOf(path) },
      contextOf(user, signal === undefined ? {} : { signal }),
    )
}

async function leftovers({ kernel }: AgentWorld): Promise<number> {
  const { db } = kernel.catalog
  const asked = await db
    .selectFrom('assignments')
    .selectAll()
    .where('kind', '=', 'list-folder')
    .execute()
  const answered = await db.selectFrom('folderAnswers').selectAll().execute()
  return asked.length + answered.length
}

test('F3 a question reaches the agent at once, its answer the one who asked, and nothing is kept', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const ask = asker(world, agent)
  const waiting = agent.poll(waitSeconds)
  const listed = ask('/srv')
  const [asked] = await waiting
  ok(asked?.kind === 'list-folder')
  equal(asked.path, '/srv')
  await say(agent, asked)
  deepEqual(await listed, {
    path: '/srv',
    folders: answer.names.map((name) => ({ name })),
    isWhole: true,
  })
  equal(await leftovers(world), 0)
  // Said twice, or unasked, it is nobody's.
  await say(agent, asked)
  await agent.say({ kind: 'folder', assignment: 999, ...answer })
  equal(await leftovers(world), 0)
})

test('A21 what the agent refuses comes as it was refused; of other codes it has none', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const ask = asker(world, agent)
  const refuse = async (problem: ReturnType<typeof failure>) => {
    const { number } = await heardQuestion(agent)
    await agent.say({ kind: 'refused', assignment: number, problem: problemOf(problem) })
  }
  const meet = async (problem: ReturnType<typeof failure>, expected: object) => {
    await Promise.all([rejects(ask('/srv/x'), expected), refuse(problem)])
  }
  const gone = failure('target.not-found', { path: '/srv/x\u202e' })
  await meet(gone, { code: 'target.not-found', message: /\/srv\/x\ufffd does not exist/ })
  const closed = failure('agent.policy-refused', { problem: 'restores are switched off' })
  await meet(closed, { code: 'agent.policy-refused', message: /switched off/ })
  await meet(failure('target.not-folder', { path: '/srv/x' }), { code: 'target.not-folder' })
  // An agent signs nobody out, and says nothing in the server's name.
  await meet(failure('auth.required'), { code: 'agent.fault' })
  equal(await leftovers(world), 0)
})

test('an agent of before is not told what would end its hearing: it gets its jobs, and who asked an answer', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  agent.knows = []
  const ask = asker(world, agent)
  const refusal = rejects(ask('/srv'), { code: 'agent.cannot', message: /older than/ })
  await delay(50)
  const jobId = await addJob(world, agent)
  const given = await agent.poll()
  deepEqual(
    given.map((one) => one.kind === 'backup' && one.jobId),
    [jobId],
  )
  await refusal
  equal(await leftovers(world), 0)
})

test('a question that nobody answers is taken back in time, and is not given later', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const ask = asker(world, agent)
  const refusal = rejects(ask('/srv'), { code: 'agent.unreachable', message: /within 15 s/ })
  const asked = await heardQuestion(agent)
  pass(world, 15_001)
  await refusal
  equal(await leftovers(world), 0)
  await say(agent, asked)
  equal(await leftovers(world), 0)
})

test('who goes away is not waited for, and a newer question of the same user ends the one before', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const ask = asker(world, agent)
  const going = new AbortController()
  const left = rejects(ask('/srv', { signal: going.signal }), { code: 'job.aborted' })
  await heardQuestion(agent)
  going.abort()
  await left
  equal(await leftovers(world), 0)
  const older = rejects(ask('/srv/a'), { code: 'folder.superseded' })
  const first = await heardQuestion(agent)
  const newer = ask('/srv/b')
  const second = await heardQuestion(agent)
  equal(second.path, '/srv/b')
  await older
  // Another user's is not touched by it.
  const other = ask('/srv/c', { user: userOfWorld(world) })
  const third = await heardQuestion(agent)
  await say(agent, first, { names: [], isWhole: true })
  await say(agent, third)
  await say(agent, second)
  equal((await newer).folders.length, 2)
  equal((await other).path, '/srv/c')
})

test('the end of the server ends the waiting', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const refusal = rejects(asker(world, agent)('/srv'), { code: 'server.not-ready' })
  await heardQuestion(agent)
  world.kernel.end()
  await refusal
})

test('two servers on one catalog: the question of one is heard at the other, and answered there', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  // Another process: the catalog is the same, the bell is not.
  const elsewhere: ServerKernel = { ...world.kernel, doorbell: new Doorbell() }
  const ask = asker(world, agent, elsewhere)
  const waiting = agent.poll(waitSeconds)
  const listed = ask('/srv')
  await delay(100)
  await ringForQuestions(world.kernel)
  const [asked] = await waiting
  ok(asked?.kind === 'list-folder')
  await say(agent, asked)
  equal((await listed).folders.length, 2)
  equal(await leftovers(world), 0)
  // Who was told is not woken again.
  const told = ask('/srv')
  await heardQuestionBy(agent)
  let rings = 0
  const counting = {
    ...world.kernel,
    doorbell: { ring: () => void rings++ } as unknown as Doorbell,
  }
  await ringForQuestions(counting)
  equal(rings, 0)
  pass(world, 15_001)
  await rejects(told, { code: 'agent.unreachable' })
})

test('a server of several looks for questions of the others every second, until it ends', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const { kernel } = world
  const elsewhere: ServerKernel = { ...kernel, doorbell: new Doorbell() }
  const waiting = agent.poll(waitSeconds)
  const refusal = rejects(asker(world, agent, elsewhere)('/srv'), { code: 'agent.unreachable' })
  await delay(100)
  await using _alone = watchQuestions(kernel)
  const ofSeveral = { ...kernel, catalog: { ...kernel.catalog, engine: 'postgres' as const } }
  await using _watching = watchQuestions(ofSeveral)
  pass(world, 1_000)
  const [asked] = await waiting
  equal(asked?.kind, 'list-folder')
  pass(world, 15_000)
  await refusal
})

/** Without waiting: no bell of this process rings for it. */
async function heardQuestionBy(agent: TestAgent): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await agent.poll()).length > 0) return
    await delay(20)
  }
  throw new Error('no question came')
}

test('what a server that fell left behind is not given, and is cleared away', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const fallen: ServerKernel = { ...world.kernel, doorbell: new Doorbell() }
  void asker(world, agent, fallen)('/srv').catch(() => {})
  await delay(50)
  equal(await leftovers(world), 1)
  // It falls: nobody takes it back. (The clock of the others goes on.)
  const { db } = world.kernel.catalog
  const old = world.kernel.wallMs() - 120_001
  await db.updateTable('assignments').set({ createdAt: old }).execute()
  deepEqual(await agent.poll(), [])
  const row = { clientId: agent.identity.clientId, number: 77, answer: '{}', createdAt: old }
  await db.insertInto('folderAnswers').values(row).execute()
  await questionClearing(world.kernel).run(new AbortController().signal)
  equal(await leftovers(world), 0)
  pass(world, 15_001)
})

test('a flood is refused: of one user in a minute, of one machine at once', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const ask = asker(world, agent)
  const many = Array.from({ length: 8 }, () => ask('/srv', { user: userOfWorld(world) }))
  const all = Promise.allSettled(many)
  await delay(200)
  await rejects(ask('/srv'), { code: 'server.busy' })
  pass(world, 15_001)
  await all
  const eager = userOfWorld(world)
  const gone = AbortSignal.abort()
  pass(world, 60_000)
  await agent.beat()
  for (let i = 0; i < 90; i++) {
    await rejects(ask('/srv', { user: eager, signal: gone }), { code: 'job.aborted' })
  }
  await rejects(ask('/srv', { user: eager }), { code: 'request.too-many' })
  equal(await leftovers(world), 0)
})

test('one account does not take the questions of all others, however many come at once (A22)', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const ask = asker(world, agent, world.kernel, { atOnceMax: 3, ofAccountMax: 2 })
  const { accountId: _, ...stranger } = userOfWorld(world)
  const other = { ...stranger, accountId: world.kernel.catalog.newId('account') }
  const settled = Promise.allSettled(
    Array.from({ length: 5 }, () => ask('/srv', { user: userOfWorld(world) })),
  )
  // It is heard, and told that the machine is none of its own.
  await rejects(ask('/srv', { user: other }), { code: 'instance.not-found' })
  await delay(100)
  pass(world, 15_001)
  const codes = (await settled).map((one) => one.status === 'rejected' && one.reason.code)
  deepEqual(codes, [
    'agent.unreachable',
    'agent.unreachable',
    'server.busy',
    'server.busy',
    'server.busy',
  ])
  // Places that were taken are free again.
  const gone = AbortSignal.abort()
  for (let i = 0; i < 5; i++) await rejects(ask('/srv', { signal: gone }), { code: 'job.aborted' })
})

test('F2 a machine that is gone, stopped or silent is not asked, nor is one of another account', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const ask = asker(world, agent)
  const { db } = world.kernel.catalog
  const { accountId: _, ...stranger } = userOfWorld(world)
  const other = { ...stranger, accountId: world.kernel.catalog.newId('account') }
  await rejects(ask('/srv', { user: other }), { code: 'instance.not-found' })
  pass(world, 6 * 60_000)
  await rejects(ask('/srv'), { code: 'agent.unreachable', message: /silent/ })
  await db.updateTable('instances').set({ state: 'STOPPED' }).execute()
  await rejects(ask('/srv'), { code: 'instance.not-running' })
})
