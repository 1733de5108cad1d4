/** What clients are told besides jobs: to upgrade and to uninstall themselves (A2, A4). Their status is the order. */
import { failure } from '#base'
import type { ClientStatus, InstanceId, InstanceResult } from '#contract'
import { type Client, listClientsOf, updateClient } from '../../catalog/instances/clients.ts'
import type { Instance } from '../../catalog/instances/instances.ts'
import type { CallContext } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import { eachInstance, ownInstance } from './activate.ts'
import { isReachable } from './client-contact.ts'
import { announceStatus } from './instance-facts.ts'
import { isUpgradable } from './instance-view.ts'
import type { ProtectionPorts } from './protection-ports.ts'

export async function upgradeClients(
  kernel: ServerKernel,
  ports: ProtectionPorts,
  ids: readonly InstanceId[],
  context: CallContext,
): Promise<readonly InstanceResult[]> {
  const version = await ports.clientVersion()
  return await eachInstance(ids, async (id) => {
    const instance = await ownInstance(kernel, id, context)
    const client = await reachableClient(kernel, instance)
    if (isUpgradable(client, version)) await order(kernel, client, 'UPGRADING')
    return {}
  })
}

export async function uninstallClients(
  kernel: ServerKernel,
  ids: readonly InstanceId[],
  context: CallContext,
): Promise<readonly InstanceResult[]> {
  return await eachInstance(ids, async (id) => {
    const instance = await ownInstance(kernel, id, context)
    await order(kernel, await reachableClient(kernel, instance), 'UNINSTALLING')
    return {}
  })
}

/** @throws client.not-installed, agent.unreachable */
async function reachableClient(kernel: ServerKernel, instance: Instance): Promise<Client> {
  const client = (await listClientsOf(kernel.catalog.db, [instance.id])).get(instance.id)
  if (client === undefined || client.status === 'NOT_INSTALLED' || client.identity === null) {
    throw failure('client.not-installed', { instance: instance.name })
  }
  if (isReachable(client, kernel.wallMs())) return client
  throw failure('agent.unreachable', { instance: instance.name, problem: 'its client is silent' })
}

/** A4: cancelled backups uninstall the client, if there is one that hears it. */
export async function uninstallIfThere(
  kernel: ServerKernel,
  instanceId: InstanceId,
): Promise<void> {
  const client = (await listClientsOf(kernel.catalog.db, [instanceId])).get(instanceId)
  if (client === undefined || !hasClient(client)) return
  await order(kernel, client, 'UNINSTALLING')
}

export function hasClient(client: Client | undefined): boolean {
  if (client === undefined || client.identity === null || client.revokedAt !== null) return false
  return client.status !== 'NOT_INSTALLED'
}

async function order(kernel: ServerKernel, client: Client, status: ClientStatus): Promise<void> {
  const updatedAt = kernel.wallMs()
  const change = { status, updatedAt, problemCode: null, problem: null }
  await updateClient(kernel.catalog.db, client.id, change)
  kernel.doorbell.ring(client.instanceId)
  await announceStatus(kernel, client.instanceId)
}
