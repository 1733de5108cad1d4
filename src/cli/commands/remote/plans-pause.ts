/** `holdfast plans pause` and `resume`: of one instance, of several, or of all that fit. */
import { failure } from '#base'
import { type PlanResult, plansPerCallMax, routes, runningStatuses } from '#contract'
import type { Given, OptionSpec } from '../../command.ts'
import { printable } from '../../printable.ts'
import { mustConfirm, yesOption } from '../../remote/confirm-text.ts'
import { findVault } from '../../remote/find-named.ts'
import { findPlan, planArgument } from '../../remote/find-plan.ts'
import { someOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { problemWords, shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

const filterOptions: readonly OptionSpec[] = [
  { flags: '--all', about: 'the plans of all instances; narrowed by the options that follow' },
  { flags: '--search <text>', about: 'part of the name, the host name or an address' },
  { flags: '--tag <tag>', about: 'key or key=value', many: true },
  {
    flags: '--status <status>',
    about: `running status: ${runningStatuses.join(', ')}`,
    many: true,
  },
  { flags: '--in-vault <vault>', about: 'that back up into this vault' },
  { flags: '--region <region>', about: 'of this region' },
  yesOption,
]
const several =
  'With several instances, or with --all, each plan has its own result; one that is refused stops none of the others.'

export const pausePlans = serverCommand({
  name: 'pause',
  summary: 'make no backups for a while',
  about: [
    'Makes no more jobs until the plan is resumed. Points stay and expire on their dates.',
    several,
  ],
  arguments: [{ ...planArgument, count: 'any' }],
  options: filterOptions,
  examples: [
    { line: 'holdfast plans pause web-1', about: 'until `plans resume`' },
    { line: 'holdfast plans pause --all --tag rack=7', about: 'all of them; asks first' },
  ],
  exits: [4],
  run: (remote, given) => change(remote, given, pausing),
})

export const resumePlans = serverCommand({
  name: 'resume',
  summary: 'make backups again',
  about: ['Makes jobs again, from the next time that is due.', several],
  arguments: [{ ...planArgument, count: 'any' }],
  options: filterOptions,
  examples: [
    { line: 'holdfast plans resume web-1', about: 'from the next time on' },
    { line: 'holdfast plans resume --all --status PAUSED --yes', about: 'everything again' },
  ],
  exits: [4],
  run: (remote, given) => change(remote, given, resuming),
})

const pausing = {
  one: routes.plans.pause,
  many: routes.plans.pauseMany,
  said: 'is paused',
  asks: 'No backups are made of all instances that fit until their plans are resumed. Go on?',
} as const
const resuming = {
  one: routes.plans.resume,
  many: routes.plans.resumeMany,
  said: 'is active again',
  asks: 'Backups of all instances that fit are made again. Go on?',
} as const
type Change = typeof pausing | typeof resuming

const planSchema = routes.plans.get.answer.schema
const resultSchema = routes.plans.pauseMany.answer.schema.shape.results.element

async function change(remote: Remote, given: Given, to: Change): Promise<number> {
  const words = given.arguments('INSTANCE')
  const filter = await filterOf(remote, given)
  if (words.length > 0 && filter !== undefined)
    throw failure('usage.invalid', { problem: 'Name instances, or give --all; not both' })
  if (filter !== undefined) {
    await mustConfirm(remote.context, given, to.asks)
    return await changeFitting(remote, filter, to)
  }
  const [word] = words
  if (word === undefined)
    throw failure('usage.invalid', { problem: 'Name instances, or give --all' })
  return words.length === 1
    ? await changeOne(remote, word, to)
    : await changeNamed(remote, words, to)
}

async function changeOne({ api, context, names }: Remote, word: string, to: Change) {
  const { planId, instanceId } = await findPlan(api, word)
  const plan = await api.call(to.one, { path: { planId } })
  await names.learnInstances([instanceId])
  context.output.event('plan', wireFields(planSchema, plan))
  const next = plan.nextRunAt === undefined ? '' : ` Next backup: ${shownTime(plan.nextRunAt)}.`
  context.output.note(`The plan of ${names.instance(instanceId)} ${to.said}.${next}`)
  return 0
}

async function changeNamed(remote: Remote, words: readonly string[], to: Change): Promise<number> {
  const planIds: PlanResult['planId'][] = []
  for (const word of words) planIds.push((await findPlan(remote.api, word)).planId)
  let refused = 0
  for (let at = 0; at < planIds.length; at += plansPerCallMax) {
    const body = { planIds: planIds.slice(at, at + plansPerCallMax) }
    refused += await tell(remote, (await remote.api.call(to.many, { body })).results, to)
  }
  return refused === 0 ? 0 : 4
}

type InstanceFilter = Awaited<ReturnType<typeof filterOf>>
type PlanResults = { readonly results: readonly PlanResult[]; readonly next?: string | undefined }

async function changeFitting(
  remote: Remote,
  instances: InstanceFilter,
  to: Change,
): Promise<number> {
  let [cursor, told, refused]: [string | undefined, number, number] = [undefined, 0, 0]
  do {
    const body = { instances, ...(cursor === undefined ? {} : { cursor }) }
    const answer: PlanResults = await remote.api.call(to.many, { body })
    refused += await tell(remote, answer.results, to)
    told += answer.results.length
    cursor = answer.next
  } while (cursor !== undefined)
  if (told === 0) remote.context.output.note('There is no such plan.')
  return refused === 0 ? 0 : 4
}

/** Undefined: none was given. Without --all, a narrower word alone is not enough: it may be a slip. */
async function filterOf({ api }: Remote, given: Given) {
  const [search, regionId] = [given.text('search'), given.text('region')]
  const vault = given.text('inVault')
  const [tag, runningStatus] = [given.texts('tag'), someOf(given, 'status', runningStatuses)]
  if (!given.flag('all')) {
    const isNarrowed = [search, regionId, vault].some((word) => word !== undefined)
    if (isNarrowed || tag.length > 0 || runningStatus.length > 0)
      throw failure('usage.invalid', { problem: 'These options narrow --all; give it too' })
    return undefined
  }
  return {
    ...(search === undefined ? {} : { search }),
    ...(regionId === undefined ? {} : { regionId }),
    ...(vault === undefined ? {} : { vaultId: (await findVault(api, vault)).vaultId }),
    ...(tag.length === 0 ? {} : { tag }),
    ...(runningStatus.length === 0 ? {} : { runningStatus }),
  }
}

/** @returns how many were refused */
async function tell(
  { context, names }: Remote,
  results: readonly PlanResult[],
  { said }: Change,
): Promise<number> {
  const { output } = context
  await names.learnInstances(results.flatMap(({ instanceId }) => instanceId ?? []))
  for (const result of results) {
    output.event('result', wireFields(resultSchema, result))
    const { instanceId, planId, accepted, problem } = result
    const name = printable(instanceId === undefined ? planId : names.instance(instanceId))
    if (accepted) output.note(`${name}: ${said}`)
    else output.line(`${name}: refused. ${problemWords(problem) ?? ''}`)
  }
  return results.filter(({ accepted }) => !accepted).length
}
