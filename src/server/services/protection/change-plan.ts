/** A plan is changed: paused, resumed, anything of it, and together with its binding where it has one (C7, C8). */
import { failure } from '#base'
import type { PlanId, PlanStatus, UserId } from '#contract'
import { nextDue } from '#engine'
import { listPlanRuns } from '../../catalog/plans/plan-runs.ts'
import {
  type CatalogPlan,
  findPlan,
  type PlanChange,
  updatePlan,
} from '../../catalog/plans/plans.ts'
import { findBinding } from '../../catalog/plans/policy-list.ts'
import type { ServerKernel } from '../../kernel.ts'
import { schedulerBell } from '../../scheduler/scheduler-bell.ts'
import { changeBinding } from './binding-handlers.ts'
import { announceStatus } from './instance-facts.ts'
import { cancelJobsOf } from './plan-ends.ts'
import { scheduleFromJson } from './schedule-record.ts'

export const standing: readonly PlanStatus[] = ['ACTIVE', 'PAUSED']

/** @throws record.not-found */
export async function planOf(kernel: ServerKernel, id: PlanId): Promise<CatalogPlan> {
  const plan = await findPlan(kernel.catalog.db, id)
  if (plan === undefined) throw failure('record.not-found', { kind: 'plan', id })
  return plan
}

/** Makes no more jobs; a second call changes nothing. @throws record.not-found, plan.not-active */
export async function pausePlan(
  kernel: ServerKernel,
  id: PlanId,
  userId: UserId,
): Promise<CatalogPlan> {
  if (await changeBound(kernel, id, { status: 'PAUSED' })) return await planOf(kernel, id)
  const plan = await changePlan(kernel, id, standing, () => ({
    status: 'PAUSED',
    nextDueAt: null,
    askedAt: null,
  }))
  await cancelWaiting(kernel, plan, userId)
  return plan
}

/** @throws record.not-found, plan.not-active */
export async function resumePlan(kernel: ServerKernel, id: PlanId): Promise<CatalogPlan> {
  if (await changeBound(kernel, id, { status: 'ACTIVE' })) return await planOf(kernel, id)
  const plan = await changePlan(kernel, id, standing, (before, now) =>
    before.status === 'ACTIVE' ? {} : { status: 'ACTIVE', ...dueFrom(before, now) },
  )
  kernel.doorbell.ring(schedulerBell)
  return plan
}

/** @throws record.not-found, plan.not-active when the plan is in none of the expected states */
export async function changePlan(
  kernel: ServerKernel,
  id: PlanId,
  expected: readonly PlanStatus[],
  decide: (before: CatalogPlan, now: number) => PlanChange,
): Promise<CatalogPlan> {
  const before = await planOf(kernel, id)
  const updatedAt = kernel.wallMs()
  const made = { ...decide(before, updatedAt), updatedAt }
  const changed = await updatePlan(kernel.catalog.db, { id, expected }, made)
  if (changed === undefined) {
    const { status } = await planOf(kernel, id)
    throw failure('plan.not-active', { plan: id, status: status.toLowerCase() })
  }
  if (changed.status !== before.status) await announceStatus(kernel, changed.instanceId)
  return changed
}

/**
 * A plan of a policy follows its binding: what is changed of the one is changed of the other, else the next edit of the
 * policy would take it back. @returns whether it is one. @throws plan.not-active
 */
export async function changeBound(
  kernel: ServerKernel,
  id: PlanId,
  to: Parameters<typeof changeBinding>[2],
): Promise<boolean> {
  const plan = await planOf(kernel, id)
  if (plan.bindingId === null) return false
  if (plan.status === 'CANCELED') {
    throw failure('plan.not-active', { plan: id, status: 'canceled' })
  }
  const binding = await findBinding(kernel.catalog.db, plan.bindingId)
  if (binding === undefined) throw failure('record.changed', { kind: 'plan', id })
  await changeBinding(kernel, binding, to)
  return true
}

/** From the next time that is due: what would have been due meanwhile is not made up (C8). */
function dueFrom(plan: Pick<CatalogPlan, 'schedule'>, now: number): PlanChange {
  const due = nextDue(scheduleFromJson(plan.schedule), now)
  return { nextDueAt: due?.dueAt ?? null, settledAt: now }
}

/** A run that nobody began would begin after the pause; one that is at work ends by itself. */
async function cancelWaiting(
  kernel: ServerKernel,
  plan: CatalogPlan,
  userId: UserId,
): Promise<void> {
  const runs = (await listPlanRuns(kernel.catalog.db, [plan.id], kernel.wallMs())).get(plan.id)
  if (runs?.lastState === 'CREATED') await cancelJobsOf(kernel, plan, userId)
}
