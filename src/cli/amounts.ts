/** Sizes, counts, durations and instants as people read and write them. */
import { failure } from '#base'

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `1.4 GiB`, three digits at most. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  const text = unit === 0 || value >= 99.95 ? value.toFixed(0) : value.toFixed(1)
  return `${text} ${units[unit]}`
}

/** `1,234,567`. By hand: the first `toLocaleString` of a process takes 15 ms. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',')
}

export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `0:07`, `12:30`, `1:02:03`. */
export function formatClock(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const two = (n: number) => String(n).padStart(2, '0')
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

/** `0.8 s`, `12 s`, `3:20`. */
export function formatElapsed(milliseconds: number): string {
  if (milliseconds < 9950) return `${(milliseconds / 1000).toFixed(1)} s`
  return milliseconds < 119_500 ? `${Math.round(milliseconds / 1000)} s` : formatClock(milliseconds)
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  min: 60_000,
  h: hourMs,
  d: dayMs,
  w: 7 * dayMs,
  y: 365 * dayMs,
}

/** `30d`, `12h`, `1y6w`; undefined for `forever`. @throws usage.invalid */
export function parseDuration(text: string, what: string): number | undefined {
  if (text === 'forever') return undefined
  const parts = [...text.matchAll(/(\d{1,6})(min|[shdwy])/gy)]
  const taken = parts.reduce((sum, [whole]) => sum + whole.length, 0)
  if (parts.length === 0 || taken !== text.length) {
    const problem = `${what} takes a time such as 30d, 12h, 4w, 1y or forever, not "${text}"`
    throw failure('usage.invalid', { problem })
  }
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ''] ?? 0), 0)
}

/** The largest unit that fits: `30 days`, `12 hours`; undefined is for ever. */
export function formatDuration(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return 'forever'
  if (milliseconds >= 2 * dayMs || milliseconds === dayMs || milliseconds === 0)
    return countOf(Math.round(milliseconds / dayMs), 'day')
  if (milliseconds >= hourMs) return countOf(Math.round(milliseconds / hourMs), 'hour')
  return countOf(Math.max(1, Math.round(milliseconds / 60_000)), 'minute')
}

/** `10M`, `1.5GiB`, `4096`: powers of 1024. @throws usage.invalid */
export function parseBytes(text: string, what: string): number {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)\s?([KMGTP])?(?:iB|B)?$/i.exec(text)
  if (match === null) {
    const problem = `${what} takes a size such as 500K, 10M or 2G, not "${text}"`
    throw failure('usage.invalid', { problem })
  }
  return Math.floor(Number(match[1]) * 1024 ** ' KMGTP'.indexOf((match[2] ?? ' ').toUpperCase()))
}

/** `2026-11-22 06:08:10` where the user is. */
export function formatInstant(wallMs: number): string {
  const at = new Date(wallMs)
  const two = (n: number) => String(n).padStart(2, '0')
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`
}
