/**
 * Expiry: points leave the vault's list. First a proposal, which a dry run prints; then one ledger entry. A point that is
 * named before its time goes to the trash for a while, if nothing locks it (L9, L11); a locked one is refused with its date.
 */
import { failure } from '#base'
import {
  type ExpiryProposal,
  type KnownPoint,
  type LedgerAction,
  type LedgerState,
  pointState,
  proposeExpiry,
} from '#engine'
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
  /** What it was decided on, to decide it again when it is carried out. */
  readonly basis: { readonly request: ExpireRequest; readonly points: readonly KnownPoint[] }
}

/** @throws point.locked, point.held, point.newest when a named point may not go, and then nothing goes */
export async function proposeExpire(
  ownership: Ownership,
  request: ExpireRequest,
  signal: AbortSignal,
): Promise<ExpireProposal> {
  const { points } = await readPoints(ownership.vault, ownership.state, signal)
  return decide(ownership, { request, points }, ownership.state)
}

/** The decision as of one state of the ledger; points that it does not name any more are left out. */
function decide(
  ownership: Ownership,
  basis: ExpireProposal['basis'],
  state: LedgerState,
): ExpireProposal {
  const { request } = basis
  const points = basis.points.flatMap(({ id, point }): KnownPoint[] => {
    const marks = state.points.get(id)
    return marks === undefined ? [] : [{ id, point, state: pointState(point, marks) }]
  })
  const trustedNow = ownership.trustedNow()
  const { keepOne, requested } = request
  const proposal = proposeExpiry({ points, trustedNow, lock: state.lock, keepOne, requested })
  const refused = proposal.keep.find(({ id }) => requested?.has(id))
  if (refused !== undefined) throw locked(points, refused)
  const early = new Set(
    points
      .filter((known) => requested?.has(known.id) && !hasEnded(known, trustedNow))
      .map(({ id }) => id),
  )
  const isTrashed = (id: string) => early.has(id) && !request.atOnce
  return {
    expire: proposal.expire.filter(({ id }) => !isTrashed(id)),
    trash: proposal.expire.filter(({ id }) => isTrashed(id)).map(({ id }) => id),
    keep: proposal.keep,
    basis,
  }
}

/**
 * Carries out what was proposed, as far as it still stands: it is decided again at the ledger's last entry, so a hold, an
 * extension or a lock that was set meanwhile counts (L4, L5).
 * @throws point.locked, point.held, point.newest when a named point may no longer go
 */
export async function performExpire(
  ownership: Ownership,
  proposal: ExpireProposal,
  signal: AbortSignal,
): Promise<void> {
  for (const point of proposal.trash) {
    await ownership.append((state) => {
      if (!decide(ownership, proposal.basis, state).trash.includes(point)) return undefined
      return { kind: 'trash', point, until: ownership.trustedNow() + trashMs }
    }, signal)
  }
  if (proposal.expire.length === 0) return
  const proposed = new Set(proposal.expire.map(({ id }) => id))
  await ownership.append((state) => {
    const now = decide(ownership, proposal.basis, state).expire.filter(({ id }) => proposed.has(id))
    if (now.length === 0) return undefined
    const reason = [...new Set(now.map(({ why }) => why))].join(', ')
    return { kind: 'expire', points: now.map(({ id }) => id), reason }
  }, signal)
}

/** Takes a point back from the trash. */
export async function takeBack(
  ownership: Ownership,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  await mark(ownership, { kind: 'untrash', point: id }, signal)
}

export async function holdPoint(
  ownership: Ownership,
  id: string,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  await mark(ownership, { kind: 'hold', point: id, reason }, signal)
}

export async function releasePoint(
  ownership: Ownership,
  id: string,
  reason: string,
  signal: AbortSignal,
): Promise<void> {
  await mark(ownership, { kind: 'release', point: id, reason }, signal)
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
      until: now === undefined ? 'forever' : `until ${wallDate(known, now)}`,
    })
  }
  await mark(ownership, { kind: 'extend', point: known.id, until }, signal)
}

/** Says something of a living point. A word about one that has just expired would be taken for a promise. */
async function mark(
  ownership: Ownership,
  action: Extract<LedgerAction, { readonly kind: 'hold' | 'release' | 'extend' | 'untrash' }>,
  signal: AbortSignal,
): Promise<void> {
  await ownership.append((state) => {
    if (state.points.has(action.point)) return action
    throw failure('point.not-found', { point: action.point.slice(0, 8) })
  }, signal)
}

function hasEnded({ state }: KnownPoint, trustedNow: number): boolean {
  return state.retainUntil !== undefined && state.retainUntil <= trustedNow
}

function locked(points: readonly KnownPoint[], refused: ExpiryProposal['keep'][number]): Error {
  const known = points.find(({ id }) => id === refused.id)
  const point = refused.id.slice(0, 8)
  const holds = known?.state.holds.map(({ reason }) => reason) ?? []
  if (refused.why === 'hold') return failure('point.held', { point, reason: holds.join(', ') })
  if (refused.why === 'keep-one') return failure('point.newest', { point })
  const until =
    known === undefined || refused.until === undefined
      ? 'further notice'
      : wallDate(known, refused.until)
  return failure('point.locked', { point, until })
}

/** Retention ends by trusted time, which lags behind the calendar; the date is the earliest possible one. */
function wallDate({ point }: KnownPoint, trustedUntil: number): string {
  return new Date(point.createdAt + (trustedUntil - point.trustedAt)).toISOString().slice(0, 16)
}
