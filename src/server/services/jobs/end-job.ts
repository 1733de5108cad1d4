/**
 * The end of a job as its agent reports it, checked against what the catalog knows. All that belongs to an end is in one
 * transaction: the state, whether the version is whole, and that somebody must be told.
 */
import type { AgentMessage } from '#contract'
import {
  type CatalogDb,
  type CatalogPoint,
  closeVersionGap,
  finishJob,
  forgetCancels,
  type Job,
  type JobEnding,
  type JobLease,
  listPointsOfVersion,
  noteEndedJobs,
  releaseJob,
  removeStarts,
} from '../../catalog/index.ts'
import { plainPath } from './expected-sources.ts'
import { type JobProblem, jobProblem, noProblem, saidProblem } from './job-problem.ts'
import { judgeBackup } from './judge-backup.ts'

export type ResultMessage = Omit<
  Extract<AgentMessage, { readonly kind: 'result' }>,
  'number' | 'at' | 'kind'
>

/** A job that its agent gave up without being asked (it shuts down) is begun again this much later (D5). */
const interruptedPauseMs = 10_000
const emptyRestore = 'The selection holds no files of the point: nothing was restored.'

/** @returns the job as it is now; undefined when the lease is another's, or the job over */
export async function endByResult(
  trx: CatalogDb,
  job: Job,
  result: ResultMessage,
  now: number,
): Promise<Job | undefined> {
  const lease = leaseOf(job)
  if (lease === undefined || job.finishedAt !== null) return undefined
  if (result.state === 'CANCELED' && job.cancelRequestedAt === null) {
    const availableAt = now + interruptedPauseMs
    const isReleased = (await releaseJob(trx, lease, { now, availableAt })) === 'released'
    return isReleased ? { ...job, state: 'QUEUED', leaseUntil: null } : undefined
  }
  const isBackup = job.kind === 'BACKUP'
  const ending = isBackup
    ? await backupEnding(trx, job, result, now)
    : restoreEnding(job, result, now)
  return await finish(trx, lease, ending)
}

/** Ends a job that cannot be done: its client refuses it, say. */
export async function endWithProblem(
  trx: CatalogDb,
  job: Job,
  problem: JobProblem,
  now: number,
): Promise<Job | undefined> {
  const lease = leaseOf(job)
  if (lease === undefined) return undefined
  return await finish(trx, lease, {
    ...endingOf(job, { state: 'FAILED', counts: nothingCounted }, now),
    ...problem,
  })
}

const nothingCounted = { failed: 0, skipped: 0, inconsistent: 0 }

async function finish(
  trx: CatalogDb,
  lease: JobLease,
  ending: JobEnding,
): Promise<Job | undefined> {
  const outcome = await finishJob(trx, lease, ending)
  if (outcome.kind !== 'finished') return undefined
  await removeStarts(trx, lease.jobId)
  await forgetCancels(trx, lease.jobId)
  await noteEndedJobs(trx, [lease.jobId], ending.now)
  return outcome.job
}

async function backupEnding(
  trx: CatalogDb,
  job: Job,
  result: ResultMessage,
  now: number,
): Promise<JobEnding> {
  const { vaultId, versionId } = job
  const points = versionId === null ? [] : await listPointsOfVersion(trx, vaultId, versionId)
  const verdict = judgeBackup(result, points, expectedOf(job))
  const isWhole = verdict.missing.length === 0 && verdict.state.endsWith('COMPLETE')
  if (versionId !== null && isWhole) await closeVersionGap(trx, { vaultId, versionId })
  const totals = totalsOf(points)
  return {
    ...endingOf(job, { state: verdict.state, counts: result.counts }, now),
    totals,
    sourceBytes: totals.sourceBytes,
    storedBytes: totals.storedBytes,
    ...problemOfBackup(verdict, result),
  }
}

function problemOfBackup(
  verdict: ReturnType<typeof judgeBackup>,
  { problem }: ResultMessage,
): JobProblem {
  if (verdict.state === 'COMPLETE') return noProblem
  // What the agent knows of the cause says more than that something is missing.
  if (problem !== undefined) return saidProblem(problem)
  if (verdict.problem === undefined) return noProblem
  return jobProblem(verdict.problem, { missing: verdict.missing.join(', ') })
}

/** What the job was to back up, as it was fixed when it was begun. */
function expectedOf({ request }: Job): readonly string[] | undefined {
  const { expected } = request
  return Array.isArray(expected) ? expected.map(String) : undefined
}

/** Of the newest point of each volume: an earlier try may have made one as well. */
function totalsOf(points: readonly CatalogPoint[]) {
  const inOrder = points.toSorted((a, b) => a.sequence - b.sequence)
  const newest = new Map(inOrder.map((point) => [plainPath(point.volume), point]))
  const totals = { files: 0, sourceBytes: 0, newBytes: 0, storedBytes: 0 }
  for (const { files, sourceBytes } of newest.values()) {
    totals.files += files
    totals.sourceBytes += sourceBytes
  }
  for (const { newBytes, storedBytes } of points) {
    totals.newBytes += newBytes
    totals.storedBytes += storedBytes
  }
  return totals
}

function restoreEnding(job: Job, result: ResultMessage, now: number): JobEnding {
  const { counts, problem, totals } = result
  // Files that are there already are skipped because that was asked for (F4).
  const isClean = counts.failed + counts.inconsistent === 0
  const state = result.state === 'COMPLETE' && !isClean ? 'PARTIAL_COMPLETE' : result.state
  const isEmpty = state === 'COMPLETE' && (totals?.files ?? 0) + (totals?.kept ?? 0) === 0
  const bytes = totals?.sourceBytes ?? 0
  const done = {
    files: totals?.files ?? 0,
    bytes,
    written: totals?.written ?? 0,
    writtenBytes: totals?.writtenBytes ?? 0,
    overwritten: totals?.overwritten ?? 0,
    kept: totals?.kept ?? 0,
    unchanged: totals?.unchanged ?? 0,
    ...(job.dryRun && totals?.freeBytes !== undefined ? { freeBytes: totals.freeBytes } : {}),
  }
  return {
    ...endingOf(job, { state, counts }, now),
    totals: done,
    sourceBytes: bytes,
    warnings: isEmpty ? [...job.warnings, emptyRestore] : job.warnings,
    ...(problem === undefined || state === 'COMPLETE' ? noProblem : saidProblem(problem)),
  }
}

function endingOf(
  job: Job,
  { state, counts }: Pick<ResultMessage, 'state' | 'counts'>,
  now: number,
): JobEnding {
  return {
    now,
    state,
    totals: {},
    warnings: job.warnings,
    sourceBytes: 0,
    storedBytes: 0,
    failedCount: counts.failed,
    skippedCount: counts.skipped,
    inconsistentCount: counts.inconsistent,
    ...noProblem,
  }
}

export function leaseOf(job: Pick<Job, 'id' | 'holder' | 'attempt'>): JobLease | undefined {
  const { id: jobId, holder, attempt } = job
  return holder === null ? undefined : { jobId, holder, attempt }
}
