/** What is true of a point now: the fold of its marks, and the question whether it may go (lock rules L3–L11). */
import { compareMarks, type Mark } from '../format/mark.ts'
import type { Point } from '../format/point.ts'

export type Hold = { readonly reason: string; readonly at: number }

export type PointState = {
  /** Trusted time; undefined: for ever. Only ever grows (L4). */
  readonly retainUntil: number | undefined
  readonly holds: readonly Hold[]
  /** In the trash until this trusted time. */
  readonly trashedUntil: number | undefined
  readonly expired: boolean
}

export type LockState = 'off' | 'governed' | 'compliance'

export function pointState(point: Point, marks: readonly Mark[]): PointState {
  let retainUntil = point.retainUntil
  let holds: Hold[] = []
  let trashedUntil: number | undefined
  let expired = false
  for (const mark of [...marks].sort(compareMarks)) {
    if (mark.kind === 'hold') holds.push({ reason: mark.reason, at: mark.at })
    if (mark.kind === 'release') holds = []
    if (mark.kind === 'extend') retainUntil = later(retainUntil, mark.until)
    if (mark.kind === 'trash') trashedUntil = mark.until ?? Number.MAX_SAFE_INTEGER
    if (mark.kind === 'untrash') trashedUntil = undefined
    if (mark.kind === 'expired') expired = true
  }
  return { retainUntil, holds, trashedUntil, expired }
}

/** The stricter of two ends; undefined is for ever. */
export function later(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : Math.max(a, b)
}

/** The lock of the vault: the marks only ever raise it (L1). */
export function lockState(marks: readonly Mark[]): LockState {
  let state = 0
  for (const mark of marks) {
    if (mark.kind === 'lock')
      state = Math.max(
        state,
        orderOf(mark.reason),
      )
  }
  return lockStates[state] ?? 'compliance'
}

const lockStates: readonly LockState[] = ['off', 'governed', 'compliance']

function orderOf(name: string): number {
  return lockStates.findIndex((state) => state === name)
}
