/** The end of an instance, and of a client's identity (A5, C8, L9). */
import { failure } from '#base'
import type { CancelProposal, ClientId, InstanceId } from '#contract'
import {
  type Client,
  listClientsOf,
  removeClient,
  updateClient,
} from '../../catalog/instances/clients.ts'
import {
  findInstance,
  type Instance,
  releaseMethod,
  updateInstance,
} from '../../catalog/instances/instances.ts'
import { listPlansOf } from '../../catalog/plans/plans.ts'
import { listBindings, removeBinding } from '../../catalog/plans/policies.ts'
import type { CallContext } from '../../handler.ts'
import { userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { seenRecentlyMs } from './client-contact.ts'
import { checkConfirmation } from './confirm.ts'
import {
  type EndingPoint,
  listEndingPoints,
  performEnding,
  proposeEnding,
} from './ending-points.ts'
import { announceStatus } from './instance-facts.ts'
import { cancelOpenJobs, cancelPlanRow } from './plan-ends.ts'

export async function proposeRemoval(
  kernel: ServerKernel,
  id: InstanceId,
  signal: AbortSignal,
): Promise<{
  readonly instance: Instance
  readonly points: readonly EndingPoint[]
  readonly proposal: CancelProposal
}> {
  const instance = await findInstance(kernel.catalog.db, id)
  if (instance === undefined) throw failure('instance.not-found', { instance: id })
  const points = await listEndingPoints(kernel, instance, signal)
  const now = kernel.wallMs()
  const request = { verb: 'delete', instance, points, uninstallsClient: false, now }
  return { instance, points, proposal: proposeEnding(request) }
}

/** @throws instance.not-found, client.seen-recently, confirmation.wrong, record.changed */
export async function removeInstance(
  kernel: ServerKernel,
  id: InstanceId,
  confirmation: string,
  context: CallContext,
): Promise<void> {
  const { db } = kernel.catalog
  const { instance, points, proposal } = await proposeRemoval(kernel, id, context.signal)
  const now = kernel.wallMs()
  const client = (await listClientsOf(db, [id])).get(id)
  checkSilent(instance, client, now)
  checkConfirmation(confirmation, proposal.confirmation)
  const by = userOf(context.identity).userId
  for (const plan of await listPlansOf(db, [id])) await cancelPlanRow(kernel, plan.id, now)
  for (const { id: bindingId } of await listBindings(db, { instanceId: id })) {
    await removeBinding(db, bindingId)
  }
  await cancelOpenJobs(kernel, id, by)
  if (
    client !== undefined &&
    (await removeClient(db, client.id, now - seenRecentlyMs)) === 'refused'
  ) {
    throw recentlySeen(instance, now)
  }
  await releaseMethod(db, id, now)
  await updateInstance(db, id, { state: 'RELEASED', releasedAt: now, updatedAt: now })
  await performEnding(kernel, points, context.signal)
  context.note({ points: proposal.pointCount, trashed: proposal.trashedPointCount })
  await announceStatus(kernel, id)
}

function checkSilent(instance: Instance, client: Client | undefined, now: number): void {
  const heardAt = client?.heardAt
  if (heardAt == null || now - heardAt >= seenRecentlyMs) return
  throw recentlySeen(instance, heardAt)
}

function recentlySeen(instance: Instance, heardAt: number): Error {
  const seen = new Date(heardAt).toISOString()
  return failure('client.seen-recently', { instance: instance.name, seen })
}

/**
 * The identity is refused at the next byte; a new one needs a new activation code.
 * @returns the client whose identity that was; undefined: it is revoked already
 */
export async function revokeClient(
  kernel: ServerKernel,
  id: InstanceId,
  context: CallContext,
): Promise<ClientId | undefined> {
  const { db } = kernel.catalog
  const client = (await listClientsOf(db, [id])).get(id)
  if (client === undefined || client.revokedAt !== null) return undefined
  const now = kernel.wallMs()
  await updateClient(db, client.id, { revokedAt: now, status: 'STOPPED', updatedAt: now })
  await cancelOpenJobs(kernel, id, userOf(context.identity).userId)
  await announceStatus(kernel, id)
  return client.id
}
