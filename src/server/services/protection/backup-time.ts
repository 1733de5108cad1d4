/** "Modify next backup time" (C2): the time of day, never the date; who loses today's run is warned before. */
import { failure } from '#base'
import {
  type BackupTimeProposal,
  type DailySchedule,
  localDateAt,
  parseTimeOfDay,
  proposeBackupTime,
} from '#engine'
import type { CatalogDb } from '../../catalog/database/open-catalog.ts'
import { transact } from '../../catalog/database/transact.ts'
import { recordSkippedRun } from '../../catalog/jobs/job-creation.ts'
import { listPlanRuns, removeFutureSkips } from '../../catalog/plans/plan-runs.ts'
import { type CatalogPlan, updatePlan } from '../../catalog/plans/plans.ts'
import type { HandlersOf } from '../../handler.ts'
import type { ServerKernel } from '../../kernel.ts'
import { schedulerBell } from '../../scheduler/scheduler-bell.ts'
import { backupDraft } from './plan-jobs.ts'
import { scheduleFromJson, scheduleToJson } from './schedule-record.ts'

type Handlers = HandlersOf<'plans'>
type Shown = Awaited<ReturnType<Handlers['proposeNextBackupTime']>>

export async function proposeTime(
  kernel: ServerKernel,
  plan: CatalogPlan,
  timeOfDay: string,
): Promise<Shown> {
  const proposal = await decide(kernel, plan, timeOfDay)
  const { effect, next, lost } = proposal
  return {
    timeOfDay,
    effect,
    ...(next === undefined || plan.status !== 'ACTIVE' ? {} : { nextRunAt: next.dueAt }),
    ...(lost === undefined ? {} : { lostRunAt: lost.dueAt }),
    ...(isSkip(plan, proposal)
      ? { warning: `${timeOfDay} has passed: the backup of today is skipped.` }
      : {}),
  }
}

/** @throws plan.skip-unconfirmed, plan.not-active, record.changed */
export async function setTime(
  kernel: ServerKernel,
  plan: CatalogPlan,
  body: { readonly timeOfDay: string; readonly acceptSkip?: boolean | undefined },
): Promise<CatalogPlan> {
  const proposal = await decide(kernel, plan, body.timeOfDay)
  if (isSkip(plan, proposal) && body.acceptSkip !== true) {
    throw failure('plan.skip-unconfirmed', { time: body.timeOfDay })
  }
  const now = kernel.wallMs()
  const changed = await transact(kernel.catalog.db, async (trx) => {
    const saved = await updatePlan(
      trx,
      { id: plan.id, expected: [plan.status] },
      {
        schedule: scheduleToJson(proposal.schedule),
        updatedAt: now,
        ...(plan.status === 'ACTIVE'
          ? { nextDueAt: proposal.next?.dueAt ?? null, settledAt: now }
          : {}),
      },
    )
    await removeFutureSkips(trx, plan.id, now)
    if (saved !== undefined && isSkip(plan, proposal)) await recordLoss(kernel, trx, plan, proposal)
    return saved
  })
  if (changed === undefined) throw failure('record.changed', { kind: 'plan', id: plan.id })
  kernel.doorbell.ring(schedulerBell)
  return changed
}

/** C3: a run that does not take place has a line that says why. */
async function recordLoss(
  kernel: ServerKernel,
  trx: CatalogDb,
  plan: CatalogPlan,
  { lost }: BackupTimeProposal,
): Promise<void> {
  if (lost === undefined) return
  const now = kernel.wallMs()
  const facts = { now, trigger: 'SCHEDULED', createdBy: null, lastVersionAt: undefined } as const
  const draft = { ...backupDraft(kernel, plan, facts), planId: plan.id, dueAt: lost.dueAt }
  await recordSkippedRun(trx, draft, 'TIME_CHANGED')
}

/** Nothing is lost by a plan that makes no runs. */
function isSkip(plan: CatalogPlan, proposal: BackupTimeProposal): boolean {
  return plan.status === 'ACTIVE' && proposal.lost !== undefined
}

async function decide(
  kernel: ServerKernel,
  plan: CatalogPlan,
  timeOfDay: string,
): Promise<BackupTimeProposal> {
  const schedule = dailyOf(plan)
  const now = kernel.wallMs()
  const { lastDueAt } = (await listPlanRuns(kernel.catalog.db, [plan.id], now)).get(plan.id) ?? {}
  return proposeBackupTime({
    schedule,
    minuteOfDay: parseTimeOfDay(timeOfDay),
    now,
    lastRunDate: lastDueAt == null ? undefined : localDateAt(schedule.zone, lastDueAt),
  })
}

function dailyOf(plan: CatalogPlan): DailySchedule {
  if (plan.status === 'CANCELED') {
    throw failure('plan.not-active', { plan: plan.id, status: 'canceled' })
  }
  const schedule = scheduleFromJson(plan.schedule)
  if (plan.method === 'essential' && schedule.kind === 'daily') return schedule
  const problem = 'this is for Essential backup; the schedule of this plan is that of its policy'
  throw failure('schedule.invalid', { problem })
}
