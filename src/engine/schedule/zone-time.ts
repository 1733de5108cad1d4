/**
 * Calendar and clock of a time zone: the only file of the engine that knows ECMAScript's Temporal, and it never asks for
 * the present. Instants are milliseconds since 1970 (UTC). A wall time that a zone leaves out moves on by the length of
 * the gap; one that comes twice means the first (RFC 5545), so every date has exactly one instant for a time of day.
 * See docs/decisions/0008-schedules.md.
 */
import { assert, type Brand, failure } from '#base'

/** An IANA name or a fixed offset (`+08:00`), as Temporal spells it. */
export type TimeZone = Brand<string, 'TimeZone'>

/** A calendar date `YYYY-MM-DD` of some zone; comparison with `<` is by time. */
export type LocalDate = Brand<string, 'LocalDate'>

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs
export const dayMinutes = 24 * 60

/** UTC+8, the default of accounts and of metering (C1, H5). */
export const defaultTimeZone = 'Asia/Shanghai' as TimeZone

const zoneText = /^(?:[A-Za-z][\w+\-/]*|[+-]\d\d:\d\d)$/

/** @throws schedule.invalid when this machine knows no such zone. */
export function parseTimeZone(text: string): TimeZone {
  const problem = `"${text}" is not a time zone; use a name like Europe/Berlin or +08:00`
  if (!zoneText.test(text)) throw failure('schedule.invalid', { problem })
  try {
    return new Temporal.ZonedDateTime(0n, text).timeZoneId as TimeZone
  } catch (cause) {
    throw failure('schedule.invalid', { problem }, cause)
  }
}

/** @throws schedule.invalid when the text is not a date of the calendar. */
export function parseLocalDate(text: string): LocalDate {
  const problem = `"${text}" is not a date; write it as 2026-03-31`
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw failure('schedule.invalid', { problem })
  try {
    return localDate(Temporal.PlainDate.from(text))
  } catch (cause) {
    throw failure('schedule.invalid', { problem }, cause)
  }
}

/** `05:00` to minutes since midnight. @throws schedule.invalid */
export function parseTimeOfDay(text: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []
  if (hours === undefined || minutes === undefined) {
    throw failure('schedule.invalid', { problem: `"${text}" is not a time of day; write 05:00` })
  }
  return Number(hours) * 60 + Number(minutes)
}

/** Minutes since midnight to `05:00`. */
export function timeOfDayText(minuteOfDay: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  return `${two(Math.floor(minuteOfDay / 60))}:${two(minuteOfDay % 60)}`
}

/** The date on the calendars of `zone` at an instant. */
export function localDateAt(zone: TimeZone, at: number): LocalDate {
  return localDate(zoned(zone, at).toPlainDate())
}

/** Minutes since midnight that a clock in `zone` shows at an instant. */
export function minuteOfDayAt(zone: TimeZone, at: number): number {
  const { hour, minute } = zoned(zone, at)
  return hour * 60 + minute
}

/** The one instant of a wall time on a date; never earlier than that of an earlier date at the same time of day. */
export function instantOf(zone: TimeZone, date: LocalDate, minuteOfDay: number): number {
  return Temporal.PlainDate.from(date).toZonedDateTime({
    timeZone: zone,
    plainTime: wallTime(minuteOfDay),
  }).epochMilliseconds
}

/** When a date begins: its midnight, or the first instant after a gap over midnight. */
export function startOfDate(zone: TimeZone, date: LocalDate): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds
}

/** Whether the clocks of `zone` run through the whole date without being changed. */
export function isEvenDate(zone: TimeZone, date: LocalDate): boolean {
  const start = Temporal.PlainDate.from(date).toZonedDateTime(zone)
  const change = start.subtract({ nanoseconds: 1 }).getTimeZoneTransition('next')
  return change === null || change.epochMilliseconds >= start.epochMilliseconds + dayMs
}

/** Every instant at which clocks show this wall time on the date: one, none in a gap, two in an overlap. */
export function listInstantsOf(
  zone: TimeZone,
  date: LocalDate,
  minuteOfDay: number,
): readonly number[] {
  const wall = Temporal.PlainDate.from(date).toPlainDateTime(wallTime(minuteOfDay))
  const instants = (['earlier', 'later'] as const)
    .map((disambiguation) => wall.toZonedDateTime(zone, { disambiguation }))
    .filter((one) => one.toPlainDateTime().equals(wall))
    .map((one) => one.epochMilliseconds)
  return [...new Set(instants)]
}

export function addDays(date: LocalDate, days: number): LocalDate {
  return localDate(Temporal.PlainDate.from(date).add({ days }))
}

export function laterDate(a: LocalDate, b: LocalDate): LocalDate {
  if (a < b) return b
  return a
}

/** A checked date as text. */
export function localDate(date: Temporal.PlainDate): LocalDate {
  const text = date.toString()
  assert(text.length === 10, 'a date of a schedule has a year of four digits')
  return text as LocalDate
}

function zoned(zone: TimeZone, at: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
}

function wallTime(minuteOfDay: number): Temporal.PlainTime {
  assert(
    Number.isInteger(minuteOfDay) && minuteOfDay >= 0 && minuteOfDay < dayMinutes,
    'a minute of the day is 0 to 1439',
  )
  return new Temporal.PlainTime(Math.floor(minuteOfDay / 60), minuteOfDay % 60)
}
