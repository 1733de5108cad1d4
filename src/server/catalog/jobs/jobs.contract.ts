/** The promises of the job machine, for both databases. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import {
  dayOne,
  dueDraft,
  ending,
  hour,
  jobDraft,
  leaseOf,
  minute,
  type OpenDatabase,
  type World,
  worldTest,
} from '../world.contract.ts'
import { createDueJob, createRequestedJob, recordSkippedRun } from './job-creation.ts'
import { endOverdueJobs, finishJob, removeJobsBefore } from './job-endings.ts'
import {
  cancelJob,
  endLeasesOfOthers,
  heartbeatJob,
  recordProgress,
  releaseJob,
  takeJob,
} from './job-leases.ts'
import { findJob, type Job } from './jobs.ts'

const now = dayOne + hour

export function jobsContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)

  inWorld('a due run has one job, whoever asks how often', async (world) => {
    const first = await createDueJob(world.db, dueDraft(world, now))
    const second = await createDueJob(world.db, dueDraft(world, now))
    equal(first.kind, 'created')
    deepEqual(second, { kind: 'existing', job: first.job })
  })

  inWorld('of two servers that create the same due run, one does', async (world) => {
    await using other = await world.openAnother()
    const outcomes = await Promise.all(
      [world.db, other.db, world.db, other.db].map((db) => createDueJob(db, dueDraft(world, now))),
    )
    deepEqual(outcomes.map(({ kind }) => kind).toSorted(), [
      'created',
      'existing',
      'existing',
      'existing',
    ])
    equal(new Set(outcomes.map(({ job }) => job.id)).size, 1)
  })

  inWorld(
    'a run that is due while one is unfinished is recorded as skipped (C3)',
    async (world) => {
      const first = await createDueJob(world.db, dueDraft(world, now))
      const second = await createDueJob(world.db, dueDraft(world, now + 24 * hour))
      equal(first.kind, 'created')
      equal(second.kind, 'skipped')
      equal(second.job.state, 'SKIPPED')
      equal(second.job.skipReason, 'PREVIOUS_RUNNING')
      await finish(world, await take(world))
      const third = await createDueJob(world.db, dueDraft(world, now + 48 * hour))
      equal(third.kind, 'created')
    },
  )

  inWorld('different due runs of one plan at once leave one unfinished job (C3)', async (world) => {
    await using other = await world.openAnother()
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map((day) =>
        createDueJob(day % 2 === 0 ? world.db : other.db, dueDraft(world, now + day * 24 * hour)),
      ),
    )
    deepEqual(outcomes.map(({ kind }) => kind).toSorted(), [
      'created',
      'skipped',
      'skipped',
      'skipped',
    ])
  })

  inWorld(
    'a run that is not to take place is recorded once, with its reason (C2)',
    async (world) => {
      const skipped = await recordSkippedRun(world.db, dueDraft(world, now), 'TIME_CHANGED')
      deepEqual([skipped.kind, skipped.job.skipReason], ['skipped', 'TIME_CHANGED'])
      const again = await createDueJob(world.db, dueDraft(world, now))
      deepEqual(again, { kind: 'existing', job: skipped.job })
    },
  )

  inWorld(
    'a backup that was asked for names the unfinished one that is in its way',
    async (world) => {
      const first = await createRequestedJob(world.db, jobDraft(world))
      const second = await createRequestedJob(world.db, jobDraft(world))
      deepEqual([first.kind, second.kind], ['created', 'unfinished'])
      equal(second.job.id, first.job.id)
    },
  )

  inWorld('restores of an instance do not stand in each other’s way', async (world) => {
    const restore = () =>
      createRequestedJob(world.db, jobDraft(world, { kind: 'RESTORE', planId: null }))
    deepEqual([(await restore()).kind, (await restore()).kind], ['created', 'created'])
  })

  inWorld('of eight takers of one job, exactly one gets it', async (world) => {
    await using other = await world.openAnother()
    await createDueJob(world.db, dueDraft(world, now))
    const taken = await Promise.all(
      Array.from({ length: 8 }, (_, at) =>
        takeJob(at % 2 === 0 ? world.db : other.db, taker(world, `agent-${at}`)),
      ),
    )
    const winners = taken.filter((job) => job !== undefined)
    equal(winners.length, 1)
    equal(winners[0]?.state, 'RUNNING')
    equal(winners[0]?.attempt, 1)
  })

  inWorld('eight takers of eight jobs get one each, the oldest first', async (world) => {
    for (let at = 0; at < 8; at++) {
      const facts = { kind: 'RESTORE', planId: null, createdAt: dayOne + at } as const
      await createRequestedJob(world.db, jobDraft(world, facts))
    }
    const taken = await Promise.all(
      Array.from({ length: 8 }, (_, at) => takeJob(world.db, taker(world, `agent-${at}`))),
    )
    equal(new Set(taken.map((job) => job?.id)).size, 8)
    ok(!taken.includes(undefined))
  })

  inWorld(
    'a job is not taken before its time, nor by the agent of another instance',
    async (world) => {
      await createRequestedJob(world.db, jobDraft(world, { availableAt: now + minute }))
      equal(await takeJob(world.db, taker(world, 'early')), undefined)
      const foreign = { ...taker(world, 'foreign'), instanceId: world.catalog.newId('instance') }
      equal(await takeJob(world.db, { ...foreign, now: now + hour }), undefined)
      ok(await takeJob(world.db, { ...taker(world, 'late'), now: now + hour, leaseUntil: now * 2 }))
    },
  )

  inWorld('a lease that ended is taken over, and its old holder changes nothing', async (world) => {
    await createDueJob(world.db, dueDraft(world, now))
    const old = await take(world, 'old')
    equal(await takeJob(world.db, taker(world, 'new')), undefined, 'the lease is alive')
    const later = { now: now + 2 * minute, leaseUntil: now + 3 * minute }
    const taken = await takeJob(world.db, { ...taker(world, 'new'), ...later })
    deepEqual([taken?.holder, taken?.attempt, taken?.startedAt], ['new', 2, old.startedAt])
    deepEqual(await heartbeatJob(world.db, leaseOf(old), later), { kind: 'lost' })
    deepEqual(await finishJob(world.db, leaseOf(old), ending(later.now)), { kind: 'lost' })
    equal(await releaseJob(world.db, leaseOf(old), { ...later, availableAt: now }), 'lost')
    deepEqual(await findJob(world.db, old.id), taken)
  })

  inWorld('the same process that takes a job again has another lease', async (world) => {
    await createDueJob(world.db, dueDraft(world, now))
    const first = await take(world, 'same')
    await takeJob(world.db, {
      ...taker(world, 'same'),
      now: now + hour,
      leaseUntil: now + 2 * hour,
    })
    deepEqual(await finishJob(world.db, leaseOf(first), ending(now + hour)), { kind: 'lost' })
  })

  inWorld('a heartbeat prolongs the lease and says when the job is to end', async (world) => {
    await createDueJob(world.db, dueDraft(world, now))
    const job = await take(world)
    const beat = { now: now + 30_000, leaseUntil: now + 5 * minute }
    deepEqual(await heartbeatJob(world.db, leaseOf(job), beat), held(false))
    equal(
      (await cancelJob(world.db, job.id, { userId: null, now: now + 40_000 }))?.kind,
      'requested',
    )
    deepEqual(await heartbeatJob(world.db, leaseOf(job), beat), held(true))
    deepEqual(await endOverdueJobs(world.db, now + 4 * minute), [], 'the lease is alive')
  })

  inWorld(
    'progress that comes late changes nothing; another attempt counts anew',
    async (world) => {
      await createDueJob(world.db, dueDraft(world, now))
      const job = await take(world)
      equal(await recordProgress(world.db, leaseOf(job), progress(2)), 'recorded')
      equal(await recordProgress(world.db, leaseOf(job), progress(1)), 'ignored')
      deepEqual((await findJob(world.db, job.id))?.progress, { message: 2 })
      await releaseJob(world.db, leaseOf(job), { now, availableAt: now })
      const again = await take(world, 'again')
      equal(await recordProgress(world.db, leaseOf(again), progress(0)), 'recorded')
      equal(await recordProgress(world.db, leaseOf(job), progress(3)), 'ignored')
    },
  )

  inWorld('finishing twice is finishing once; a finished job never changes (D4)', async (world) => {
    await createDueJob(world.db, dueDraft(world, now))
    const job = await take(world)
    const done = await finishJob(world.db, leaseOf(job), ending(now + minute, 'PARTIAL_COMPLETE'))
    const again = await finishJob(world.db, leaseOf(job), ending(now + hour, 'PARTIAL_COMPLETE'))
    ok(done.kind === 'finished' && again.kind === 'already')
    deepEqual(again.job, done.job)
    deepEqual(await finishJob(world.db, leaseOf(job), ending(now, 'FAILED')), { kind: 'lost' })
    equal((await cancelJob(world.db, job.id, { userId: null, now: now * 2 }))?.kind, 'ended')
    deepEqual(await endOverdueJobs(world.db, now * 2), [])
    deepEqual(await findJob(world.db, job.id), done.job)
  })

  inWorld(
    'a job that nobody works at is cancelled at once and not taken any more',
    async (world) => {
      const { job } = await createRequestedJob(world.db, jobDraft(world))
      const canceled = await cancelJob(world.db, job.id, { userId: null, now })
      deepEqual([canceled?.kind, canceled?.job.state], ['canceled', 'CANCELED'])
      equal(await takeJob(world.db, taker(world, 'agent')), undefined)
      equal(await cancelJob(world.db, world.catalog.newId('job'), { userId: null, now }), undefined)
    },
  )

  inWorld(
    'no job stays RUNNING without a lease: it is queued again, cancelled, or failed',
    async (world) => {
      await killsWithoutHeartbeat(world)
    },
  )

  inWorld('a job that nobody took in its time expires', async (world) => {
    const { job } = await createRequestedJob(world.db, jobDraft(world, { expiresAt: now }))
    deepEqual(await endOverdueJobs(world.db, now - 1), [])
    const [expired] = await endOverdueJobs(world.db, now)
    deepEqual([expired?.id, expired?.state, expired?.finishedAt], [job.id, 'EXPIRED', now])
  })

  inWorld('an agent that starts anew need not wait for its own old lease', async (world) => {
    const { job } = await createDueJob(world.db, dueDraft(world, now))
    await take(world, 'before-restart')
    const agent = { instanceId: world.instanceId, holder: 'after-restart', now: now + 1 }
    deepEqual(await endLeasesOfOthers(world.db, agent), [job.id])
    const taken = await takeJob(world.db, { ...taker(world, 'after-restart'), now: now + 1 })
    equal(taken?.attempt, 2)
    deepEqual(await endLeasesOfOthers(world.db, agent), [], 'its own lease stays')
  })

  inWorld(
    'history goes by the time when jobs ended, and not more at once than asked (D6)',
    async (world) => {
      for (let day = 0; day < 5; day++) {
        await recordSkippedRun(world.db, dueDraft(world, now + day * 24 * hour), 'MISSED')
      }
      const { job } = await createRequestedJob(world.db, jobDraft(world))
      equal(await removeJobsBefore(world.db, now + 4 * 24 * hour, 3), 3)
      equal(await removeJobsBefore(world.db, now + 4 * 24 * hour, 3), 1)
      ok(await findJob(world.db, job.id), 'an unfinished job is no history')
    },
  )
}

async function killsWithoutHeartbeat(world: World): Promise<void> {
  const { job } = await createRequestedJob(world.db, jobDraft(world, { attemptsMax: 2 }))
  const lapse = now + 2 * minute
  await take(world, 'killed')
  const [queued] = await endOverdueJobs(world.db, lapse)
  deepEqual([queued?.state, queued?.leaseUntil], ['QUEUED', null])
  await takeJob(world.db, { ...taker(world, 'killed-too'), now: lapse, leaseUntil: lapse + 1 })
  const [failed] = await endOverdueJobs(world.db, lapse + hour)
  deepEqual([failed?.state, failed?.problemCode], ['FAILED', 'job.abandoned'])
  const second = await createRequestedJob(world.db, jobDraft(world))
  await takeJob(world.db, { ...taker(world, 'third'), now: lapse, leaseUntil: lapse + 1 })
  await cancelJob(world.db, second.job.id, { userId: null, now: lapse })
  const [canceled] = await endOverdueJobs(world.db, lapse + hour)
  deepEqual([canceled?.id, canceled?.state], [second.job.id, 'CANCELED'])
  equal((await findJob(world.db, job.id))?.state, 'FAILED')
}

function taker(world: World, holder: string) {
  return { instanceId: world.instanceId, holder, now, leaseUntil: now + minute }
}

async function take(world: World, holder = 'agent'): Promise<Job> {
  const job = await takeJob(world.db, taker(world, holder))
  ok(job, 'there is a job to take')
  return job
}

async function finish(world: World, job: Job): Promise<void> {
  equal((await finishJob(world.db, leaseOf(job), ending(now + minute))).kind, 'finished')
}

function held(cancelRequested: boolean) {
  return { kind: 'held', cancelRequested }
}

function progress(number: number) {
  return {
    now: now + number,
    number,
    phase: 'scanning',
    progress: { message: number },
    sourceBytes: number,
    storedBytes: 0,
  } as const
}
