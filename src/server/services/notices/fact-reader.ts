/**
 * Facts of an alert, as texts of messages need them. They come from machines that may be hostile and from older versions
 * of this program: everything is shown as text that does nothing (A18), and what is missing is a dash.
 */
import { byteStringFromText, displayName } from '#base'
import { localDateAt, minuteOfDayAt, parseTimeZone, type TimeZone, timeOfDayText } from '#engine'
import type { JsonRecord } from '../../catalog/index.ts'

const charactersMax = 300

export type FactReader = {
  text(name: string): string
  number(name: string): number
  has(name: string): boolean
  /** An instant, in the account's zone: `2026-11-22 03:10`. */
  time(at: number): string
  timeOf(name: string): string
  /** With one unit: `1.5 GiB`. */
  bytesOf(name: string): string
  /** Whole percent of a limit; of none: 100. */
  percentOf(name: string, limit: string): number
}

export function readFacts(facts: JsonRecord, zone: TimeZone): FactReader {
  const number = (name: string): number => {
    const value = facts[name]
    return typeof value === 'number' ? value : 0
  }
  const time = (at: number): string =>
    `${localDateAt(zone, at)} ${timeOfDayText(minuteOfDayAt(zone, at))}`
  return {
    text(name) {
      const value = facts[name]
      return typeof value === 'string' || typeof value === 'number' ? inert(String(value)) : '–'
    },
    number,
    has: (name) => facts[name] !== undefined,
    time,
    timeOf: (name) => (typeof facts[name] === 'number' ? time(number(name)) : '–'),
    bytesOf: (name) => bytesText(number(name)),
    percentOf: (name, limit) =>
      number(limit) === 0 ? 100 : Math.floor((number(name) / number(limit)) * 100),
  }
}

/**
 * Controls, direction marks and characters that do not show become visible escapes, and what programs for mail would make
 * a link of stays text.
 */
export function inert(text: string): string {
  const cut =
    text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1).toWellFormed()}…`
  return displayName(byteStringFromText(cut.toWellFormed()))
    .replaceAll('://', '[:]//')
    .replace(/\bwww\./gi, 'www[.]')
}

/** The zone of an account; one that this machine does not know any more is shown as UTC. */
export function zoneOf(text: string): TimeZone {
  try {
    return parseTimeZone(text)
  } catch {
    return parseTimeZone('UTC')
  }
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

export function bytesText(bytes: number): string {
  let unit = 0
  let value = bytes
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
