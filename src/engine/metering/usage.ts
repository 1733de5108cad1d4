/** How much of each item one day used (H5): counted from clients, vaults and traffic of policies, and Essential's day. */
import { assert } from '#base'
import type { LocalDate } from '../schedule/zone-time.ts'
import type { MeteredItem } from './tariff.ts'

/** Quantities of one day: bytes, or clients. */
export type DayUsage = {
  readonly date: LocalDate
  readonly quantities: Readonly<Record<MeteredItem, bigint>>
}

export type VaultUsage = {
  readonly kind: 'standard' | 'mirror'
  readonly redundancy: 'LRS' | 'ZRS'
  /** After deduplication and compression. */
  readonly storedBytes: number
}

export type StandardFacts = {
  /** Backup data that each client has in vaults, installed or not; none: it is not charged (original 8). */
  readonly clients: readonly { readonly hasBackupData: boolean }[]
  /** Vaults of policies at the end of the day; Essential's are covered by its capacity. */
  readonly vaults: readonly VaultUsage[]
  /** Bytes that mirrors fetched from other regions on that day. */
  readonly mirrorTrafficBytes: number
  /** Bytes restored over the public endpoint on that day. */
  readonly publicRestoreBytes: number
}

/** One day from its facts. @param essentialBytes capacity before the free quota, which the estimate takes off. */
export function dayUsage(date: LocalDate, facts: StandardFacts, essentialBytes: bigint): DayUsage {
  const quantities = { ...noUsage(), ESSENTIAL_CAPACITY: essentialBytes }
  for (const vault of facts.vaults) quantities[storageItem(vault)] += wholeBytes(vault.storedBytes)
  quantities.CLIENTS = BigInt(facts.clients.filter(({ hasBackupData }) => hasBackupData).length)
  quantities.MIRROR_TRAFFIC = wholeBytes(facts.mirrorTrafficBytes)
  quantities.RESTORE_TRAFFIC = wholeBytes(facts.publicRestoreBytes)
  return { date, quantities }
}

/** Nothing of anything. */
export function noUsage(): Record<MeteredItem, bigint> {
  return {
    ESSENTIAL_CAPACITY: 0n,
    CLIENTS: 0n,
    STORAGE_LRS: 0n,
    STORAGE_ZRS: 0n,
    MIRROR_STORAGE_LRS: 0n,
    MIRROR_STORAGE_ZRS: 0n,
    MIRROR_TRAFFIC: 0n,
    RESTORE_TRAFFIC: 0n,
  }
}

function storageItem({ kind, redundancy }: VaultUsage): MeteredItem {
  return kind === 'mirror' ? `MIRROR_STORAGE_${redundancy}` : `STORAGE_${redundancy}`
}

function wholeBytes(bytes: number): bigint {
  assert(Number.isSafeInteger(bytes) && bytes >= 0, 'used bytes are a whole number')
  return BigInt(bytes)
}
