/**
 * The counts of the overview (G1), for one region or all: pass the instances that are meant. Every existing instance is
 * in exactly one of the two counts; a released one only in the first, as long as a version of it is left.
 */
import { assert } from '#base'

export type CountedInstance = {
  /** The instance is gone; its versions may be left. */
  readonly isReleased: boolean
  /** Backup versions that can be restored now. */
  readonly versions: number
  /** Total size of the block storage attached to it, at its newest version when it is released. */
  readonly capacityBytes: number
}

export type Overview = {
  readonly backedUp: number
  readonly unBackedUp: number
  /** Block storage of the backed-up ones. */
  readonly capacityBytes: number
}

export type QuotaUse = {
  readonly freeUsedBytes: bigint
  readonly freeRemainingBytes: bigint
  readonly billableBytes: bigint
}

/** Activated without a version does not count as backed up, whatever the cause (G1). */
export function countOverview(instances: Iterable<CountedInstance>): Overview {
  let backedUp = 0
  let unBackedUp = 0
  let capacityBytes = 0
  for (const instance of instances) {
    if (instance.versions > 0) {
      backedUp++
      capacityBytes += instance.capacityBytes
    } else if (!instance.isReleased) unBackedUp++
  }
  assert(Number.isSafeInteger(capacityBytes), 'the block storage of an account is below 8 PiB')
  return { backedUp, unBackedUp, capacityBytes }
}

/** How much of the free quota a capacity over all regions uses, and what exceeds it (G1, H5). */
export function quotaUse(capacityBytes: bigint, freeBytes: bigint): QuotaUse {
  const freeUsedBytes = capacityBytes < freeBytes ? capacityBytes : freeBytes
  return {
    freeUsedBytes,
    freeRemainingBytes: freeBytes - freeUsedBytes,
    billableBytes: capacityBytes - freeUsedBytes,
  }
}
