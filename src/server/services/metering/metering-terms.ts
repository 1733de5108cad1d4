/**
 * Prices, the free quota and prepaid plans, as settings keep them: the tariff is the server's, or an account's own; what
 * is prepaid is an account's. Without settings every price is zero and quantities are still shown (H5).
 */
import { failure } from '#base'
import type { AccountId } from '#contract'
import {
  defaultTariff,
  findPrepaidProblem,
  findTariffProblem,
  gib,
  type JsonValue,
  type MeteredItem,
  meteredItems,
  type PrepaidPlan,
  parseLocalDate,
  parseMoney,
  pricesOf,
  type Tariff,
} from '#engine'
import { type CatalogDb, findAccount, findSetting, type JsonRecord } from '../../catalog/index.ts'
import { parseZone } from './metering-days.ts'

export const tariffSetting = 'tariff'
export const prepaidSetting = 'prepaid'
export const serverScope = 'server'

export type MeteringTerms = { readonly tariff: Tariff; readonly plans: readonly PrepaidPlan[] }

export async function readTerms(db: CatalogDb, accountId: AccountId): Promise<MeteringTerms> {
  const account = await findAccount(db, accountId)
  const own = await findSetting(db, accountId, tariffSetting)
  const chosen = own ?? (await findSetting(db, serverScope, tariffSetting))
  const prepaid = await findSetting(db, accountId, prepaidSetting)
  const tariff = chosen === undefined ? defaultTariff : parseTariff(chosen.value)
  return {
    tariff: { ...tariff, zone: parseZone(account?.timeZone) },
    plans: prepaid === undefined ? [] : parsePrepaid(prepaid.value),
  }
}

/**
 * `{ currency: 'CNY', freeGib: 100, prices: { ESSENTIAL_CAPACITY: '0.02' } }`; what is not named is free of charge.
 * @throws tariff.invalid
 */
export function parseTariff(value: JsonValue): Tariff {
  const record = recordOf(value, 'A tariff is an object.')
  const prices = recordOf(record['prices'] ?? {}, 'Prices are an object of items.')
  refuseOthers(record, ['currency', 'freeGib', 'prices'])
  refuseOthers(prices, meteredItems)
  const free = record['freeGib'] ?? Number(defaultTariff.freeBytes / gib)
  if (!Number.isSafeInteger(free)) throw invalid('The free quota is a whole number of GiB.')
  const tariff: Tariff = {
    ...defaultTariff,
    currency: String(record['currency'] ?? defaultTariff.currency),
    freeBytes: BigInt(Number(free)) * gib,
    prices: pricesOf((item) => parseMoney(String(prices[item] ?? '0'))),
  }
  const problem = findTariffProblem(tariff)
  if (problem !== undefined) throw invalid(problem)
  return tariff
}

/**
 * `[{ id, item, quantity: '1099511627776', firstDate, lastDate }]`: bytes times days, bytes, or clients times days.
 * @throws tariff.invalid, schedule.invalid
 */
export function parsePrepaid(value: JsonValue): readonly PrepaidPlan[] {
  if (!Array.isArray(value)) throw invalid('Prepaid plans are a list.')
  const ids = new Set<string>()
  return value.map((one) => {
    const record = recordOf(one, 'A prepaid plan is an object.')
    refuseOthers(record, ['id', 'item', 'quantity', 'firstDate', 'lastDate'])
    const quantity = String(record['quantity'])
    if (!/^\d{1,38}$/.test(quantity)) throw invalid('A quantity is a whole number, as text.')
    const plan: PrepaidPlan = {
      id: String(record['id']),
      item: itemOf(record['item']),
      quantity: BigInt(quantity),
      firstDate: parseLocalDate(String(record['firstDate'])),
      lastDate: parseLocalDate(String(record['lastDate'])),
    }
    const problem = findPrepaidProblem(plan)
    if (problem !== undefined) throw invalid(problem)
    if (ids.has(plan.id)) throw invalid(`There are two prepaid plans ${plan.id}.`)
    ids.add(plan.id)
    return plan
  })
}

function itemOf(value: JsonValue | undefined): MeteredItem {
  const item = meteredItems.find((one) => one === value)
  if (item === undefined) throw invalid(`"${String(value)}" is not metered.`)
  return item
}

function recordOf(value: JsonValue | undefined, problem: string): JsonRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(problem)
  return Object.fromEntries(Object.entries(value))
}

/** A price with a wrong name would be free. */
function refuseOthers(record: JsonRecord, known: readonly string[]): void {
  const other = Object.keys(record).find((name) => !known.includes(name))
  if (other !== undefined) throw invalid(`"${other}" is not known here.`)
}

function invalid(problem: string) {
  return failure('tariff.invalid', { problem })
}
