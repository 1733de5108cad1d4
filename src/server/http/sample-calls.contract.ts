/**
 * A valid call for every route, with the ids of an account in every place that may hold one. A route that names ids in
 * its body or asks for a query must have its line here: the matrix test says which one is missing.
 */
import { type IdPlace, listIdPlaces, type NamedRoute, pathNames, pathOf } from '#contract'
import type { Tenant } from './tenant.contract.ts'

export type SampleCall = {
  readonly path: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: unknown
}

type Ids = Tenant['ids']

const digest = 'ab'.repeat(32)
const at = '2026-09-22T00:00:00Z'
const confirmed = { confirmation: 'yes' }
const jobEvent = { kind: 'warning', number: 1, at, text: 'careful' }
const password = 'correct horse battery'

const rulesOf = ({ vault, region }: Ids) => [
  { kind: 'BACKUP', schedule: { kind: 'days', every: 1, firstAt: at }, vaultId: vault },
  { kind: 'LIFECYCLE', retention: { days: 30 } },
  { kind: 'REPLICATION', regionId: region },
]

const chosen = (channel: string) => ({ alertSetting: 'custom', alertChannelIds: [channel] })

/** Several bodies where one cannot hold all places at once. */
const bodies: Readonly<Record<string, (ids: Ids) => readonly unknown[]>> = {
  'accounts.update': () => [{}],
  'activationCodes.create': ({ region, instance, vault }) => [
    { regionId: region, instanceId: instance, vaultId: vault },
  ],
  'agent.report': ({ job, restoreJob }) => {
    const heartbeat = {
      kind: 'heartbeat',
      number: 1,
      at,
      machine: digest,
      clientVersion: '1.0.0',
      status: 'ACTIVATED',
    }
    const report = (message: object) => ({ startId: digest, messages: [message] })
    return [
      report({ ...heartbeat, running: [job] }),
      report({ ...heartbeat, running: [restoreJob] }),
      report({ ...jobEvent, jobId: job }),
      report({ ...jobEvent, jobId: restoreJob }),
    ]
  },
  'bindings.create': ({ policy, instance }) => [{ policyId: policy, instanceIds: [instance] }],
  'bindings.update': () => [{}],
  'channels.update': () => [{}],
  'instances.activate': ({ instance, vault }) => [{ instanceIds: [instance], vaultId: vault }],
  'instances.create': ({ region }) => [{ regionId: region, name: 'web-2' }],
  'instances.remove': () => [confirmed],
  'instances.uninstallClients': ({ instance }) => [{ instanceIds: [instance] }],
  'instances.update': ({ channel }) => [chosen(channel)],
  'instances.upgradeClients': ({ instance }) => [{ instanceIds: [instance] }],
  'plans.cancel': () => [confirmed],
  'plans.pauseMany': ({ plan, vault, region }) => [
    { planIds: [plan] },
    { instances: { vaultId: vault, regionId: region } },
  ],
  'plans.resumeMany': ({ plan, vault, region }) => [
    { planIds: [plan] },
    { instances: { vaultId: vault, regionId: region } },
  ],
  'plans.setHooks': () => [{ before: 'dump-database' }],
  'plans.setKeepAtLeastOne': () => [{ keep: true }],
  'plans.setNextBackupTime': () => [{ timeOfDay: '04:30' }],
  'plans.setPriority': () => [{ priority: 'low' }],
  'points.extend': () => [{ until: at }],
  'points.hold': () => [{ reason: 'audit' }],
  'points.releaseHold': () => [{ reason: 'audit' }],
  'policies.create': (ids) => [{ name: 'weekly', rules: rulesOf(ids) }],
  'passkeys.update': () => [{ name: 'key ring' }],
  'policies.update': (ids) => [{ rules: rulesOf(ids) }],
  'regions.create': () => [{ regionId: 'new-region', name: 'New' }],
  'regions.update': () => [{}],
  'restoreJobs.create': ({ vault, point, instance }) => [
    { vaultId: vault, pointIds: [point], targetInstanceId: instance, targetPath: '/srv' },
  ],
  'sessions.commit': () => [],
  'sessions.fetch': () => [{ pack: digest, offsets: [0] }],
  'sessions.open': ({ job, restoreJob, point }) => [
    { kind: 'backup', jobId: job, attempt: 1, source: '/' },
    { kind: 'restore', restoreJobId: restoreJob, attempt: 1, pointId: point },
  ],
  'users.setPassword': () => [{ password }],
  'users.update': () => [{}],
  'vaults.create': ({ region }) => [{ regionId: region, name: 'second' }],
  'vaults.raiseLock': () => [{ to: 'governed', confirmation: 'yes' }],
  'vaults.remove': () => [confirmed],
  'vaults.update': ({ channel }) => [chosen(channel)],
}

const queries: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'agent.assignments': { after: '0' },
  'instances.folders': { path: '/srv' },
  'metering.bill': { from: '2026-09-01', until: '2026-09-02' },
  'metering.csv': { from: '2026-09-01', until: '2026-09-02' },
  'metering.days': { from: '2026-09-01', until: '2026-09-02' },
  'metering.estimate': {},
  'names.find': { id: 'i-00000000000000000000000000' },
  'plans.proposeNextBackupTime': { timeOfDay: '04:30' },
  'points.download': { path: '/etc/hosts' },
  'points.preview': { path: '/etc/hosts' },
  'points.fileHistory': { path: '/etc/hosts' },
  'points.search': { pattern: '*.txt' },
  'points.searchInstance': { pattern: '*.txt' },
  'vaults.proposeLock': { to: 'governed' },
}

const fixed: Readonly<Record<string, string>> = {
  blockNumber: '0',
  clientBuild: 'linux-x86-64',
  reportList: 'failed',
}

export function sampleCalls({ name, route }: NamedRoute, ids: Ids): readonly SampleCall[] {
  const path = Object.fromEntries(
    pathNames(route.path).map((parameter) => {
      const kind = parameter.replace(/Id$/, '')
      return [parameter, fixed[parameter] ?? Reflect.get(ids, kind)] as const
    }),
  )
  const inQuery = listIdPlaces(route).filter(({ part }) => part === 'query')
  const query = {
    ...queries[name],
    ...Object.fromEntries(inQuery.map(({ at: [key = ''], kind }) => [key, Reflect.get(ids, kind)])),
  }
  const given = bodies[name]?.(ids) ?? [undefined]
  return given.map((body) => ({ path, query, body }))
}

export function addressOf({ route }: NamedRoute, { path, query }: SampleCall): string {
  const filled = pathOf(route).replace(/\{(\w+)\}/g, (_, key: string) => path[key] ?? '')
  const text = new URLSearchParams(query).toString()
  return text === '' ? filled : `${filled}?${text}`
}

/** The call with another id in one place; undefined when it has none there. */
export function withId(call: SampleCall, { part, at, kind }: IdPlace, ids: Ids, own: Ids) {
  const from = Reflect.get(own, kind)
  const changed = replaced(call[part], at, { from, to: Reflect.get(ids, kind) })
  return changed === undefined ? undefined : { ...call, [part]: changed }
}

function replaced(
  value: unknown,
  [key, ...rest]: readonly string[],
  ids: { readonly from: string; readonly to: string },
): unknown {
  if (key === undefined) return value === ids.from ? ids.to : undefined
  if (typeof value !== 'object' || value === null) return undefined
  if (key !== '[]' || !Array.isArray(value)) {
    const inner = replaced(Reflect.get(value, key), rest, ids)
    // A list of one in a query is its key once.
    const whole =
      inner ?? (rest[0] === '[]' ? replaced(Reflect.get(value, key), [], ids) : undefined)
    return whole === undefined ? undefined : { ...value, [key]: whole }
  }
  const elements = value.map((element) => replaced(element, rest, ids))
  return elements.every((element) => element === undefined)
    ? undefined
    : value.map((element, index) => elements[index] ?? element)
}
