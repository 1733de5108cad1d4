/** Jobs as the API shows them. */
import { assert } from '#base'
import type { JobId, Job as JobRecord, Progress, RestoreJob, RestoreJobId } from '#contract'
import { hasVersion } from '#engine'
import type { Job } from '../../catalog/index.ts'
import { problemRecord } from './job-problem.ts'
import { readRestoreRequest } from './restore-request.ts'
import { fromJson, jobShape, restoreShape } from './wire-json.ts'

/** What the server heard last of a running job; the catalog is told more seldom. */
export type LiveProgress = (jobId: Job['id']) => Progress | undefined

export function jobRecord(job: Job, live: LiveProgress): JobRecord {
  assert(job.planId !== null, 'a backup is of a plan')
  const totals = fromJson(jobShape.totals, job.totals)
  const isMade = hasVersion(job.state) && job.versionId !== null
  return {
    ...runFacts(job, live),
    jobId: backupId(job),
    planId: job.planId,
    vaultId: job.vaultId,
    trigger: job.trigger,
    dueAt: job.dueAt ?? job.createdAt,
    ...(job.skipReason === null ? {} : { skipReason: job.skipReason }),
    ...(isMade && job.versionId !== null ? { versionId: job.versionId } : {}),
    ...(totals === undefined ? {} : { totals }),
  }
}

export function restoreRecord(job: Job, live: LiveProgress): RestoreJob {
  const request = readRestoreRequest(job.request)
  const totals = fromJson(restoreShape.totals, job.totals)
  const { pointIds, selection, targetPath, conflict } = request
  return {
    ...runFacts(job, live),
    restoreJobId: restoreId(job),
    vaultId: job.vaultId,
    pointIds,
    targetInstanceId: job.instanceId,
    selection,
    conflict,
    dryRun: job.dryRun,
    ...(targetPath === undefined ? {} : { targetPath }),
    ...(totals === undefined ? {} : { totals }),
  }
}

function runFacts(job: Job, live: LiveProgress) {
  const running = job.state === 'RUNNING' ? live(job.id) : undefined
  const progress = running ?? fromJson(jobShape.progress, job.progress)
  const problem = problemRecord(job)
  const counts = {
    failed: job.failedCount,
    skipped: job.skippedCount,
    inconsistent: job.inconsistentCount,
  }
  return {
    instanceId: job.instanceId,
    state: job.state,
    createdAt: job.createdAt,
    ...(job.startedAt === null ? {} : { startedAt: job.startedAt }),
    ...(job.finishedAt === null ? {} : { endedAt: job.finishedAt }),
    attempts: job.attempt,
    ...(progress === undefined ? {} : { progress }),
    ...(problem === undefined ? {} : { problem }),
    ...(job.finishedAt === null ? {} : { counts }),
    warnings: job.warnings,
  }
}

export function backupId(job: Pick<Job, 'id' | 'kind'>): JobId {
  assert(job.kind === 'BACKUP', 'the id of a backup is that of a job')
  // Rows of both kinds share a table; the kind says which id it is.
  return job.id as JobId
}

export function restoreId(job: Pick<Job, 'id' | 'kind'>): RestoreJobId {
  assert(job.kind === 'RESTORE', 'the id of a restore is that of a restore job')
  return job.id as RestoreJobId
}
