/**
 * Which points go. Two ways: their retention has ended (always allowed), or a person names them (allowed only where
 * nothing locks them). The newest good point of each source stays (keep at least one, C6, L10). A proposal is a value:
 * a dry run prints it.
 */

import type { LockState } from '../format/ledger-state.ts'
import type { Point } from '../format/point.ts'
import type { PointState } from './point-state.ts'

export type KnownPoint = { readonly id: string; readonly point: Point; readonly state: PointState }

export type ExpiryReason = 'retention-ended' | 'requested' | 'trash-ended'
export type KeepReason = 'retention' | 'hold' | 'keep-one' | 'lock' | 'trash'

export type ExpiryProposal = {
  readonly expire: readonly { readonly id: string; readonly why: ExpiryReason }[]
  readonly keep: readonly {
    readonly id: string
    readonly why: KeepReason
    readonly until: number | undefined
  }[]
}

export type ExpiryRequest = {
  readonly points: readonly KnownPoint[]
  readonly trustedNow: number
  readonly lock: LockState
  readonly keepOne: boolean
  /** Ids that a person wants to go before their time; undefined: only what has ended. */
  readonly requested: ReadonlySet<string> | undefined
}

export function proposeExpiry(request: ExpiryRequest): ExpiryProposal {
  const living = request.points
  // The newest may lack everything; so the newest whole one stays beside it.
  const whole = living.filter(({ point }) => point.status === 'complete')
  const kept = request.keepOne
    ? newestOfEachSource(living).union(newestOfEachSource(whole))
    : new Set<string>()
  const expire: { id: string; why: ExpiryReason }[] = []
  const keep: { id: string; why: KeepReason; until: number | undefined }[] = []
  for (const known of living) {
    const { id, state } = known
    const why = wish(known, request)
    const obstacle = obstacleTo(known, request, kept)
    if (why !== undefined && obstacle === undefined) expire.push({ id, why })
    else
      keep.push({
        id,
        why: obstacle ?? (state.trashedUntil === undefined ? 'retention' : 'trash'),
        until: state.retainUntil,
      })
  }
  return { expire, keep }
}

/** The points of one source follow one another. */
export function sourceKey(point: Point): string {
  return JSON.stringify([point.host, point.sources.map((source) => source.path)])
}

function wish({ id, state }: KnownPoint, request: ExpiryRequest): ExpiryReason | undefined {
  if (request.requested !== undefined) return request.requested.has(id) ? 'requested' : undefined
  if (state.trashedUntil !== undefined)
    return state.trashedUntil <= request.trustedNow ? 'trash-ended' : undefined
  const ended = state.retainUntil !== undefined && state.retainUntil <= request.trustedNow
  return ended ? 'retention-ended' : undefined
}

function obstacleTo(
  known: KnownPoint,
  request: ExpiryRequest,
  kept: ReadonlySet<string>,
): KeepReason | undefined {
  const { state } = known
  if (state.holds.length > 0) return 'hold'
  const ended = state.retainUntil !== undefined && state.retainUntil <= request.trustedNow
  if (!ended && request.lock !== 'off') return 'lock'
  if (kept.has(known.id)) return 'keep-one'
  return undefined
}

function newestOfEachSource(points: readonly KnownPoint[]): Set<string> {
  const newest = new Map<string, KnownPoint>()
  for (const known of points) {
    const key = sourceKey(known.point)
    const other = newest.get(key)
    if (other === undefined || isBetter(known, other)) newest.set(key, known)
  }
  return new Set([...newest.values()].map((known) => known.id))
}

/** A point in the trash is kept only where there is no other; among equals the newer one. */
function isBetter(a: KnownPoint, b: KnownPoint): boolean {
  const aTrashed = a.state.trashedUntil !== undefined
  const bTrashed = b.state.trashedUntil !== undefined
  if (aTrashed !== bTrashed) return bTrashed
  return a.point.sequence > b.point.sequence
}
