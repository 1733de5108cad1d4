/** Instances as the API shows them. */
import { catalogue, type ErrorCode, failure } from '#base'
import {
  type Problem,
  problemOf,
  type RegionId,
  routes,
  type Client as ShownClient,
  type Instance as ShownInstance,
  tryDecodeWire,
} from '#contract'
import type { JsonRecord } from '../../catalog/database/codec.ts'
import type { Client } from '../../catalog/instances/clients.ts'
import type { Instance } from '../../catalog/instances/instances.ts'
import { type InstanceFacts, statusOf } from './instance-facts.ts'

export function showInstance(
  facts: InstanceFacts,
  clientVersion: string | undefined,
): ShownInstance {
  const { instance, client, plans, versions } = facts
  const plan = plans.find(({ status }) => status === 'ACTIVE') ?? plans[0]
  const nextDue = plans.flatMap(({ nextDueAt }) => nextDueAt ?? [])
  return {
    instanceId: instance.id,
    regionId: instance.regionId as RegionId,
    name: instance.name,
    kind: instance.kind,
    state: instance.state,
    ...machineOf(instance),
    addresses: instance.addresses,
    tags: instance.tags,
    client: showClient(instance, client, clientVersion),
    protection: instance.method,
    runningStatus: statusOf(facts),
    ...(plan === undefined
      ? {}
      : { priority: plan.priority, planId: plan.id, vaultId: plan.vaultId }),
    volumes: volumesOf(instance),
    capacityBytes: instance.blockBytes,
    databases: databasesOf(instance),
    versionCount: versions?.versions ?? 0,
    ...(versions === undefined ? {} : { lastBackupAt: versions.lastAt }),
    ...(nextDue.length === 0 ? {} : { nextBackupAt: Math.min(...nextDue) }),
    createdAt: instance.createdAt,
    ...(instance.releasedAt === null ? {} : { releasedAt: instance.releasedAt }),
  }
}

/** What is known only once its client was heard from. */
function machineOf(instance: Instance) {
  const { system, architecture, systemName, hostName } = instance
  if (systemName === '') return {}
  return { system, architecture, systemName, ...(hostName === '' ? {} : { hostName }) }
}

function showClient(
  instance: Instance,
  client: Client | undefined,
  clientVersion: string | undefined,
): ShownClient {
  if (client === undefined) return { status: 'NOT_INSTALLED', upgradable: false }
  const { version, heardAt, alertSetting, alertChannels } = client
  return {
    clientId: client.id,
    status: client.status,
    ...(version === null ? {} : { version }),
    upgradable: isUpgradable(client, clientVersion),
    ...(heardAt === null ? {} : { lastSeenAt: heardAt }),
    ...problemField(instance, client),
    alertSetting,
    alertChannelIds: alertChannels,
  }
}

export function isUpgradable(client: Client, clientVersion: string | undefined): boolean {
  const isThere = client.revokedAt === null && client.version !== null
  return isThere && clientVersion !== undefined && client.version !== clientVersion
}

function problemField(instance: Instance, client: Client): { readonly problem?: Problem } {
  const problem = clientProblem(instance, client)
  return problem === undefined ? {} : { problem }
}

/** Why installing, upgrading or uninstalling failed; undefined: it did not. */
export function clientProblem(instance: Instance, client: Client | undefined): Problem | undefined {
  if (client?.problemCode === null || client === undefined) return undefined
  const { problemCode, problem } = client
  const context = { instance: instance.name, problem: problem ?? '' }
  return problemOf(
    isKnown(problemCode)
      ? failure(problemCode, context)
      : failure('server.unknown-error', { code: problemCode, problem: problem ?? '' }),
  )
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(catalogue, code)
}

const shownInstance = routes.instances.get.answer.schema

/** What the agent found, as the catalog keeps it: in the form of the wire. What cannot be read is left out. */
export function volumesOf(instance: Pick<Instance, 'volumes'>): ShownInstance['volumes'] {
  return readEach(instance.volumes, shownInstance.shape.volumes.element)
}

export function databasesOf(instance: Pick<Instance, 'databases'>): ShownInstance['databases'] {
  return readEach(instance.databases, shownInstance.shape.databases.element)
}

function readEach<Schema extends Parameters<typeof tryDecodeWire>[0]>(
  records: readonly JsonRecord[],
  schema: Schema,
) {
  return records.flatMap((record) => {
    const read = tryDecodeWire<Schema>(schema, record)
    return 'value' in read ? [read.value] : []
  })
}
