/**
 * When cron text is due in a zone (C4). Times of the day that clocks skip or show twice run once, as for every other
 * schedule; text that runs in every hour follows the hours as they pass instead, so that it runs in both of two
 * equal hours and has nothing to make up for one that is left out.
 */
import { type CronTimes, isHourly, matchesDate } from './cron.ts'
import {
  addDays,
  instantOf,
  isEvenDate,
  type LocalDate,
  listInstantsOf,
  localDate,
  minuteMs,
  startOfDate,
  type TimeZone,
} from './zone-time.ts'

/** A rule whose next date is further away has none: 29 February is at most eight years away. */
const searchYears = 12

/** The first due instant after `afterAt`, looked for on `from` and the dates behind it. */
export function nextCronDue(
  times: CronTimes,
  zone: TimeZone,
  search: { readonly from: LocalDate; readonly afterAt: number },
): { readonly dueAt: number; readonly date: LocalDate } | undefined {
  let date: LocalDate | undefined = nextCronDate(times, search.from)
  while (date !== undefined) {
    const dueAt = isEvenDate(zone, date)
      ? firstOfEvenDate(times, startOfDate(zone, date), search.afterAt)
      : firstOfUnevenDate(times, zone, { date, afterAt: search.afterAt })
    if (dueAt !== undefined) return { dueAt, date }
    date = nextCronDate(times, addDays(date, 1))
  }
  return undefined
}

/** The first date that matches, not before `from`. */
function nextCronDate(times: CronTimes, from: LocalDate): LocalDate | undefined {
  let date = Temporal.PlainDate.from(from)
  const last = date.add({ years: searchYears })
  while (Temporal.PlainDate.compare(date, last) < 0) {
    const { month, day, daysInMonth, dayOfWeek } = date
    if (matchesDate(times, { month, day, daysInMonth, weekday: dayOfWeek % 7 })) {
      return localDate(date)
    }
    date = times.months.includes(month)
      ? date.add({ days: 1 })
      : date.with({ day: 1 }).add({ months: 1 })
  }
  return undefined
}

function firstOfEvenDate(times: CronTimes, startAt: number, afterAt: number): number | undefined {
  const after = Math.floor((afterAt - startAt) / minuteMs)
  const minute = listMinutes(times).find((one) => one > after)
  return minute === undefined ? undefined : startAt + minute * minuteMs
}

/** Dates on which clocks change are rare; every wall time is asked for. */
function firstOfUnevenDate(
  times: CronTimes,
  zone: TimeZone,
  search: { readonly date: LocalDate; readonly afterAt: number },
): number | undefined {
  const instants = listMinutes(times).flatMap((minute) =>
    isHourly(times)
      ? listInstantsOf(zone, search.date, minute)
      : [instantOf(zone, search.date, minute)],
  )
  const later = instants.filter((at) => at > search.afterAt)
  return later.length === 0 ? undefined : Math.min(...later)
}

function listMinutes(times: CronTimes): readonly number[] {
  return times.hours.flatMap((hour) => times.minutes.map((minute) => hour * 60 + minute))
}
