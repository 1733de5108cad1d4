/** Backup plans of Essential backup, and the proposals that stand before what cannot be undone. */
import { z } from 'zod'
import { runningStatuses } from '../enums/jobs.ts'
import { planStatuses, priorities } from '../enums/plans.ts'
import { ids } from '../ids.ts'
import { cursor } from '../paging.ts'
import { problem } from '../problem.ts'
import type { Decoded } from '../wire/frozen.ts'
import { instant, timeOfDay, timeZone } from '../wire/instant.ts'
import { amount, confirmation, sentence } from '../wire/text.ts'
import { instanceFilter } from './instance.ts'
import { hookNames } from './policy.ts'

export const plan = z
  .object({
    planId: ids.plan,
    instanceId: ids.instance,
    vaultId: ids.vault,
    /** Absent: Essential backup. */
    policyId: ids.policy.optional(),
    bindingId: ids.binding.optional(),
    status: z.enum(planStatuses),
    runningStatus: z.enum(runningStatuses),
    /** Why preparation failed (A6). */
    problem: problem.optional(),
    priority: z.enum(priorities),
    /** Absent: none. */
    hooks: hookNames.optional(),
    timeOfDay,
    timeZone,
    /** Absent: permanent. */
    retentionDays: amount.optional(),
    keepAtLeastOne: z.boolean(),
    /** When switching it off takes effect (C6). */
    keepAtLeastOneEndsAt: instant.optional(),
    nextRunAt: instant.optional(),
    lastRunAt: instant.optional(),
    activatedAt: instant,
    warnings: z.array(sentence),
  })
  .meta({ id: 'Plan' })
export type Plan = Decoded<typeof plan>

export const priorityChange = z.strictObject({ priority: z.enum(priorities) })

export const nextBackupTimeChange = z.strictObject({
  timeOfDay,
  /** Must be true when the proposal says that today's run is skipped (C2). */
  acceptSkip: z.boolean().optional(),
})

/** What a new time of day would do (C2); the console shows `warning` before saving. */
export const nextBackupTimeProposal = z
  .object({
    timeOfDay,
    effect: z.enum(['today', 'skips-today', 'from-tomorrow']),
    nextRunAt: instant.optional(),
    /** The run that is planned now and that saving would lose. */
    lostRunAt: instant.optional(),
    warning: sentence.optional(),
  })
  .meta({ id: 'NextBackupTimeProposal' })

export const keepAtLeastOneChange = z.strictObject({ keep: z.boolean() })

/** What cancelling would end, and when; L9: locked points stay until their dates, unlocked ones go to the trash. */
export const cancelProposal = z
  .object({
    instanceId: ids.instance,
    versionCount: amount,
    pointCount: amount,
    lockedPointCount: amount,
    lastLockEndsAt: instant.optional(),
    trashedPointCount: amount,
    trashEndsAt: instant.optional(),
    meteringEndsAt: instant.optional(),
    uninstallsClient: z.boolean(),
    /** What is lost, in sentences. */
    says: z.array(sentence),
    /** To be typed. */
    confirmation,
  })
  .meta({ id: 'CancelProposal' })
export type CancelProposal = Decoded<typeof cancelProposal>

export const confirmed = z.strictObject({ confirmation })

export const plansPerCallMax = 100

/** Which plans a call is about: these, or those of all instances that fit, so many at a time. */
export const planChoice = z
  .strictObject({
    planIds: z.array(ids.plan).min(1).max(plansPerCallMax).optional(),
    /** `{}`: all instances of the account. */
    instances: instanceFilter.optional(),
    /** With `instances`: the `next` of the last answer. */
    cursor: cursor.optional(),
  })
  .refine(
    ({ planIds, instances }) => (planIds === undefined) !== (instances === undefined),
    'either planIds or instances',
  )
  .refine(({ planIds, cursor }) => planIds === undefined || cursor === undefined, {
    message: 'a cursor goes with instances',
    path: ['cursor'],
  })

/** What a call about many plans did for one of them. */
export const planResult = z
  .object({
    planId: ids.plan,
    /** Absent: the plan is gone. */
    instanceId: ids.instance.optional(),
    accepted: z.boolean(),
    status: z.enum(planStatuses).optional(),
    nextRunAt: instant.optional(),
    problem: problem.optional(),
  })
  .meta({ id: 'PlanResult' })
export type PlanResult = Decoded<typeof planResult>

export const planResults = z
  .object({
    results: z.array(planResult).max(plansPerCallMax),
    /** There are more plans of such instances: the call again, with it. */
    next: cursor.optional(),
  })
  .meta({ id: 'PlanResults' })
