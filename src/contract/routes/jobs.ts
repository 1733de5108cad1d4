/** Backup jobs, restore jobs and their reports. */
import { z } from 'zod'
import { jobStates, triggers } from '../enums/jobs.ts'
import { ids } from '../ids.ts'
import { listQuery, pageQuery } from '../paging.ts'
import * as record from '../records/job.ts'
import { accepted, created, json, page, route, text } from '../route.ts'
import { instant } from '../wire/instant.ts'
import { backupOperators, readers, restoreOperators } from './rights.ts'

const reading = { callers: readers, scope: 'read', object: 'job', effect: 'none' } as const
const readingRestore = { ...reading, object: 'restoreJob' } as const
const restoring = {
  callers: restoreOperators,
  scope: 'restore',
  object: 'restoreJob',
  effect: 'none',
} as const

const filters = {
  regionId: ids.region.optional(),
  instanceId: ids.instance.optional(),
  state: z.array(z.enum(jobStates)).max(jobStates.length).optional(),
  from: instant.optional(),
  until: instant.optional(),
}
const jobFilters = {
  ...filters,
  planId: ids.plan.optional(),
  vaultId: ids.vault.optional(),
  trigger: z.enum(triggers).optional(),
}

export const jobs = {
  list: route({
    method: 'GET',
    path: '/jobs',
    summary: 'Backup jobs, newest first',
    query: listQuery(['createdAt', 'dueAt', 'endedAt'], jobFilters),
    answer: page(record.job),
    repeat: 'safe',
    class: { ...reading, object: 'account' },
  }),
  get: route({
    method: 'GET',
    path: '/jobs/{jobId}',
    summary: 'A backup job with its live progress',
    answer: json(record.job),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: reading,
  }),
  cancel: route({
    method: 'POST',
    path: '/jobs/{jobId}/cancel',
    summary: 'Cancel a backup job; what was uploaded is used by the next one',
    answer: accepted(record.job),
    repeat: 'same',
    refusals: ['record.not-found', 'job.over'],
    class: { callers: backupOperators, scope: 'backup', object: 'job', effect: 'none' },
  }),
  report: route({
    method: 'GET',
    path: '/jobs/{jobId}/report/{reportList}',
    summary: 'Files of a job that failed, were skipped or are inconsistent',
    query: pageQuery({}),
    answer: page(record.reportLine),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: reading,
  }),
  reportCsv: route({
    method: 'GET',
    path: '/jobs/{jobId}/report/{reportList}/csv',
    summary: 'The same list as CSV',
    answer: text('text/csv'),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: { ...reading, audited: true },
  }),
  auditCsv: route({
    method: 'GET',
    path: '/reports/jobs',
    summary: 'All backup jobs of a time as CSV',
    query: z.strictObject(jobFilters),
    answer: text('text/csv'),
    repeat: 'safe',
    class: { ...reading, object: 'account', audited: true },
  }),
} as const

export const restoreJobs = {
  list: route({
    method: 'GET',
    path: '/restore-jobs',
    summary: 'Restore jobs, newest first',
    query: listQuery(['createdAt', 'endedAt'], { ...filters, dryRun: z.boolean().optional() }),
    answer: page(record.restoreJob),
    repeat: 'safe',
    class: { ...readingRestore, object: 'account' },
  }),
  create: route({
    method: 'POST',
    path: '/restore-jobs',
    summary: 'Restore points onto their instance or another one',
    description:
      'Refused when the target is stopped or lost. A target path that does not exist ends the job with TARGET_NOT_EXIST (F3). A selection without files makes a job that is complete at once (F5). A dry run changes nothing: its totals and its lists say what the restore would do.',
    body: record.newRestoreJob,
    answer: created(record.restoreJob),
    repeat: 'key',
    refusals: [
      'record.not-found',
      'point.not-found',
      'instance.not-found',
      'instance.not-running',
      'agent.unreachable',
    ],
    class: { ...restoring, object: 'vault' },
  }),
  get: route({
    method: 'GET',
    path: '/restore-jobs/{restoreJobId}',
    summary: 'A restore job with its live progress',
    answer: json(record.restoreJob),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: readingRestore,
  }),
  cancel: route({
    method: 'POST',
    path: '/restore-jobs/{restoreJobId}/cancel',
    summary: 'Cancel a restore job; no half file stays under a final name',
    answer: accepted(record.restoreJob),
    repeat: 'same',
    refusals: ['record.not-found', 'job.over'],
    class: restoring,
  }),
  report: route({
    method: 'GET',
    path: '/restore-jobs/{restoreJobId}/report/{reportList}',
    summary:
      'Files of a restore that failed, were skipped, are inconsistent or took the place of others',
    query: pageQuery({}),
    answer: page(record.reportLine),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: readingRestore,
  }),
  reportCsv: route({
    method: 'GET',
    path: '/restore-jobs/{restoreJobId}/report/{reportList}/csv',
    summary: 'The same list as CSV',
    answer: text('text/csv'),
    repeat: 'safe',
    refusals: ['record.not-found'],
    class: { ...readingRestore, audited: true },
  }),
} as const
