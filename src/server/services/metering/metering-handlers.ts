/** What was metered, what it costs, and what it would cost (H5). */
import { failure } from '#base'
import type { AccountId, MeteredDay, Bill as ShownBill } from '#contract'
import {
  addDays,
  type Bill,
  billDays,
  estimateBill,
  type LocalDate,
  localDateAt,
  meteredItems,
  parseLocalDate,
  quotaUse,
} from '#engine'
import {
  type CatalogDb,
  countMeteredDays,
  listMeteredDays,
  listMeteringDays,
  type MeteringDay,
} from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageAnswer, pageRequestOf } from '../../list-page.ts'
import { capacityOf, usageNow } from './current-usage.ts'
import { meteringCsv } from './metering-csv.ts'
import { readPlansLeft, readUsage } from './metering-days.ts'
import { readTerms } from './metering-terms.ts'

const estimateDaysDefault = 30

export function meteringHandlers(
  kernel: Pick<ServerKernel, 'catalog' | 'wallMs'>,
): HandlersOf<'metering'> {
  const { db } = kernel.catalog
  return {
    async days({ query }, { identity }) {
      const accountId = accountOf(identity)
      const { from, until } = query
      const { first, last } = rangeOf(from, until)
      const { tariff } = await readTerms(db, accountId)
      const page = await listMeteredDays(db, { accountId, first, last }, pageRequestOf(query))
      const [oldest] = page.items
      const newest = page.items.at(-1)
      const rows =
        oldest === undefined || newest === undefined
          ? []
          : await listMeteringDays(db, accountId, { first: oldest.day, last: newest.day })
      const ofDay = Map.groupBy(rows, ({ day }) => day)
      const used = await usedOnDays(db, accountId, page.items)
      const items = page.items.map(({ day }) => ({
        ...shownDay(day, ofDay.get(day) ?? [], tariff.freeBytes),
        items: used.get(day) ?? [],
      }))
      return pageAnswer(items, page.next)
    },

    async bill({ query }, { identity }) {
      const accountId = accountOf(identity)
      const { first, last } = rangeOf(query.from, query.until)
      const terms = await readTerms(db, accountId)
      const plans = await readPlansLeft(db, accountId, { terms, before: first })
      const days = await readUsage(db, accountId, { first, last })
      const count = await countMeteredDays(db, accountId, { first, last })
      return shownBill(billDays({ ...terms, plans, days }), count)
    },

    async csv({ query }, { identity }) {
      const { first, last } = rangeOf(query.from, query.until)
      return meteringCsv(db, accountOf(identity), { first, last })
    },

    async estimate({ query }, { identity }) {
      const accountId = accountOf(identity)
      const { instanceId = [], capacityBytes = 0, days = estimateDaysDefault } = query
      const terms = await readTerms(db, accountId)
      const now = kernel.wallMs()
      const today = localDateAt(terms.tariff.zone, now)
      const added = await capacityOf(db, accountId, { instanceIds: instanceId, now })
      const usage = await usageNow(db, accountId, {
        date: today,
        now,
        more: added + BigInt(capacityBytes),
      })
      const plans = await readPlansLeft(db, accountId, { terms, before: today })
      return shownBill(estimateBill(usage, days, { ...terms, plans }), days)
    },
  }
}

const rangeDaysMax = 3_660

/** Both days included. */
function rangeOf(
  from: string,
  until: string,
): { readonly first: LocalDate; readonly last: LocalDate } {
  const first = parseLocalDate(from)
  const last = parseLocalDate(until)
  if (first > last) throw invalidRange('it ends before it begins')
  if (last > addDays(first, rangeDaysMax)) throw invalidRange('it is longer than ten years')
  return { first, last }
}

function invalidRange(problem: string) {
  return failure('request.invalid', { where: 'query.until', problem })
}

/** Of each day the items that were used, in the order of a bill. */
async function usedOnDays(
  db: CatalogDb,
  accountId: AccountId,
  days: readonly { readonly day: string }[],
): Promise<ReadonlyMap<string, MeteredDay['items']>> {
  const [oldest] = days
  const newest = days.at(-1)
  if (oldest === undefined || newest === undefined) return new Map()
  const range = { first: parseLocalDate(oldest.day), last: parseLocalDate(newest.day) }
  const usage = await readUsage(db, accountId, range)
  return new Map(
    usage.map(({ date, quantities }) => [
      date,
      meteredItems
        .map((item) => ({ item, used: quantities[item] }))
        .filter(({ used }) => used > 0n),
    ]),
  )
}

function shownDay(date: string, rows: readonly MeteringDay[], freeBytes: bigint) {
  const capacity = rows.reduce((sum, { blockBytes }) => sum + BigInt(blockBytes), 0n)
  const use = quotaUse(capacity, freeBytes)
  return {
    date,
    capacityBytes: Number(capacity),
    freeUsedBytes: Number(use.freeUsedBytes),
    freeRemainingBytes: Number(use.freeRemainingBytes),
    billableBytes: Number(use.billableBytes),
    instances: rows.map(({ instanceId, blockBytes, versionAt }) => ({
      instanceId,
      capacityBytes: blockBytes,
      measuredAt: versionAt,
    })),
  }
}

function shownBill({ currency, parts, total }: Bill, days: number): ShownBill {
  return { currency, parts: [...parts], total, days }
}
