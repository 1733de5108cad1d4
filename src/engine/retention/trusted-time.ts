/**
 * Trusted time (rules T-1, T-3, T-4): a clock of the vault that only advances by time that certainly passed: by how long
 * one boot of one machine has been running since that boot was last seen. Wall clocks are not asked, so no NTP attack,
 * wrong date or reverted machine ends a retention early; time while no known machine ran is not credited, so it ends late.
 */
import { type BootRecord, bootRecordsMax } from '../format/epoch.ts'

export type BootReading = { readonly bootId: string; readonly upMs: number }

export type TrustedTime = { readonly trustedAt: number; readonly boots: readonly BootRecord[] }

/**
 * @param seen the latest trusted time that any object of the vault shows
 * @returns trusted time now, and the records to keep: the newest of each boot, this one first
 */
export function advanceTrustedTime(
  record: TrustedTime,
  seen: number,
  reading: BootReading,
): TrustedTime {
  const own = record.boots.find((boot) => boot.bootId === reading.bootId)
  const passed = own === undefined ? 0 : Math.max(0, reading.upMs - own.upMs)
  const credited = own === undefined ? 0 : own.trustedAt + passed
  const trustedAt = Math.max(record.trustedAt, seen, Math.floor(credited))
  const others = record.boots.filter((boot) => boot.bootId !== reading.bootId)
  const boots = [{ bootId: reading.bootId, upMs: Math.ceil(reading.upMs), trustedAt }, ...others]
  return { trustedAt, boots: boots.slice(0, bootRecordsMax) }
}
