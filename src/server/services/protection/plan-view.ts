/** Plans as the API shows them, with what their owner should know (B4, B7, D7). */
import type { Plan as ShownPlan } from '#contract'
import { forecastDailyRun, minuteOfDayAt, type Schedule, timeOfDayText } from '#engine'
import type { CatalogPlan } from '../../catalog/plans/plans.ts'
import { type InstanceFacts, planStatusOf } from './instance-facts.ts'
import { clientProblem, databasesOf, volumesOf } from './instance-view.ts'
import { hasHooks, termsFromJson } from './plan-terms.ts'
import { scheduleFromJson } from './schedule-record.ts'

/** C6, L10: keep at least one holds this long after it was switched off. */
export const keepEndsAfterMs = 3_600_000

export function showPlan(facts: InstanceFacts, plan: CatalogPlan, now: number): ShownPlan {
  const { instance, client } = facts
  const runs = facts.runs.get(plan.id)
  const schedule = scheduleFromJson(plan.schedule)
  const { hooks } = termsFromJson(plan.settings)
  const keepEndsAt = plan.keepChangedAt + keepEndsAfterMs
  const runningStatus = planStatusOf(facts, plan)
  const problem =
    runningStatus === 'PREPARATION_FAILED' ? clientProblem(instance, client) : undefined
  return {
    planId: plan.id,
    instanceId: plan.instanceId,
    vaultId: plan.vaultId,
    ...(plan.policyId === null ? {} : { policyId: plan.policyId }),
    ...(plan.bindingId === null ? {} : { bindingId: plan.bindingId }),
    status: plan.status,
    runningStatus,
    ...(problem === undefined ? {} : { problem }),
    priority: plan.priority,
    ...(hasHooks(hooks) ? { hooks } : {}),
    timeOfDay: timeOfDayText(minuteOf(schedule)),
    timeZone: schedule.zone,
    ...(plan.retentionDays === null ? {} : { retentionDays: plan.retentionDays }),
    keepAtLeastOne: plan.keepAtLeastOne,
    ...(!plan.keepAtLeastOne && keepEndsAt > now ? { keepAtLeastOneEndsAt: keepEndsAt } : {}),
    ...(plan.nextDueAt === null ? {} : { nextRunAt: plan.nextDueAt }),
    ...(runs?.lastStartedAt == null ? {} : { lastRunAt: runs.lastStartedAt }),
    activatedAt: plan.createdAt,
    warnings: plan.status === 'CANCELED' ? [] : listWarnings(facts, plan),
  }
}

/** When on its day a schedule begins; a cron text names several times, so that of its first execution is shown. */
function minuteOf(schedule: Schedule): number {
  return schedule.kind === 'daily'
    ? schedule.minuteOfDay
    : minuteOfDayAt(schedule.zone, schedule.firstAt)
}

export function listWarnings(facts: InstanceFacts, plan: CatalogPlan): readonly string[] {
  const databases = databasesOf(facts.instance).map(
    ({ kind, path, running }) =>
      `${databaseNames[kind]} keeps its data in ${path}${running ? ' and is running' : ''}: ` +
      'copies of files that change are not consistent, and may not start again. Back up a dump of it as well.',
  )
  return [...databases, ...warnOfSize(facts, plan)]
}

const databaseNames = {
  postgresql: 'PostgreSQL',
  mysql: 'MySQL or MariaDB',
  mongodb: 'MongoDB',
  redis: 'Redis',
  sqlite: 'SQLite',
  other: 'A database',
} as const

/** D7, before anything was measured: the size alone tells. */
function warnOfSize({ instance }: InstanceFacts, plan: CatalogPlan): readonly string[] {
  if (plan.method !== 'essential' || plan.priority === 'custom') return []
  const sourceBytes = sourceBytesOf(instance)
  const forecast = forecastDailyRun({ priority: plan.priority, sourceBytes, history: [] })
  if (forecast.fits) return []
  const advice =
    forecast.priority === undefined
      ? 'no priority is enough for it'
      : `the priority "${forecast.priority}" would be enough`
  return [
    `The first backup of ${Math.round(sourceBytes / 1e9)} GB takes longer than a day at priority "${plan.priority}": ` +
      `the runs that are due meanwhile are skipped, and ${advice}.`,
  ]
}

/** File data on local volumes: what a first run has to read (B1). */
export function sourceBytesOf(instance: InstanceFacts['instance']): number {
  return volumesOf(instance)
    .filter(({ local }) => local)
    .reduce((sum, { usedBytes }) => sum + usedBytes, 0)
}
