/**
 * Where a mark begins: living points, and what open sessions rely on. They are taken in one moment, and only then the
 * index is brought up to date: so it knows every pack of these points. A point that is committed later belongs to a
 * session that was open at that moment, which keeps what was condemned since it was opened, or to one that was opened
 * later, which was not offered what is condemned. So nothing falls between.
 */
import { failure } from '#base'
import type { LedgerState, Point } from '#engine'
import type { Ownership } from '../ownership.ts'
import type { Session } from '../session.ts'
import { readPoint, readPoints, type Vault } from '../vault.ts'

export type Roots = {
  readonly state: LedgerState
  readonly sessions: ReadonlySet<Session>
  /** Points that sessions build on; they count although they may expire meanwhile. */
  readonly pinnedPoints: ReadonlySet<string>
}

export function takeRoots(ownership: Ownership): Roots {
  const sessions = new Set(ownership.sessions)
  const pinnedPoints = new Set([...sessions].flatMap((session) => [...session.pinnedPoints]))
  return { state: ownership.state, sessions, pinnedPoints }
}

/** @throws gc.refused when the record of one cannot be read: what it needs cannot be told from garbage */
export async function readRoots(
  vault: Vault,
  { state, pinnedPoints }: Roots,
  signal: AbortSignal,
): Promise<Point[]> {
  const { points, lost } = await readPoints(vault, state, signal)
  const [unreadable] = lost
  if (unreadable !== undefined)
    throw failure('gc.refused', { problem: `the record of point ${unreadable.id} cannot be read` })
  const roots = points.map(({ point }) => point)
  for (const id of pinnedPoints)
    if (!state.points.has(id)) roots.push(await readPoint(vault, id, signal))
  return roots
}
