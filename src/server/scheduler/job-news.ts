/** Tells of jobs that ended (H4): each at least once, also when the server dies in between. */
import { unreachable } from '#base'
import type { InstanceId } from '#contract'
import type { SkipReason } from '#engine'
import { listInstanceNames } from '../catalog/instances/instances.ts'
import { forgetEndedJobs, listEndedJobs } from '../catalog/jobs/ended-jobs.ts'
import type { Job } from '../catalog/jobs/jobs.ts'
import type { ServerKernel } from '../kernel.ts'
import type { NoticeFact, Notices } from '../notices.ts'
import { backupId, restoreId } from '../services/jobs/job-record.ts'
import { announceStatus } from '../services/protection/instance-facts.ts'

const jobsPerLook = 200

/** @returns whether more are waiting */
export async function tellEndedJobs(kernel: ServerKernel, notices: Notices): Promise<boolean> {
  const { db } = kernel.catalog
  const jobs = await listEndedJobs(db, jobsPerLook)
  if (jobs.length === 0) return false
  const names = await listInstanceNames(
    db,
    jobs.map(({ instanceId }) => instanceId),
  )
  for (const fact of factsOf(jobs, names)) await notices.raise(fact)
  await forgetEndedJobs(
    db,
    jobs.map(({ id }) => id),
  )
  for (const instanceId of new Set(jobs.map((job) => job.instanceId))) {
    await announceStatus(kernel, instanceId)
  }
  return jobs.length === jobsPerLook
}

/** Skipped runs of a plan are one fact: after a week without a server nobody wants seven messages. */
export function factsOf(
  jobs: readonly Job[],
  names: ReadonlyMap<InstanceId, string>,
): readonly NoticeFact[] {
  const skipped = Map.groupBy(
    jobs.filter(({ skipReason }) => skipReason !== null && isUnwanted(skipReason)),
    ({ planId }) => planId,
  )
  return jobs.flatMap((job) => {
    const instanceName = names.get(job.instanceId) ?? job.instanceId
    if (job.state !== 'SKIPPED') return factOf(job, instanceName)
    const ofPlan = skipped.get(job.planId) ?? []
    return ofPlan.at(-1) === job ? missedOf(job, instanceName, ofPlan.length - 1) : []
  })
}

/** Whether somebody should hear that the run did not take place: nobody asked for that. */
function isUnwanted(reason: SkipReason): boolean {
  switch (reason) {
    case 'TIME_CHANGED':
    case 'PAUSED':
    case 'INSTANCE_GONE':
      return false
    case 'PREVIOUS_RUNNING':
    case 'CLIENT_AWAY':
    case 'OUTSIDE_WINDOW':
    case 'MISSED':
      return true
    default:
      return unreachable(reason)
  }
}

function headOf(job: Job, instanceName: string) {
  const { accountId, regionId, instanceId, updatedAt } = job
  return { accountId, regionId, at: job.finishedAt ?? updatedAt, instanceId, instanceName }
}

function factOf(job: Job, instanceName: string): readonly NoticeFact[] {
  const head = headOf(job, instanceName)
  if (job.kind === 'RESTORE') {
    // Whoever asked looks on; nothing was to be changed.
    if (job.dryRun) return []
    if (job.state !== 'FAILED' && job.state !== 'EXPIRED') return []
    return [
      { ...head, kind: 'restore-failed', restoreJobId: restoreId(job), problem: problemOf(job) },
    ]
  }
  const { planId, vaultId } = job
  if (planId === null) return []
  const run = { ...head, vaultId, planId, jobId: backupId(job) }
  switch (job.state) {
    case 'FAILED':
    case 'EXPIRED': {
      const problemCode = job.problemCode ?? `job.${job.state.toLowerCase()}`
      return [{ ...run, kind: 'BACKUP_FAILED', problemCode, problem: problemOf(job) }]
    }
    case 'PARTIAL_COMPLETE': {
      // Its points are there, as this server says; its machine does not believe the server, and somebody must hear of it.
      if (job.problemCode === 'receipt.refused') {
        const { problemCode } = job
        return [{ ...run, kind: 'BACKUP_FAILED', problemCode, problem: problemOf(job) }]
      }
      const { failedCount, skippedCount, inconsistentCount } = job
      return [{ ...run, kind: 'BACKUP_PARTIAL', failedCount, skippedCount, inconsistentCount }]
    }
    case 'COMPLETE':
      return [{ ...run, kind: 'backup-complete' }]
    default:
      return []
  }
}

function missedOf(job: Job, instanceName: string, moreRuns: number): readonly NoticeFact[] {
  const { planId, vaultId, dueAt, skipReason: reason } = job
  if (planId === null || dueAt === null || reason === null) return []
  const run = { ...headOf(job, instanceName), vaultId, planId, jobId: backupId(job) }
  return [{ ...run, kind: 'WINDOW_MISSED', dueAt, reason, moreRuns }]
}

function problemOf({ state, problem, problemCode }: Job): string {
  if (problem !== null) return problem
  if (state === 'EXPIRED') return 'its client did not begin it in time'
  return problemCode === 'job.abandoned'
    ? 'its client began it again and again and never finished'
    : 'no reason was given'
}
