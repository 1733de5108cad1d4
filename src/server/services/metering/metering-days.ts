/** Days of metering as the catalog has them, as the engine bills them. */
import type { AccountId } from '#contract'
import {
  addDays,
  billDays,
  type DayUsage,
  type LocalDate,
  noUsage,
  type PrepaidPlan,
  parseLocalDate,
  parseTimeZone,
  type TimeZone,
} from '#engine'
import { type CatalogDb, sumMeteredDays } from '../../catalog/index.ts'
import type { MeteringTerms } from './metering-terms.ts'

export type DateRange = { readonly first: LocalDate; readonly last: LocalDate }

/** What the days of a time used, in the order of dates; days without any use are not among them. */
export async function readUsage(
  db: CatalogDb,
  accountId: AccountId,
  range: DateRange,
): Promise<readonly DayUsage[]> {
  const sums = await sumMeteredDays(db, accountId, range)
  const days = Map.groupBy(sums, ({ day }) => day)
  return [...days]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([day, parts]) => {
      const quantities = noUsage()
      for (const { item, quantity } of parts) quantities[item] += quantity
      return { date: parseLocalDate(day), quantities }
    })
}

/** What the days before a date leave of prepaid plans: they are used in the order of days, whichever bill is asked for. */
export async function readPlansLeft(
  db: CatalogDb,
  accountId: AccountId,
  given: { readonly terms: MeteringTerms; readonly before: LocalDate },
): Promise<readonly PrepaidPlan[]> {
  const { terms, before } = given
  const [earliest] = terms.plans.map(({ firstDate }) => firstDate).toSorted()
  if (earliest === undefined || earliest >= before) return terms.plans
  const days = await readUsage(db, accountId, { first: earliest, last: addDays(before, -1) })
  return billDays({ ...terms, days }).plansAfter
}

/** A zone that this machine does not know any more: days are those of UTC. */
export function parseZone(text: string | undefined): TimeZone {
  try {
    return parseTimeZone(text ?? 'UTC')
  } catch {
    return parseTimeZone('UTC')
  }
}
