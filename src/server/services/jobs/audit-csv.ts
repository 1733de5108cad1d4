/** Reports as CSV: streamed page by page, so that a million lines need the memory of one page (D6). */
import { checkAborted, displayName } from '#base'
import { filePath } from '#contract'
import {
  type Job,
  type JobFile,
  type JobFilter,
  listInstanceNames,
  listJobFiles,
  listJobs,
} from '../../catalog/index.ts'
import { csvBytes, csvLine } from '../../csv.ts'
import type { ByteReply } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import type { ReportChoice } from './report-lines.ts'
import { fromJson } from './wire-json.ts'

const linesPerPage = 500
const media = 'text/csv; charset=utf-8'

export function reportCsv(kernel: ServerKernel, of: ReportChoice): ByteReply {
  return {
    content: csvBytes(reportLines(kernel, of)),
    media,
    fileName: `${of.jobId}-${of.list}.csv`,
  }
}

async function* reportLines(kernel: ServerKernel, of: ReportChoice): AsyncGenerator<string> {
  yield csvLine(['path', 'reason', 'detail'])
  for (let cursor: string | undefined; ; ) {
    const page = await listJobFiles(kernel.catalog.db, of, { limit: linesPerPage, cursor })
    for (const file of page.items) yield csvLine([shownPath(file), file.reason, file.detail])
    if (page.next === undefined) return
    cursor = page.next
  }
}

/** Bytes that are no text are escaped, as people see them everywhere else. */
function shownPath({ path }: JobFile): string {
  const bytes = fromJson(filePath, path)
  return bytes === undefined ? path : displayName(bytes)
}

export function auditCsv(kernel: ServerKernel, filter: JobFilter, signal: AbortSignal): ByteReply {
  return { content: csvBytes(auditLines(kernel, filter, signal)), media, fileName: 'jobs.csv' }
}

const columns = [
  'job',
  'instance',
  'instance name',
  'plan',
  'policy',
  'vault',
  'trigger',
  'state',
  'due',
  'created',
  'started',
  'ended',
  'seconds',
  'files',
  'source bytes',
  'new bytes',
  'stored bytes',
  'failed',
  'skipped',
  'inconsistent',
  'attempts',
  'version',
  'skip reason',
  'problem',
  'problem text',
] as const

async function* auditLines(
  kernel: ServerKernel,
  filter: JobFilter,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const { db } = kernel.catalog
  yield csvLine(columns)
  for (let cursor: string | undefined; ; ) {
    checkAborted(signal)
    const page = await listJobs(db, filter, { limit: linesPerPage, cursor, sort: 'createdAt' })
    const names = await listInstanceNames(
      db,
      page.items.map((job) => job.instanceId),
    )
    for (const job of page.items) yield csvLine(cellsOf(job, names.get(job.instanceId) ?? ''))
    if (page.next === undefined) return
    cursor = page.next
  }
}

function cellsOf(job: Job, instanceName: string): readonly (string | number)[] {
  const { startedAt, finishedAt, totals } = job
  const isTimed = startedAt !== null && finishedAt !== null
  return [
    job.id,
    job.instanceId,
    instanceName,
    job.planId ?? '',
    job.policyId ?? '',
    job.vaultId,
    job.trigger,
    job.state,
    instantText(job.dueAt),
    instantText(job.createdAt),
    instantText(startedAt),
    instantText(finishedAt),
    isTimed ? Math.round((finishedAt - startedAt) / 1_000) : '',
    numberIn(totals, 'files'),
    job.sourceBytes,
    numberIn(totals, 'newBytes'),
    job.storedBytes,
    job.failedCount,
    job.skippedCount,
    job.inconsistentCount,
    job.attempt,
    job.versionId ?? '',
    job.skipReason ?? '',
    job.problemCode ?? '',
    job.problem ?? '',
  ]
}

function instantText(at: number | null): string {
  return at === null ? '' : new Date(at).toISOString()
}

function numberIn(totals: Job['totals'], name: string): number | '' {
  const value = totals[name]
  return typeof value === 'number' ? value : ''
}
