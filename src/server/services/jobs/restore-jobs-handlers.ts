/** Restore jobs (F): made, watched, cancelled, reported. */
import { failure } from '#base'
import type { RestoreJobId } from '#contract'
import { findJob, type Job, type JobFilter, type JobSort, listJobs } from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf, type Identity, userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageAnswer, pageRequestOf } from '../../list-page.ts'
import { reportCsv } from './audit-csv.ts'
import { cancelForUser } from './cancel-job.ts'
import { createRestore } from './create-restore.ts'
import { type LiveProgress, restoreRecord } from './job-record.ts'
import { listReport } from './report-lines.ts'

export function restoreJobsHandlers(
  kernel: ServerKernel,
  live: LiveProgress,
): HandlersOf<'restoreJobs'> {
  const { db } = kernel.catalog
  return {
    async list({ query }, { identity }) {
      const filter = filterOf(accountOf(identity), query)
      const sort = query.sort === undefined ? undefined : sorts[query.sort]
      const page = await listJobs(db, filter, { ...pageRequestOf(query), sort })
      return pageAnswer(
        page.items.map((job) => restoreRecord(job, live)),
        page.next,
      )
    },

    async create({ body }, { identity, note }) {
      const { userId } = userOf(identity)
      const job = await createRestore(kernel, { accountId: accountOf(identity), userId }, body)
      note({ restoreJobId: job.id, instanceId: job.instanceId, dryRun: job.dryRun })
      return restoreRecord(job, live)
    },

    async get({ path }, { identity }) {
      return restoreRecord(await getRun(kernel, identity, path.restoreJobId), live)
    },

    async cancel({ path }, context) {
      const run = await getRun(kernel, context.identity, path.restoreJobId)
      return restoreRecord(await cancelForUser(kernel, run, context), live)
    },

    async report({ path, query }, { identity }) {
      const job = await getRun(kernel, identity, path.restoreJobId)
      return await listReport(kernel, { jobId: job.id, list: path.reportList }, query)
    },

    async reportCsv({ path }, { identity }) {
      const job = await getRun(kernel, identity, path.restoreJobId)
      return reportCsv(kernel, { jobId: job.id, list: path.reportList })
    },
  }
}

type Query = Pick<JobFilter, 'regionId' | 'instanceId'> & {
  readonly state?: JobFilter['states']
  readonly dryRun?: boolean | undefined
  readonly from?: number | undefined
  readonly until?: number | undefined
}

function filterOf(accountId: JobFilter['accountId'], query: Query): JobFilter {
  return {
    accountId,
    kind: 'RESTORE',
    regionId: query.regionId,
    states: query.state,
    instanceId: query.instanceId,
    dryRun: query.dryRun,
    createdFrom: query.from,
    createdBefore: query.until,
  }
}

const sorts = {
  createdAt: 'createdAt',
  '-createdAt': '-createdAt',
  endedAt: 'finishedAt',
  '-endedAt': '-finishedAt',
} as const satisfies Record<string, JobSort>

/** @throws record.not-found */
async function getRun(kernel: ServerKernel, identity: Identity, id: RestoreJobId): Promise<Job> {
  const job = await findJob(kernel.catalog.db, id)
  if (job?.accountId !== accountOf(identity) || job.kind !== 'RESTORE') throw notFound(id)
  return job
}

function notFound(id: RestoreJobId) {
  return failure('record.not-found', { kind: 'restore job', id })
}
