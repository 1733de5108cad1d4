/**
 * What happens to runs that are due (C3): run, skip with a reason, or wait for the client. Every due run of a schedule is
 * settled exactly once; nothing is lost without a line that says why, and runs never pile up.
 */
import { nextDue } from './next-due.ts'
import type { Due, Schedule } from './schedule.ts'
import { dayMs, hourMs } from './zone-time.ts'

/** How late a run may begin and still be that run: restarts of the server and short absences of a client. */
export const lateStartMaxMs = hourMs

/** Runs that are settled one by one; of older ones only the number is known. */
export const settledRunsMax = 100

/**
 * TIME_CHANGED is the run that a new time of day loses (C2). MISSED: nobody looked at the schedule in time, because the
 * server stood still or its clock jumped ahead.
 */
export const skipReasons = [
  'PREVIOUS_RUNNING',
  'TIME_CHANGED',
  'PAUSED',
  'INSTANCE_GONE',
  'CLIENT_AWAY',
  'OUTSIDE_WINDOW',
  'MISSED',
] as const

export type SkipReason = (typeof skipReasons)[number]

export type DueDecision =
  | { readonly kind: 'run'; readonly due: Due; readonly trigger: 'SCHEDULED' | 'MISSED_RUN' }
  | { readonly kind: 'skip'; readonly due: Due; readonly why: SkipReason }
  /** Not settled yet: ask again when the client is back, the window opens, or the next run is due. */
  | { readonly kind: 'wait'; readonly due: Due; readonly why: 'CLIENT_AWAY' | 'OUTSIDE_WINDOW' }

/** What is true of the plan now. */
export type PlanFacts = {
  readonly isPaused: boolean
  readonly instanceExists: boolean
  /** A job of the plan is not in a final state. */
  readonly hasOpenJob: boolean
  readonly clientIsOnline: boolean
  /** The policy allows backups at this hour. */
  readonly windowIsOpen: boolean
  /** Policy option "run missed backup when the client is back" (C3); off by default. */
  readonly runsMissed: boolean
}

export type DueRequest = {
  readonly schedule: Schedule
  /** `dueAt` of the newest run that was settled; for a new or resumed plan, when it was made or resumed. */
  readonly settledAt: number
  readonly now: number
  readonly facts: PlanFacts
}

export type DueDecisions = {
  /** Oldest first; only the last can be other than a skip. */
  readonly decisions: readonly DueDecision[]
  /** Due runs before these that are skipped without a line of their own, because there are too many. */
  readonly unlisted: number
}

/** Decides about everything that became due since the last look. */
export function decideDueRuns(request: DueRequest): DueDecisions {
  const { dues, unlisted } = listDue(request)
  const newest = dues.at(-1)
  const decisions = dues.map((due) =>
    due === newest
      ? decideDue(due, request.now, request.facts)
      : ({ kind: 'skip', due, why: findObstacle(request.facts) ?? 'MISSED' } as const),
  )
  return { decisions, unlisted }
}

/** When to look next: the first run that is due after what is settled. A schedule's timer is set to this. */
export function nextLook(request: Omit<DueRequest, 'facts'>): Due | undefined {
  return nextDue(request.schedule, settledMark(request))
}

/** C3 for one due run, at `now` (not before it is due). */
export function decideDue(due: Due, now: number, facts: PlanFacts): DueDecision {
  const obstacle = findObstacle(facts)
  const isLate = now - due.dueAt > lateStartMaxMs
  if (obstacle === 'CLIENT_AWAY' || obstacle === 'OUTSIDE_WINDOW') {
    return isLate && !facts.runsMissed
      ? { kind: 'skip', due, why: obstacle }
      : { kind: 'wait', due, why: obstacle }
  }
  if (obstacle !== undefined) return { kind: 'skip', due, why: obstacle }
  if (!isLate) return { kind: 'run', due, trigger: 'SCHEDULED' }
  return facts.runsMissed
    ? { kind: 'run', due, trigger: 'MISSED_RUN' }
    : { kind: 'skip', due, why: 'MISSED' }
}

function findObstacle(facts: PlanFacts): SkipReason | undefined {
  if (facts.isPaused) return 'PAUSED'
  if (!facts.instanceExists) return 'INSTANCE_GONE'
  if (facts.hasOpenJob) return 'PREVIOUS_RUNNING'
  if (!facts.clientIsOnline) return 'CLIENT_AWAY'
  return facts.windowIsOpen ? undefined : 'OUTSIDE_WINDOW'
}

function listDue(request: DueRequest): {
  readonly dues: readonly Due[]
  readonly unlisted: number
} {
  const dues: Due[] = []
  let unlisted = 0
  let due = nextDue(request.schedule, settledMark(request))
  while (due !== undefined && due.dueAt <= request.now) {
    dues.push(due)
    if (dues.length > settledRunsMax) {
      dues.shift()
      unlisted++
    }
    due = nextDue(request.schedule, due.dueAt)
  }
  return { dues, unlisted }
}

/**
 * Where the search begins. A clock that was set back a little must not run the same date twice, so the mark stays. A mark
 * more than a day ahead was made by a wrong clock: waiting for it would lose runs, so the present counts. What ran already
 * under the same `dueAt` is refused by the unique key of jobs.
 */
function settledMark({ settledAt, now }: Pick<DueRequest, 'settledAt' | 'now'>): number {
  return settledAt - now > dayMs ? now : settledAt
}
