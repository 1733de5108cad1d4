/**
 * Which jobs an agent process is given now. One backup of an instance runs at a time, so that two plans do not fight for
 * its disks; restores need not wait for it.
 */
import type { JobKind } from '#contract'
import type { OpenJob } from '../../catalog/index.ts'

export type ProcessView = {
  readonly startId: string
  readonly now: number
  /** When the process last said what it works at, and what that was. */
  readonly heardAt: number
  readonly running: ReadonlySet<string>
}

const atOnceMax: Readonly<Record<JobKind, number>> = { BACKUP: 1, RESTORE: 2 }

/** A process that comes back from a broken network has this long to say that it still works at a job (D5). */
export const reclaimMs = 5_000

export function chooseJobs(open: readonly OpenJob[], agent: ProcessView): readonly OpenJob[] {
  const room = { ...atOnceMax }
  for (const job of open) if (isAtWork(job, agent)) room[job.kind]--
  return open.filter((job) => mayBegin(job, agent) && room[job.kind]-- > 0)
}

function isAtWork({ state, leaseUntil, id }: OpenJob, { now, running }: ProcessView): boolean {
  return running.has(id) || (state === 'RUNNING' && leaseUntil !== null && leaseUntil > now)
}

function mayBegin(job: OpenJob, agent: ProcessView): boolean {
  if (job.cancelRequestedAt !== null || job.attempt >= job.attemptsMax) return false
  if (job.availableAt > agent.now || isAtWork(job, agent)) return false
  return job.holder !== agent.startId || hasLetGo(job, agent)
}

/** It held the job and lost the lease; it may be at work all the same until it says that it is not. */
function hasLetGo({ updatedAt, id }: OpenJob, { heardAt, running }: ProcessView): boolean {
  return heardAt >= updatedAt + reclaimMs && !running.has(id)
}
