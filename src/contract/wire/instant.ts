/**
 * An instant: milliseconds since 1970 in code, RFC 3339 text on the wire. The wire form ends in Z and is exact to the
 * millisecond, so that equal instants are equal text.
 */
import { z } from 'zod'

const instantMin = -62_167_219_200_000
/** The last millisecond of the year 9999: RFC 3339 has four digits for the year. */
export const instantMax = 253_402_300_799_999

export const instant = z.codec(
  z.iso.datetime({ offset: true }).meta({ id: 'Instant' }),
  z.int().min(instantMin).max(instantMax),
  { decode: (text) => Date.parse(text), encode: (at) => new Date(at).toISOString() },
)

/**
 * When a file says that it was changed: file systems hold instants that no calendar has, and an entry must be listed all
 * the same. What is outside the four-digit years is shown as their first or last millisecond.
 */
export const fileInstant = z.codec(
  z.iso.datetime({ offset: true }).meta({ id: 'FileInstant' }),
  z.number(),
  {
    decode: (text) => Date.parse(text),
    encode: (at) => new Date(Math.min(Math.max(at, instantMin), instantMax)).toISOString(),
  },
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
