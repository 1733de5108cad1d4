/** Counting and metering: the overview, what a day used, and what it costs. */
export {
  type ChargedInstance,
  type EssentialDay,
  type EssentialDayRequest,
  type MeteredInstance,
  type MeteredVersion,
  meterEssentialDay,
} from './essential-capacity.ts'
export { type Bill, type BillPart, type BillRequest, billDays, estimateBill } from './estimate.ts'
export { chargeFor, type MicroUnits, moneyText, parseMoney, type UnitPrice } from './money.ts'
export {
  type CountedInstance,
  countOverview,
  type Overview,
  type QuotaUse,
  quotaUse,
} from './overview.ts'
export {
  defaultTariff,
  findPrepaidProblem,
  findTariffProblem,
  gib,
  itemUnits,
  type MeteredItem,
  meteredItems,
  type PrepaidPlan,
  pricesOf,
  type Tariff,
} from './tariff.ts'
export { type DayUsage, dayUsage, noUsage, type StandardFacts, type VaultUsage } from './usage.ts'
