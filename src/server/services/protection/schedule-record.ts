/** Schedules as the catalog keeps them: both directions in one place. Cron is kept as its text. */
import { failure, unreachable } from '#base'
import {
  JsonFields,
  type MonthDay,
  parseCron,
  parseLocalDate,
  parseTimeZone,
  type Schedule,
  type Weekday,
} from '#engine'
import type { JsonRecord } from '../../catalog/database/codec.ts'

export function scheduleToJson(schedule: Schedule): JsonRecord {
  switch (schedule.kind) {
    case 'cron': {
      const { kind, zone, firstAt, times } = schedule
      return { kind, zone, firstAt, text: times.text }
    }
    case 'daily':
    case 'hours':
    case 'days':
    case 'weeks':
    case 'months':
    case 'years':
      return { ...schedule }
    default:
      return unreachable(schedule)
  }
}

const kinds = ['daily', 'hours', 'days', 'weeks', 'months', 'years', 'cron'] as const

/** @throws object.damaged, schedule.invalid when the row was not written by `scheduleToJson` */
export function scheduleFromJson(record: JsonRecord): Schedule {
  const fields = new JsonFields(record, 'schedule')
  const kind = fields.oneOf('kind', kinds)
  const zone = parseTimeZone(fields.text('zone'))
  if (kind === 'daily') {
    const firstDate = parseLocalDate(fields.text('firstDate'))
    return { kind, zone, minuteOfDay: fields.integer('minuteOfDay'), firstDate }
  }
  const firstAt = fields.integer('firstAt')
  if (kind === 'cron') return { kind, zone, firstAt, times: parseCron(fields.text('text')) }
  const repeated = { zone, firstAt, every: fields.integer('every') }
  switch (kind) {
    case 'weeks':
      return { kind, ...repeated, weekdays: fields.list('weekdays', readWeekday) }
    case 'months':
      return { kind, ...repeated, days: fields.list('days', readMonthDay) }
    case 'hours':
    case 'days':
    case 'years':
      return { kind, ...repeated }
    default:
      return unreachable(kind)
  }
}

const weekdays: readonly Weekday[] = [1, 2, 3, 4, 5, 6, 7]

/** The engine's weekday of a number from 1, Monday, to 7. @throws object.damaged */
export function readWeekday(value: unknown): Weekday {
  const weekday = weekdays.find((known) => known === value)
  if (weekday === undefined) {
    throw failure('object.damaged', { object: 'schedule', problem: 'it names an unknown weekday' })
  }
  return weekday
}

function readMonthDay(value: unknown): MonthDay {
  if (value === 'last') return value
  return new JsonFields({ days: value }, 'schedule').integer('days')
}
