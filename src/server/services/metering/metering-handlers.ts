/** What was metered, what it costs, and what it would cost (H5). */
import { failure } from '#base'
import {
  type AccountId,
  type InstanceId,
  pageItemsDefault,
  type Bill as ShownBill,
} from '#contract'
import {
  addDays,
  type Bill,
  billDays,
  type DayUsage,
  estimateBill,
  type LocalDate,
  localDateAt,
  parseLocalDate,
  quotaUse,
} from '#engine'
import {
  countMeteredDays,
  findInstance,
  listMeteredDays,
  listMeteredInstances,
  listMeteringDays,
  type MeteringDay,
  readPolicyUse,
} from '../../catalog/index.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { readPlansLeft, readUsage } from './metering-days.ts'
import { readTerms } from './metering-terms.ts'
import { policyUsage } from './roll-up.ts'

const estimateDaysDefault = 30

export function meteringHandlers(
  kernel: Pick<ServerKernel, 'catalog' | 'wallMs'>,
): HandlersOf<'metering'> {
  const { db } = kernel.catalog
  return {
    async days({ query }, { identity }) {
      const accountId = accountOf(identity)
      const { from, until, limit = pageItemsDefault, cursor } = query
      const { first, last } = rangeOf(from, until)
      const { tariff } = await readTerms(db, accountId)
      const page = await listMeteredDays(db, { accountId, first, last }, { limit, cursor })
      const [oldest] = page.items
      const newest = page.items.at(-1)
      const rows =
        oldest === undefined || newest === undefined
          ? []
          : await listMeteringDays(db, accountId, { first: oldest.day, last: newest.day })
      const ofDay = Map.groupBy(rows, ({ day }) => day)
      const items = page.items.map(({ day }) =>
        shownDay(day, ofDay.get(day) ?? [], tariff.freeBytes),
      )
      return { items, ...(page.next === undefined ? {} : { next: page.next }) }
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

    async estimate({ query }, { identity }) {
      const accountId = accountOf(identity)
      const { instanceId = [], capacityBytes = 0, days = estimateDaysDefault } = query
      const terms = await readTerms(db, accountId)
      const now = kernel.wallMs()
      const today = localDateAt(terms.tariff.zone, now)
      const added = await capacityOf(accountId, instanceId, now)
      const usage = await usageNow(accountId, {
        date: today,
        now,
        more: added + BigInt(capacityBytes),
      })
      const plans = await readPlansLeft(db, accountId, { terms, before: today })
      return shownBill(estimateBill(usage, days, { ...terms, plans }), days)
    },
  }

  /** A day like today, with more block storage. */
  async function usageNow(
    accountId: AccountId,
    given: { readonly date: LocalDate; readonly now: number; readonly more: bigint },
  ): Promise<DayUsage> {
    const metered = await listMeteredInstances(db, accountId, given.now + 1)
    const capacity = metered.reduce((sum, one) => sum + BigInt(one.capacityBytes), given.more)
    const quantities = policyUsage(given.date, await readPolicyUse(db, accountId))
    return { date: given.date, quantities: { ...quantities, ESSENTIAL_CAPACITY: capacity } }
  }

  /** Of those that are not metered already: these count once. */
  async function capacityOf(
    accountId: AccountId,
    instanceIds: readonly InstanceId[],
    now: number,
  ): Promise<bigint> {
    const metered = await listMeteredInstances(db, accountId, now + 1)
    const known = new Set(metered.map(({ instanceId }) => instanceId))
    let bytes = 0n
    for (const id of new Set(instanceIds)) {
      const instance = await findInstance(db, id)
      if (instance?.accountId !== accountId) throw failure('instance.not-found', { instance: id })
      if (!known.has(id)) bytes += BigInt(instance.blockBytes)
    }
    return bytes
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
