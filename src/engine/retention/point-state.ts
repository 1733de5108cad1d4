/** What is true of a point now: what it says itself, and what the ledger added. */
import type { PointMarks } from '../format/ledger-state.ts'
import type { Point } from '../format/point.ts'

export type PointState = {
  /** Trusted time; undefined: for ever. Only ever grows (L4). */
  readonly retainUntil: number | undefined
  readonly holds: readonly { readonly reason: string; readonly at: number }[]
  /** In the trash until this trusted time. */
  readonly trashedUntil: number | undefined
}

export function pointState(point: Point, marks: PointMarks | undefined): PointState {
  const extended = marks?.extended
  const own =
    point.retainUntil === undefined ? undefined : point.retainUntil + (marks?.delayMs ?? 0)
  return {
    retainUntil: extended === undefined ? own : later(own, extended.until),
    holds: marks?.holds ?? [],
    trashedUntil: marks?.trashedUntil,
  }
}

/** The later of two ends; undefined is for ever. */
export function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b)
}
