/** Instances: listed, put on the list, changed, activated, taken off the list (A, G2). */
import { failure } from '#base'
import type { InstanceId, RegionId } from '#contract'
import { forecastDailyRun, type MeasuredRun } from '#engine'
import { listRegions } from '../../catalog/accounts/accounts.ts'
import { clientDefaults } from '../../catalog/instances/client-defaults.ts'
import { createClient, listClientsOf, updateClient } from '../../catalog/instances/clients.ts'
import { listShownInstances } from '../../catalog/instances/instance-list.ts'
import {
  findInstance,
  type Instance,
  putInstance,
  updateInstance,
} from '../../catalog/instances/instances.ts'
import { listMeasuredRuns } from '../../catalog/plans/plan-runs.ts'
import type { CallContext, HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageRequestOf } from '../../list-page.ts'
import { notedPaths } from '../../noted-paths.ts'
import { FolderQuestions } from '../folders/index.ts'
import { activateInstances } from './activate.ts'
import { uninstallClients, upgradeClients } from './client-orders.ts'
import { factsOf, gatherFacts } from './instance-facts.ts'
import { instanceFilterOf } from './instance-filter.ts'
import { showInstance } from './instance-view.ts'
import { sourceBytesOf } from './plan-view.ts'
import type { ProtectionPorts } from './protection-ports.ts'
import { proposeRemoval, removeInstance, revokeClient } from './remove-instance.ts'

type Handlers = HandlersOf<'instances'>

export function instanceHandlers(kernel: ServerKernel, ports: ProtectionPorts): Handlers {
  const show = async (id: InstanceId) => {
    const facts = await factsOf(kernel, id)
    if (facts === undefined) throw failure('instance.not-found', { instance: id })
    return showInstance(facts, await ports.clientVersion())
  }
  const questions = new FolderQuestions(kernel)
  return {
    list: listInstances(kernel, ports),
    async create({ body }, context) {
      return await show(await addInstance(kernel, body, context))
    },
    async get({ path }) {
      return await show(path.instanceId)
    },
    async update({ path, body }, { note }) {
      await changeInstance(kernel, path.instanceId, body)
      const { alertSetting, alertChannelIds } = body
      if (alertSetting !== undefined)
        note({ alertSetting, alertChannelIds: alertChannelIds?.join(' ') ?? '' })
      return await show(path.instanceId)
    },
    async activate({ body }, context) {
      return { results: await activateInstances(kernel, ports, body, context) }
    },
    async upgradeClients({ body }, context) {
      return { results: await upgradeClients(kernel, ports, body.instanceIds, context) }
    },
    async uninstallClients({ body }, context) {
      return { results: await uninstallClients(kernel, body.instanceIds, context) }
    },
    async revokeClient({ path }, context) {
      const revoked = await revokeClient(kernel, path.instanceId, context)
      if (revoked !== undefined) await ports.cutOff?.(revoked)
      return undefined
    },
    async proposeRemoval({ path }, { signal }) {
      return (await proposeRemoval(kernel, path.instanceId, signal)).proposal
    },
    async remove({ path, body }, context) {
      await removeInstance(kernel, path.instanceId, body.confirmation, context)
      return undefined
    },
    async folders({ path, query }, context) {
      context.note(notedPaths([query.path]))
      const asked = { instanceId: path.instanceId, path: query.path }
      return await questions.ask(asked, context)
    },
    forecastWindow: forecastWindow(kernel),
  }
}

function listInstances(kernel: ServerKernel, ports: ProtectionPorts): Handlers['list'] {
  return async ({ query }, { identity }) => {
    const filter = instanceFilterOf(query, accountOf(identity))
    const request = { ...pageRequestOf(query), sort: query.sort }
    const page = await listShownInstances(kernel.catalog.db, filter, request)
    const facts = await gatherFacts(kernel, page.items)
    const version = await ports.clientVersion()
    return { items: facts.map((one) => showInstance(one, version)), next: page.next }
  }
}

type Body<Verb extends keyof Handlers> = Parameters<Handlers[Verb]>[0]['body']

async function addInstance(
  kernel: ServerKernel,
  body: Body<'create'>,
  { identity }: CallContext,
): Promise<InstanceId> {
  const { db } = kernel.catalog
  const accountId = accountOf(identity)
  await checkRegion(kernel, accountId, body.regionId)
  const now = kernel.wallMs()
  const id = kernel.catalog.newId('instance')
  await putInstance(db, {
    id,
    accountId,
    regionId: body.regionId,
    name: body.name,
    hostName: body.ssh?.host ?? '',
    kind: body.kind ?? 'physical',
    state: 'RUNNING',
    // Not shown until its client says what it is.
    system: 'linux',
    architecture: 'x86-64',
    systemName: '',
    fingerprint: null,
    addresses: [],
    volumes: [],
    databases: [],
    blockBytes: 0,
    method: 'none',
    tags: body.tags ?? {},
    createdAt: now,
    updatedAt: now,
    releasedAt: null,
  })
  if (body.ssh !== undefined) {
    const { host, port, user, keyName, hostKeyDigest } = body.ssh
    const ssh = { host, user, keyName, hostKeyDigest, ...(port === undefined ? {} : { port }) }
    await createClient(db, {
      id: kernel.catalog.newId('client'),
      ...clientDefaults,
      accountId,
      regionId: body.regionId,
      instanceId: id,
      // How the machine is reached; the key itself is in the server's configuration.
      settings: { ssh },
      createdAt: now,
      updatedAt: now,
    })
  }
  return id
}

/** @throws record.not-found */
export async function checkRegion(
  kernel: ServerKernel,
  accountId: Instance['accountId'],
  regionId: RegionId,
): Promise<void> {
  const regions = await listRegions(kernel.catalog.db, accountId)
  if (!regions.some(({ id }) => id === regionId)) {
    throw failure('record.not-found', { kind: 'region', id: regionId })
  }
}

async function changeInstance(
  kernel: ServerKernel,
  id: InstanceId,
  { name, tags, alertSetting, alertChannelIds }: Body<'update'>,
): Promise<void> {
  const { db } = kernel.catalog
  const updatedAt = kernel.wallMs()
  const changed = await updateInstance(db, id, { name, tags, updatedAt })
  if (changed === undefined) throw failure('instance.not-found', { instance: id })
  if (alertSetting === undefined) return
  const client = (await listClientsOf(db, [id])).get(id)
  if (client === undefined) throw failure('client.not-installed', { instance: changed.name })
  await updateClient(db, client.id, {
    alertSetting,
    alertChannels: alertChannelIds ?? [],
    updatedAt,
  })
}

const measuredRunsMax = 8

/** D7: for each priority, from what was measured, or from the size of the volumes. */
function forecastWindow(kernel: ServerKernel): Handlers['forecastWindow'] {
  return async ({ path }) => {
    const { db } = kernel.catalog
    const instance = await findInstance(db, path.instanceId)
    if (instance === undefined) throw failure('instance.not-found', { instance: path.instanceId })
    const sourceBytes = sourceBytesOf(instance)
    const history: readonly MeasuredRun[] = await listMeasuredRuns(db, instance.id, measuredRunsMax)
    const forecasts = (['low', 'high'] as const).map((priority) => ({
      priority,
      forecast: forecastDailyRun({ priority, sourceBytes, history }),
    }))
    const advised = forecasts.find(({ forecast }) => forecast.fits)?.priority
    return {
      instanceId: instance.id,
      sourceBytes,
      byPriority: forecasts.map(({ priority, forecast }) => {
        const { fits, expectedMs, versions } = forecast
        return { priority, fits, expectedMs, versions }
      }),
      from: history.length === 0 ? 'size' : 'history',
      ...(advised === undefined ? {} : { advised }),
    }
  }
}
