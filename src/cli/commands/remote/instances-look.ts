/** `holdfast instances list` and `show`. */
import { displayName } from '#base'
import {
  type Instance,
  instanceStates,
  protectionMethods,
  routes,
  runningStatuses,
} from '#contract'
import { formatBytes, formatCount } from '../../amounts.ts'
import type { Given } from '../../command.ts'
import { printable } from '../../printable.ts'
import { findInstance } from '../../remote/find-instance.ts'
import { findVault } from '../../remote/find-named.ts'
import { oneInstance } from '../../remote/instance-argument.ts'
import { tellFacts, tellList } from '../../remote/listing.ts'
import { someOf } from '../../remote/option-words.ts'
import { type Remote, serverCommand } from '../../remote/server-command.ts'
import { problemWords, runningWords, shownTime } from '../../remote/status-words.ts'
import { wireFields } from '../../remote/wire-fields.ts'
import { renderTable } from '../../table.ts'

const instanceSchema = routes.instances.get.answer.schema

export const listInstances = serverCommand({
  name: 'list',
  summary: 'list the instances',
  about: [
    'Lists the instances of the account with their running status, the last and the next backup. `holdfast instances` alone does the same.',
  ],
  arguments: [],
  options: [
    { flags: '--search <text>', about: 'part of the name, the host name or an address' },
    {
      flags: '--status <status>',
      about: `running status: ${runningStatuses.join(', ')}`,
      many: true,
    },
    { flags: '--state <state>', about: `of the machine: ${instanceStates.join(', ')}`, many: true },
    { flags: '--protection <method>', about: protectionMethods.join(', '), many: true },
    { flags: '--tag <tag>', about: 'key or key=value', many: true },
    { flags: '--in-vault <vault>', about: 'that back up into this vault' },
    { flags: '--region <region>', about: 'of this region' },
    { flags: '--without-version', about: 'only those that have no backup version yet' },
  ],
  examples: [
    { line: 'holdfast instances', about: 'all of them' },
    { line: 'holdfast instances --without-version', about: 'what nobody could restore' },
    {
      line: 'holdfast instances --json | jq -r \'select(.runningStatus == "STOPPED") | .name\'',
      about: 'for scripts',
    },
  ],
  exits: [],
  run: runList,
})

export const showInstance = serverCommand({
  name: 'show',
  summary: 'everything about one instance',
  about: ['Shows an instance: its client, its volumes, found databases, its plan.'],
  arguments: [oneInstance],
  options: [],
  examples: [{ line: 'holdfast instances show web-1', about: 'by its name' }],
  exits: [],
  run: runShow,
})

async function runList(remote: Remote, given: Given): Promise<number> {
  const { api } = remote
  const vault = given.text('inVault')
  const [search, regionId] = [given.text('search'), given.text('region')]
  const query = {
    limit: 200,
    sort: 'name',
    ...(search === undefined ? {} : { search }),
    ...(regionId === undefined ? {} : { regionId }),
    ...(vault === undefined ? {} : { vaultId: (await findVault(api, vault)).vaultId }),
    ...(given.flag('withoutVersion') ? { hasVersion: false } : {}),
    runningStatus: someOf(given, 'status', runningStatuses),
    state: someOf(given, 'state', instanceStates),
    protection: someOf(given, 'protection', protectionMethods),
    tag: given.texts('tag'),
  } as const
  await tellList(remote, {
    event: 'instance',
    items: api.list(routes.instances.list, { query }),
    fields: (instance) => wireFields(instanceSchema, instance),
    none: 'There is no such instance. `holdfast instances add` makes one.',
    columns: [
      { title: 'NAME', show: ({ name }) => printable(name) },
      { title: 'STATUS', show: runningWords },
      { title: 'CLIENT', show: clientWords },
      { title: 'LAST BACKUP', show: ({ lastBackupAt }) => shownTime(lastBackupAt) || 'never' },
      { title: 'NEXT', show: ({ nextBackupAt }) => shownTime(nextBackupAt) },
      { title: 'VERSIONS', align: 'right', show: ({ versionCount }) => formatCount(versionCount) },
      { title: 'SIZE', align: 'right', show: ({ capacityBytes }) => formatBytes(capacityBytes) },
      { title: 'ID', show: ({ instanceId }) => instanceId },
    ],
  })
  return 0
}

function clientWords({ client }: Instance): string {
  const version = client.version === undefined ? '' : ` ${printable(client.version)}`
  const words = client.status.toLowerCase().replaceAll('_', ' ')
  return `${words}${version}${client.upgradable ? ' (old)' : ''}`
}

async function runShow(remote: Remote, given: Given): Promise<number> {
  const { api, context, names } = remote
  const { output } = context
  const instance = await findInstance(api, given.argument('INSTANCE'))
  output.event('instance', wireFields(instanceSchema, instance))
  if (output.settings.json) return 0
  await names.learnVaults()
  tellFacts(output, instanceFacts(remote, instance))
  tellVolumes(remote, instance)
  for (const { kind, path, running } of instance.databases)
    output.line(`database: ${kind} in ${displayName(path)}${running ? ', running' : ''}`)
  return 0
}

function instanceFacts(
  { names }: Remote,
  instance: Instance,
): readonly (readonly [string, string | undefined])[] {
  const { hostName, addresses, systemName, architecture } = instance
  const tags = Object.entries(instance.tags).map(([key, value]) => `${key}=${value}`)
  return [
    ['name', printable(instance.name)],
    ['id', instance.instanceId],
    ['status', runningWords(instance)],
    ['host', printable([hostName ?? '', ...addresses].filter((text) => text !== '').join(', '))],
    ['system', printable([systemName, architecture].filter((text) => text).join(', '))],
    ['client', clientWords(instance)],
    ['last seen', shownTime(instance.client.lastSeenAt)],
    ['trouble', problemWords(instance.client.problem)],
    ['protection', instance.protection],
    ['priority', instance.priority],
    ['vault', names.vault(instance.vaultId)],
    ['plan', instance.planId],
    ['last backup', shownTime(instance.lastBackupAt) || 'never'],
    ['next backup', shownTime(instance.nextBackupAt)],
    ['versions', formatCount(instance.versionCount)],
    ['size', formatBytes(instance.capacityBytes)],
    ['region', instance.regionId],
    ['tags', printable(tags.join(' '))],
    ['gone since', shownTime(instance.releasedAt)],
  ]
}

function tellVolumes({ context }: Remote, { volumes }: Instance): void {
  if (volumes.length === 0) return
  context.output.line('')
  const columns = [
    { title: 'VOLUME' },
    { title: 'FILE SYSTEM' },
    { title: 'USED', align: 'right' },
    { title: 'SIZE', align: 'right' },
    { title: 'BACKED UP' },
  ] as const
  const rows = volumes.map(({ path, fileSystem, usedBytes, totalBytes, local }) => [
    displayName(path),
    printable(fileSystem),
    formatBytes(usedBytes),
    formatBytes(totalBytes),
    local ? 'yes' : 'no, it is not local',
  ])
  for (const line of renderTable(columns, rows)) context.output.line(line)
}
