/** Backup jobs: what ran, what runs, and what it reported (D4, D6). */
import { failure } from '#base'
import type { JobId } from '#contract'
import { findJob, type Job, type JobFilter, type JobSort, listJobs } from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf, type Identity } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageAnswer, pageRequestOf } from '../../list-page.ts'
import { auditCsv, reportCsv } from './audit-csv.ts'
import { cancelForUser } from './cancel-job.ts'
import { jobRecord, type LiveProgress } from './job-record.ts'
import { listReport } from './report-lines.ts'

export function jobsHandlers(kernel: ServerKernel, live: LiveProgress): HandlersOf<'jobs'> {
  const { db } = kernel.catalog
  return {
    async list({ query }, { identity }) {
      const filter = filterOf(accountOf(identity), query)
      const sort = query.sort === undefined ? undefined : sorts[query.sort]
      const page = await listJobs(db, filter, { ...pageRequestOf(query), sort })
      return pageAnswer(
        page.items.map((job) => jobRecord(job, live)),
        page.next,
      )
    },

    async get({ path }, { identity }) {
      return jobRecord(await getRun(kernel, identity, path.jobId), live)
    },

    async cancel({ path }, context) {
      const run = await getRun(kernel, context.identity, path.jobId)
      return jobRecord(await cancelForUser(kernel, run, context), live)
    },

    async report({ path, query }, { identity }) {
      const job = await getRun(kernel, identity, path.jobId)
      return await listReport(kernel, { jobId: job.id, list: path.reportList }, query)
    },

    async reportCsv({ path }, { identity }) {
      const job = await getRun(kernel, identity, path.jobId)
      return reportCsv(kernel, { jobId: job.id, list: path.reportList })
    },

    async auditCsv({ query }, { identity, signal }) {
      return auditCsv(kernel, filterOf(accountOf(identity), query), signal)
    },
  }
}

const sorts = {
  createdAt: 'createdAt',
  '-createdAt': '-createdAt',
  dueAt: 'dueAt',
  '-dueAt': '-dueAt',
  endedAt: 'finishedAt',
  '-endedAt': '-finishedAt',
} as const satisfies Record<string, JobSort>

type Query = Pick<JobFilter, 'regionId' | 'instanceId' | 'planId' | 'vaultId' | 'trigger'> & {
  readonly state?: JobFilter['states']
  readonly from?: number | undefined
  readonly until?: number | undefined
}

function filterOf(accountId: JobFilter['accountId'], query: Query): JobFilter {
  return {
    accountId,
    kind: 'BACKUP',
    regionId: query.regionId,
    states: query.state,
    planId: query.planId,
    instanceId: query.instanceId,
    vaultId: query.vaultId,
    trigger: query.trigger,
    createdFrom: query.from,
    createdBefore: query.until,
  }
}

/** @throws record.not-found */
async function getRun(kernel: ServerKernel, identity: Identity, id: JobId): Promise<Job> {
  const job = await findJob(kernel.catalog.db, id)
  if (job?.accountId !== accountOf(identity) || job.kind !== 'BACKUP') {
    throw failure('record.not-found', { kind: 'job', id })
  }
  return job
}
