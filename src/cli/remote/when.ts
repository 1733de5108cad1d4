/** Times as people type them for a server: instants, days, and how long ago. */
import { failure } from '#base'
import { parseDuration } from '../amounts.ts'

const dayShape = /^\d{4}-\d{2}-\d{2}$/
const minuteShape =
  /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})?$/
const dayMs = 86_400_000

/**
 * `2026-11-20`, `2026-11-20T03:00`, or how long ago: `7d`. Days and times without a zone are those of this machine.
 * @param side of a day: where it begins, or where it ends
 * @throws usage.invalid
 */
export function parseWhen(
  text: string,
  {
    what,
    nowMs,
    side,
  }: { readonly what: string; readonly nowMs: number; readonly side: 'start' | 'end' },
): number {
  if (dayShape.test(text)) {
    const begins = Date.parse(`${text}T00:00`)
    if (!Number.isNaN(begins)) return side === 'start' ? begins : endOfDay(begins)
  } else if (minuteShape.test(text)) {
    const at = Date.parse(text.replace(' ', 'T'))
    if (!Number.isNaN(at)) return at
  } else if (/^\d/.test(text)) {
    const ago = parseDuration(text, what)
    if (ago !== undefined) return nowMs - ago
  }
  const problem = `${what} takes a day (2026-11-20), a time (2026-11-20T03:00) or how long ago (7d), not "${text}"`
  throw failure('usage.invalid', { problem })
}

/** The last millisecond of the day, which may have 23 or 25 hours. */
function endOfDay(begins: number): number {
  const next = new Date(begins + dayMs + dayMs / 2)
  return new Date(next.getFullYear(), next.getMonth(), next.getDate()).getTime() - 1
}

export function isoOf(at: number): string {
  return new Date(at).toISOString()
}
