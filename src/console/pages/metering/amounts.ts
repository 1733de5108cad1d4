/** Quantities and money of metering as people read them. */
import type { Bill } from '#contract'
import { formatBytes, formatDay } from '../../parts/formats.tsx'
import { useLanguage, usePageWords } from '../../words/language.tsx'
import { meteringTexts } from '../../words/metering.ts'

export type Item = Bill['parts'][number]['item']

export type Amounts = {
  /** Of one day. */
  readonly ofDay: (item: Item, used: bigint) => string
  /** Summed over days. */
  readonly ofDays: (item: Item, used: bigint) => string
  readonly money: (micros: bigint, currency: string) => string
  readonly count: (value: number) => string
  /** @param day as "2026-11-22" */
  readonly day: (day: string) => string
}

export function useAmounts(): Amounts {
  const { units } = usePageWords(meteringTexts)
  const { locale } = useLanguage()
  const plain = new Intl.NumberFormat(locale)
  const bytes = (used: bigint) => formatBytes(Number(used), locale)
  return {
    ofDay: (item, used) => (item === 'CLIENTS' ? units.clients(plain.format(used)) : bytes(used)),
    ofDays(item, used) {
      if (item === 'CLIENTS') return units.clientDays(plain.format(used))
      return isTraffic(item) ? bytes(used) : units.byteDays(bytes(used))
    },
    money: (micros, currency) => moneyFormat(locale, currency).format(Number(micros) / 1_000_000),
    count: (value) => plain.format(value),
    day: (day) => formatDay(day, locale),
  }
}

/** Counted once, on the day on which it flows. */
function isTraffic(item: Item): boolean {
  return item === 'MIRROR_TRAFFIC' || item === 'RESTORE_TRAFFIC'
}

function moneyFormat(locale: string, currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: 6,
  })
}
