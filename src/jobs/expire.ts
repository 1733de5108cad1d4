/**
 * Expiry: points leave the vault's list. First a proposal, which a dry run prints; then one ledger entry. A point that is
 * named before its time goes to the trash for a while, if nothing locks it (L9, L11); a locked one is refused with its date.
 */
import { failure } from '#base'
import { type ExpiryProposal, type KnownPoint, proposeExpiry } from '#engine'
import { type Ownership, readPoints } from '#vault'

export const trashMs = 14 * 24 * 3600 * 1000

export type ExpireRequest = {
  /** Ids that a person names; undefined: everything whose retention has ended. */
  readonly requested: ReadonlySet<string> | undefined
  readonly keepOne: boolean
  /** Named points go for good although their retention has not ended, without a stay in the trash. */
  readonly atOnce: boolean
}

export type ExpireProposal = {
  readonly expire: ExpiryProposal['expire']
  /** Named before their time: they can be taken back until the trash ends. */
  readonly trash: readonly string[]
  readonly keep: ExpiryProposal['keep']
}

/** @throws point.locked when a named point may not go, and then nothing goes */
export async function proposeExpire(
  ownership: Ownership,
  request: ExpireRequest,
  signal: AbortSignal,
): Promise<ExpireProposal> {
  const { points } = await readPoints(ownership.vault, ownership.state, signal)
  const trustedNow = ownership.trustedNow()
  const { lock } = ownership.state
  const facts = { points, trustedNow, lock, keepOne: request.keepOne, requested: request.requested }
  const proposal = proposeExpiry(facts)
  const refused = proposal.keep.find(({ id }) => request.requested?.has(id))
  if (refused !== undefined) throw locked(points, refused)
  const early = new Set(
    points
      .filter((known) => request.requested?.has(known.id) && !hasEnded(known, trustedNow))
      .map(({ id }) => id),
  )
  const isTrashed = (id: string) => early.has(id) && !request.atOnce
  return {
    expire: proposal.expire.filter(({ id }) => !isTrashed(id)),
    trash: proposal.expire.filter(({ id }) => isTrashed(id)).map(({ id }) => id),
    keep: proposal.keep,
  }
}

export async function performExpire(
  ownership: Ownership,
  proposal: ExpireProposal,
  signal: AbortSignal,
): Promise<void> {
  const until = ownership.trustedNow() + trashMs
  for (const point of proposal.trash)
    await ownership.append({ kind: 'trash', point, until }, signal)
  const points = proposal.expire.map(({ id }) => id)
  if (points.length === 0) return
  const reason = [...new Set(proposal.expire.map(({ why }) => why))].join(', ')
  // The points and the lock are looked at again inside the turn: a hold set meanwhile counts.
  await ownership.append((state) => {
    for (const id of points) {
      const marks = state.points.get(id)
      if (marks !== undefined && marks.holds.length > 0)
        throw failure('point.locked', {
          point: id.slice(0, 8),
          until: 'its hold ends',
          reason: 'hold',
        })
    }
    return { kind: 'expire', points, reason }
  }, signal)
}

/** Takes a point back from the trash. */
export async function takeBack(
  ownership: Ownership,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await ownership.append({ kind: 'untrash', point: id }, signal)
}

export async function holdPoint(
  ownership: Ownership,
  id: string,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  await ownership.append({ kind: 'hold', point: id, reason }, signal)
}

export async function releasePoint(
  ownership: Ownership,
  id: string,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  await ownership.append({ kind: 'release', point: id, reason }, signal)
}

/** @param until trusted time, or undefined for ever. @throws point.retention-refused when it would be shorter (L4) */
export async function extendRetention(
  ownership: Ownership,
  known: KnownPoint,
  until: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const now = known.state.retainUntil
  if (now === undefined || (until !== undefined && until < now)) {
    throw failure('point.retention-refused', {
      point: known.id.slice(0, 8),
      until: now ?? 'for ever',
    })
  }
  await ownership.append({ kind: 'extend', point: known.id, until }, signal)
}

function hasEnded({ state }: KnownPoint, trustedNow: number): boolean {
  return state.retainUntil !== undefined && state.retainUntil <= trustedNow
}

const reasons = {
  retention: 'retention',
  hold: 'a hold',
  'keep-one': 'the newest point of its source is kept',
  lock: 'backup lock',
  trash: 'trash',
} as const

function locked(points: readonly KnownPoint[], refused: ExpiryProposal['keep'][number]): Error {
  const known = points.find(({ id }) => id === refused.id)
  const until =
    known === undefined || refused.until === undefined
      ? 'further notice'
      : wallDate(known, refused.until)
  return failure('point.locked', {
    point: refused.id.slice(0, 8),
    until,
    reason: reasons[refused.why],
  })
}

/** Retention ends by trusted time, which lags behind the calendar; the date is the earliest possible one. */
function wallDate({ point }: KnownPoint, trustedUntil: number): string {
  return new Date(point.createdAt + (trustedUntil - point.trustedAt)).toISOString().slice(0, 16)
}
