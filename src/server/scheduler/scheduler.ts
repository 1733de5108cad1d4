/**
 * What happens without anybody asking: due jobs, jobs and clients that are given up, notices, vaults that are looked after,
 * periodic work. It looks every few seconds, and at once when it is rung. All it knows is in the catalog, so it may die at
 * any moment, and several servers may look at once.
 */
import { endOverdueJobs } from '../catalog/jobs/job-endings.ts'
import { cutFutureMarks, prolongRunningJobs } from '../catalog/marks.ts'
import type { ServerKernel } from '../kernel.ts'
import type { Notices } from '../notices.ts'
import { announceStatus } from '../services/protection/instance-facts.ts'
import { announceJob } from '../services/protection/plan-jobs.ts'
import { beginAskedRuns } from './asked-plans.ts'
import { type ClockView, ClockWatch } from './clock-watch.ts'
import { type DuePlace, settleDueBatch } from './due-plans.ts'
import { correctFuturePlans } from './future-plans.ts'
import { tellEndedJobs } from './job-news.ts'
import { giveUpSilent, tellLostClients } from './lost-client-news.ts'
import { PeriodicRunner } from './periodic-runner.ts'
import type { PeriodicWork } from './periodic-work.ts'
import { schedulerBell } from './scheduler-bell.ts'
import { VaultCare } from './vault-care.ts'

export type SchedulerOptions = {
  readonly notices: Notices
  /** Besides what the scheduler does itself: metering, alerts that wait, clearing away. */
  readonly periodic: readonly PeriodicWork[]
  /** How long to wait between two looks when nobody rings. */
  readonly lookEveryMs?: number
  /** How long one look may settle plans before the rest has its turn. */
  readonly settleMaxMs?: number
}

export type LookReport = {
  readonly created: number
  readonly skipped: number
  readonly givenUp: number
  readonly ended: number
  /** The time was not enough: there is more to settle or to tell. */
  readonly hasMore: boolean
}

export type Scheduler = AsyncDisposable & {
  /** One look; what takes longer is begun and not waited for. */
  look(): Promise<LookReport>
  /** Looks again and again, until it is closed. */
  start(): void
  /** Looks soon. */
  ring(): void
  /** Resolves when no periodic work and no vault is under way. */
  idle(): Promise<void>
}

const lookEveryMsDefault = 15_000
const settleMaxMsDefault = 4_000
/** However often it is rung: looks cost the catalog something. */
const pauseMinMs = 200
/** No agent's lease is longer. */
const leaseMaxMs = 5 * 60_000
const dayMs = 24 * 3_600_000
/** Marks are further apart than what any clock is allowed to be wrong by. */
const correctEveryMs = 10 * 60_000

export function openScheduler(kernel: ServerKernel, options: SchedulerOptions): Scheduler {
  const closing = new AbortController()
  const signal = AbortSignal.any([closing.signal, kernel.ending])
  const watch = new ClockWatch(kernel.clock.now())
  const care = new VaultCare(kernel, options.notices)
  const periodic = new PeriodicRunner(options.periodic, kernel.log)
  const state: LookState = { place: undefined, correctedAtUpMs: undefined }
  const look = async () => await lookOnce({ kernel, options, watch, care, periodic, state, signal })
  let loop: Promise<void> | undefined
  const idle = async () => {
    await periodic.idle()
    await care.idle()
  }
  return {
    look,
    start() {
      loop ??= lookForEver(kernel, options, { look, periodic, signal })
    },
    ring: () => kernel.doorbell.ring(schedulerBell),
    idle,
    async [Symbol.asyncDispose]() {
      closing.abort()
      kernel.doorbell.ring(schedulerBell)
      await loop
      await idle()
    },
  }
}

type LookState = {
  /** Where settling goes on, when the time was not enough. */
  place: DuePlace | undefined
  correctedAtUpMs: number | undefined
}

type LookParts = {
  readonly kernel: ServerKernel
  readonly options: SchedulerOptions
  readonly watch: ClockWatch
  readonly care: VaultCare
  readonly periodic: PeriodicRunner
  readonly state: LookState
  readonly signal: AbortSignal
}

async function lookOnce(parts: LookParts): Promise<LookReport> {
  const { kernel, options, watch, care, periodic, state, signal } = parts
  const view = watch.look(kernel.clock.now())
  if (view.steppedMs !== 0) {
    kernel.log.warn({ steppedMs: view.steppedMs }, 'the clock of this machine was set')
  }
  await correctMarks(kernel, state, view)
  const { givenUp, ended } = await giveUp(kernel, view)
  const settled = view.maySettle ? await settleDue(parts, view.now) : nothingSettled
  await tellLostClients(kernel, options.notices)
  const hasNews = await tellEndedJobs(kernel, options.notices)
  if (view.maySettle) await care.look(view.now, signal)
  periodic.look(() => kernel.clock.now().upMs, signal)
  return { ...settled, givenUp, ended, hasMore: hasNews || state.place !== undefined }
}

const nothingSettled = { created: 0, skipped: 0 }

async function correctMarks(
  kernel: ServerKernel,
  state: LookState,
  view: ClockView,
): Promise<void> {
  const { upMs } = kernel.clock.now()
  const last = state.correctedAtUpMs
  const isDue = last === undefined || upMs - last >= correctEveryMs
  if (!view.maySettle || !isDue) return
  const limits = { now: view.now, leaseMaxMs, aheadMaxMs: 2 * dayMs }
  const cut = await cutFutureMarks(kernel.catalog.db, limits)
  if (cut > 0) kernel.log.warn({ cut }, 'marks of a clock that was ahead were cut')
  await correctFuturePlans(kernel, view.now)
  state.correctedAtUpMs = upMs
}

/** Jobs whose agents are gone, and clients that are silent; nobody for a while after a start or a step of the clock. */
async function giveUp(
  kernel: ServerKernel,
  { now, mayGiveUp }: ClockView,
): Promise<Pick<LookReport, 'givenUp' | 'ended'>> {
  if (!mayGiveUp) return { givenUp: 0, ended: 0 }
  const { db } = kernel.catalog
  await prolongRunningJobs(db, { below: now + dayMs - 3_600_000, expiresAt: now + dayMs })
  const jobs = await endOverdueJobs(db, now)
  for (const job of jobs) {
    announceJob(kernel, job)
    await announceStatus(kernel, job.instanceId)
    kernel.doorbell.ring(job.instanceId)
  }
  return { givenUp: await giveUpSilent(kernel, now), ended: jobs.length }
}

async function settleDue(
  { kernel, options, state, signal }: LookParts,
  now: number,
): Promise<Pick<LookReport, 'created' | 'skipped'>> {
  const begunAt = kernel.clock.now().upMs
  const lengthMax = options.settleMaxMs ?? settleMaxMsDefault
  let created = await beginAskedRuns(kernel, now)
  let skipped = 0
  do {
    const batch = await settleDueBatch(kernel, state.place, now)
    created += batch.created
    skipped += batch.skipped
    state.place = batch.after
    if (signal.aborted) break
  } while (state.place !== undefined && kernel.clock.now().upMs - begunAt < lengthMax)
  return { created, skipped }
}

async function lookForEver(
  kernel: ServerKernel,
  options: SchedulerOptions,
  loop: {
    readonly look: () => Promise<LookReport>
    readonly periodic: PeriodicRunner
    readonly signal: AbortSignal
  },
): Promise<void> {
  const { look, periodic, signal } = loop
  const every = options.lookEveryMs ?? lookEveryMsDefault
  while (!signal.aborted) {
    let waitMs = every
    try {
      if ((await look()).hasMore) waitMs = 0
    } catch (problem) {
      // The next look begins from what the catalog says: nothing is lost by this one.
      kernel.log.error({ problem }, 'a look of the scheduler failed')
    }
    const work = periodic.waitMs(kernel.clock.now().upMs)
    await kernel.doorbell.wait(schedulerBell, Math.min(waitMs, work), signal)
    await pause(kernel, signal)
  }
}

async function pause(kernel: ServerKernel, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await kernel.doorbell.wait('scheduler pause', pauseMinMs, signal)
}
