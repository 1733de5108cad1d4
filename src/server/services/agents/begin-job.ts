/**
 * Gives a job to an agent process: its lease, what it is to do, and the assignment that says so, in one transaction. The
 * assignment holds no command: hooks are names (A21).
 */
import { type Assignment, assignment } from '#contract'
import {
  addAssignment,
  assignVersion,
  type CatalogDb,
  findInstance,
  findJob,
  fixRequest,
  type Job,
  type JsonRecord,
  openVersionGap,
  removeReport,
  removeStarts,
  takeAttempt,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { endWithProblem } from '../jobs/end-job.ts'
import { listExpectedSources } from '../jobs/expected-sources.ts'
import { jobProblem } from '../jobs/job-problem.ts'
import { backupId, restoreId } from '../jobs/job-record.ts'
import { readRestoreLimits, readRestoreRequest } from '../jobs/restore-request.ts'
import { toJson } from '../jobs/wire-json.ts'
import { backupRequestFromJson } from '../protection/backup-request.ts'
import { leaseMs } from './agent-ports.ts'
import type { KnownAgent } from './known-agents.ts'

export type BeginParts = {
  readonly trx: CatalogDb
  readonly kernel: ServerKernel
  readonly agent: KnownAgent
  readonly startId: string
  /** Of `laterWords`, those that it knows. */
  readonly knows: readonly string[]
}

/** @returns the job, begun or ended at once; undefined when somebody else has it */
export async function beginJob(
  parts: BeginParts,
  seen: Pick<Job, 'id' | 'attempt'>,
): Promise<Job | undefined> {
  const { trx, kernel, agent, startId } = parts
  const now = kernel.wallMs()
  const lease = { holder: startId, now, leaseUntil: now + leaseMs }
  const job = await takeAttempt(trx, seen, lease)
  if (job === undefined) return undefined
  await removeStarts(trx, job.id)
  // It reports anew what it finds.
  if (job.attempt > 1) await removeReport(trx, job.id)
  if (job.dryRun && !parts.knows.includes('dry-run')) {
    const problem = 'it is older than dry runs of restores'
    return await endWithProblem(trx, job, jobProblem('agent.cannot', { problem }), now)
  }
  const content = tryContent(job)
  if ('problem' in content) {
    const problem = jobProblem('job.request-invalid', { problem: content.problem })
    return await endWithProblem(trx, job, problem, now)
  }
  if (job.kind === 'BACKUP') await fixBackup(parts, job)
  await addAssignment(trx, {
    clientId: agent.clientId,
    kind: job.kind === 'BACKUP' ? 'backup' : 'restore',
    jobId: job.id,
    attempt: job.attempt,
    content: content.json,
    createdAt: now,
  })
  return await findJob(trx, job.id)
}

/** What the version is called and which sources it owes, before the first point of it is made. */
async function fixBackup({ trx, kernel, agent }: BeginParts, job: Job): Promise<void> {
  const versionId = await assignVersion(trx, job.id, kernel.catalog.newId('version'))
  await openVersionGap(trx, { vaultId: job.vaultId, versionId, jobId: backupId(job) })
  const instance = await findInstance(trx, agent.instanceId)
  // What was owed when it began first is owed still: a disk that went away since is missed.
  if (instance === undefined || 'expected' in job.request) return
  const { sources } = backupRequestFromJson(job.request)
  const expected = listExpectedSources(sources, instance)
  if (expected !== undefined) await fixRequest(trx, job.id, { ...job.request, expected })
}

type Content = { readonly json: JsonRecord } | { readonly problem: string }

/** Plans and restores are checked when they are made; what was changed beneath us must not go out (A20). */
function tryContent(job: Job): Content {
  try {
    return { json: contentOf(job) }
  } catch (problem) {
    return { problem: problem instanceof Error ? firstLine(problem) : 'it is malformed' }
  }
}

/** Of a schema's complaint only what it is about; never the value. */
function firstLine(problem: Error): string {
  const said = /"message": "([^"]{1,200})"/.exec(problem.message)?.[1]
  return said ?? problem.message.slice(0, 200).replaceAll('\n', ' ')
}

/** As it goes over the wire; the number comes when it is given. */
function contentOf(job: Job): JsonRecord {
  const number = 1
  const { attempt, vaultId } = job
  if (job.kind === 'RESTORE') {
    const { pointIds, selection, targetPath, conflict } = readRestoreRequest(job.request)
    const restore: Assignment = {
      kind: 'restore',
      number,
      restoreJobId: restoreId(job),
      attempt,
      vaultId,
      pointIds,
      selection,
      conflict,
      ...(job.dryRun ? { dryRun: true } : {}),
      limits: readRestoreLimits(job.request),
      ...(targetPath === undefined ? {} : { targetPath }),
    }
    return withoutNumber(restore)
  }
  const { sources, limits, hooks } = backupRequestFromJson(job.request)
  const backup: Assignment = {
    kind: 'backup',
    number,
    jobId: backupId(job),
    attempt,
    vaultId,
    limits,
    hooks,
    ...(sources === undefined ? {} : { sources }),
  }
  return withoutNumber(backup)
}

function withoutNumber(given: Assignment): JsonRecord {
  const { number: _, ...content } = toJson(assignment, given)
  return content
}
