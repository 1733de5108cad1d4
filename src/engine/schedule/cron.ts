/**
 * Cron text (C4): minute, hour, day of month, month, day of week; lists, ranges, steps, English names, `L` for the last
 * day of a month, and @hourly … @yearly. As in every cron, a date matches when day of month *or* day of week does,
 * if both are given. Why not a library: docs/decisions/0008-schedules.md.
 */
import { failure } from '#base'

export type CronTimes = {
  readonly text: string
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly monthDays: readonly number[]
  readonly lastMonthDay: boolean
  readonly months: readonly number[]
  /** Sunday is 0. */
  readonly weekdays: readonly number[]
  /** Both fields of days are given: one of them is enough. */
  readonly eitherDay: boolean
}

type Field = {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly words: readonly string[]
}

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const weekdays = 'sun mon tue wed thu fri sat'.split(' ')
const fields = {
  minute: { name: 'minute', min: 0, max: 59, words: [] },
  hour: { name: 'hour', min: 0, max: 23, words: [] },
  monthDay: { name: 'day of month', min: 1, max: 31, words: [] },
  month: { name: 'month', min: 1, max: 12, words: months },
  weekday: { name: 'day of week', min: 0, max: 7, words: weekdays },
} as const satisfies Record<string, Field>

const shorthands: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
}
const textMax = 256

/** @throws schedule.invalid with what is wrong, also when no date ever matches (30 February). */
export function parseCron(text: string): CronTimes {
  if (text.length > textMax) throw invalid(`a cron text has at most ${textMax} characters`)
  const spelled = shorthands[text.trim().toLowerCase()] ?? text.trim()
  const parts = spelled.split(/\s+/)
  const [minute, hour, monthDay, month, weekday] = parts
  const isWhole = minute && hour && monthDay && month && weekday && parts.length === 5
  if (!isWhole) {
    throw invalid(`"${text}" has ${parts.length} fields, not 5 (minute hour day month weekday)`)
  }
  const days = readMonthDays(monthDay)
  const times: CronTimes = {
    text: parts.join(' '),
    minutes: readField(minute, fields.minute),
    hours: readField(hour, fields.hour),
    ...days,
    months: readField(month, fields.month),
    weekdays: [...new Set(readField(weekday, fields.weekday).map((day) => day % 7))].sort(),
    eitherDay: !monthDay.startsWith('*') && !weekday.startsWith('*'),
  }
  if (!everMatches(times)) throw invalid(`"${text}" never matches: no such date exists`)
  return times
}

/** Whether runs are wanted in every hour that passes, rather than at chosen times of the day. */
export function isHourly(times: CronTimes): boolean {
  return times.hours.length === 24
}

export type CronDate = {
  readonly month: number
  readonly day: number
  readonly daysInMonth: number
  /** Sunday is 0. */
  readonly weekday: number
}

export function matchesDate(times: CronTimes, date: CronDate): boolean {
  if (!times.months.includes(date.month)) return false
  const isMonthDay =
    times.monthDays.includes(date.day) || (times.lastMonthDay && date.day === date.daysInMonth)
  const isWeekday = times.weekdays.includes(date.weekday)
  return times.eitherDay ? isMonthDay || isWeekday : isMonthDay && isWeekday
}

function readMonthDays(text: string): Pick<CronTimes, 'monthDays' | 'lastMonthDay'> {
  const parts = text.toUpperCase().split(',')
  const numbered = parts.filter((part) => part !== 'L')
  return {
    monthDays: numbered.length === 0 ? [] : readField(numbered.join(','), fields.monthDay),
    lastMonthDay: numbered.length < parts.length,
  }
}

/** One field to its sorted numbers. */
function readField(text: string, field: Field): readonly number[] {
  const values = text.split(',').flatMap((part) => readPart(part, field))
  return [...new Set(values)].sort((a, b) => a - b)
}

/** A star, `3`, `3-9`, each perhaps with a step `/2`; `3/5` runs from 3 to the end. */
function readPart(part: string, field: Field): readonly number[] {
  const [, from, to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\d{1,3}))?$/.exec(part) ?? []
  if (from === undefined || (from === '*' && to !== undefined)) {
    throw invalid(`"${part}" is not a ${field.name}`)
  }
  const every = step === undefined ? 1 : Number(step)
  if (every === 0) throw invalid(`"${part}" steps by nothing`)
  const first = from === '*' ? field.min : readNumber(from, field)
  const last = lastOf({ from, to, step, first }, field)
  if (last < first) throw invalid(`"${part}" runs backwards`)
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => first + i * every)
}

function lastOf(
  part: {
    readonly from: string
    readonly to: string | undefined
    readonly step: string | undefined
    readonly first: number
  },
  field: Field,
): number {
  const end = part.to === undefined ? undefined : readNumber(part.to, field)
  // `fri-sun`: at the end of a range Sunday is the seventh day.
  if (end !== undefined) return end === 0 && field.name === 'day of week' ? 7 : end
  const isOpen = part.from === '*' || part.step !== undefined
  // A step over all days of the week must not meet Sunday twice, as 0 and as 7.
  return isOpen ? Math.min(field.max, field.name === 'day of week' ? 6 : field.max) : part.first
}

function readNumber(text: string, field: Field): number {
  const word = field.words.indexOf(text.toLowerCase())
  if (word >= 0) return word + field.min
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  if (value >= field.min && value <= field.max) return value
  throw invalid(`${field.name} "${text}" is not between ${field.min} and ${field.max}`)
}

function everMatches(times: CronTimes): boolean {
  const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  const fits = times.months.some((month) =>
    times.monthDays.some((day) => day <= (longest[month - 1] ?? 0)),
  )
  return fits || times.lastMonthDay || times.eitherDay
}

function invalid(problem: string) {
  return failure('schedule.invalid', { problem })
}
