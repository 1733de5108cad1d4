/**
 * The next time a plan is due (C1, C4): right over summer time, leap days and zones that skip a whole date. Every date of
 * a schedule gives one instant; two dates that fall on the same one (a skipped date) are one run.
 */
import { assert, unreachable } from '#base'
import { type CalendarRule, nextCalendarDate } from './calendar-dates.ts'
import { nextCronDue } from './cron-dates.ts'
import type { DailySchedule, Due, PolicySchedule, Schedule } from './schedule.ts'
import {
  addDays,
  hourMs,
  instantOf,
  type LocalDate,
  laterDate,
  localDateAt,
  minuteMs,
  minuteOfDayAt,
} from './zone-time.ts'

/** The first due instant strictly after `afterAt` (ms); undefined when a cron text names none in twelve years. */
export function nextDue(schedule: Schedule, afterAt: number): Due | undefined {
  switch (schedule.kind) {
    case 'daily':
      return nextDaily(schedule, afterAt)
    case 'hours':
      return nextHourly(schedule, afterAt)
    case 'cron':
      return nextCron(schedule, afterAt)
    case 'days':
    case 'weeks':
    case 'months':
    case 'years':
      return nextOnCalendar(schedule, afterAt)
    default:
      return unreachable(schedule)
  }
}

/** The next `count` runs after `afterAt`, for previews. */
export function listNextDue(
  schedule: Schedule,
  range: { readonly afterAt: number; readonly count: number },
): readonly Due[] {
  const dues: Due[] = []
  let due = nextDue(schedule, range.afterAt)
  while (due !== undefined && dues.length < range.count) {
    dues.push(due)
    due = nextDue(schedule, due.dueAt)
  }
  return dues
}

const everyMax = 999

/** What makes a schedule senseless, as a sentence; undefined: nothing. */
export function findScheduleProblem(schedule: Schedule): string | undefined {
  if (schedule.kind === 'daily') return undefined
  if (schedule.firstAt % minuteMs !== 0) return 'The first execution is at a whole minute.'
  if (schedule.kind === 'cron') return undefined
  const isCount = Number.isInteger(schedule.every) && schedule.every >= 1
  if (!isCount || schedule.every > everyMax) return `"Every" is a number from 1 to ${everyMax}.`
  if (schedule.kind === 'weeks' && schedule.weekdays.length === 0) {
    return 'A weekly schedule names at least one day of the week.'
  }
  if (schedule.kind !== 'months') return undefined
  const known = schedule.days.every(
    (day) => day === 'last' || (Number.isInteger(day) && day >= 1 && day <= 31),
  )
  return known && schedule.days.length > 0
    ? undefined
    : 'A monthly schedule names at least one day, 1 to 31 or the last.'
}

/** Walks dates until one is due after `afterAt`; dates at the same instant count as the last of them. */
function firstAfter(
  afterAt: number,
  from: LocalDate,
  plan: {
    readonly next: (from: LocalDate) => LocalDate
    readonly dueAt: (date: LocalDate) => number
  },
): Due {
  let date = plan.next(from)
  let dueAt = plan.dueAt(date)
  while (dueAt <= afterAt) {
    date = plan.next(addDays(date, 1))
    dueAt = plan.dueAt(date)
  }
  const following = plan.next(addDays(date, 1))
  return plan.dueAt(following) === dueAt ? { dueAt, date: following } : { dueAt, date }
}

function nextDaily(schedule: DailySchedule, afterAt: number): Due {
  const { zone, minuteOfDay, firstDate } = schedule
  return firstAfter(afterAt, dateBefore(schedule, afterAt), {
    next: (from) => laterDate(from, firstDate),
    dueAt: (date) => instantOf(zone, date, minuteOfDay),
  })
}

function nextOnCalendar(rule: CalendarRule, afterAt: number): Due {
  const { zone, firstAt } = rule
  const firstDate = localDateAt(zone, firstAt)
  const minuteOfDay = minuteOfDayAt(zone, firstAt)
  return firstAfter(afterAt, dateBefore(rule, afterAt), {
    next: (from) => nextCalendarDate(rule, firstDate, from),
    // The first execution is an instant: of a wall time that comes twice it may be the second.
    dueAt: (date) => Math.max(firstAt, instantOf(zone, date, minuteOfDay)),
  })
}

function nextHourly(
  schedule: Extract<PolicySchedule, { readonly kind: 'hours' }>,
  afterAt: number,
): Due {
  assert(schedule.every >= 1, 'hours pass between two runs')
  const step = schedule.every * hourMs
  const passed = Math.floor((afterAt - schedule.firstAt) / step) + 1
  const dueAt = schedule.firstAt + Math.max(0, passed) * step
  return { dueAt, date: localDateAt(schedule.zone, dueAt) }
}

function nextCron(
  schedule: Extract<PolicySchedule, { readonly kind: 'cron' }>,
  afterAt: number,
): Due | undefined {
  const { times, zone, firstAt } = schedule
  const after = Math.max(afterAt, firstAt - 1)
  return nextCronDue(times, zone, { from: dateBefore(schedule, after), afterAt: after })
}

/** The search begins a date early: a run that a gap moved over midnight counts for the date before. */
function dateBefore(schedule: Schedule, afterAt: number): LocalDate {
  return addDays(localDateAt(schedule.zone, afterAt), -1)
}
