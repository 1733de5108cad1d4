/** `holdfast jobs …`: backup jobs. */
import { failure } from '#base'
import { type Job, routes, triggers } from '#contract'
import { formatBytes } from '../../amounts.ts'
import type { ArgumentSpec, CommandGroup, Given } from '../../command.ts'
import { findJob } from '../../remote/find-plan.ts'
import { followBackup, isOver } from '../../remote/follow-job.ts'
import {
  countWords,
  jobFilterOptions,
  jobQuery,
  tellBackupJob,
  tookWords,
} from '../../remote/job-tables.ts'
import { limitOf, limitOption, tellList } from '../../remote/listing.ts'
import { oneOf } from '../../remote/option-words.ts'
import {
  askedLists,
  csvOption,
  reportArgument,
  tellReport,
  writeStream,
} from '../../remote/report-lists.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { jobStateWords, shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

const jobArgument: ArgumentSpec = {
  name: 'JOB',
  about: 'its id or the first digits of it; or an instance: its running job, or else its newest',
  count: 'one',
}

const list = serverCommand({
  name: 'list',
  summary: 'list backup jobs, newest first',
  about: ['Lists backup jobs. `holdfast jobs` alone does the same.'],
  arguments: [],
  options: [
    { flags: '--instance <instance>', about: 'only of this one' },
    { flags: '--trigger <trigger>', about: 'why it began', choices: triggers },
    ...jobFilterOptions,
  ],
  examples: [
    { line: 'holdfast jobs --state FAILED --since 7d', about: 'what went wrong this week' },
    { line: 'holdfast jobs --instance web-1', about: 'of one machine' },
  ],
  exits: [],
  run: runList,
})

const show = serverCommand({
  name: 'show',
  summary: 'a backup job, with its progress',
  about: [
    'Shows a job. With --follow it shows the progress until the job has ended, also over restarts of the server; the exit code says what it came to.',
  ],
  arguments: [jobArgument],
  options: [{ flags: '--follow', about: 'until it has ended' }],
  examples: [{ line: 'holdfast jobs show web-1 --follow', about: 'what runs there now' }],
  exits: [3, 4],
  run: runShow,
})

const cancel = serverCommand({
  name: 'cancel',
  summary: 'end a backup job',
  about: ['Ends a running or waiting job. What was stored is used by the next one.'],
  arguments: [jobArgument],
  options: [],
  examples: [{ line: 'holdfast jobs cancel web-1', about: 'what runs there now' }],
  exits: [],
  run: runCancel,
})

const report = serverCommand({
  name: 'report',
  summary: 'the files that a job could not save as they are',
  about: ['Lists files that failed, were skipped, or changed while they were read.'],
  arguments: [jobArgument, reportArgument],
  options: [csvOption, limitOption],
  examples: [
    { line: 'holdfast jobs report web-1', about: 'failed and inconsistent files' },
    { line: 'holdfast jobs report web-1 failed --csv > failed.csv', about: 'for a spreadsheet' },
  ],
  exits: [],
  run: runReport,
})

const csv = serverCommand({
  name: 'csv',
  summary: 'all backup jobs of a time as CSV',
  about: ['Writes jobs as CSV to standard output: for audits.'],
  arguments: [],
  options: [
    { flags: '--instance <instance>', about: 'only of this one' },
    ...jobFilterOptions.filter(({ flags }) => flags !== limitOption.flags),
  ],
  examples: [{ line: 'holdfast jobs csv --since 2026-01-01 > jobs.csv', about: 'of this year' }],
  exits: [],
  run: runCsv,
})

export const jobs: CommandGroup = serverGroup({
  name: 'jobs',
  summary: 'backup jobs: list, show with progress, cancel, report, csv',
  about: ['Backup jobs of a control server: what was done, what runs, what failed.'],
  commands: [list, show, cancel, report, csv],
})

const jobSchema = routes.jobs.get.answer.schema

async function runList(remote: Remote, given: Given): Promise<number> {
  const { api, names } = remote
  const trigger = oneOf(given, 'trigger', triggers)
  const query = {
    ...(await jobQuery(remote, given, given.text('instance'))),
    ...(trigger === undefined ? {} : { trigger }),
  }
  await tellList(remote, {
    event: 'job',
    items: api.list(routes.jobs.list, { query }),
    fields: (job) => wireFields(jobSchema, job),
    none: 'There is no such job.',
    limit: limitOf(given),
    learn: (all) => names.learnInstances(all.map(({ instanceId }) => instanceId)),
    columns: [
      { title: 'DUE', show: ({ dueAt }) => shownTime(dueAt) },
      { title: 'INSTANCE', show: ({ instanceId }) => names.instance(instanceId) },
      { title: 'STATE', show: stateWords },
      { title: 'TOOK', align: 'right', show: tookWords },
      { title: 'SIZE', align: 'right', show: ({ totals }) => bytes(totals?.sourceBytes) },
      { title: 'STORED', align: 'right', show: ({ totals }) => bytes(totals?.storedBytes) },
      { title: 'TROUBLE', show: countWords },
      { title: 'ID', show: ({ jobId }) => jobId },
    ],
  })
  return 0
}

function stateWords({ state, progress, skipReason }: Job): string {
  if (state === 'RUNNING' && progress !== undefined)
    return `running ${Math.floor(progress.fraction * 100)} %`
  if (skipReason === undefined) return jobStateWords(state)
  return `${jobStateWords(state)} (${skipReason.toLowerCase().replaceAll('_', ' ')})`
}

function bytes(count: number | undefined): string {
  return count === undefined ? '' : formatBytes(count)
}

async function runShow(remote: Remote, given: Given): Promise<number> {
  const { api, context, names } = remote
  const job = await findJob(api, given.argument('JOB'))
  if (given.flag('follow') && !isOver(job.state)) return await followBackup(remote, job)
  context.output.event('job', wireFields(jobSchema, job))
  if (context.output.settings.json) return 0
  await names.learnInstances([job.instanceId])
  await names.learnVaults()
  tellBackupJob(remote, job)
  return given.flag('follow') ? await followBackup(remote, job) : 0
}

async function runCancel({ api, context, names }: Remote, given: Given): Promise<number> {
  const { jobId, state } = await findJob(api, given.argument('JOB'))
  if (isOver(state)) throw failure('job.over', { job: jobId, state: jobStateWords(state) })
  const job = await api.call(routes.jobs.cancel, { path: { jobId } })
  await names.learnInstances([job.instanceId])
  context.output.event('job', wireFields(jobSchema, job))
  context.output.note(`The backup of ${names.instance(job.instanceId)} is being cancelled.`)
  return 0
}

async function runReport(remote: Remote, given: Given): Promise<number> {
  const { api } = remote
  const lists = askedLists(given)
  const { jobId } = await findJob(api, given.argument('JOB'))
  await tellReport(remote, given, {
    lists,
    items: (reportList) =>
      api.list(routes.jobs.report, { path: { jobId, reportList }, query: { limit: 500 } }),
    csv: (reportList) => api.stream(routes.jobs.reportCsv, { path: { jobId, reportList } }),
  })
  return 0
}

async function runCsv(remote: Remote, given: Given): Promise<number> {
  const { api, context } = remote
  const { limit: _, ...query } = await jobQuery(remote, given, given.text('instance'))
  await writeStream(context, await api.stream(routes.jobs.auditCsv, { query }))
  return 0
}
