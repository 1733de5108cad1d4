/** What a scheduler promises over both databases: C1, C3, A5, D4, D5, F18, F21. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { findClient } from '../catalog/instances/clients.ts'
import { finishJob } from '../catalog/jobs/job-endings.ts'
import { cancelJob, takeJob } from '../catalog/jobs/job-leases.ts'
import { findJob, type Job } from '../catalog/jobs/jobs.ts'
import { updatePlan } from '../catalog/plans/plans.ts'
import { ending, hour, leaseOf, minute, type OpenDatabase } from '../catalog/world.contract.ts'
import { silentLog } from '../kernel.fixture.ts'
import type { LogFields } from '../kernel.ts'
import { termsToJson } from '../services/protection/plan-terms.ts'
import { daily, type Protected, SchedulerWorld, spell } from './scheduler-world.contract.ts'

const day = 24 * hour
const zone = 'Asia/Shanghai'
/** 04:50 in Shanghai. */
const early = '2026-05-20T20:50:00Z'
const at5 = daily(zone, 300, '2026-05-21')

export function schedulerContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = (
    sentence: string,
    check: (world: SchedulerWorld, one: Protected) => Promise<void>,
  ): void => {
    test(`${name}: ${sentence}`, async () => {
      await using world = await SchedulerWorld.make(open, early)
      await check(world, await world.protect(at5))
    })
  }
  describeDueRuns(inWorld)
  describeUntaken(inWorld)
  describeAbsence(inWorld)
  describeSilence(inWorld)
  describeLeases(inWorld)
  describePatience(inWorld)
  describeServers(inWorld)
  describeRaces(name, open)
}

type InWorld = (
  sentence: string,
  check: (world: SchedulerWorld, one: Protected) => Promise<void>,
) => void

function describeDueRuns(inWorld: InWorld): void {
  inWorld(
    'a run that is due gets its job once, and the plan its next day (C1)',
    async (world, one) => {
      await world.pass(30 * minute, [one])
      deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 CREATED'])
      equal((await world.planOf(one)).nextDueAt, Date.parse('2026-05-21T21:00:00Z'))
    },
  )

  inWorld('the agent is woken for its job', async (world, one) => {
    const woken = world.server.kernel.doorbell.wait(
      one.instanceId,
      60_000,
      new AbortController().signal,
    )
    await world.pass(11 * minute, [one])
    await woken
  })

  inWorld(
    'a run that is due while the last one works is skipped and says why (C3)',
    async (world, one) => {
      await world.pass(11 * minute, [one])
      const job = await take(world, one)
      await work(world, one, job.id, 24 * hour)
      deepEqual(spell(await world.jobsOf(one)), [
        '2026-05-20T21:00 RUNNING',
        '2026-05-21T21:00 SKIPPED PREVIOUS_RUNNING',
      ])
      await finishJob(world.catalog.db, leaseOf(job), ending(world.now))
      world.clock.advance(day)
      await world.hear(one)
      await world.server.scheduler.look()
      equal(spell(await world.jobsOf(one)).at(-1), '2026-05-22T21:00 CREATED')
      const told = world.notices.map(({ kind }) => kind)
      deepEqual(told, ['WINDOW_MISSED', 'backup-complete'])
    },
  )
}

function describeUntaken(inWorld: InWorld): void {
  inWorld(
    'a job that nobody takes within the hour expires, and the account hears of it (D4, H4)',
    async (world, one) => {
      await world.pass(11 * minute, [one])
      await world.pass(61 * minute, [one])
      deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 EXPIRED'])
      deepEqual(
        world.notices.map(({ kind }) => kind),
        ['BACKUP_FAILED'],
      )
    },
  )

  inWorld('a run that was asked for begins when the client is there (A1)', async (world, one) => {
    const asked = { askedAt: world.now, updatedAt: world.now }
    await updatePlan(world.catalog.db, { id: one.planId, expected: ['ACTIVE'] }, asked)
    world.clock.advance(6 * minute)
    await world.server.scheduler.look()
    deepEqual(spell(await world.jobsOf(one)), [])
    await world.hear(one)
    await world.server.scheduler.look()
    await world.server.scheduler.look()
    deepEqual(spell(await world.jobsOf(one)), ['asked CREATED'])
  })
}

function describeAbsence(inWorld: InWorld): void {
  inWorld('a client that is away is waited for an hour (C3)', async (world, one) => {
    await world.pass(50 * minute)
    deepEqual(spell(await world.jobsOf(one)), [])
    await world.pass(minute, [one])
    deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 CREATED'])
  })

  inWorld('after the hour the run is skipped, and not made up (C3)', async (world, one) => {
    await world.pass(2 * hour)
    await world.pass(hour, [one])
    deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 SKIPPED CLIENT_AWAY'])
  })

  inWorld('a policy may make a missed run up when the client is back (C3)', async (world, one) => {
    const settings = termsToJson({ sources: undefined, runMissed: true, special: [], hooks: {} })
    const change = { settings, updatedAt: world.now }
    await updatePlan(world.catalog.db, { id: one.planId, expected: ['ACTIVE'] }, change)
    await world.pass(3 * hour)
    await world.pass(minute, [one])
    deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 CREATED made up'])
  })
}

function describeSilence(inWorld: InWorld): void {
  inWorld('days without a server leave a line each and one message (C3)', async (world, one) => {
    world.clock.advance(3 * day)
    await world.hear(one)
    const { scheduler } = world.startServer()
    await scheduler.look()
    deepEqual(spell(await world.jobsOf(one)), [
      '2026-05-20T21:00 SKIPPED MISSED',
      '2026-05-21T21:00 SKIPPED MISSED',
      '2026-05-22T21:00 SKIPPED MISSED',
    ])
    deepEqual(
      world.notices.map((fact) => (fact.kind === 'WINDOW_MISSED' ? fact.moreRuns : fact.kind)),
      [2],
    )
  })

  inWorld(
    'a silent client is lost once, told once, and its return too (A5, H4)',
    async (world, one) => {
      await world.pass(8 * minute)
      equal((await findClient(world.catalog.db, one.clientId))?.status, 'UNKNOWN')
      await world.pass(3 * minute)
      await world.pass(2 * minute, [one])
      equal((await findClient(world.catalog.db, one.clientId))?.status, 'ACTIVATED')
      deepEqual(
        world.notices.map(({ kind }) => kind),
        ['CLIENT_LOST', 'client-back'],
      )
    },
  )

  inWorld('plans of an instance that is gone stop by themselves (A6)', async (world, one) => {
    const { db } = world.catalog
    await db
      .updateTable('instances')
      .set({ state: 'RELEASED', releasedAt: world.now })
      .where('id', '=', one.instanceId)
      .execute()
    await world.pass(11 * minute, [one])
    deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 SKIPPED INSTANCE_GONE'])
    equal((await world.planOf(one)).nextDueAt, null)
    deepEqual(world.notices, [])
  })
}

async function take(world: SchedulerWorld, one: Protected, leaseMs = 90_000) {
  const job = await takeJob(world.catalog.db, {
    instanceId: one.instanceId,
    holder: 'agent-1',
    now: world.now,
    leaseUntil: world.now + leaseMs,
  })
  ok(job, 'a job waits')
  return job
}

/** The agent works at its job and says so; its server looks every ten minutes. */
async function work(
  world: SchedulerWorld,
  one: Protected,
  id: Job['id'],
  milliseconds: number,
): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 10 * minute) {
    world.clock.advance(10 * minute)
    await world.hear(one)
    await world.catalog.db
      .updateTable('jobs')
      .set({ leaseUntil: world.now + 90_000 })
      .where('id', '=', id)
      .execute()
    await world.server.scheduler.look()
  }
}

function describeLeases(inWorld: InWorld): void {
  inWorld(
    'a job whose agent was killed waits for the next one, and does not expire (D5, F21)',
    async (world, one) => {
      await world.pass(11 * minute, [one])
      const job = await take(world, one)
      world.clock.advance(2 * minute)
      await world.hear(one)
      await world.server.scheduler.look()
      equal((await findJob(world.catalog.db, job.id))?.state, 'QUEUED')
      const again = await take(world, one, 4 * minute)
      deepEqual([again.id, again.attempt], [job.id, 2])
    },
  )

  inWorld('a job at work for a day is taken up again, not given up (D5)', async (world, one) => {
    await world.pass(11 * minute, [one])
    const job = await take(world, one)
    await work(world, one, job.id, 26 * hour)
    world.clock.advance(2 * hour)
    await world.server.scheduler.look()
    equal((await findJob(world.catalog.db, job.id))?.state, 'QUEUED')
  })

  inWorld(
    'a cancelled job whose agent never answers ends with its lease (D4)',
    async (world, one) => {
      await world.pass(11 * minute, [one])
      const job = await take(world, one)
      await cancelJob(world.catalog.db, job.id, { userId: null, now: world.now })
      await world.pass(3 * minute, [one])
      equal((await findJob(world.catalog.db, job.id))?.state, 'CANCELED')
    },
  )
}

function describePatience(inWorld: InWorld): void {
  inWorld(
    'after as many tries as there may be a job fails and is told (D5, H4)',
    async (world, one) => {
      await world.pass(11 * minute, [one])
      const job = await take(world, one)
      await world.catalog.db.updateTable('jobs').set({ attemptsMax: 1 }).execute()
      await world.pass(3 * minute, [one])
      equal((await findJob(world.catalog.db, job.id))?.state, 'FAILED')
      deepEqual(
        world.notices.map(({ kind }) => kind),
        ['BACKUP_FAILED'],
      )
    },
  )

  inWorld(
    'a server that starts gives agents time before it takes their jobs (F21)',
    async (world, one) => {
      await world.pass(11 * minute, [one])
      const job = await take(world, one)
      world.clock.advance(10 * minute)
      const restarted = world.startServer()
      await restarted.scheduler.look()
      equal((await findJob(world.catalog.db, job.id))?.state, 'RUNNING')
      equal((await findClient(world.catalog.db, one.clientId))?.status, 'ACTIVATED')
    },
  )
}

function describeServers(inWorld: InWorld): void {
  inWorld(
    'a server that ends between the due time and the job leaves it to the next (F21)',
    async (world, one) => {
      world.clock.advance(12 * minute)
      await world.hear(one)
      const { catalog } = world
      const broken = {
        ...catalog,
        newId: ((kind: 'job') => {
          if (kind === 'job') throw new Error('killed')
          return catalog.newId(kind)
        }) as typeof catalog.newId,
      }
      const dying = world.startServer(broken)
      await dying.scheduler.look().catch(() => {})
      deepEqual(spell(await world.jobsOf(one)), [])
      await world.startServer().scheduler.look()
      deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 CREATED'])
    },
  )

  inWorld(
    'what a server could not tell before it died is told by the next (H4, F21)',
    async (world, one) => {
      await world.pass(11 * minute, [one])
      const job = await take(world, one)
      const failing = {
        notices: { raise: async () => Promise.reject(new Error('killed')) },
      }
      const dying = world.startServer(world.catalog, failing)
      const failed = { ...ending(world.now, 'FAILED'), problemCode: 'storage.unavailable' }
      await finishJob(world.catalog.db, leaseOf(job), failed)
      await rejects(dying.scheduler.look())
      await world.startServer().scheduler.look()
      await world.startServer().scheduler.look()
      deepEqual(
        world.notices.map((fact) => (fact.kind === 'BACKUP_FAILED' ? fact.problemCode : fact.kind)),
        ['storage.unavailable'],
      )
    },
  )

  inWorld(
    'a plan that cannot be read stops none of the others, and is told in the log',
    async (world, one) => {
      const other = await world.protect(at5)
      const broken = { schedule: { kind: 'daily' }, updatedAt: world.now }
      await updatePlan(world.catalog.db, { id: one.planId, expected: ['ACTIVE'] }, broken)
      world.clock.advance(11 * minute)
      await world.hear(other)
      const errors: unknown[] = []
      const log = { ...silentLog, error: (fields: LogFields) => void errors.push(fields['plan']) }
      await world.startServer(world.catalog, { kernel: { log } }).scheduler.look()
      deepEqual(spell(await world.jobsOf(other)), ['2026-05-20T21:00 CREATED'])
      deepEqual(errors, [one.planId])
    },
  )
}

function describeRaces(name: string, open: () => Promise<OpenDatabase>): void {
  test(`${name}: two servers that look at once make each job once (C1)`, async () => {
    await using world = await SchedulerWorld.make(open, early)
    const many: Protected[] = []
    for (let count = 0; count < 150; count++) {
      many.push(await world.protect(daily(zone, 300, '2026-05-21')))
    }
    const other = await world.startAnother()
    world.clock.advance(11 * minute)
    for (const one of many) await world.hear(one)
    const looks = await Promise.all([
      world.server.scheduler.look(),
      other.scheduler.look(),
      world.server.scheduler.look(),
      other.scheduler.look(),
    ])
    equal(
      looks.reduce((sum, { created }) => sum + created, 0),
      many.length,
    )
    for (const one of many.slice(0, 20)) {
      deepEqual(spell(await world.jobsOf(one)), ['2026-05-20T21:00 CREATED'])
    }
  })
}
