/** `holdfast instances …`: the machines that a control server knows. */
import { failure } from '#base'
import { type Instance, type InstanceResult, routes } from '#contract'
import type { CommandGroup, Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import {
  confirmOptions,
  mustConfirm,
  typedConfirmation,
  yesOption,
} from '../../remote/confirm-text.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { findVault } from '../../remote/find-named.ts'
import { oneInstance, someInstances } from '../../remote/instance-argument.ts'
import { oneOf } from '../../remote/option-words.ts'
import { tellCancelProposal } from '../../remote/proposal-words.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { problemWords } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'
import { addInstance } from './instances-add.ts'
import { listInstances, showInstance } from './instances-look.ts'

const activate = serverCommand({
  name: 'activate',
  summary: 'begin Essential backup of instances',
  about: [
    'Activates Essential backup: every day, all local volumes without system directories, kept and locked for 30 days. Each instance has its own result; one that cannot be activated stops none of the others.',
  ],
  arguments: [someInstances],
  options: [
    {
      flags: '--time <hh:mm>',
      about: 'time of day of the backups, in the time zone of the account',
    },
    {
      flags: '--priority <priority>',
      about: 'low is 10 MB/s and one core, high is 30 MB/s and two',
      choices: ['low', 'high'],
    },
    { flags: '--into-vault <vault>', about: 'instead of the default vault of the region' },
  ],
  examples: [{ line: 'holdfast instances activate web-1 db-1 --time 02:30', about: 'both' }],
  exits: [4],
  run: runActivate,
})

const upgrade = serverCommand({
  name: 'upgrade',
  summary: 'upgrade the clients of instances',
  about: ['Upgrades clients to the version that the server has.'],
  arguments: [{ ...someInstances, count: 'any' }],
  options: [{ flags: '--all', about: 'all whose client can be upgraded' }],
  examples: [{ line: 'holdfast instances upgrade --all', about: 'every old client' }],
  exits: [4],
  run: runUpgrade,
})

const uninstall = serverCommand({
  name: 'uninstall',
  summary: 'uninstall the clients of instances',
  about: ['Removes the client from the machines. No more backups are made; backup points stay.'],
  arguments: [someInstances],
  options: [yesOption],
  examples: [{ line: 'holdfast instances uninstall web-1', about: 'asks first' }],
  exits: [4],
  run: runUninstall,
})

const revoke = serverCommand({
  name: 'revoke',
  summary: 'refuse the client of an instance from now on',
  about: [
    'Revokes the identity of a client at once: for a machine that was stolen or taken over. Its connections are cut; backup points stay. To let the machine back in, activate it with a new code.',
  ],
  arguments: [oneInstance],
  options: [yesOption],
  examples: [{ line: 'holdfast instances revoke web-1 --yes', about: 'at once' }],
  exits: [],
  run: runRevoke,
})

const rename = serverCommand({
  name: 'rename',
  summary: 'give an instance another name',
  about: ['Changes the name under which people know the instance; its id stays.'],
  arguments: [oneInstance, { name: 'NAME', about: 'the new name', count: 'one' }],
  options: [],
  examples: [{ line: 'holdfast instances rename localhost web-1', about: 'from now on' }],
  exits: [],
  run: runRename,
})

const remove = serverCommand({
  name: 'remove',
  summary: 'take an instance off the list',
  about: [
    'Shows what would end, and asks for the confirmation to be typed. Locked points stay until they expire, others go to the trash.',
  ],
  arguments: [oneInstance],
  options: confirmOptions,
  examples: [{ line: 'holdfast instances remove old-1 --dry-run', about: 'what would end' }],
  exits: [],
  run: runRemove,
})

export const instances: CommandGroup = serverGroup({
  name: 'instances',
  summary: 'the machines: list, show, add, activate, upgrade, remove',
  about: ['The machines that the control server backs up, and the clients on them.'],
  commands: [
    listInstances,
    showInstance,
    addInstance,
    activate,
    rename,
    upgrade,
    uninstall,
    revoke,
    remove,
  ],
})

async function runActivate(remote: Remote, given: Given): Promise<number> {
  const { api } = remote
  const found = await findAll(remote, given.arguments('INSTANCE'))
  const vault = given.text('intoVault')
  const timeOfDay = given.text('time')
  const priority = oneOf(given, 'priority', ['low', 'high'])
  const body = {
    instanceIds: found.map(({ instanceId }) => instanceId),
    ...(vault === undefined ? {} : { vaultId: (await findVault(api, vault)).vaultId }),
    ...(priority === undefined ? {} : { priority }),
  }
  const { results } = await api.call(routes.instances.activate, { body })
  for (const { planId, accepted } of results)
    if (timeOfDay !== undefined && planId !== undefined && accepted)
      await setTime(remote, planId, timeOfDay)
  return tellResults(remote, found, results)
}

/** Whoever activates means the time too; what it skips is told. */
async function setTime({ api, context }: Remote, planId: string, timeOfDay: string): Promise<void> {
  const path = { planId }
  const query = { timeOfDay }
  const proposal = await api.call(routes.plans.proposeNextBackupTime, { path, query })
  if (proposal.warning !== undefined) context.output.warning(printable(proposal.warning))
  const body = { timeOfDay, acceptSkip: true }
  await api.call(routes.plans.setNextBackupTime, { path, body })
}

/** As many as the API takes in a call. */
const upgradesPerCall = 100

async function runUpgrade(remote: Remote, given: Given): Promise<number> {
  const { api, context } = remote
  const words = given.arguments('INSTANCE')
  if (words.length === 0 && !given.flag('all'))
    throw failure('usage.invalid', { problem: 'Name instances, or give --all' })
  const found = given.flag('all') ? await findUpgradable(remote) : await findAll(remote, words)
  if (found.length === 0) context.output.note('No client needs an upgrade.')
  const results: InstanceResult[] = []
  for (let at = 0; at < found.length; at += upgradesPerCall) {
    const some = found.slice(at, at + upgradesPerCall).map(({ instanceId }) => instanceId)
    const body = { instanceIds: some }
    results.push(...(await api.call(routes.instances.upgradeClients, { body })).results)
  }
  return tellResults(remote, found, results)
}

async function findUpgradable({ api }: Remote): Promise<readonly Instance[]> {
  const found: Instance[] = []
  const all = api.list(routes.instances.list, { query: { limit: 200, state: ['RUNNING'] } })
  for await (const instance of all) if (instance.client.upgradable) found.push(instance)
  return found
}

async function runUninstall(remote: Remote, given: Given): Promise<number> {
  const found = await findAll(remote, given.arguments('INSTANCE'))
  const named = found.map(({ name }) => printable(name)).join(', ')
  await mustConfirm(remote.context, given, `No more backups will be made of ${named}. Go on?`)
  const body = { instanceIds: found.map(({ instanceId }) => instanceId) }
  const { results } = await remote.api.call(routes.instances.uninstallClients, { body })
  return tellResults(remote, found, results)
}

async function runRevoke(remote: Remote, given: Given): Promise<number> {
  const { api, context } = remote
  const { instanceId, name } = await findInstance(api, given.argument('INSTANCE'))
  await mustConfirm(context, given, `The client of ${printable(name)} will be cut off. Go on?`)
  await api.call(routes.instances.revokeClient, { path: { instanceId } })
  context.output.event('revoked', { instanceId })
  context.output.note(`The client of ${printable(name)} is refused from now on.`)
  return 0
}

async function runRename(remote: Remote, given: Given): Promise<number> {
  const { api, context } = remote
  const { instanceId, name: before } = await findInstance(api, given.argument('INSTANCE'))
  const body = { name: given.argument('NAME') }
  const instance = await api.call(routes.instances.update, { path: { instanceId }, body })
  context.output.event('instance', wireFields(routes.instances.get.answer.schema, instance))
  context.output.note(`${printable(before)} is called ${printable(instance.name)} now.`)
  return 0
}

async function runRemove(remote: Remote, given: Given): Promise<number> {
  const { api, context } = remote
  const { instanceId, name } = await findInstance(api, given.argument('INSTANCE'))
  const path = { instanceId }
  const proposal = await api.call(routes.instances.proposeRemoval, { path })
  tellCancelProposal(context, name, proposal)
  const confirmation = await typedConfirmation(context, given, proposal.confirmation)
  if (confirmation === undefined) return 0
  await api.call(routes.instances.remove, { path, body: { confirmation } })
  context.output.event('removed', { instanceId })
  context.output.note(`${printable(name)} is off the list.`)
  return 0
}

async function findAll({ api }: Remote, words: readonly string[]): Promise<readonly Instance[]> {
  const found: Instance[] = []
  for (const word of words) found.push(await findInstance(api, word, 'living'))
  return found
}

/** @returns 4 when one of them was refused */
function tellResults(
  { context }: Remote,
  asked: readonly Instance[],
  results: readonly InstanceResult[],
): number {
  const { output } = context
  const nameOf = (id: string) =>
    printable(asked.find(({ instanceId }) => instanceId === id)?.name ?? id)
  for (const result of results) {
    output.event('result', wireFields(resultSchema, result))
    const name = nameOf(result.instanceId)
    if (result.accepted) output.note(`${name}: accepted${wayWords(result)}`)
    else output.line(`${name}: refused. ${problemWords(result.problem) ?? ''}`)
  }
  return results.every(({ accepted }) => accepted) ? 0 : 4
}

const resultSchema = routes.instances.activate.answer.schema.shape.results.element

function wayWords({ way }: InstanceResult): string {
  return way === 'ssh' ? ', the client is being installed over SSH' : ''
}
