/** `holdfast restore-jobs …`: restores through a control server; `holdfast recover` makes them. */
import { displayName, failure } from '#base'
import { type RestoreJob, routes } from '#contract'
import { formatBytes, formatCount } from '../../amounts.ts'
import type { ArgumentSpec, CommandGroup, Given } from '../../command.ts'
import { findRestoreJob } from '../../remote/find-plan.ts'
import { followRestore, isOver } from '../../remote/follow-job.ts'
import {
  countWords,
  jobFilterOptions,
  jobQuery,
  tellRestoreJob,
  tookWords,
} from '../../remote/job-tables.ts'
import { limitOf, limitOption, tellList } from '../../remote/listing.ts'
import { askedLists, csvOption, reportArgument, tellReport } from '../../remote/report-lists.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { jobStateWords, shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

const jobArgument: ArgumentSpec = {
  name: 'JOB',
  about: 'its id or the first digits of it; or the instance that it restores to',
  count: 'one',
}

const list = serverCommand({
  name: 'list',
  summary: 'list restore jobs, newest first',
  about: ['Lists restores. `holdfast restore-jobs` alone does the same.'],
  arguments: [],
  options: [{ flags: '--to <instance>', about: 'only those to this one' }, ...jobFilterOptions],
  examples: [{ line: 'holdfast restore-jobs --to web-2', about: 'to one machine' }],
  exits: [],
  run: runList,
})

const show = serverCommand({
  name: 'show',
  summary: 'a restore job, with its progress',
  about: ['Shows a restore; with --follow until it has ended.'],
  arguments: [jobArgument],
  options: [{ flags: '--follow', about: 'until it has ended' }],
  examples: [{ line: 'holdfast restore-jobs show web-2 --follow', about: 'what runs there' }],
  exits: [3, 4],
  run: runShow,
})

const cancel = serverCommand({
  name: 'cancel',
  summary: 'end a restore job',
  about: [
    'Ends a restore. No half file stays under a final name; what is restored already stays. Run again, a restore goes on where it ended.',
  ],
  arguments: [jobArgument],
  options: [],
  examples: [{ line: 'holdfast restore-jobs cancel web-2', about: 'what runs there' }],
  exits: [],
  run: runCancel,
})

const report = serverCommand({
  name: 'report',
  summary: 'the files that a restore did not bring back as they were',
  about: ['Lists files that failed, were left as they are, or are not as they were.'],
  arguments: [jobArgument, reportArgument],
  options: [csvOption, limitOption],
  examples: [{ line: 'holdfast restore-jobs report web-2', about: 'of the newest one' }],
  exits: [],
  run: runReport,
})

export const restoreJobs: CommandGroup = serverGroup({
  name: 'restore-jobs',
  summary: 'restores through the server: list, show with progress, cancel, report',
  about: ['Restores that `holdfast recover` or the console started.'],
  commands: [list, show, cancel, report],
})

const jobSchema = routes.restoreJobs.get.answer.schema

async function runList(remote: Remote, given: Given): Promise<number> {
  const { api, names } = remote
  const query = await jobQuery(remote, given, given.text('to'))
  await tellList(remote, {
    event: 'restore-job',
    items: api.list(routes.restoreJobs.list, { query }),
    fields: (job) => wireFields(jobSchema, job),
    none: 'There is no such restore.',
    limit: limitOf(given),
    learn: (all) => names.learnInstances(all.map(({ instanceId }) => instanceId)),
    columns: [
      { title: 'MADE', show: ({ createdAt }) => shownTime(createdAt) },
      { title: 'TO', show: ({ instanceId }) => names.instance(instanceId) },
      { title: 'STATE', show: stateWords },
      { title: 'TOOK', align: 'right', show: tookWords },
      {
        title: 'FILES',
        align: 'right',
        show: ({ totals }) => (totals ? formatCount(totals.files) : ''),
      },
      {
        title: 'WRITTEN',
        align: 'right',
        show: ({ totals, dryRun }) =>
          dryRun ? 'dry run' : totals ? formatBytes(totals.writtenBytes) : '',
      },
      { title: 'TROUBLE', show: countWords },
      {
        title: 'INTO',
        show: ({ targetPath }) =>
          targetPath === undefined ? 'the original paths' : displayName(targetPath),
      },
      { title: 'ID', show: ({ restoreJobId }) => restoreJobId },
    ],
  })
  return 0
}

function stateWords({ state, progress }: RestoreJob): string {
  if (state !== 'RUNNING' || progress === undefined) return jobStateWords(state)
  return `running ${Math.floor(progress.fraction * 100)} %`
}

async function runShow(remote: Remote, given: Given): Promise<number> {
  const { api, context, names } = remote
  const job = await findRestoreJob(api, given.argument('JOB'))
  if (given.flag('follow') && !isOver(job.state)) return await followRestore(remote, job)
  context.output.event('restore-job', wireFields(jobSchema, job))
  if (context.output.settings.json) return 0
  await names.learnInstances([job.instanceId])
  await names.learnVaults()
  tellRestoreJob(remote, job)
  return given.flag('follow') ? await followRestore(remote, job) : 0
}

async function runCancel({ api, context, names }: Remote, given: Given): Promise<number> {
  const { restoreJobId, state } = await findRestoreJob(api, given.argument('JOB'))
  if (isOver(state)) throw failure('job.over', { job: restoreJobId, state: jobStateWords(state) })
  const job = await api.call(routes.restoreJobs.cancel, { path: { restoreJobId } })
  await names.learnInstances([job.instanceId])
  context.output.event('restore-job', wireFields(jobSchema, job))
  context.output.note(`The restore to ${names.instance(job.instanceId)} is being cancelled.`)
  return 0
}

async function runReport(remote: Remote, given: Given): Promise<number> {
  const { api } = remote
  const lists = askedLists(given)
  const { restoreJobId } = await findRestoreJob(api, given.argument('JOB'))
  await tellReport(remote, given, {
    lists,
    items: (reportList) =>
      api.list(routes.restoreJobs.report, {
        path: { restoreJobId, reportList },
        query: { limit: 500 },
      }),
    csv: (reportList) =>
      api.stream(routes.restoreJobs.reportCsv, { path: { restoreJobId, reportList } }),
  })
  return 0
}
