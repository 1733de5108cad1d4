/** What an agent is told of its identity, and where it sends its data (A3). */
import { failure } from '#base'
import type { InstanceId } from '#contract'
import { findInstance, listRegions } from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { type AgentPorts, heartbeatSeconds, type IssuedIdentity } from './agent-ports.ts'

export async function identityAnswer(
  kernel: ServerKernel,
  { receiptKey }: Pick<AgentPorts, 'receiptKey'>,
  instanceId: InstanceId,
  issued: IssuedIdentity,
) {
  const { db } = kernel.catalog
  const instance = await findInstance(db, instanceId)
  if (instance === undefined) throw failure('instance.not-found', { instance: instanceId })
  const regions = await listRegions(db, instance.accountId)
  const dataUrl = regions.find(({ id }) => id === instance.regionId)?.dataUrl ?? null
  const { certificate, authority, expiresAt } = issued
  return {
    certificate,
    authority,
    expiresAt,
    heartbeatSeconds,
    receiptKey,
    ...(dataUrl === null ? {} : { dataAddress: dataUrl }),
  }
}
