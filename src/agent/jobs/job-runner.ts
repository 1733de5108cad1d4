/**
 * The jobs of this agent, from the moment they are accepted until the server has their results. Every step is in the
 * journal first. A fault that may pass begins the job again after a while (D5); what was stored is not sent twice. An
 * agent that stops or is killed leaves its jobs in the journal and begins them again when it is back.
 */
import { type Failure, failure, isFailure } from '#base'
import { problemOf } from '#contract'
import { asFailure, askedMsOf } from '../as-failure.ts'
import { BackOff, retrying } from '../channel/back-off.ts'
import type { Draft, Outbox } from '../channel/outbox.ts'
import { defaultPolicy } from '../policy/local-policy.ts'
import type { JobAssignment, JobRecord, JobResult, Journal } from '../state/journal.ts'
import type { WorkOutcome } from '../work.ts'
import { chooseJobs } from './choose-jobs.ts'
import { JobObserver } from './job-observer.ts'
import { type JobTools, performJob } from './perform-job.ts'
import { readSpool, SpoolWriter } from './spool.ts'

/** D5. */
export const triesMax = 30
export const jobsMax = 100

export type RunnerTools = JobTools & {
  readonly journal: Journal
  readonly outbox: Outbox
  readonly chance: () => number
}

type Held = {
  record: JobRecord
  readonly abort: AbortController
  phase: 'waiting' | 'running' | 'ended'
  why: 'cancelled' | 'superseded' | 'stopping' | undefined
  observer: JobObserver | undefined
  ended: Promise<void>
  told: Promise<void>
}

export class JobRunner {
  readonly #tools: RunnerTools
  readonly #jobs = new Map<JobResult['jobId'], Held>()
  readonly #runs = new Set<Promise<void>>()
  readonly #stop = new AbortController()

  constructor(tools: RunnerTools) {
    this.#tools = tools
  }

  /**
   * All jobs that are here, for heartbeats: the server gives one that is missing to somebody else. One that has ended counts
   * until the server has its result, or it would be begun again while its report is on the way.
   */
  get held(): readonly JobResult['jobId'][] {
    return [...this.#jobs.keys()]
  }

  /** What an earlier start of the agent left. Nothing is said of it before `resume`. */
  take(records: readonly JobRecord[]): void {
    for (const record of records) this.#hold(record)
  }

  /** Results are told, everything else is begun again. */
  async resume(): Promise<void> {
    for (const held of this.#jobs.values()) if (held.phase === 'ended') this.#tell(held)
    await this.#begin()
  }

  /** @throws agent.busy */
  async add(assignment: JobAssignment): Promise<void> {
    const id = jobIdOf(assignment)
    const former = this.#jobs.get(id)
    if (former?.record.assignment.number === assignment.number) return
    if (former === undefined && this.#jobs.size >= jobsMax) {
      throw failure('agent.busy', { count: jobsMax })
    }
    const record = { assignment, tries: 0, reportedBytes: 0 }
    await this.#tools.journal.put(record)
    // The server has given up the attempt that still runs here: its end is of no interest, but it must come first.
    if (former !== undefined) await this.#supersede(former)
    this.#hold(record)
    await this.#begin()
  }

  /** Takes effect within two seconds: the worker hears of it at once. */
  async cancel(id: JobResult['jobId']): Promise<void> {
    const held = this.#jobs.get(id)
    // Not here: whatever the server believes of it, nothing runs.
    if (held === undefined) return this.#tools.outbox.put({ ...cancelled, jobId: id })
    if (held.phase === 'ended') return
    held.why = 'cancelled'
    held.abort.abort()
    if (held.phase === 'waiting') await this.#end(held, { ...cancelled, jobId: id })
  }

  flushProgress(): void {
    for (const { observer } of this.#jobs.values()) observer?.flush()
  }

  /** Ends what runs, without a result: the next start begins it again. */
  async stop(): Promise<void> {
    this.#stop.abort()
    for (const held of this.#jobs.values()) {
      held.why ??= 'stopping'
      held.abort.abort()
    }
    // Also those whose result was told already: they look for the next job.
    await Promise.all(this.#runs)
    await Promise.all([...this.#jobs.values()].map(({ told }) => told))
  }

  #hold(record: JobRecord): Held {
    const abort = new AbortController()
    const phase = record.result === undefined ? 'waiting' : 'ended'
    const held: Held = {
      record,
      abort,
      phase,
      why: undefined,
      observer: undefined,
      ended: Promise.resolve(),
      told: Promise.resolve(),
    }
    this.#jobs.set(jobIdOf(record.assignment), held)
    return held
  }

  async #begin(): Promise<void> {
    if (this.#stop.signal.aborted) return
    const atOnce = await this.#atOnce()
    const of = (phase: Held['phase']) =>
      [...this.#jobs.values()].filter((one) => one.phase === phase)
    const running = of('running').map(({ record }) => record.assignment)
    const waiting = of('waiting').map(({ record }) => record.assignment)
    for (const chosen of chooseJobs(waiting, running, atOnce)) {
      const held = this.#jobs.get(jobIdOf(chosen))
      if (held?.phase !== 'waiting') continue
      held.phase = 'running'
      held.ended = this.#run(held)
      this.#keep(held.ended)
    }
  }

  /** A policy that cannot be read stops no queue; each job asks it again and is refused by it. */
  async #atOnce(): Promise<Parameters<typeof chooseJobs>[2]> {
    try {
      return await this.#tools.loadPolicy()
    } catch (problem) {
      if (!isFailure(problem, 'agent.policy-unusable')) throw problem
      this.#tools.log.warn('the local policy cannot be used', problem)
      return defaultPolicy
    }
  }

  #keep(run: Promise<void>): void {
    this.#runs.add(run)
    void run.finally(() => this.#runs.delete(run))
  }

  async #run(held: Held): Promise<void> {
    const result = await this.#tryUntilOver(held)
    if (result !== undefined && held.why !== 'superseded') await this.#end(held, result)
    await this.#begin()
  }

  /** @returns undefined when the job goes on at another start, or is another's now */
  async #tryUntilOver(held: Held): Promise<JobResult | undefined> {
    const backOff = new BackOff(retrying, this.#tools.chance)
    const jobId = jobIdOf(held.record.assignment)
    for (;;) {
      if (held.why === 'cancelled') return { ...cancelled, jobId, counts: countsOf(held) }
      if (held.why !== undefined) return undefined
      const { tries } = held.record
      if (tries >= triesMax) return failed(jobId, failure('agent.interrupted', { tries }))
      held.record = { ...held.record, tries: tries + 1, reportedBytes: 0 }
      try {
        await this.#tools.journal.put(held.record)
        return await this.#tryOnce(held)
      } catch (problem) {
        if (held.why !== undefined) continue
        const known = asFailure(problem)
        const over = known.entry.kind !== 'unavailable' || known.code === 'agent.fault'
        if (over || tries + 1 >= triesMax) return failed(jobId, known, countsOf(held))
        this.#tools.log.warn(`the job ${jobId} failed and is begun again`, known)
        held.observer?.warning(`It is begun again (try ${tries + 2}): ${known.message}`)
        await this.#pause(backOff.next(askedMsOf(known)), held.abort.signal)
      }
    }
  }

  async #tryOnce(held: Held): Promise<JobResult> {
    const { journal, outbox, clock } = this.#tools
    const { assignment, tries } = held.record
    const jobId = jobIdOf(assignment)
    const spool = new SpoolWriter(journal.spoolPath(assignment), jobId)
    const upMs = () => clock.now().upMs
    const observer = new JobObserver({ jobId, tries, outbox, spool, upMs })
    held.observer = observer
    try {
      const outcome = await performJob(assignment, this.#tools, observer, held.abort.signal)
      observer.flush()
      return resultOf(assignment, outcome, observer.counts)
    } finally {
      for (const lost of spool.close()) observer.warning(lost)
    }
  }

  /** @returns once the time is over or the job is to end; the next try sees which */
  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    try {
      await this.#tools.clock.sleep(milliseconds, signal)
    } catch (problem) {
      if (!isFailure(problem, 'job.aborted')) throw problem
    }
  }

  async #end(held: Held, result: JobResult): Promise<void> {
    held.record = { ...held.record, result }
    held.phase = 'ended'
    try {
      await this.#tools.journal.put(held.record)
    } catch (problem) {
      // A full disk: the result is told all the same, unless the agent falls before.
      this.#tools.log.warn('the end of a job could not be written down', asFailure(problem))
    }
    this.#tools.log.info(`the job ${result.jobId} is ${result.state}`)
    this.#tell(held)
  }

  /** In the background, for as long as the server is away; a stop leaves it to the next start. */
  #tell(held: Held): void {
    held.told = this.#report(held).catch((problem: unknown) => {
      this.#tools.log.warn('the report of a job could not be read', asFailure(problem))
    })
  }

  async #report(held: Held): Promise<void> {
    const { journal } = this.#tools
    const { assignment, result } = held.record
    if (result === undefined) return
    const { jobId } = result
    for await (const part of readSpool(journal.spoolPath(assignment), held.record.reportedBytes)) {
      const told = { kind: 'report', jobId, list: part.list, lines: part.lines } as const
      if (!(await this.#deliver(told)) || held.why === 'superseded') return
      held.record = { ...held.record, reportedBytes: part.end }
      await journal.put(held.record)
    }
    if (!(await this.#deliver(result))) return
    if (this.#jobs.get(jobId) === held) this.#jobs.delete(jobId)
    await journal.remove(assignment)
  }

  /** @returns false when the agent stops before the server has it */
  async #deliver(draft: Draft): Promise<boolean> {
    const { promise: stopped, resolve } = Promise.withResolvers<'stopped'>()
    const onStop = () => resolve('stopped')
    const { signal } = this.#stop
    if (signal.aborted) return false
    signal.addEventListener('abort', onStop)
    const fate = await Promise.race([this.#tools.outbox.deliver(draft), stopped])
    signal.removeEventListener('abort', onStop)
    return fate !== 'stopped'
  }

  async #supersede(former: Held): Promise<void> {
    former.why ??= 'superseded'
    former.abort.abort()
    await former.ended
    await this.#tools.journal.remove(former.record.assignment)
  }
}

export function jobIdOf(assignment: JobAssignment): JobResult['jobId'] {
  return assignment.kind === 'backup' ? assignment.jobId : assignment.restoreJobId
}

const nothing = { failed: 0, skipped: 0, inconsistent: 0 } as const
const cancelled = { kind: 'result', state: 'CANCELED', counts: nothing } as const

function failed(jobId: JobResult['jobId'], problem: Failure, counts = countsOf()): JobResult {
  return { kind: 'result', jobId, state: 'FAILED', counts, problem: problemOf(problem) }
}

function countsOf(held?: Held): JobResult['counts'] {
  return held?.observer?.counts ?? nothing
}

/** B6: a backup that misses a file, or is unsure of one, is never complete, whatever its worker says; nor is a restore. */
function resultOf(
  assignment: JobAssignment,
  outcome: WorkOutcome,
  reported: JobResult['counts'],
): JobResult {
  const counts = {
    failed: Math.max(outcome.counts.failed, reported.failed),
    skipped: Math.max(outcome.counts.skipped, reported.skipped),
    inconsistent: Math.max(outcome.counts.inconsistent, reported.inconsistent),
  }
  // A restore skips what is there already, when it was asked to (F4).
  const flaws =
    counts.failed + (assignment.kind === 'backup' ? counts.skipped + counts.inconsistent : 0)
  return {
    kind: 'result',
    jobId: jobIdOf(assignment),
    state: flaws > 0 ? 'PARTIAL_COMPLETE' : outcome.state,
    counts,
    ...(outcome.totals === undefined ? {} : { totals: outcome.totals }),
  }
}
