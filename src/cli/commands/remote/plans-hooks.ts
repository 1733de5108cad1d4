/** `holdfast plans hooks`: the names of what a machine runs around its backups. */
import { routes } from '#contract'
import type { Given } from '../../command.ts'
import { findPlan, planArgument } from '../../remote/find-plan.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { wireFields } from '../../remote/wire-fields.ts'

export const planHooks = serverCommand({
  name: 'hooks',
  summary: 'what runs on the machine before and after a backup',
  about: [
    'Names the hooks of a plan; they count from the next job. A hook is a program that the machine itself declares under "hooks" in its /etc/holdfast/agent.json: the server sends its name and never a command. When the machine declares no hook of that name, the job fails before anything is read. Without an option, shows what is set.',
  ],
  arguments: [planArgument],
  options: [
    { flags: '--before <name>', about: 'runs before; when it fails, nothing is backed up' },
    { flags: '--after <name>', about: 'runs after, whatever became of the backup' },
    { flags: '--none', about: 'takes off what was set' },
  ],
  examples: [
    { line: 'holdfast plans hooks db-1 --before dump-database', about: 'from the next job on' },
    { line: 'holdfast plans hooks db-1 --none', about: 'no hooks any more' },
  ],
  exits: [],
  run: runHooks,
})

async function runHooks({ api, context, names }: Remote, given: Given): Promise<number> {
  const before = given.text('before')
  const after = given.text('after')
  const found = await findPlan(api, given.argument('INSTANCE'))
  const { planId, instanceId } = found
  const body = {
    ...(given.flag('none') ? {} : found.hooks),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  }
  const isAsked = given.flag('none') || before !== undefined || after !== undefined
  const plan = isAsked ? await api.call(routes.plans.setHooks, { path: { planId }, body }) : found
  await names.learnInstances([instanceId])
  context.output.event('plan', wireFields(routes.plans.get.answer.schema, plan))
  const set = [
    ...(plan.hooks?.before === undefined ? [] : [`${plan.hooks.before} before`]),
    ...(plan.hooks?.after === undefined ? [] : [`${plan.hooks.after} after`]),
  ]
  const said = set.length === 0 ? 'no hook' : set.join(', ')
  context.output.note(`Backups of ${names.instance(instanceId)} run ${said}.`)
  return 0
}
