/**
 * Progress of running jobs: shown to watchers once a second at most, and written to the catalog every few seconds, so that
 * it is there after a restart too.
 */
import type { Progress } from '#contract'
import { findJob, type Job, type JobLease, recordProgress, transact } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { estimateProgress, type ProgressSample } from '../jobs/progress-estimate.ts'
import { jobShape, toJson } from '../jobs/wire-json.ts'
import type { KnownAgent } from './known-agents.ts'
import { Later } from './later.ts'

type Run = {
  readonly lease: JobLease
  readonly kind: Job['kind']
  readonly agent: KnownAgent
  sample: ProgressSample | undefined
  progress: Progress | undefined
  shownAt: number
  isWritten: boolean
}

const showMs = 1_000
const writeMs = 5_000
const runsMax = 20_000

export class Runs {
  readonly #kernel: ServerKernel
  readonly #runs = new Map<Job['id'], Run>()
  readonly #later: Later

  constructor(kernel: ServerKernel) {
    this.#kernel = kernel
    this.#later = new Later(kernel, writeMs, () => this.flush())
  }

  /** What was heard last of a job that runs. */
  find(jobId: Job['id']): Progress | undefined {
    return this.#runs.get(jobId)?.progress
  }

  /** False: the job is not of this process of this agent, or has ended. */
  async note(agent: KnownAgent, jobId: Job['id'], said: Progress): Promise<boolean> {
    const run = await this.#runOf(agent, jobId)
    if (run === undefined) return false
    // An older one that comes late changes nothing.
    if (run.progress !== undefined && said.number <= run.progress.number) return true
    const now = this.#kernel.wallMs()
    const { progress, sample } = estimateProgress(said, now, run.sample)
    run.sample = sample
    run.progress = progress
    run.isWritten = false
    if (now - run.shownAt >= showMs || now < run.shownAt) this.#show(jobId, run, now)
    void this.#later.run()
    return true
  }

  /** The job has ended, or is begun anew. */
  forget(jobId: Job['id']): void {
    this.#runs.delete(jobId)
  }

  async flush(): Promise<void> {
    const waiting = [...this.#runs.values()].filter((run) => !run.isWritten)
    if (waiting.length === 0) return
    const now = this.#kernel.wallMs()
    try {
      await transact(this.#kernel.catalog.db, async (trx) => {
        for (const { lease, progress } of waiting) {
          if (progress === undefined) continue
          const outcome = await recordProgress(trx, lease, {
            now,
            number: progress.number,
            phase: progress.phase,
            progress: toJson(jobShape.progress.unwrap(), progress),
            sourceBytes: progress.bytes.done,
            storedBytes: progress.bytes.written,
          })
          // Somebody else has the job, or it is over.
          if (outcome === 'ignored') this.#runs.delete(lease.jobId)
        }
      })
      for (const run of waiting) run.isWritten = true
    } catch (problem) {
      // The next progress brings it again.
      this.#kernel.log.warn({ problem }, 'progress could not be written')
    }
  }

  async #runOf(agent: KnownAgent, jobId: Job['id']): Promise<Run | undefined> {
    const known = this.#runs.get(jobId)
    if (known !== undefined) {
      const isOwn = known.agent.instanceId === agent.instanceId
      return isOwn && known.lease.holder === agent.startId ? known : undefined
    }
    const job = await findJob(this.#kernel.catalog.db, jobId)
    if (job?.instanceId !== agent.instanceId || job.finishedAt !== null) return undefined
    if (job.holder === null || job.holder !== agent.startId) return undefined
    if (this.#runs.size >= runsMax) return undefined
    const run: Run = {
      lease: { jobId, holder: job.holder, attempt: job.attempt },
      kind: job.kind,
      agent,
      sample: undefined,
      progress: undefined,
      shownAt: 0,
      isWritten: true,
    }
    this.#runs.set(jobId, run)
    return run
  }

  #show(jobId: Job['id'], run: Run, at: number): void {
    if (run.progress === undefined) return
    run.shownAt = at
    this.#kernel.events.publish(run.agent.accountId, {
      kind: 'job.progress',
      eventId: this.#kernel.catalog.newId('event'),
      at,
      job: run.kind,
      jobId,
      instanceId: run.agent.instanceId,
      progress: run.progress,
    })
  }
}
