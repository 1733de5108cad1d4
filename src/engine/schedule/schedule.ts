/**
 * When a plan is due (C1, C4). A schedule is a value; which instants follow from it is decided by `nextDue` and by nothing
 * else, in the server and in the preview of the console.
 */
import type { CronTimes } from './cron.ts'
import type { LocalDate, TimeZone } from './zone-time.ts'

/** Once on every date from `firstDate` on: Essential backup (C1), and policies of every day. */
export type DailySchedule = {
  readonly kind: 'daily'
  readonly zone: TimeZone
  readonly minuteOfDay: number
  readonly firstDate: LocalDate
}

/** Monday is 1, Sunday 7 (ISO 8601). */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7

/** A day of a month; one that the month lacks means its last. */
export type MonthDay = number | 'last'

/**
 * What a policy says (C4). Hours are counted as they pass, from the first execution; everything longer keeps the
 * wall time of the first execution, whatever the clocks of the zone do.
 */
export type PolicySchedule =
  | (Repeated & { readonly kind: 'hours' })
  | (Repeated & { readonly kind: 'days' })
  | (Repeated & { readonly kind: 'weeks'; readonly weekdays: readonly Weekday[] })
  | (Repeated & { readonly kind: 'months'; readonly days: readonly MonthDay[] })
  | (Repeated & { readonly kind: 'years' })
  | (Begun & { readonly kind: 'cron'; readonly times: CronTimes })

export type Schedule = DailySchedule | PolicySchedule

/** One run that a schedule asks for. `dueAt` and the plan together name it; a job row is unique for them. */
export type Due = {
  readonly dueAt: number
  /** The date that the run counts for. Where a gap crosses midnight, clocks show the next one at `dueAt`. */
  readonly date: LocalDate
}

type Begun = {
  readonly zone: TimeZone
  /** First execution time: nothing is due before. A whole minute. */
  readonly firstAt: number
}

type Repeated = Begun & {
  /** Every n hours, days, weeks, months or years. */
  readonly every: number
}
