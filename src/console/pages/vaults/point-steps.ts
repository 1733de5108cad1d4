/** What can be done with a point, by whom, and when. The server decides; this only spares people what it would refuse. */
import type { Point } from '#contract'

export const pointSteps = ['hold', 'release', 'extend', 'remove'] as const
export type PointStep = (typeof pointSteps)[number]

type Rights = {
  readonly operates: boolean
  readonly administers: boolean
  readonly owns: boolean
}

export function fitsPoint(step: PointStep, point: Point, rights: Rights): boolean {
  const { holds, locked, keptAsNewest, expiresAt, trashedUntil } = point
  if (trashedUntil !== undefined) return false
  switch (step) {
    case 'hold':
      return rights.operates
    case 'release':
      return rights.owns && holds.length > 0
    case 'extend':
      return rights.administers && expiresAt !== undefined
    case 'remove':
      return rights.administers && !locked && !keptAsNewest && holds.length === 0
  }
}
