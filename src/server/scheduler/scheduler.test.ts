// The scheduler over a real SQLite file, with a clock that the test turns. Both databases: test/server/scheduler.test.ts.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { scheduler as timers } from 'node:timers/promises'
import { SeededRandom } from '#ports'
import { openCatalog } from '../catalog/database/open-catalog.ts'
import { findClient } from '../catalog/instances/clients.ts'
import { takeJob } from '../catalog/jobs/job-leases.ts'
import { findJob } from '../catalog/jobs/jobs.ts'
import { hour, minute, type OpenDatabase } from '../catalog/world.contract.ts'
import { graceMs } from './clock-watch.ts'
import { daily, type Protected, SchedulerWorld, spell } from './scheduler-world.contract.ts'

const day = 24 * hour
let opened = 0

async function openSqlite(): Promise<OpenDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-scheduler-'))
  const path = join(folder, 'catalog.db')
  const openOne = async () => {
    const chance = new SeededRandom(++opened)
    return await openCatalog(
      { kind: 'sqlite', path },
      {
        wallMs: () => 1_790_000_000_000 + opened,
        random: (length) => chance.bytes(length),
        sleep: (milliseconds) => timers.wait(milliseconds),
        report: (problem) => {
          throw problem
        },
      },
    )
  }
  const catalog = await openOne()
  const close = async () => {
    await catalog.close()
    rmSync(folder, { recursive: true })
  }
  return { catalog, openAnother: openOne, close }
}

/** Looks every ten minutes from one instant to another; every job is done at once. */
async function live(world: SchedulerWorld, one: Protected, until: string): Promise<void> {
  while (world.now < Date.parse(until)) {
    world.clock.advance(10 * minute)
    await world.hear(one)
    await world.server.scheduler.look()
    await world.catalog.db
      .updateTable('jobs')
      .set({ state: 'COMPLETE', finishedAt: world.now })
      .where('finishedAt', 'is', null)
      .execute()
  }
}

const changes = [
  {
    zone: 'Europe/Berlin',
    what: 'spring, 02:30 does not exist',
    from: '2026-03-27T12:00:00Z',
    until: '2026-03-30T12:00:00Z',
    firstDate: '2026-03-28',
    dues: ['2026-03-28T01:30', '2026-03-29T01:30', '2026-03-30T00:30'],
  },
  {
    zone: 'Europe/Berlin',
    what: 'autumn, 02:30 comes twice',
    from: '2026-10-23T12:00:00Z',
    until: '2026-10-26T12:00:00Z',
    firstDate: '2026-10-24',
    dues: ['2026-10-24T00:30', '2026-10-25T00:30', '2026-10-26T01:30'],
  },
  {
    zone: 'America/New_York',
    what: 'spring, 02:30 does not exist',
    from: '2026-03-06T18:00:00Z',
    until: '2026-03-09T18:00:00Z',
    firstDate: '2026-03-07',
    dues: ['2026-03-07T07:30', '2026-03-08T07:30', '2026-03-09T06:30'],
  },
  {
    zone: 'America/New_York',
    what: 'autumn, 02:30 is after the change',
    from: '2026-10-30T18:00:00Z',
    until: '2026-11-02T18:00:00Z',
    firstDate: '2026-10-31',
    dues: ['2026-10-31T06:30', '2026-11-01T07:30', '2026-11-02T07:30'],
  },
] as const

for (const { zone, what, from, until, firstDate, dues } of changes) {
  test(`every date has one run in ${zone}: ${what} (C4, F18)`, async () => {
    await using world = await SchedulerWorld.make(openSqlite, from, zone)
    const one = await world.protect(daily(zone, 150, firstDate))
    await live(world, one, until)
    deepEqual(
      spell(await world.jobsOf(one)),
      dues.map((due) => `${due} COMPLETE`),
    )
  })
}

const zone = 'Asia/Shanghai'
const early = '2026-05-20T20:50:00Z'
const at5 = daily(zone, 300, '2026-05-21')

test('a clock that jumps two hours ahead and is set back runs no date twice (F18)', async () => {
  await using world = await SchedulerWorld.make(openSqlite, early)
  const one = await world.protect(at5)
  await world.pass(minute, [one])
  world.clock.set({ wallMs: world.now + 2 * hour })
  await world.pass(10 * minute, [one])
  world.clock.set({ wallMs: world.now - 2 * hour })
  await live(world, one, '2026-05-23T00:00:00Z')
  const jobs = await world.jobsOf(one)
  deepEqual(
    jobs.map(({ dueAt }) => new Date(dueAt ?? 0).toISOString().slice(0, 16)),
    ['2026-05-20T21:00', '2026-05-21T21:00', '2026-05-22T21:00'],
  )
})

test('nothing is settled and nobody given up right after the clock was set (F18)', async () => {
  await using world = await SchedulerWorld.make(openSqlite, early)
  const one = await world.protect(at5)
  await world.pass(11 * minute, [one])
  const job = await takeJob(world.catalog.db, {
    instanceId: one.instanceId,
    holder: 'agent-1',
    now: world.now,
    leaseUntil: world.now + 90_000,
  })
  ok(job)
  const right = world.now
  world.clock.set({ wallMs: right + 10 * 365 * day })
  const look = await world.server.scheduler.look()
  deepEqual(
    { created: look.created, skipped: look.skipped, givenUp: look.givenUp, ended: look.ended },
    { created: 0, skipped: 0, givenUp: 0, ended: 0 },
  )
  world.clock.set({ wallMs: right })
  await world.pass(2 * minute, [one])
  equal((await findClient(world.catalog.db, one.clientId))?.status, 'ACTIVATED')
  deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 RUNNING'])
})

test('after a clock that was ten years ahead for hours, the next run is on its day again (F18)', async () => {
  await using world = await SchedulerWorld.make(openSqlite, early)
  const one = await world.protect(at5)
  await world.pass(11 * minute, [one])
  const job = await takeJob(world.catalog.db, {
    instanceId: one.instanceId,
    holder: 'agent-1',
    now: world.now,
    leaseUntil: world.now + 90_000,
  })
  ok(job)
  const right = world.now
  world.clock.set({ wallMs: right + 10 * 365 * day })
  // A lease as an agent would get it by this clock, and a contact.
  await world.catalog.db
    .updateTable('jobs')
    .set({ leaseUntil: world.now + 90_000 })
    .where('id', '=', job.id)
    .execute()
  await world.pass(graceMs + minute, [one])
  world.clock.set({ wallMs: right + graceMs + minute })
  await world.pass(20 * minute, [one])
  equal((await findJob(world.catalog.db, job.id))?.state, 'QUEUED', 'no job stays RUNNING')
  equal((await world.planOf(one)).nextDueAt, Date.parse('2026-05-21T21:00:00Z'))
  const client = await findClient(world.catalog.db, one.clientId)
  ok((client?.heardAt ?? 0) <= world.now, 'a contact of the future would never be lost')
})

test('a clock that is set back by hours repeats nothing and loses nothing (F18)', async () => {
  await using world = await SchedulerWorld.make(openSqlite, early)
  const one = await world.protect(at5)
  await live(world, one, '2026-05-20T22:00:00Z')
  world.clock.set({ wallMs: world.now - 3 * hour })
  await live(world, one, '2026-05-22T00:00:00Z')
  deepEqual(spell(await world.jobsOf(one)), [
    '2026-05-20T21:00 COMPLETE',
    '2026-05-21T21:00 COMPLETE',
  ])
})

test('5,000 plans that are due at once are settled in a few seconds, in parts (C1)', async (t) => {
  await using world = await SchedulerWorld.make(openSqlite, early)
  const plans = 5_000
  for (let count = 0; count < plans; count++) await world.protect(at5)
  world.clock.advance(11 * minute)
  await world.catalog.db.updateTable('clients').set({ heardAt: world.now }).execute()
  const begun = process.hrtime.bigint()
  const { created } = await world.server.scheduler.look()
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9
  equal(created, plans)
  t.diagnostic(`${plans} due plans in ${seconds.toFixed(1)} s`)
  equal((await world.server.scheduler.look()).created, 0)
  ok(seconds < 120, 'thousands of plans are minutes away from being late')
})

test('a look ends when its time is over, and the next goes on where it was', async () => {
  await using world = await SchedulerWorld.make(openSqlite, early)
  for (let count = 0; count < 250; count++) await world.protect(at5)
  world.clock.advance(11 * minute)
  await world.catalog.db.updateTable('clients').set({ heardAt: world.now }).execute()
  const { scheduler } = world.startServer(world.catalog, { settleMaxMs: 0 })
  const made: number[] = []
  for (let looks = 0; looks < 3; looks++) made.push((await scheduler.look()).created)
  deepEqual(made, [100, 100, 50])
})

test('a scheduler that was started looks when it is rung, and ends when it is closed', async () => {
  await using world = await SchedulerWorld.make(openSqlite, early)
  const one = await world.protect(at5)
  const runs: string[] = []
  const work = { name: 'count', everyMs: 60_000, run: async () => void runs.push('run') }
  const { scheduler } = world.startServer(world.catalog, { periodic: [work] })
  scheduler.start()
  world.clock.advance(11 * minute)
  await world.hear(one)
  for (let tries = 0; (await world.jobsOf(one)).length === 0; tries++) {
    ok(tries < 100, 'it looks within seconds')
    scheduler.ring()
    await timers.wait(50)
  }
  await scheduler[Symbol.asyncDispose]()
  equal(runs.length >= 1, true)
})
