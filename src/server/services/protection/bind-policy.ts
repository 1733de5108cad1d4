/**
 * Plans of bindings (C7): one for each BACKUP rule of the policy. They are made to follow the policy after every change of
 * it or of the binding; doing it again changes nothing. An edit counts from the next run and shortens no point (L6).
 */
import { assert } from '#base'
import { type HookNames, type InstanceId, type Priority, priorities, type UserId } from '#contract'
import { JsonFields, nextDue, parseTimeZone, type TimeZone } from '#engine'
import { findAccount } from '../../catalog/accounts/accounts.ts'
import type { JsonRecord } from '../../catalog/database/codec.ts'
import {
  type CatalogPlan,
  createPlan,
  listPlansOf,
  type PlanChange,
  updatePlan,
} from '../../catalog/plans/plans.ts'
import { type Binding, type Policy, removeBinding } from '../../catalog/plans/policies.ts'
import type { ServerKernel } from '../../kernel.ts'
import { schedulerBell } from '../../scheduler/scheduler-bell.ts'
import { announceStatus } from './instance-facts.ts'
import { cancelJobsOf, cancelPlanRow } from './plan-ends.ts'
import {
  hasHooks,
  hooksFromJson,
  hooksToJson,
  type Sources,
  sourcesFromJson,
  sourcesToJson,
  termsToJson,
} from './plan-terms.ts'
import { type BackupRule, type KeptRule, rulesFromJson, scheduleOf } from './policy-rules.ts'
import { releaseIfUnplanned } from './protect.ts'
import { scheduleToJson } from './schedule-record.ts'

export type BindingTerms = {
  readonly sources: Sources | undefined
  readonly priority: Priority
  readonly hooks: HookNames
}

export function bindingTermsToJson({ sources, priority, hooks }: BindingTerms): JsonRecord {
  return {
    ...(sources === undefined ? {} : { sources: sourcesToJson(sources) }),
    priority,
    ...(hasHooks(hooks) ? { hooks: hooksToJson(hooks) } : {}),
  }
}

export function bindingTermsFromJson(record: JsonRecord): BindingTerms {
  const fields = new JsonFields(record, 'binding')
  return {
    sources: fields.has('sources') ? sourcesFromJson(fields.record('sources')) : undefined,
    priority: fields.has('priority') ? fields.oneOf('priority', priorities) : 'low',
    hooks: fields.has('hooks') ? hooksFromJson(fields.record('hooks')) : {},
  }
}

export async function zoneOfAccount(
  kernel: ServerKernel,
  accountId: CatalogPlan['accountId'],
): Promise<TimeZone> {
  const account = await findAccount(kernel.catalog.db, accountId)
  assert(account !== undefined, 'an object belongs to an account')
  return parseTimeZone(account.timeZone)
}

export async function followPolicy(
  kernel: ServerKernel,
  policy: Policy,
  binding: Binding,
): Promise<void> {
  const zone = await zoneOfAccount(kernel, policy.accountId)
  const rules = rulesFromJson(policy.rules)
  const now = kernel.wallMs()
  const plans = (await listPlansOf(kernel.catalog.db, [binding.instanceId])).filter(
    ({ bindingId }) => bindingId === binding.id,
  )
  const wanted = rules.flatMap(({ rule, ruleId }) =>
    rule.kind === 'BACKUP' && ruleId !== undefined ? [{ rule, ruleId }] : [],
  )
  for (const { rule, ruleId } of wanted) {
    const terms = planTermsOf(binding, { rule, rules, zone })
    const plan = plans.find((one) => one.ruleId === ruleId)
    if (plan === undefined) {
      await createPlan(
        kernel.catalog.db,
        freshPlan(kernel, policy, binding, { ruleId, terms, now }),
      )
    } else await changePlan(kernel, plan, { terms, status: binding.status, now })
  }
  const gone = plans.filter((plan) => !wanted.some(({ ruleId }) => ruleId === plan.ruleId))
  for (const plan of gone) await cancelPlanRow(kernel, plan.id, now)
  kernel.doorbell.ring(schedulerBell)
  await announceStatus(kernel, binding.instanceId)
}

type PlanTermsRow = Pick<
  CatalogPlan,
  'vaultId' | 'priority' | 'schedule' | 'settings' | 'retentionDays' | 'keepAtLeastOne'
> & { readonly firstDueAt: (now: number) => number | null }

function planTermsOf(
  binding: Binding,
  of: {
    readonly rule: BackupRule
    readonly rules: readonly KeptRule[]
    readonly zone: TimeZone
  },
): PlanTermsRow {
  const { sources, priority, hooks } = bindingTermsFromJson(binding.settings)
  const lifecycle = of.rules.map(({ rule }) => rule).find((rule) => rule.kind === 'LIFECYCLE')
  assert(lifecycle !== undefined, 'a policy has a LIFECYCLE rule')
  const schedule = scheduleOf(of.rule, of.zone)
  const special = lifecycle.retention.special ?? []
  return {
    vaultId: of.rule.vaultId,
    priority,
    schedule: scheduleToJson(schedule),
    settings: termsToJson({ sources, runMissed: of.rule.runMissed ?? false, special, hooks }),
    retentionDays: lifecycle.retention.days ?? null,
    // C6: nobody is left without any version by an oversight.
    keepAtLeastOne: lifecycle.keepAtLeastOne ?? true,
    firstDueAt: (now) => nextDue(schedule, now)?.dueAt ?? null,
  }
}

function freshPlan(
  kernel: ServerKernel,
  policy: Policy,
  binding: Binding,
  of: {
    readonly ruleId: CatalogPlan['ruleId']
    readonly terms: PlanTermsRow
    readonly now: number
  },
): CatalogPlan {
  const { firstDueAt, ...terms } = of.terms
  return {
    id: kernel.catalog.newId('plan'),
    accountId: binding.accountId,
    regionId: binding.regionId,
    method: 'policy',
    instanceId: binding.instanceId,
    policyId: policy.id,
    bindingId: binding.id,
    ruleId: of.ruleId,
    ...terms,
    status: binding.status,
    keepChangedAt: of.now,
    nextDueAt: binding.status === 'ACTIVE' ? firstDueAt(of.now) : null,
    settledAt: of.now,
    askedAt: null,
    createdBy: null,
    createdAt: of.now,
    updatedAt: of.now,
    canceledAt: null,
  }
}

async function changePlan(
  kernel: ServerKernel,
  plan: CatalogPlan,
  to: {
    readonly terms: PlanTermsRow
    readonly status: Binding['status']
    readonly now: number
  },
): Promise<void> {
  const { firstDueAt, ...terms } = to.terms
  const isRescheduled = JSON.stringify(terms.schedule) !== JSON.stringify(plan.schedule)
  const isBegun = to.status === 'ACTIVE' && (plan.status !== 'ACTIVE' || isRescheduled)
  const change: PlanChange = {
    ...terms,
    status: to.status,
    updatedAt: to.now,
    ...(to.status === 'PAUSED' ? { nextDueAt: null, askedAt: null } : {}),
    ...(isBegun ? { nextDueAt: firstDueAt(to.now), settledAt: to.now } : {}),
    ...(terms.keepAtLeastOne === plan.keepAtLeastOne ? {} : { keepChangedAt: to.now }),
  }
  await updatePlan(kernel.catalog.db, { id: plan.id, expected: ['ACTIVE', 'PAUSED'] }, change)
}

/** Jobs end and plans go; backup points stay and expire on their dates (C7). */
export async function unbind(
  kernel: ServerKernel,
  binding: Binding,
  by: UserId | null,
): Promise<void> {
  const { db } = kernel.catalog
  const instanceId: InstanceId = binding.instanceId
  const plans = await listPlansOf(db, [instanceId])
  for (const plan of plans.filter(({ bindingId }) => bindingId === binding.id)) {
    await cancelPlanRow(kernel, plan.id, kernel.wallMs())
    await cancelJobsOf(kernel, plan, by)
  }
  await removeBinding(db, binding.id)
  await releaseIfUnplanned(kernel, instanceId)
  await announceStatus(kernel, instanceId)
}
