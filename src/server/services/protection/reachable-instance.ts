/** An instance that can be told something now. */
import { failure } from '#base'
import type { AccountId, InstanceId } from '#contract'
import { type Client, findInstance, type Instance, listClientsOf } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { isReachable } from './client-contact.ts'

/** F2: refused when it is stopped or lost. @throws instance.not-found, instance.not-running, agent.unreachable */
export async function getReachable(
  kernel: ServerKernel,
  accountId: AccountId,
  id: InstanceId,
): Promise<{ readonly instance: Instance; readonly client: Client }> {
  const { db } = kernel.catalog
  const instance = await findInstance(db, id)
  if (instance?.accountId !== accountId) throw failure('instance.not-found', { instance: id })
  const name = instance.name
  if (instance.state !== 'RUNNING') throw failure('instance.not-running', { instance: name })
  const client = (await listClientsOf(db, [id])).get(id)
  if (client === undefined || client.revokedAt !== null) {
    throw failure('agent.unreachable', { instance: name, problem: 'there is no client on it' })
  }
  if (['STOPPED', 'UNKNOWN'].includes(client.status)) {
    throw failure('instance.not-running', { instance: name })
  }
  const isLeaving = ['UNINSTALLING', 'UNINSTALL_FAILED', 'NOT_INSTALLED'].includes(client.status)
  if (isLeaving || !isReachable(client, kernel.wallMs())) {
    const problem = isLeaving ? 'its client is being removed' : 'its client is silent'
    throw failure('agent.unreachable', { instance: name, problem })
  }
  return { instance, client }
}
