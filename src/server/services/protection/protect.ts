/**
 * Activation of Essential backup (A1): the method is claimed (A7), a locked vault found or made, and a plan with the
 * defaults of the product begins: daily at a minute of its own (C1), 30 days, at least one version kept (C6). The first
 * backup begins as soon as the client is there.
 */
import { assert, failure } from '#base'
import type { InstanceId, PlanId, Priority, UserId, VaultId } from '#contract'
import { essentialSchedule, nextDue, parseTimeZone } from '#engine'
import { findAccount } from '../../catalog/accounts/accounts.ts'
import {
  claimMethod,
  findInstance,
  type Instance,
  releaseMethod,
} from '../../catalog/instances/instances.ts'
import { type CatalogPlan, createPlan, listPlansOf } from '../../catalog/plans/plans.ts'
import type { ServerKernel } from '../../kernel.ts'
import { schedulerBell } from '../../scheduler/scheduler-bell.ts'
import { chosenVault, findOrMakeVault } from './default-vault.ts'
import { announceStatus } from './instance-facts.ts'
import { essentialTerms, termsToJson } from './plan-terms.ts'
import { scheduleToJson } from './schedule-record.ts'

/** Essential backup's retention (product: daily, 30 days, locked). */
export const essentialRetentionDays = 30

export type ProtectionRequest = {
  readonly instanceId: InstanceId
  /** Undefined: the region's. */
  readonly vaultId?: VaultId | undefined
  readonly priority?: Exclude<Priority, 'custom'> | undefined
  /** C1, "specified time"; undefined: a minute of the plan's own. */
  readonly minuteOfDay?: number | undefined
  readonly createdBy: UserId | null
}

/**
 * The plan of the instance: a new one, or the one that it has already.
 * @throws instance.not-found, plan.other-method, record.not-found, plan.vault-unlocked
 */
export async function beginProtection(
  kernel: ServerKernel,
  request: ProtectionRequest,
  signal: AbortSignal,
): Promise<CatalogPlan> {
  const { db } = kernel.catalog
  const { instanceId } = request
  const instance = await findInstance(db, instanceId)
  if (instance === undefined || instance.state === 'RELEASED') {
    throw failure('instance.not-found', { instance: instanceId })
  }
  const vault =
    request.vaultId === undefined
      ? await findOrMakeVault(kernel, instance, signal)
      : await chosenVault(kernel, instance, request.vaultId)
  await claim(kernel, instance, 'essential')
  const plan = await newPlan(kernel, { instance, vaultId: vault.id, request })
  if (await createPlan(db, plan)) {
    kernel.doorbell.ring(schedulerBell)
    await announceStatus(kernel, instanceId)
    return plan
  }
  const existing = (await listPlansOf(db, [instanceId])).find(
    ({ method }) => method === 'essential',
  )
  if (existing !== undefined) return existing
  throw failure('record.changed', { kind: 'instance', id: instanceId })
}

/** A7. @throws plan.other-method */
export async function claim(
  kernel: ServerKernel,
  instance: Instance,
  method: 'essential' | 'policy',
): Promise<void> {
  const now = kernel.wallMs()
  const has = await claimMethod(kernel.catalog.db, instance.id, { method, now })
  if (has === method) return
  throw failure('plan.other-method', {
    instance: instance.name,
    method: has === 'essential' ? 'Essential backup' : 'policies',
  })
}

/** Gives the method up when no plan needs it any more. */
export async function releaseIfUnplanned(
  kernel: ServerKernel,
  instanceId: InstanceId,
): Promise<void> {
  const plans = await listPlansOf(kernel.catalog.db, [instanceId])
  if (plans.length === 0) await releaseMethod(kernel.catalog.db, instanceId, kernel.wallMs())
}

async function newPlan(
  kernel: ServerKernel,
  of: {
    readonly instance: Instance
    readonly vaultId: VaultId
    readonly request: ProtectionRequest
  },
): Promise<CatalogPlan> {
  const { instance, request } = of
  const now = kernel.wallMs()
  const account = await findAccount(kernel.catalog.db, instance.accountId)
  assert(account !== undefined, 'an instance belongs to an account')
  const planId: PlanId = kernel.catalog.newId('plan')
  const schedule = essentialSchedule({
    planId,
    zone: parseTimeZone(account.timeZone),
    minuteOfDay: request.minuteOfDay,
    activatedAt: now,
  })
  return {
    id: planId,
    accountId: instance.accountId,
    regionId: instance.regionId,
    method: 'essential',
    instanceId: instance.id,
    vaultId: of.vaultId,
    policyId: null,
    bindingId: null,
    ruleId: null,
    status: 'ACTIVE',
    priority: request.priority ?? 'low',
    schedule: scheduleToJson(schedule),
    settings: termsToJson(essentialTerms),
    retentionDays: essentialRetentionDays,
    keepAtLeastOne: true,
    keepChangedAt: now,
    nextDueAt: nextDue(schedule, now)?.dueAt ?? null,
    settledAt: now,
    // A1: nobody waits until the night for the first version.
    askedAt: now,
    createdBy: request.createdBy,
    createdAt: now,
    updatedAt: now,
    canceledAt: null,
  }
}
