/**
 * An instant: milliseconds since 1970 in code, RFC 3339 text on the wire. The wire form ends in Z and is exact to the
 * millisecond, so that equal instants are equal text.
 */
import { z } from 'zod'

/** The last millisecond of the year 9999: RFC 3339 has four digits for the year. */
export const instantMax = 253_402_300_799_999

export const instant = z.codec(
  z.iso.datetime({ offset: true }),
  z.int().min(-62_167_219_200_000).max(instantMax),
  { decode: (text) => Date.parse(text), encode: (at) => new Date(at).toISOString() },
)

/** A time of day, "04:30": what "next backup time" is (C2). */
export const timeOfDay = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'a time of day is HH:MM')
  .meta({ examples: ['04:30'] })

/** A calendar day, "2026-11-22". */
export const day = z.iso.date()

/** A time zone of the IANA database, "Asia/Shanghai", or a fixed offset, "+08:00". */
export const timeZone = z
  .string()
  .max(64)
  .regex(/^(?:[A-Za-z][A-Za-z0-9_+/-]*|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/, 'not a time zone')
