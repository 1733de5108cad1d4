/**
 * Cancel backups (C8): jobs end, the client is uninstalled (A4), the instance has no method any more (A7), unlocked points
 * go to the trash and locked ones stay until their dates (L9). Every step may be done again, so a call that was cut off is
 * simply repeated.
 */
import { failure } from '#base'
import type { CancelProposal, PlanId } from '#contract'
import { listClientsOf } from '../../catalog/instances/clients.ts'
import { findInstance, type Instance } from '../../catalog/instances/instances.ts'
import { type CatalogPlan, findPlan, listPlansOf } from '../../catalog/plans/plans.ts'
import { findBinding } from '../../catalog/plans/policy-list.ts'
import type { CallContext } from '../../handler.ts'
import { userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { unbind } from './bind-policy.ts'
import { hasClient, uninstallIfThere } from './client-orders.ts'
import { checkConfirmation } from './confirm.ts'
import {
  type EndingPoint,
  listEndingPoints,
  performEnding,
  proposeEnding,
} from './ending-points.ts'
import { announceStatus } from './instance-facts.ts'
import { cancelJobsOf, cancelPlanRow } from './plan-ends.ts'
import { releaseIfUnplanned } from './protect.ts'

type CancelDecision = {
  readonly plan: CatalogPlan
  readonly instance: Instance
  readonly points: readonly EndingPoint[]
  readonly proposal: CancelProposal
}

export async function proposeCancel(
  kernel: ServerKernel,
  planId: PlanId,
  signal: AbortSignal,
): Promise<CancelDecision> {
  const { db } = kernel.catalog
  const plan = await findPlan(db, planId)
  const instance = plan === undefined ? undefined : await findInstance(db, plan.instanceId)
  if (plan === undefined || instance === undefined) {
    throw failure('record.not-found', { kind: 'plan', id: planId })
  }
  const others = (await listPlansOf(db, [instance.id])).filter(
    ({ id, bindingId }) => id !== planId && (bindingId === null || bindingId !== plan.bindingId),
  )
  const client = (await listClientsOf(db, [instance.id])).get(instance.id)
  // A machine that is protected again under another plan keeps its client and its points.
  const isLast = others.length === 0
  const points = isLast ? await listEndingPoints(kernel, instance, signal) : []
  const proposal = proposeEnding({
    verb: 'cancel backups of',
    instance,
    points,
    uninstallsClient: isLast && hasClient(client),
    now: kernel.wallMs(),
  })
  return { plan, instance, points, proposal }
}

/** @throws record.not-found, confirmation.wrong, record.changed */
export async function cancelPlan(
  kernel: ServerKernel,
  planId: PlanId,
  confirmation: string,
  context: CallContext,
): Promise<CancelProposal> {
  const decision = await proposeCancel(kernel, planId, context.signal)
  const { plan, instance, points, proposal } = decision
  checkConfirmation(confirmation, proposal.confirmation)
  const by = userOf(context.identity).userId
  await cancelPlanRow(kernel, plan.id, kernel.wallMs())
  await cancelJobsOf(kernel, plan, by)
  const binding =
    plan.bindingId === null ? undefined : await findBinding(kernel.catalog.db, plan.bindingId)
  if (binding !== undefined) await unbind(kernel, binding, by)
  await releaseIfUnplanned(kernel, instance.id)
  await performEnding(kernel, points, context.signal)
  if (proposal.uninstallsClient) await uninstallIfThere(kernel, instance.id)
  context.note({ points: proposal.pointCount, trashed: proposal.trashedPointCount })
  await announceStatus(kernel, instance.id)
  return proposal
}
