/**
 * What goes wrong, and when. A plan counts the calls it is asked about; to try every place, run with `nth` 1, 2, 3… until
 * a run ends in which nothing fired.
 */
import type { ErrorCode } from '#base'
import type { ObjectKind } from '#engine'

/** Calls of the store's socket. */
export type StoreCall =
  | 'find'
  | 'stat'
  | 'list'
  | 'put'
  | 'draft'
  | 'append'
  | 'publish'
  | 'removePack'
  | 'removeRecord'

/** Steps on the disk beneath; see power-cut-store.ts. */
export type DiskStep =
  | 'create'
  | 'write'
  | 'sync'
  | 'makeFolder'
  | 'link'
  | 'rename'
  | 'unlink'
  | 'syncFolder'
  | 'read'
  | 'readFolder'

export type FaultEffect =
  /** Throws, nothing was done. */
  | { readonly kind: 'fail'; readonly code: StorageCode }
  /** Done, but the caller hears of a failure. */
  | { readonly kind: 'replyLost'; readonly code: StorageCode }
  /** `find` answers with one bit turned. */
  | { readonly kind: 'flip'; readonly bit: number }
  /** `find` answers with fewer bytes; `list` ends silently after so many entries. */
  | { readonly kind: 'short'; readonly after: number }
  /** `list` throws after so many entries. */
  | { readonly kind: 'breakOff'; readonly after: number; readonly code: StorageCode }
  /** `list` gives so many of its first entries once more at its end: a page that came twice, and not in order. */
  | { readonly kind: 'repeat'; readonly entries: number }
  /** `find` and `stat` say that there is nothing. */
  | { readonly kind: 'deny' }

export type StorageCode = Extract<ErrorCode, `storage.${string}`>

export type Fault<Place> = {
  /** Undefined: anywhere. */
  readonly at?: Place | undefined
  readonly object?: ObjectKind | undefined
  /** The how manieth matching call, from 1. */
  readonly nth: number
  /** How many in a row, from there on; once unless told. */
  readonly times?: number
  readonly effect: FaultEffect
}

export class FaultPlan<Place> {
  readonly #faults: readonly Fault<Place>[]
  readonly #counts: number[]
  /** How often something went wrong. */
  fired = 0

  constructor(faults: readonly Fault<Place>[]) {
    this.#faults = faults
    this.#counts = faults.map(() => 0)
  }

  next(place: Place, object: ObjectKind | undefined): FaultEffect | undefined {
    let effect: FaultEffect | undefined
    for (const [i, fault] of this.#faults.entries()) {
      if (fault.at !== undefined && fault.at !== place) continue
      if (fault.object !== undefined && fault.object !== object) continue
      const count = (this.#counts[i] ?? 0) + 1
      this.#counts[i] = count
      if (count >= fault.nth && count < fault.nth + (fault.times ?? 1)) effect ??= fault.effect
    }
    if (effect !== undefined) this.fired++
    return effect
  }
}
