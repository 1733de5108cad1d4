/** A backup point as a row and as fields. */
import { displayName } from '#base'
import type { KnownPoint } from '#engine'
import { formatInstant } from './amounts.ts'
import type { Fields } from './output.ts'
import { pathFields, printable } from './printable.ts'

export const shortIdDigits = 8

export function shortId(id: string): string {
  return id.slice(0, shortIdDigits)
}

export function sourcesText({ point }: KnownPoint): string {
  return point.sources.map(({ path }) => displayName(path)).join(', ')
}

/** How long it is kept, and what else holds it. */
export function keptText(known: KnownPoint, wallClock: (trustedAt: number) => number): string {
  const { retainUntil, holds, trashedUntil } = known.state
  if (holds.length > 0) return 'on hold'
  if (trashedUntil !== undefined)
    return `trash, goes ${formatInstant(wallClock(trashedUntil)).slice(0, 16)}`
  if (retainUntil === undefined) return 'forever'
  return formatInstant(wallClock(retainUntil)).slice(0, 16)
}

export function pointFields(known: KnownPoint, wallClock: (trustedAt: number) => number): Fields {
  const { id, point, state } = known
  const instant = (trustedAt: number | undefined) =>
    trustedAt === undefined ? null : new Date(wallClock(trustedAt)).toISOString()
  return {
    id,
    sequence: point.sequence,
    createdAt: new Date(point.createdAt).toISOString(),
    startedAt: new Date(point.startedAt).toISOString(),
    host: point.host,
    user: point.user,
    status: point.status,
    tags: point.tags,
    sources: point.sources.map(({ path, prefix }) => ({
      ...pathFields(path),
      prefix: displayName(prefix),
    })),
    summary: point.summary,
    failureCount: point.failureCount,
    retainUntil: instant(state.retainUntil),
    trashedUntil: instant(state.trashedUntil),
    holds: state.holds.map(({ reason }) => reason),
  }
}

export function tagsText({ point }: KnownPoint): string {
  return point.tags.map(printable).join(',')
}

/** What points can be called by on a command line, newest first. */
export function pointWordsOf(points: readonly KnownPoint[]): readonly string[] {
  return ['latest', ...points.map(({ id }) => shortId(id)).reverse()]
}
