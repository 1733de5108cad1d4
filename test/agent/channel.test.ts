// The channel between agent and server, over real HTTPS: nothing that was accepted or done is lost, whoever falls.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { AgentWorker } from '#agent'
import { byteStringFromText, failure } from '#base'
import {
  activate,
  backupOf,
  done,
  idleWorker,
  jobId,
  openWorld,
  quickClock,
  restoreJobId,
  restoreOf,
} from './agent-world.ts'
import { StandIn } from './stand-in.ts'

test('A2: activation makes an identity whose key stays here, and a code counts once', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server)
  const [enrolment] = server.enrolments
  equal(enrolment?.facts.hostName, 'test-host')
  equal(enrolment?.facts.volumes[0]?.local, true)
  const { mode } = await stat(`${world.folder}/state/identity.json`)
  equal(mode & 0o777, 0o600)
  equal((await stat(`${world.folder}/state`)).mode & 0o777, 0o700)
  const text = (await world.state.find('identity.json')) ?? ''
  ok(text.includes('PRIVATE KEY'))
  ok(!JSON.stringify(server.enrolments).includes('PRIVATE'))
  await rejects(activate(server, world.state), { code: 'file.exists' })
  await server.message('heartbeat', ({ status }) => status === 'ACTIVATED')
  const { facts } = await server.message('facts')
  equal(facts.clientVersion, '1.0.0')
})

test('D4: a job is accepted, told of while it runs, and its report comes before its result', async () => {
  await using server = await StandIn.start()
  const worker: AgentWorker = {
    ...idleWorker,
    backup: async (work, observer) => {
      deepEqual(work.sources, ['/'])
      ok(work.excludedDirectories.includes(byteStringFromText('/proc')))
      observer.warning('a warning\nof two lines')
      for (let i = 0; i < 1_200; i++) {
        const path = byteStringFromText(`/gone/${i}`)
        observer.reported(i < 700 ? 'failed' : 'skipped', { path, reason: 'vanished', detail: '' })
      }
      const amounts = { scanned: 1, done: 1, written: 1 }
      const progress = { phase: 'scanning', files: amounts, bytes: amounts } as const
      observer.progress({ ...progress, bytesPerSecond: 1, fraction: 0.5, number: 0 })
      return done
    },
  }
  await using world = await openWorld(server, { worker })
  const number = server.assign(backupOf(1))
  const result = await server.message('result')
  ok(world.log.length > 0)
  equal(result.jobId, jobId(1))
  equal(result.state, 'PARTIAL_COMPLETE', 'B6: a backup that misses files is not complete')
  deepEqual(result.counts, { failed: 700, skipped: 500, inconsistent: 0 })
  equal(server.messages('accepted')[0]?.assignment, number)
  equal(server.messages('warning')[0]?.text, 'a warning of two lines')
  equal(server.messages('progress')[0]?.progress.fraction, 0.5)
  const reports = server.messages('report')
  ok(reports.length >= 3, 'parts of at most 500 lines')
  const lines = (list: string) => reports.filter((r) => r.list === list).flatMap((r) => r.lines)
  equal(lines('failed').length, 700)
  equal(lines('skipped').length, 500)
  equal(server.kept.at(-1)?.message.kind === 'report', false)
})

test('D4: cancel reaches the worker and is told within 2 s', async () => {
  await using server = await StandIn.start()
  await using _world = await openWorld(server, { worker: untilAborted() })
  server.assign(backupOf(1))
  await server.message('heartbeat', ({ running }) => running.length === 1)
  const before = Date.now()
  server.assign({ kind: 'cancel', jobId: jobId(1) })
  const result = await server.message('result')
  equal(result.state, 'CANCELED')
  ok(Date.now() - before < 2_000, `${Date.now() - before} ms`)
  await server.message(
    'heartbeat',
    ({ running, number }) => running.length === 0 && number > result.number,
  )
})

test('D4: cancelling what is not here says so, and what waits ends without having begun', async () => {
  await using server = await StandIn.start()
  await using _world = await openWorld(server, { worker: untilAborted() })
  server.assign({ kind: 'cancel', jobId: jobId(9) })
  await server.message(
    'result',
    (result) => result.jobId === jobId(9) && result.state === 'CANCELED',
  )
  server.assign(backupOf(1))
  server.assign(backupOf(2))
  await server.message('heartbeat', ({ running }) => running.length === 2)
  server.assign({ kind: 'cancel', jobId: jobId(2) })
  await server.message(
    'result',
    (result) => result.jobId === jobId(2) && result.state === 'CANCELED',
  )
})

test('backups of the same files run one after another, others at once', async () => {
  await using server = await StandIn.start()
  let running = 0
  let most = 0
  const worker: AgentWorker = {
    backup: async () => {
      running++
      most = Math.max(most, running)
      await delay(100)
      running--
      return done
    },
    restore: async () => done,
  }
  await using _world = await openWorld(server, { worker })
  for (const n of [1, 2, 3]) server.assign(backupOf(n))
  for (const n of [1, 2, 3]) await server.message('result', (result) => result.jobId === jobId(n))
  equal(most, 1)
  const of = (path: string) => ({ sources: { paths: [byteStringFromText(path)] } })
  server.assign(backupOf(4, of('/usr')))
  server.assign(backupOf(5, of('/etc')))
  for (const n of [4, 5]) await server.message('result', (result) => result.jobId === jobId(n))
  equal(most, 2)
})

test('D5: a server that was away hears everything once, answers that were lost included', async () => {
  await using server = await StandIn.start({ heartbeatSeconds: 10 })
  let begun = 0
  const worker: AgentWorker = {
    ...idleWorker,
    backup: async (_work, observer) => {
      begun++
      await server.down()
      const path = byteStringFromText('/x')
      for (let i = 0; i < 600; i++)
        observer.reported('failed', { path, reason: 'denied', detail: `${i}` })
      return done
    },
  }
  await using _world = await openWorld(server, { worker, clock: quickClock(20) })
  server.assign(backupOf(1))
  await server.message('accepted')
  while (begun === 0) await delay(20)
  await delay(300)
  server.answersToLose = 3
  await server.up()
  const result = await server.message('result')
  equal(result.counts.failed, 600)
  const details = server
    .messages('report')
    .flatMap(({ lines }) => lines.map(({ detail }) => detail))
  equal(details.length, 600)
  equal(new Set(details).size, 600)
  equal(begun, 1)
})

test('D5: an agent that is stopped begins its job again at its next start; the server sees one result', async () => {
  await using server = await StandIn.start()
  await using world = await openWorld(server, { worker: untilAborted() })
  server.assign(backupOf(1))
  server.assign(restoreOf(2))
  await server.message('heartbeat', ({ running }) => running.length === 2)
  deepEqual(await world.stop(), { kind: 'stopped' })
  equal(server.messages('result').length, 0, 'a stop is no result')
  await world.start({ worker: idleWorker })
  await server.message(
    'result',
    (result) => result.jobId === jobId(1) && result.state === 'COMPLETE',
  )
  await server.message('result', (result) => result.jobId === restoreJobId(2))
  // Stopped before it hears that both are kept, it would tell them again, which is right as well.
  while ((await world.state.list('jobs')).length > 0) await delay(20)
  await world.stop()
  await world.start()
  await delay(300)
  equal(server.messages('result').length, 2)
  deepEqual(await world.state.list('jobs'), [])
})

test('D5: a result that the server never got is told by the next start', async () => {
  await using server = await StandIn.start()
  const worker: AgentWorker = {
    ...idleWorker,
    backup: async () => {
      await server.down()
      return done
    },
  }
  await using world = await openWorld(server, { worker })
  server.assign(backupOf(1))
  while (!world.log.some((line) => line.includes('COMPLETE'))) await delay(20)
  await world.stop()
  await server.up()
  await world.start({
    worker: { ...idleWorker, backup: async () => Promise.reject(new Error('again')) },
  })
  equal((await server.message('result')).state, 'COMPLETE')
})

test('D5: the first word of a start is which jobs are still its own, with results that were never told', async () => {
  await using server = await StandIn.start()
  const of = (path: string) => ({ sources: { paths: [byteStringFromText(path)] } })
  const worker: AgentWorker = {
    ...untilAborted(),
    backup: async ({ assignment }, observer, signal) => {
      if (assignment.jobId !== jobId(1)) return await aborted(signal)
      await server.down()
      const path = byteStringFromText('/x')
      const detail = 'd'.repeat(4_000)
      for (let i = 0; i < 400; i++) observer.reported('failed', { path, reason: 'denied', detail })
      return done
    },
  }
  await using world = await openWorld(server, { worker })
  server.assign(backupOf(2, of('/usr')))
  await server.message('accepted')
  server.assign(backupOf(1, of('/etc')))
  while (!world.log.some((line) => line.includes('PARTIAL_COMPLETE'))) await delay(20)
  await world.stop()
  const before = new Set(server.kept.map(({ startId }) => startId))
  await server.up()
  await world.start()
  await server.message('result')
  const [first] = server.kept.filter(({ startId }) => !before.has(startId))
  ok(first?.message.kind === 'heartbeat')
  deepEqual([...first.message.running].sort(), [jobId(1), jobId(2)].sort())
  const mine = server.messages('report').flatMap(({ lines }) => lines)
  equal(mine.length, 400)
})

test('D5: what may pass is tried again, what may not ends the job with its error', async () => {
  await using server = await StandIn.start({ heartbeatSeconds: 3_600 })
  let tries = 0
  const clock = quickClock(1_000)
  const worker: AgentWorker = {
    backup: async () => {
      tries++
      if (tries < 4) throw failure('session.unknown', { session: 's' })
      return done
    },
    restore: async () => {
      throw failure('target.not-found', { path: '/' })
    },
  }
  await using _world = await openWorld(server, { worker, clock })
  server.assign(backupOf(1))
  equal((await server.message('result', ({ jobId: id }) => id === jobId(1))).state, 'COMPLETE')
  equal(tries, 4)
  server.assign(restoreOf(2))
  const failed = await server.message('result', ({ jobId: id }) => id === restoreJobId(2))
  equal(failed.problem?.code, 'target.not-found')
  equal(failed.state, 'FAILED')
})

test('D5: after thirty tries the job fails and says why', async () => {
  await using server = await StandIn.start({ heartbeatSeconds: 3_600 })
  let tries = 0
  const worker: AgentWorker = {
    ...idleWorker,
    backup: async () => {
      tries++
      throw failure('storage.unavailable', { object: 'o' })
    },
  }
  await using _world = await openWorld(server, { worker, clock: quickClock(10_000) })
  server.assign(backupOf(1))
  const result = await server.message('result')
  equal(result.state, 'FAILED')
  equal(result.problem?.code, 'storage.unavailable')
  equal(tries, 30)
})

test('an attempt that the server begins anew ends the one that still runs', async () => {
  await using server = await StandIn.start()
  const attempts: number[] = []
  let aborted = 0
  const worker: AgentWorker = {
    ...idleWorker,
    backup: async ({ assignment }, _observer, signal) => {
      attempts.push(assignment.attempt)
      if (assignment.attempt === 2) return done
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      aborted++
      throw failure('job.aborted')
    },
  }
  await using _world = await openWorld(server, { worker })
  server.assign(backupOf(1))
  while (attempts.length === 0) await delay(20)
  server.assign(backupOf(1, { attempt: 2 }))
  equal((await server.message('result')).state, 'COMPLETE')
  await delay(200)
  deepEqual(attempts, [1, 2])
  equal(aborted, 1)
  equal(server.messages('result').length, 1)
})

test('a message that the server will never take is dropped and holds up nothing', async () => {
  await using server = await StandIn.start()
  const worker: AgentWorker = {
    ...idleWorker,
    backup: async (_work, observer) => {
      for (const text of ['one', 'bad', 'two']) observer.warning(text)
      return done
    },
  }
  server.refuse = (message) =>
    message.kind === 'warning' && message.text === 'bad'
      ? failure('request.invalid', { where: 'x', problem: 'y' })
      : undefined
  await using _world = await openWorld(server, { worker, clock: quickClock(100) })
  server.assign(backupOf(1))
  await server.message('result')
  deepEqual(
    server.messages('warning').map(({ text }) => text),
    ['one', 'two'],
  )
})

test('the pause that a busy server asks for is kept', async () => {
  await using server = await StandIn.start()
  server.pauseMs = 700
  await using _world = await openWorld(server)
  for (let i = 0; i < 50; i++) {
    server.assign({ kind: 'report-facts' })
    await delay(20)
  }
  ok(server.polls <= 3, `${server.polls} polls in a second`)
})

test('A02: a revoked agent stops what it does, says so, keeps its state, and asks no more', async () => {
  await using server = await StandIn.start()
  let aborted = false
  const worker = untilAborted(() => {
    aborted = true
  })
  await using world = await openWorld(server, { worker })
  server.assign(backupOf(1))
  await server.message('heartbeat', ({ running }) => running.length === 1)
  const before = Date.now()
  server.revoke()
  deepEqual(await world.ended(), { kind: 'revoked' })
  ok(Date.now() - before < 5_000)
  ok(aborted)
  ok(world.log.some((line) => line.includes('revoked')))
  deepEqual((await world.state.list('jobs')).length > 0, true)
  const polls = server.polls
  await world.start()
  await rejects(world.ended(), { code: 'agent.revoked' })
  equal(server.polls, polls)

  server.forgive()
  await activate(server, world.state)
  await world.start({ worker: idleWorker })
  server.assign(backupOf(7))
  const result = await server.message('result')
  equal(result.jobId, jobId(7), 'jobs of the identity before are forgotten, and numbers begin anew')
})

test('the certificate is renewed before it ends, with a new key, without an interruption', async () => {
  await using server = await StandIn.start({ certificateMs: 1_500 })
  await using world = await openWorld(server)
  while (server.renewals.length < 2) await delay(50)
  await delay(200)
  const used = new Set(server.certificates)
  ok(used.size >= 2, 'calls are made with the new certificate')
  equal(
    new Set(server.renewals).size,
    server.renewals.length,
    'every certificate has a key of its own',
  )
  server.assign(backupOf(1))
  equal((await server.message('result')).state, 'COMPLETE')
  ok(!(await world.state.find('identity.json'))?.includes(server.renewals[0] ?? '?'))
})

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  throw failure('job.aborted')
}

function untilAborted(onAbort: () => void = () => {}): AgentWorker {
  const wait = async (signal: AbortSignal): Promise<never> => {
    await aborted(signal).finally(onAbort)
    throw failure('job.aborted')
  }
  return {
    backup: (_work, _observer, signal) => wait(signal),
    restore: (_work, _observer, signal) => wait(signal),
  }
}
