/** `holdfast vaults …`: the vaults of a control server. */
import { lockStates, routes, type Vault } from '#contract'
import { formatBytes, formatCount } from '../../amounts.ts'
import type { ArgumentSpec, CommandGroup, Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import { confirmOptions, typedConfirmation } from '../../remote/confirm-text.ts'
import { findVault } from '../../remote/find-named.ts'
import { tellFacts, tellList } from '../../remote/listing.ts'
import { wordOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand, serverGroup } from '../../remote/server-command.ts'
import { problemWords, shownTime, yesNo } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'

const vaultArgument: ArgumentSpec = { name: 'VAULT', about: 'its name or id', count: 'one' }

const list = serverCommand({
  name: 'list',
  summary: 'list the vaults',
  about: ['Lists the vaults of the account. `holdfast vaults` alone does the same.'],
  arguments: [],
  options: [{ flags: '--search <text>', about: 'part of the name' }],
  examples: [{ line: 'holdfast vaults', about: 'what they hold, and how they are locked' }],
  exits: [],
  run: runList,
})

const show = serverCommand({
  name: 'show',
  summary: 'everything about one vault',
  about: ['Shows a vault, and what its lock is worth: who could still delete what is in it.'],
  arguments: [vaultArgument],
  options: [],
  examples: [{ line: 'holdfast vaults show main', about: 'by its name' }],
  exits: [],
  run: runShow,
})

const lock = serverCommand({
  name: 'lock',
  summary: 'raise the lock of a vault',
  about: [
    'Shows what raising the lock would cover, and asks for the confirmation to be typed. A lock is never lowered. (`holdfast lock` works on a vault without a server.)',
  ],
  arguments: [vaultArgument, { name: 'STATE', about: 'governed or compliance', count: 'one' }],
  options: confirmOptions,
  examples: [
    { line: 'holdfast vaults lock main governed --dry-run', about: 'what it would cover' },
  ],
  exits: [10],
  run: runLock,
})

const rebuild = serverCommand({
  name: 'rebuild-catalog',
  summary: 'read versions and points of a vault into the catalog again',
  about: ['For a server whose catalog was lost: what is in the vault is listed again.'],
  arguments: [vaultArgument],
  options: [],
  examples: [{ line: 'holdfast vaults rebuild-catalog main', about: 'goes on in the background' }],
  exits: [10, 11],
  run: runRebuild,
})

export const vaults: CommandGroup = serverGroup({
  name: 'vaults',
  summary: 'the vaults of the server: list, show, lock, rebuild the catalog',
  about: ['Vaults that a control server backs up into.'],
  commands: [list, show, lock, rebuild],
})

const vaultSchema = routes.vaults.get.answer.schema

async function runList(remote: Remote, given: Given): Promise<number> {
  const search = given.text('search')
  const query = { limit: 200, sort: 'name', ...(search === undefined ? {} : { search }) } as const
  await tellList(remote, {
    event: 'vault',
    items: remote.api.list(routes.vaults.list, { query }),
    fields: (vault) => wireFields(vaultSchema, vault),
    none: 'There is no such vault.',
    columns: [
      { title: 'NAME', show: ({ name }) => printable(name) },
      { title: 'STATE', show: ({ state }) => state.toLowerCase() },
      { title: 'LOCK', show: lockWords },
      { title: 'POINTS', align: 'right', show: ({ pointCount }) => formatCount(pointCount) },
      {
        title: 'INSTANCES',
        align: 'right',
        show: ({ instanceCount }) => formatCount(instanceCount),
      },
      { title: 'SIZE', align: 'right', show: ({ sourceBytes }) => formatBytes(sourceBytes) },
      { title: 'STORED', align: 'right', show: ({ storedBytes }) => formatBytes(storedBytes) },
      { title: 'REGION', show: ({ regionId }) => regionId },
      { title: 'ID', show: ({ vaultId }) => vaultId },
    ],
  })
  return 0
}

function lockWords({ lock: { state, tier, pendingUntil } }: Vault): string {
  const until = pendingUntil === undefined ? '' : ` until ${shownTime(pendingUntil)}`
  return state === 'off' ? 'off' : `${state}${until} (${tier})`
}

async function runShow({ api, context }: Remote, given: Given): Promise<number> {
  const { output } = context
  const vault = await findVault(api, given.argument('VAULT'))
  output.event('vault', wireFields(vaultSchema, vault))
  if (output.settings.json) return 0
  tellFacts(output, [
    ['name', printable(vault.name)],
    ['id', vault.vaultId],
    ['what for', printable(vault.description)],
    ['kind', `${vault.kind}, ${vault.redundancy}`],
    ['state', vault.state.toLowerCase()],
    ['trouble', problemWords(vault.problem)],
    ['key', vault.keyHolder],
    ['lock', lockWords(vault)],
    ['which means', printable(vault.lock.tierSentence)],
    ['locked points', formatCount(vault.lock.lockedPointCount)],
    ['last lock ends', shownTime(vault.lock.lastLockEndsAt)],
    ['points', formatCount(vault.pointCount)],
    ['instances', formatCount(vault.instanceCount)],
    ['size', formatBytes(vault.sourceBytes)],
    ['stored', formatBytes(vault.storedBytes)],
    ['quota', vault.quotaBytes === undefined ? undefined : formatBytes(vault.quotaBytes)],
    ['shares over network', yesNo(vault.shareOverNetwork)],
    ['owned elsewhere', vault.ownedElsewhere ? 'yes' : undefined],
    ['region', vault.regionId],
    ['made', shownTime(vault.createdAt)],
  ])
  return 0
}

/** What a lock may be raised to. */
const raised = lockStates.filter((state) => state === 'governed' || state === 'compliance')

async function runLock({ api, context }: Remote, given: Given): Promise<number> {
  const { output } = context
  const to = wordOf(given.argument('STATE'), 'STATE', raised)
  const { vaultId, name } = await findVault(api, given.argument('VAULT'))
  const path = { vaultId }
  const proposal = await api.call(routes.vaults.proposeLock, { path, query: { to } })
  output.event('proposal', wireFields(routes.vaults.proposeLock.answer.schema, proposal))
  const { pointCount, lastLockEndsAt, tierSentence, says } = proposal
  output.line(`${printable(name)}: from ${proposal.from} to ${proposal.to}; it is never lowered.`)
  output.line(
    `  it covers ${formatCount(pointCount)} points, the last until ${shownTime(lastLockEndsAt) || 'nothing yet'}`,
  )
  output.line(`  ${printable(tierSentence)}`)
  for (const sentence of says) output.line(`  ${printable(sentence)}`)
  const confirmation = await typedConfirmation(context, given, proposal.confirmation)
  if (confirmation === undefined) return 0
  const vault = await api.call(routes.vaults.raiseLock, { path, body: { to, confirmation } })
  output.event('vault', wireFields(vaultSchema, vault))
  output.note(`The lock of ${printable(name)} is ${lockWords(vault)}.`)
  return 0
}

async function runRebuild({ api, context }: Remote, given: Given): Promise<number> {
  const { vaultId, name } = await findVault(api, given.argument('VAULT'))
  const vault = await api.call(routes.vaults.rebuildCatalog, { path: { vaultId } })
  context.output.event('vault', wireFields(vaultSchema, vault))
  context.output.note(`${printable(name)} is being read into the catalog again.`)
  return 0
}
