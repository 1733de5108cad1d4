/**
 * The dates of "every n days / weeks / months / years" (C4), counted from the date of the first execution. A month
 * without the chosen day uses its last one: 31 means "31 or the last", so no month is left without a backup.
 */
import { assert, unreachable } from '#base'
import type { MonthDay, PolicySchedule } from './schedule.ts'
import { type LocalDate, localDate } from './zone-time.ts'

export type CalendarRule = Extract<
  PolicySchedule,
  { readonly kind: 'days' | 'weeks' | 'months' | 'years' }
>

/** The first date of the rule that is not before `from`; never before `first`, the date of the first execution. */
export function nextCalendarDate(rule: CalendarRule, first: LocalDate, from: LocalDate): LocalDate {
  const start = Temporal.PlainDate.from(first)
  const wanted = from < first ? start : Temporal.PlainDate.from(from)
  return localDate(nextPlainDate(rule, start, wanted))
}

type PlainDate = Temporal.PlainDate

function nextPlainDate(rule: CalendarRule, first: PlainDate, from: PlainDate): PlainDate {
  switch (rule.kind) {
    case 'days':
      return first.add({ days: roundUp(daysBetween(first, from), rule.every) })
    case 'weeks':
      return nextInWeeks(rule, first, from)
    case 'months':
      return nextInMonths(rule, first, from)
    case 'years':
      return nextInYears(rule.every, first, from)
    default:
      return unreachable(rule)
  }
}

/** Weeks begin on Monday (ISO 8601); the first is that of the first execution. */
function nextInWeeks(
  rule: Extract<CalendarRule, { readonly kind: 'weeks' }>,
  first: PlainDate,
  from: PlainDate,
): PlainDate {
  const firstMonday = mondayOf(first)
  const passed = daysBetween(firstMonday, mondayOf(from)) / 7
  const monday = firstMonday.add({ weeks: roundUp(passed, rule.every) })
  const inWeek = (begin: PlainDate) =>
    [...rule.weekdays]
      .sort((a, b) => a - b)
      .map((weekday) => begin.add({ days: weekday - 1 }))
      .find((date) => daysBetween(from, date) >= 0)
  const found = inWeek(monday) ?? inWeek(monday.add({ weeks: rule.every }))
  assert(found !== undefined, 'a weekly schedule names a day of the week')
  return found
}

function nextInMonths(
  rule: Extract<CalendarRule, { readonly kind: 'months' }>,
  first: PlainDate,
  from: PlainDate,
): PlainDate {
  const firstMonth = first.with({ day: 1 })
  const passed = monthNumber(from) - monthNumber(first)
  const month = firstMonth.add({ months: roundUp(passed, rule.every) })
  const inMonth = (begin: PlainDate) =>
    rule.days
      .map((day) => dayOf(begin, day))
      .sort(Temporal.PlainDate.compare)
      .find((date) => daysBetween(from, date) >= 0)
  const found = inMonth(month) ?? inMonth(month.add({ months: rule.every }))
  assert(found !== undefined, 'a monthly schedule names a day of the month')
  return found
}

/** 29 February of a first execution is 28 February in other years. */
function nextInYears(every: number, first: PlainDate, from: PlainDate): PlainDate {
  const years = roundUp(from.year - first.year, every)
  const candidate = first.add({ years })
  return daysBetween(from, candidate) >= 0 ? candidate : first.add({ years: years + every })
}

function dayOf(month: PlainDate, day: MonthDay): PlainDate {
  return month.with({ day: day === 'last' ? 31 : day }, { overflow: 'constrain' })
}

function mondayOf(date: PlainDate): PlainDate {
  return date.subtract({ days: date.dayOfWeek - 1 })
}

function monthNumber(date: PlainDate): number {
  return date.year * 12 + date.month
}

function daysBetween(earlier: PlainDate, later: PlainDate): number {
  return earlier.until(later, { largestUnit: 'days' }).days
}

/** The smallest multiple of `every` that is at least `value`, and at least zero. */
function roundUp(value: number, every: number): number {
  return Math.max(0, Math.ceil(value / every)) * every
}
