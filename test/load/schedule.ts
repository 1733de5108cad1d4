// The plans of a fleet, made to fall due within minutes: by "modify next backup time", as a person would for each.

import { forEachLimited } from '#base'
import { type Job, type Plan, routes } from '#contract'
import type { Administrator } from './administrator.ts'

const minuteMs = 60_000
const changedAtOnce = 4
/** A change that comes too late for its minute loses today's run. */
const reserveMs = 10_000

/** Each plan gets a minute of the next so many. @returns when the last is due */
export async function spreadSchedules(
  administrator: Administrator,
  plans: readonly Plan[],
  minutes: number,
): Promise<number> {
  // Longer than the changing of all takes.
  const changingMs = reserveMs + plans.length * 20
  const first = Math.ceil((Date.now() + changingMs) / minuteMs) * minuteMs
  await forEachLimited(plans.entries(), changedAtOnce, async ([at, { planId }]) => {
    const dueAt = first + Math.floor((at * minutes) / plans.length) * minuteMs
    const timeOfDay = new Date(dueAt).toISOString().slice(11, 16)
    const input = { path: { planId }, body: { timeOfDay } }
    await administrator.client.call(routes.plans.setNextBackupTime, input)
  })
  return first + (minutes - 1) * minuteMs
}

export type Punctuality = {
  readonly plans: number
  /** With a job that was made within a minute of its time and is complete. */
  readonly met: number
  readonly unmet: Readonly<Record<string, number>>
  /** Milliseconds: from due to made, from made to begun, from begun to ended. */
  readonly lateP99: number
  readonly waitP99: number
  readonly lastedP99: number
}

const lateMaxMs = 60_000

/** @param jobs those that the schedules asked for */
export function judgePunctuality(plans: readonly Plan[], jobs: readonly Job[]): Punctuality {
  const unmet: Record<string, number> = {}
  const byPlan = new Map(jobs.map((job) => [job.planId, job]))
  const own = plans.flatMap(({ planId }) => byPlan.get(planId) ?? [])
  let met = 0
  for (const { planId } of plans) {
    const why = whyUnmet(byPlan.get(planId))
    if (why === undefined) met++
    else unmet[why] = (unmet[why] ?? 0) + 1
  }
  return {
    plans: plans.length,
    met,
    unmet,
    lateP99: p99(own.map(({ createdAt, dueAt }) => createdAt - dueAt)),
    waitP99: p99(own.flatMap(({ startedAt, createdAt }) => (startedAt ?? Number.NaN) - createdAt)),
    lastedP99: p99(
      own.flatMap(({ startedAt, endedAt }) => (endedAt ?? Number.NaN) - (startedAt ?? Number.NaN)),
    ),
  }
}

function whyUnmet(job: Job | undefined): string | undefined {
  if (job === undefined) return 'no job'
  if (job.state !== 'COMPLETE') return `${job.state} ${job.skipReason ?? job.problem?.code ?? ''}`
  return job.createdAt - job.dueAt > lateMaxMs ? 'made too late' : undefined
}

function p99(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0
}
