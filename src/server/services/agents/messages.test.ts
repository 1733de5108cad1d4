import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { JobId } from '#contract'
import {
  cancelJob,
  endOverdueJobs,
  findClient,
  findInstance,
  listAssignments,
  updateClient,
  updateInstance,
} from '../../catalog/index.ts'
import {
  addAgent,
  addJob,
  commitPoint,
  jobOf,
  makeAgentWorld,
  minute,
  pass,
  pathOf,
  resultOf,
  TestAgent,
} from './agent-world.contract.ts'

test('A01 times are the server’s: what an agent says of its clock is nowhere', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  await agent.accept()
  await commitPoint(world, jobId)
  await commitPoint(world, jobId, { volume: '/data' })
  const year9999 = 253_402_300_799_000
  await agent.send([{ ...agent.number(agent.heartbeat()), at: year9999 }])
  await agent.send([{ ...agent.number(resultOf(jobId)), at: year9999 }])
  await world.service.flush()
  const now = world.kernel.wallMs()
  const client = await findClient(world.kernel.catalog.db, agent.identity.clientId)
  equal(client?.heardAt, now)
  const job = await jobOf(world, jobId)
  deepEqual([job.state, job.startedAt, job.finishedAt], ['COMPLETE', now, now])
})

test('messages that come twice count once, and late ones count still', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  await agent.accept()
  const line = { path: pathOf('/etc/shadow'), reason: 'denied', detail: 'EACCES' } as const
  const report = (detail: string) =>
    agent.number({ kind: 'report', jobId, list: 'failed', lines: [{ ...line, detail }] })
  const [first, second, third] = [report('1'), report('2'), report('3')]
  ok(first && second && third)
  equal(await agent.send([third, first]), third.number)
  await agent.send([first, third])
  await agent.send([second])
  await agent.send([second, first])
  const page = await world.kernel.catalog.db
    .selectFrom('jobFiles')
    .select(['number', 'detail'])
    .orderBy('number')
    .execute()
  deepEqual(page, [
    { number: 0, detail: '1' },
    { number: 1, detail: '3' },
    { number: 2, detail: '2' },
  ])
})

test('messages about a job of another instance change nothing (A02)', async () => {
  await using world = await makeAgentWorld()
  const victim = await addAgent(world, 'web-1')
  const taken = await addAgent(world, 'taken')
  const jobId = await addJob(world, victim)
  await victim.accept()
  await commitPoint(world, jobId)
  const before = await jobOf(world, jobId)
  const line = { path: pathOf('/x'), reason: 'denied', detail: '' } as const
  await taken.say(
    taken.heartbeat({ running: [jobId] }),
    { kind: 'warning', jobId, text: 'forged' },
    { kind: 'report', jobId, list: 'failed', lines: [line] },
    { kind: 'accepted', assignment: 1 },
    resultOf(jobId, { state: 'FAILED' }),
  )
  await world.service.flush()
  deepEqual(await jobOf(world, jobId), before)
  const lines = await world.kernel.catalog.db.selectFrom('jobFiles').selectAll().execute()
  deepEqual(lines, [])
  deepEqual(await taken.poll(), [])
})

test('D5 an agent that was restarted and knows its job goes on with the same attempt', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  await agent.accept()
  pass(world, 10_000)
  const next = new TestAgent(world, agent.identity, 'web-1', 2)
  next.after = agent.after
  next.running = [jobId]
  await next.beat()
  deepEqual(await next.poll(), [])
  // What the killed process had still sent counts for nothing.
  await agent.say(resultOf(jobId, { state: 'FAILED' }))
  await commitPoint(world, jobId)
  await commitPoint(world, jobId, { volume: '/data' })
  await next.end(jobId)
  const job = await jobOf(world, jobId)
  deepEqual([job.state, job.attempt, job.holder], ['COMPLETE', 1, next.startId])
})

test('D5 a job that a restarted agent knows nothing of is begun again at once, with a report of its own', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  await agent.accept()
  const line = { path: pathOf('/x'), reason: 'denied', detail: '' } as const
  await agent.say({ kind: 'report', jobId, list: 'failed', lines: [line] })
  const version = (await jobOf(world, jobId)).versionId
  const next = new TestAgent(world, agent.identity, 'web-1', 2)
  await next.beat()
  const [given] = await next.accept()
  ok(given?.kind === 'backup' && given.jobId === jobId && given.attempt === 2)
  const job = await jobOf(world, jobId)
  deepEqual([job.state, job.attempt, job.versionId], ['RUNNING', 2, version])
  const lines = await world.kernel.catalog.db.selectFrom('jobFiles').selectAll().execute()
  deepEqual(lines, [])
})

test('D5 an agent that was cut off keeps its job when nobody took it, although the lease ran out', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  await agent.accept()
  await agent.beat()
  pass(world, 5 * minute)
  await endOverdueJobs(world.kernel.catalog.db, world.kernel.wallMs())
  equal((await jobOf(world, jobId)).state, 'QUEUED')
  // It asks before it has said that it is still at work.
  deepEqual(await agent.poll(), [])
  await agent.beat()
  const job = await jobOf(world, jobId)
  deepEqual([job.state, job.attempt], ['RUNNING', 1])
})

test('D5 a process that has let go of a job is given it again', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  await agent.accept()
  pass(world, 2 * minute)
  agent.running = []
  await agent.beat()
  const [given] = await agent.accept()
  ok(given?.kind === 'backup' && given.jobId === jobId && given.attempt === 2)
})

test('a stale job that an agent believes to hold is cancelled there', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  await agent.accept()
  await agent.end(jobId, { state: 'FAILED' })
  pass(world, 1_000)
  agent.running = [jobId]
  await agent.beat()
  const [cancel, ...more] = await agent.poll()
  equal(more.length, 0)
  ok(cancel?.kind === 'cancel' && cancel.jobId === jobId)
})

test('one backup of an instance at a time, restores besides', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const first = await addJob(world, agent, { planId: null })
  pass(world, 1)
  const second = await addJob(world, agent, { planId: null })
  deepEqual(
    (await agent.accept()).map((one) => one.kind === 'backup' && one.jobId),
    [first],
  )
  deepEqual(await agent.poll(), [])
  await agent.end(first, { state: 'FAILED' })
  deepEqual(
    (await agent.accept()).map((one) => one.kind === 'backup' && one.jobId),
    [second],
  )
})

test('a job that its client refuses ends at once with the reason, in words that cannot hide (A18)', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  const [given] = await agent.poll()
  ok(given)
  await agent.say({
    kind: 'refused',
    assignment: given.number,
    problem: {
      type: 'x',
      title: 'x',
      status: 403,
      detail: 'not \u202eallowed\u001b[2J',
      code: 'agent.policy-refused',
      advise: '',
      context: {},
    },
  })
  const job = await jobOf(world, jobId)
  deepEqual(
    [job.state, job.problemCode, job.problem],
    ['FAILED', 'agent.policy-refused', 'not \ufffdallowed\ufffd[2J'],
  )
})

test('B7 facts reach the instance; its name stays what people gave it', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const volume = {
    path: pathOf('/'),
    device: 'sda1',
    fileSystem: 'xfs',
    totalBytes: 500,
    usedBytes: 5,
    local: true,
  }
  await agent.say({
    kind: 'facts',
    facts: {
      machine: agent.machine,
      hostName: 'renamed',
      addresses: ['198.51.100.1'],
      system: 'linux',
      systemName: 'Debian 14',
      architecture: 'arm64',
      clientVersion: '0.1.0',
      volumes: [volume, { ...volume, path: pathOf('/bind') }],
      databases: [{ kind: 'postgresql', path: pathOf('/var/lib/postgresql'), running: true }],
    },
  })
  const found = await findInstance(world.kernel.catalog.db, agent.identity.instanceId)
  deepEqual(
    [found?.name, found?.hostName, found?.architecture, found?.blockBytes],
    ['web-1', 'renamed', 'arm64', 500],
  )
  deepEqual(found?.databases, [{ kind: 'postgresql', path: '/var/lib/postgresql', running: true }])
})

test('A5 a client becomes ACTIVATED by its first heartbeat, and is itself again after it was given up', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const { db } = world.kernel.catalog
  const { clientId } = agent.identity
  equal((await findClient(db, clientId))?.status, 'ACTIVATED')
  await updateClient(db, clientId, { status: 'UNKNOWN' })
  pass(world, minute)
  await agent.beat()
  equal((await findClient(db, clientId))?.status, 'ACTIVATED')
})

test('A4 a client that is UNINSTALLING is told to go, once; it says so and counts no more', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const { db } = world.kernel.catalog
  const { clientId, instanceId } = agent.identity
  const waiting = agent.poll(30)
  await updateClient(db, clientId, { status: 'UNINSTALLING' })
  world.kernel.doorbell.ring(instanceId)
  const [given, ...more] = await waiting
  deepEqual([given?.kind, more.length], ['uninstall', 0])
  await agent.say({ kind: 'accepted', assignment: given?.number ?? 0 })
  deepEqual(await agent.poll(), [])
  await agent.beat()
  equal((await findClient(db, clientId))?.status, 'UNINSTALLING')
  deepEqual(await agent.poll(), [])
  await agent.say({ ...agent.heartbeat(), status: 'NOT_INSTALLED' } as never)
  await world.service.flush()
  const client = await findClient(db, clientId)
  deepEqual([client?.status, client?.revokedAt], ['NOT_INSTALLED', world.kernel.wallMs()])
  await rejects(agent.beat(), { code: 'agent.revoked' })
})

test('A2 a client that is UPGRADING is told to which build, again only when it is ordered again', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const { db } = world.kernel.catalog
  const { clientId } = agent.identity
  await updateClient(db, clientId, { status: 'UPGRADING' })
  const [given, ...more] = await agent.accept()
  ok(given?.kind === 'upgrade' && more.length === 0)
  deepEqual([given.version, given.build], ['0.2.0', 'linux-x86-64'])
  deepEqual(await agent.poll(), [])
  await agent.say({ ...agent.heartbeat(), status: 'UPGRADE_FAILED' } as never)
  await world.service.flush()
  equal((await findClient(db, clientId))?.status, 'UPGRADE_FAILED')
  deepEqual(await agent.poll(), [])
  await updateClient(db, clientId, { status: 'UPGRADING' })
  equal((await agent.poll())[0]?.kind, 'upgrade')
})

test('a client without a build for it is not told to upgrade, and people see why (A5)', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const { db } = world.kernel.catalog
  const { clientId, instanceId } = agent.identity
  await updateInstance(db, instanceId, { architecture: 'arm64' })
  await updateClient(db, clientId, { status: 'UPGRADING' })
  deepEqual(await agent.poll(), [])
  const client = await findClient(db, clientId)
  deepEqual([client?.status, client?.problemCode], ['UPGRADE_FAILED', 'upgrade.refused'])
})

test('D4 a cancel that somebody wrote into the row of a job is told, once (C8)', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const { db } = world.kernel.catalog
  const jobId = await addJob(world, agent)
  await agent.accept()
  await agent.beat()
  const waiting = agent.poll(30)
  await cancelJob(db, jobId, { userId: null, now: world.kernel.wallMs() })
  world.kernel.doorbell.ring(agent.identity.instanceId)
  const [told] = await waiting
  ok(told?.kind === 'cancel' && told.jobId === jobId)
  await agent.say({ kind: 'accepted', assignment: told.number })
  deepEqual(await agent.poll(), [])
  await agent.end(jobId, { state: 'CANCELED' })
  equal((await jobOf(world, jobId)).state, 'CANCELED')
  deepEqual(await db.selectFrom('assignments').selectAll().execute(), [])
})

test('a revoked client that waits is given nothing', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const waiting = agent.poll(30)
  await updateClient(world.kernel.catalog.db, agent.identity.clientId, { revokedAt: 1 })
  await addJob(world, agent)
  await rejects(waiting, { code: 'agent.revoked' })
})

test('numbers of assignments go on when a machine is activated again: its journal knows the old ones', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  await addJob(world, agent)
  const [first] = await agent.poll()
  const again = await addAgent(world, 'web-1')
  await addJob(world, again, { planId: null })
  const pending = await listAssignments(world.kernel.catalog.db, again.identity.clientId, 10)
  deepEqual(pending, [])
  const [second] = await again.poll()
  ok(first && second && second.number > first.number)
  ok((first.kind === 'backup' ? first.jobId : '') satisfies JobId | '')
})

test('progress reaches watchers once a second and the catalog when it is flushed (D4)', async () => {
  await using world = await makeAgentWorld()
  const agent = await addAgent(world, 'web-1')
  const jobId = await addJob(world, agent)
  await agent.accept()
  const ending = new AbortController()
  const seen: number[] = []
  const watching = (async () => {
    for await (const event of world.kernel.events.watch(world.accountId, ending.signal)) {
      if (event.kind === 'job.progress') seen.push(event.progress.number)
    }
  })()
  const progress = (number: number, done: number) => ({
    kind: 'progress' as const,
    jobId,
    progress: {
      phase: 'transferring' as const,
      files: { scanned: 10, done: 1, written: 1 },
      bytes: { scanned: 4_000, done, written: 10 },
      bytesPerSecond: 0,
      fraction: done / 4_000,
      number,
    },
  })
  await agent.say(progress(1, 0), progress(2, 100))
  pass(world, 1_000)
  await agent.say(progress(3, 1_000))
  // An older one that comes late changes nothing.
  await agent.say(progress(2, 100))
  const live = world.service.progressOf(jobId)
  deepEqual([live?.bytesPerSecond, live?.remainingMs], [900, 3_333])
  await world.service.flush()
  equal((await jobOf(world, jobId)).progressNumber, 3)
  ending.abort()
  await watching
  deepEqual(seen, [1, 3])
})
