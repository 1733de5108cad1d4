/**
 * What is metered and what it costs (H5). Prices, the free quota and prepaid plans are configuration; without any, every
 * price is zero and the quantities are still shown.
 */
import { defaultTimeZone, type LocalDate, type TimeZone } from '../schedule/zone-time.ts'
import type { UnitPrice } from './money.ts'

/**
 * Items of a bill. Capacity, storage and clients are counted per day; traffic once, on the day on which it flows. Of
 * client-held or mirrored vaults nothing is counted twice: each stored byte is in one vault.
 */
export const meteredItems = [
  /** Block storage of instances with an Essential version; the free quota applies. */
  'ESSENTIAL_CAPACITY',
  /** Clients with backup data of policies. */
  'CLIENTS',
  'STORAGE_LRS',
  'STORAGE_ZRS',
  'MIRROR_STORAGE_LRS',
  'MIRROR_STORAGE_ZRS',
  'MIRROR_TRAFFIC',
  /** Restores over the public endpoint; backups and private restores are free. */
  'RESTORE_TRAFFIC',
] as const

export type MeteredItem = (typeof meteredItems)[number]

/** What one unit of a price means. A GiB is 2^30 bytes. */
export const itemUnits: Readonly<Record<MeteredItem, 'GiB·day' | 'client·day' | 'GiB'>> = {
  ESSENTIAL_CAPACITY: 'GiB·day',
  CLIENTS: 'client·day',
  STORAGE_LRS: 'GiB·day',
  STORAGE_ZRS: 'GiB·day',
  MIRROR_STORAGE_LRS: 'GiB·day',
  MIRROR_STORAGE_ZRS: 'GiB·day',
  MIRROR_TRAFFIC: 'GiB',
  RESTORE_TRAFFIC: 'GiB',
}

export const gib = 1n << 30n

/** A prepaid plan: so much of one item, used up before anything is charged, on the days of its validity. */
export type PrepaidPlan = {
  readonly id: string
  readonly item: MeteredItem
  /** Bytes (times days), or clients times days, that are left. */
  readonly quantity: bigint
  readonly firstDate: LocalDate
  readonly lastDate: LocalDate
}

export type Tariff = {
  /** ISO 4217, shown with amounts. */
  readonly currency: string
  /** Where the day of metering begins at 00:00. */
  readonly zone: TimeZone
  /** Essential capacity that costs nothing, per account and day, over all regions. */
  readonly freeBytes: bigint
  readonly prices: Readonly<Record<MeteredItem, UnitPrice>>
}

/** 100 GiB free, days of UTC+8, no prices. */
export const defaultTariff: Tariff = {
  currency: 'CNY',
  zone: defaultTimeZone,
  freeBytes: 100n * gib,
  prices: pricesOf(() => 0n),
}

/** The price of one unit of every item, as `itemUnits` names it. */
export function pricesOf(micros: (item: MeteredItem) => bigint): Tariff['prices'] {
  const price = (item: MeteredItem): UnitPrice => ({
    micros: micros(item),
    perQuantity: item === 'CLIENTS' ? 1n : gib,
  })
  return {
    ESSENTIAL_CAPACITY: price('ESSENTIAL_CAPACITY'),
    CLIENTS: price('CLIENTS'),
    STORAGE_LRS: price('STORAGE_LRS'),
    STORAGE_ZRS: price('STORAGE_ZRS'),
    MIRROR_STORAGE_LRS: price('MIRROR_STORAGE_LRS'),
    MIRROR_STORAGE_ZRS: price('MIRROR_STORAGE_ZRS'),
    MIRROR_TRAFFIC: price('MIRROR_TRAFFIC'),
    RESTORE_TRAFFIC: price('RESTORE_TRAFFIC'),
  }
}

/** What makes a tariff senseless, as a sentence; undefined: nothing. */
export function findTariffProblem(tariff: Tariff): string | undefined {
  if (!/^[A-Z]{3}$/.test(tariff.currency)) return 'A currency has three capital letters (ISO 4217).'
  if (tariff.freeBytes < 0n) return 'The free quota is not negative.'
  const broken = meteredItems.find((item) => {
    const { micros, perQuantity } = tariff.prices[item]
    return micros < 0n || perQuantity <= 0n
  })
  return broken === undefined ? undefined : `The price of ${broken} is negative or for nothing.`
}

/** What makes a prepaid plan senseless, as a sentence; undefined: nothing. */
export function findPrepaidProblem(plan: PrepaidPlan): string | undefined {
  if (plan.quantity < 0n) return 'A prepaid plan holds some quantity.'
  return plan.firstDate <= plan.lastDate ? undefined : 'A prepaid plan ends after it begins.'
}
