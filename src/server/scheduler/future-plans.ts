/** Plans whose mark a wrong clock set into the future: they begin again from now, and no run is lost to it (decision 8). */
import { addDays, essentialSchedule, localDateAt, nextDue, type Schedule } from '#engine'
import { listPlansAhead } from '../catalog/plans/plan-runs.ts'
import { type CatalogPlan, updatePlan } from '../catalog/plans/plans.ts'
import type { ServerKernel } from '../kernel.ts'
import { scheduleFromJson, scheduleToJson } from '../services/protection/schedule-record.ts'

const aheadMaxMs = 24 * 3_600_000
const plansPerLook = 500

/** How many were set right. */
export async function correctFuturePlans(kernel: ServerKernel, now: number): Promise<number> {
  const plans = await listPlansAhead(kernel.catalog.db, now + aheadMaxMs, plansPerLook)
  for (const plan of plans) await correct(kernel, plan, now)
  if (plans.length > 0) {
    kernel.log.warn({ plans: plans.length }, 'plans were settled by a clock that was ahead')
  }
  return plans.length
}

async function correct(kernel: ServerKernel, plan: CatalogPlan, now: number): Promise<void> {
  const schedule = begunBy(plan, scheduleFromJson(plan.schedule), now)
  await updatePlan(
    kernel.catalog.db,
    { id: plan.id, expected: ['ACTIVE'] },
    {
      schedule: scheduleToJson(schedule),
      nextDueAt: nextDue(schedule, now)?.dueAt ?? null,
      settledAt: now,
      updatedAt: now,
    },
  )
}

/** An Essential plan begins within a day; a first date beyond was reckoned by the wrong clock. */
function begunBy(plan: CatalogPlan, schedule: Schedule, now: number): Schedule {
  if (schedule.kind !== 'daily') return schedule
  const { zone, minuteOfDay, firstDate } = schedule
  if (firstDate <= addDays(localDateAt(zone, now), 1)) return schedule
  return essentialSchedule({ planId: plan.id, zone, minuteOfDay, activatedAt: now })
}
