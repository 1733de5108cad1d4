/**
 * What days of use cost (H5), with its parts: used, free, prepaid, charged. The same function makes the bill of days that
 * are over and the estimate of days to come, also before anything is activated.
 */
import { addDays, type LocalDate } from '../schedule/zone-time.ts'
import { chargeFor, type MicroUnits } from './money.ts'
import { type MeteredItem, meteredItems, type PrepaidPlan, type Tariff } from './tariff.ts'
import type { DayUsage } from './usage.ts'

/** One line of a bill; `used` = `free` + `prepaid` + `charged`, all in the item's quantity summed over days. */
export type BillPart = {
  readonly item: MeteredItem
  readonly used: bigint
  readonly free: bigint
  readonly prepaid: bigint
  readonly charged: bigint
  readonly amount: MicroUnits
}

export type Bill = {
  readonly currency: string
  /** Of items that were used; the order of `meteredItems`. */
  readonly parts: readonly BillPart[]
  readonly total: MicroUnits
  /** What the days leave of the prepaid plans. */
  readonly plansAfter: readonly PrepaidPlan[]
}

export type BillRequest = {
  readonly tariff: Tariff
  /** In the order of dates. */
  readonly days: readonly DayUsage[]
  readonly plans: readonly PrepaidPlan[]
}

type Part = { used: bigint; free: bigint; prepaid: bigint; charged: bigint }

/** Free quota first, then prepaid plans, the one that ends first; the rest at its price. */
export function billDays(request: BillRequest): Bill {
  const left = new Map(request.plans.map((plan) => [plan.id, plan.quantity]))
  const parts = meteredItems.flatMap((item) => {
    const plans = request.plans.filter((plan) => plan.item === item).sort(endsFirst)
    const part: Part = { used: 0n, free: 0n, prepaid: 0n, charged: 0n }
    for (const day of request.days) addDay(part, { item, day, plans, left, tariff: request.tariff })
    const amount = chargeFor(part.charged, request.tariff.prices[item])
    return part.used === 0n ? [] : [{ item, ...part, amount }]
  })
  return {
    currency: request.tariff.currency,
    parts,
    total: parts.reduce((sum, part) => sum + part.amount, 0n),
    plansAfter: request.plans.map((plan) => ({ ...plan, quantity: left.get(plan.id) ?? 0n })),
  }
}

/** The bill of `days` days like `usage`, beginning on its date: "what would it cost?". */
export function estimateBill(
  usage: DayUsage,
  days: number,
  terms: Omit<BillRequest, 'days'>,
): Bill {
  const repeated = Array.from({ length: days }, (_, i) => ({
    ...usage,
    date: addDays(usage.date, i),
  }))
  return billDays({ ...terms, days: repeated })
}

function addDay(
  part: Part,
  facts: {
    readonly item: MeteredItem
    readonly day: DayUsage
    readonly plans: readonly PrepaidPlan[]
    readonly left: Map<string, bigint>
    readonly tariff: Tariff
  },
): void {
  const used = facts.day.quantities[facts.item]
  const quota = facts.item === 'ESSENTIAL_CAPACITY' ? facts.tariff.freeBytes : 0n
  const free = smaller(used, quota)
  const prepaid = usePlans(used - free, facts)
  part.used += used
  part.free += free
  part.prepaid += prepaid
  part.charged += used - free - prepaid
}

/** Takes what is wanted from the plans that hold on that day; returns how much they gave. */
function usePlans(
  wanted: bigint,
  facts: {
    readonly day: { readonly date: LocalDate }
    readonly plans: readonly PrepaidPlan[]
    readonly left: Map<string, bigint>
  },
): bigint {
  let given = 0n
  for (const plan of facts.plans) {
    const { date } = facts.day
    if (date < plan.firstDate || date > plan.lastDate) continue
    const stock = facts.left.get(plan.id) ?? 0n
    const taken = smaller(stock, wanted - given)
    facts.left.set(plan.id, stock - taken)
    given += taken
  }
  return given
}

/** Plans that end together are used in the order of their ids, so that a bill is always the same. */
function endsFirst(a: PrepaidPlan, b: PrepaidPlan): number {
  if (a.lastDate !== b.lastDate) return a.lastDate < b.lastDate ? -1 : 1
  return a.id < b.id ? -1 : 1
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
