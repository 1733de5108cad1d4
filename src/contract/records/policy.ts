/** Policies, their rules and bindings (C4, C5, C7). */
import { z } from 'zod'
import { bindingStatuses, priorities, ruleKinds, specialPeriods } from '../enums/plans.ts'
import { ids } from '../ids.ts'
import { absolutePath } from '../wire/file-path.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant, timeZone } from '../wire/instant.ts'
import { amount, hookName, label, prose } from '../wire/text.ts'

export const rulesPerPolicyMax = 10
export const sourcePathsMax = 20
export const retentionDaysMax = 364_635

const retention = z
  .strictObject({
    /** Absent: permanent. */
    days: z.int().min(1).max(retentionDaysMax).optional(),
    special: z
      .array(
        z.strictObject({
          period: z.enum(specialPeriods),
          days: z.int().min(1).max(retentionDaysMax),
        }),
      )
      .max(specialPeriods.length)
      .optional(),
  })
  .meta({ id: 'Retention' })

const weekday = z.int().min(1).max(7).meta({ description: 'Monday is 1' })
const monthDay = z.union([z.int().min(1).max(31), z.literal('last')])
const begun = {
  /** First execution: nothing is due before; everything longer than hours keeps its wall time. */
  firstAt: instant,
  /** The account's when absent. */
  zone: timeZone.optional(),
}
const repeated = { ...begun, every: z.int().min(1).max(9_999) }

/** C4, as the engine's `PolicySchedule` has it. */
export const schedule = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('hours'), ...repeated }),
    z.strictObject({ kind: z.literal('days'), ...repeated }),
    z.strictObject({
      kind: z.literal('weeks'),
      ...repeated,
      weekdays: z.array(weekday).min(1).max(7),
    }),
    z.strictObject({
      kind: z.literal('months'),
      ...repeated,
      days: z.array(monthDay).min(1).max(32),
    }),
    z.strictObject({ kind: z.literal('years'), ...repeated }),
    z.strictObject({ kind: z.literal('cron'), ...begun, text: label(256) }),
  ])
  .meta({ id: 'Schedule' })

const [backupKind, lifecycleKind, replicationKind, tagKind] = ruleKinds

const rule = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal(backupKind),
      schedule,
      vaultId: ids.vault,
      runMissed: z.boolean().optional(),
    }),
    z.strictObject({
      kind: z.literal(lifecycleKind),
      retention,
      keepAtLeastOne: z.boolean().optional(),
    }),
    z.strictObject({
      kind: z.literal(replicationKind),
      regionId: ids.region,
      retention: retention.optional(),
    }),
    z.strictObject({
      kind: z.literal(tagKind),
      tags: z.record(label(128), label(128)),
    }),
  ])
  .meta({ id: 'PolicyRule' })

const rules = z
  .array(rule)
  .min(2)
  .max(rulesPerPolicyMax)
  .refine((list) => list.some((one) => one.kind === backupKind), 'a policy has a BACKUP rule')
  .refine(
    (list) => list.filter((one) => one.kind === lifecycleKind).length === 1,
    'a policy has exactly one LIFECYCLE rule',
  )

export const policy = z
  .object({
    policyId: ids.policy,
    name: label(128),
    description: prose(255),
    rules: z.array(rule).max(rulesPerPolicyMax),
    bindingCount: amount,
    createdAt: instant,
    changedAt: instant,
  })
  .meta({ id: 'Policy' })
export type Policy = Decoded<typeof policy>

export const newPolicy = z.strictObject({
  name: label(128),
  description: prose(255).optional(),
  rules,
})

/** Edits apply from the next run; existing points are never kept shorter (L6). */
export const policyChange = newPolicy.partial()

const pattern = z.string().min(1).max(4_096)

export const sources = z
  .strictObject({
    paths: z.array(absolutePath).max(sourcePathsMax),
    include: z.array(pattern).max(256).optional(),
    exclude: z.array(pattern).max(256).optional(),
    excludeSystemFolders: z.boolean().optional(),
  })
  .meta({ id: 'Sources' })

/** What runs on the machine around a backup: names that its own local policy declares (A21). */
export const hookNames = z
  .strictObject({ before: hookName.optional(), after: hookName.optional() })
  .meta({ id: 'HookNames' })
export type HookNames = Decoded<typeof hookNames>

export const binding = z
  .object({
    bindingId: ids.binding,
    policyId: ids.policy,
    instanceId: ids.instance,
    planId: ids.plan,
    status: z.enum(bindingStatuses),
    sources,
    priority: z.enum(priorities),
    /** Absent: none. */
    hooks: hookNames.optional(),
    nextRunAt: instant.optional(),
    createdAt: instant,
  })
  .meta({ id: 'Binding' })
export type Binding = Decoded<typeof binding>

export const newBindings = z.strictObject({
  policyId: ids.policy,
  instanceIds: z.array(ids.instance).min(1).max(100),
  /** All local volumes without system directories when absent. */
  sources: sources.optional(),
  priority: z.enum(priorities).optional(),
  hooks: hookNames.optional(),
})

export const bindingChange = z.strictObject({
  status: z.enum(bindingStatuses).optional(),
  sources: sources.optional(),
  priority: z.enum(priorities).optional(),
  /** Both at once: a name that is left out is taken off. */
  hooks: hookNames.optional(),
})
