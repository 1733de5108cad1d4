/**
 * Trusted time (rules T-1, T-3, T-4): a clock of the vault that only advances by time that certainly passed: by how long
 * one boot of one machine has been running since that boot was last seen. Wall clocks are not asked, so no NTP attack,
 * wrong date or reverted machine ends a retention early; time while no known machine ran is not credited, so it ends late.
 */
import type { BootRecord } from '../format/ledger-state.ts'

export type BootReading = { readonly bootId: string; readonly upMs: number }

/** Trusted time now, from the last known and from what this boot was seen at before. */
export function trustedTimeAt(
  known: {
    readonly trustedAt: number
    readonly boots: readonly Omit<BootRecord, 'lastEntry'>[]
  },
  reading: BootReading,
): number {
  const own = known.boots.find((boot) => boot.bootId === reading.bootId)
  if (own === undefined) return known.trustedAt
  return Math.max(known.trustedAt, Math.floor(own.trustedAt + Math.max(0, reading.upMs - own.upMs)))
}
