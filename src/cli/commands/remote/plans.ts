/** `holdfast plans …`: when instances are backed up. */
import { failure } from '#base'
import { type Plan, planStatuses, priorities, routes } from '#contract'
import { runningStatusTitles } from '#engine'
import type { CommandGroup, Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import {
  confirmOptions,
  mustConfirm,
  typedConfirmation,
  yesOption,
} from '../../remote/confirm-text.ts'
import { findPlan, planArgument } from '../../remote/find-plan.ts'
import { followBackup } from '../../remote/follow-job.ts'
import { tellFacts, tellList } from '../../remote/listing.ts'
import { someOf, wordOf } from '../../remote/option-words.ts'
import { tellCancelProposal } from '../../remote/proposal-words.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { problemWords, shownTime, yesNo } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'
import { planHooks } from './plans-hooks.ts'
import { pausePlans, resumePlans } from './plans-pause.ts'

const list = serverCommand({
  name: 'list',
  summary: 'list the backup plans',
  about: [
    'Lists plans: when each instance is backed up next. `holdfast plans` alone does the same.',
  ],
  arguments: [],
  options: [
    { flags: '--status <status>', about: planStatuses.join(', '), many: true },
    { flags: '--cancelled', about: 'cancelled plans too' },
  ],
  examples: [{ line: 'holdfast plans --status PAUSED', about: 'what makes no backups now' }],
  exits: [],
  run: runList,
})

const show = serverCommand({
  name: 'show',
  summary: 'everything about one plan',
  about: ['Shows a plan with its warnings, such as databases among its files.'],
  arguments: [planArgument],
  options: [],
  examples: [{ line: 'holdfast plans show web-1', about: 'the plan of this instance' }],
  exits: [],
  run: runShow,
})

const run = serverCommand({
  name: 'run',
  summary: 'back up now',
  about: ['Starts a backup at once, beside the schedule.'],
  arguments: [planArgument],
  options: [{ flags: '--wait', about: 'shows the progress until it has ended' }],
  examples: [
    { line: 'holdfast plans run web-1 --wait', about: 'exit code 3: some files are missing' },
  ],
  exits: [3, 4],
  run: runNow,
})

const cancel = serverCommand({
  name: 'cancel',
  summary: 'end backups of an instance for good',
  about: [
    'Shows what would end and when, and asks for the confirmation to be typed. Running jobs end, the client is uninstalled. Locked points stay until they expire, others go to the trash.',
  ],
  arguments: [planArgument],
  options: confirmOptions,
  examples: [{ line: 'holdfast plans cancel web-1 --dry-run', about: 'what would end' }],
  exits: [],
  run: runCancel,
})

const time = serverCommand({
  name: 'time',
  summary: 'change the time of day of the backups',
  about: [
    'Modifies the next backup time: the time of day, never the date. When the new time means that the backup of today is skipped, it says so and asks first.',
  ],
  arguments: [planArgument, { name: 'TIME', about: 'as 03:00', count: 'one' }],
  options: [yesOption, { flags: '--dry-run', about: 'only says what it would do' }],
  examples: [{ line: 'holdfast plans time web-1 03:00', about: 'every day at three' }],
  exits: [],
  run: runTime,
})

const priority = serverCommand({
  name: 'priority',
  summary: 'how much of the machine backups may take',
  about: ['low is 10 MB/s and one core, high is 30 MB/s and two. It counts from the next job.'],
  arguments: [planArgument, { name: 'PRIORITY', about: 'low or high', count: 'one' }],
  options: [],
  examples: [{ line: 'holdfast plans priority web-1 high', about: 'from the next job on' }],
  exits: [],
  run: runPriority,
})

const keepOne = serverCommand({
  name: 'keep-one',
  summary: 'keep the newest version whatever its date',
  about: [
    'Keep at least one: the newest version stays even when it has expired. Switching it off takes effect an hour later.',
  ],
  arguments: [planArgument, { name: 'STATE', about: 'on or off', count: 'one' }],
  options: [],
  examples: [{ line: 'holdfast plans keep-one web-1 on', about: 'never without a version' }],
  exits: [],
  run: runKeepOne,
})

export const plans: CommandGroup = serverGroup({
  name: 'plans',
  summary: 'backup plans: run now, pause, resume, time, priority, hooks, cancel',
  about: ['When the instances of a control server are backed up, and how.'],
  commands: [list, show, run, pausePlans, resumePlans, time, priority, keepOne, planHooks, cancel],
})

const planSchema = routes.plans.get.answer.schema

async function runList(remote: Remote, given: Given): Promise<number> {
  const { api, names } = remote
  const asked = someOf(given, 'status', planStatuses)
  const living = given.flag('cancelled') ? [] : (['ACTIVE', 'PAUSED'] as const)
  const query = { limit: 200, status: asked.length > 0 ? asked : living }
  await tellList(remote, {
    event: 'plan',
    items: api.list(routes.plans.list, { query }),
    fields: (plan) => wireFields(planSchema, plan),
    none: 'There is no such plan. `holdfast instances activate` makes one.',
    learn: async (all) => {
      await names.learnInstances(all.map(({ instanceId }) => instanceId))
      await names.learnVaults()
    },
    columns: [
      { title: 'INSTANCE', show: ({ instanceId }) => names.instance(instanceId) },
      { title: 'STATUS', show: ({ runningStatus }) => runningStatusTitles[runningStatus] },
      { title: 'TIME', show: ({ timeOfDay, timeZone }) => `${timeOfDay} ${timeZone}` },
      { title: 'NEXT', show: ({ nextRunAt }) => shownTime(nextRunAt) },
      { title: 'LAST', show: ({ lastRunAt }) => shownTime(lastRunAt) || 'never' },
      { title: 'PRIORITY', show: (plan) => plan.priority },
      { title: 'KEPT', show: keptWords },
      { title: 'VAULT', show: ({ vaultId }) => names.vault(vaultId) },
      { title: 'ID', show: ({ planId }) => planId },
    ],
  })
  return 0
}

async function runShow(remote: Remote, given: Given): Promise<number> {
  const plan = await findPlan(remote.api, given.argument('INSTANCE'))
  await remote.names.learnInstances([plan.instanceId])
  await remote.names.learnVaults()
  tellPlan(remote, plan)
  return 0
}

function keptWords({ retentionDays }: Plan): string {
  return retentionDays === undefined ? 'forever' : `${retentionDays} days`
}

function tellPlan({ context, names }: Remote, plan: Plan): void {
  const { output } = context
  output.event('plan', wireFields(planSchema, plan))
  const ends = plan.keepAtLeastOneEndsAt
  tellFacts(output, [
    ['plan', plan.planId],
    ['instance', names.instance(plan.instanceId)],
    ['status', runningStatusTitles[plan.runningStatus]],
    ['trouble', problemWords(plan.problem)],
    ['time', `${plan.timeOfDay} ${plan.timeZone}`],
    ['next backup', shownTime(plan.nextRunAt)],
    ['last backup', shownTime(plan.lastRunAt) || 'never'],
    ['priority', plan.priority],
    ['hook before', plan.hooks?.before],
    ['hook after', plan.hooks?.after],
    ['kept', keptWords(plan)],
    [
      'keep one',
      `${yesNo(plan.keepAtLeastOne)}${ends === undefined ? '' : `, held until ${shownTime(ends)}`}`,
    ],
    ['vault', names.vault(plan.vaultId)],
    ['policy', plan.policyId],
    ['since', shownTime(plan.activatedAt)],
  ])
  for (const warning of plan.warnings) output.warning(printable(warning))
}

async function runNow(remote: Remote, given: Given): Promise<number> {
  const { api, context } = remote
  const { planId } = await findPlan(api, given.argument('INSTANCE'))
  const job = await api.call(routes.plans.run, { path: { planId } })
  if (given.flag('wait')) return await followBackup(remote, job)
  context.output.event('job', wireFields(routes.jobs.get.answer.schema, job))
  context.output.note(`Started ${job.jobId}; \`holdfast jobs show ${job.jobId} --follow\`.`)
  return 0
}

async function runCancel(remote: Remote, given: Given): Promise<number> {
  const { api, context, names } = remote
  const { planId, instanceId } = await findPlan(api, given.argument('INSTANCE'))
  await names.learnInstances([instanceId])
  const path = { planId }
  const proposal = await api.call(routes.plans.proposeCancel, { path })
  tellCancelProposal(context, names.instance(instanceId), proposal)
  const confirmation = await typedConfirmation(context, given, proposal.confirmation)
  if (confirmation === undefined) return 0
  await api.call(routes.plans.cancel, { path, body: { confirmation } })
  context.output.event('cancelled', { planId, instanceId })
  context.output.note(`Backups of ${names.instance(instanceId)} are cancelled.`)
  return 0
}

async function runTime(remote: Remote, given: Given): Promise<number> {
  const { api, context, names } = remote
  const { output } = context
  const timeOfDay = timeOf(given.argument('TIME'))
  const { planId, instanceId } = await findPlan(api, given.argument('INSTANCE'))
  await names.learnInstances([instanceId])
  const path = { planId }
  const proposal = await api.call(routes.plans.proposeNextBackupTime, {
    path,
    query: { timeOfDay },
  })
  const fields = wireFields(routes.plans.proposeNextBackupTime.answer.schema, proposal)
  output.event('proposal', fields)
  if (proposal.warning !== undefined) output.warning(printable(proposal.warning))
  if (given.flag('dryRun')) {
    output.note(`The next backup would be at ${shownTime(proposal.nextRunAt) || 'no time'}.`)
    return 0
  }
  const skips = proposal.effect === 'skips-today'
  if (skips) await mustConfirm(context, given, 'The backup of today is skipped. Go on?')
  const body = { timeOfDay, ...(skips ? { acceptSkip: true } : {}) }
  const plan = await api.call(routes.plans.setNextBackupTime, { path, body })
  output.event('plan', wireFields(planSchema, plan))
  output.note(
    `${names.instance(instanceId)} is backed up at ${plan.timeOfDay} ${plan.timeZone}, next ${shownTime(plan.nextRunAt)}.`,
  )
  return 0
}

/** `3:00` means `03:00`. @throws usage.invalid */
function timeOf(text: string): string {
  const padded = text.padStart(5, '0')
  if (/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(padded)) return padded
  throw failure('usage.invalid', { problem: `TIME is a time of day such as 03:00, not "${text}"` })
}

async function runPriority({ api, context, names }: Remote, given: Given): Promise<number> {
  const wanted = wordOf(given.argument('PRIORITY'), 'PRIORITY', priorities)
  const { planId, instanceId } = await findPlan(api, given.argument('INSTANCE'))
  const plan = await api.call(routes.plans.setPriority, {
    path: { planId },
    body: { priority: wanted },
  })
  await names.learnInstances([instanceId])
  context.output.event('plan', wireFields(planSchema, plan))
  context.output.note(
    `Backups of ${names.instance(instanceId)} have the priority ${plan.priority} from the next job on.`,
  )
  return 0
}

async function runKeepOne({ api, context, names }: Remote, given: Given): Promise<number> {
  const keep = wordOf(given.argument('STATE'), 'STATE', ['on', 'off']) === 'on'
  const { planId, instanceId } = await findPlan(api, given.argument('INSTANCE'))
  const plan = await api.call(routes.plans.setKeepAtLeastOne, { path: { planId }, body: { keep } })
  await names.learnInstances([instanceId])
  context.output.event('plan', wireFields(planSchema, plan))
  const ends = plan.keepAtLeastOneEndsAt
  const said = keep
    ? 'keeps its newest version, whatever its date'
    : `keeps its newest version until its date${ends === undefined ? '' : `, and in any case until ${shownTime(ends)}`}`
  context.output.note(`${names.instance(instanceId)} ${said}.`)
  return 0
}
