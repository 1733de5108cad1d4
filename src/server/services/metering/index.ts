/** Metering: days, bills and estimates (H5). */
export { meteringHandlers } from './metering-handlers.ts'
export {
  type MeteringTerms,
  parsePrepaid,
  parseTariff,
  prepaidSetting,
  readTerms,
  serverScope,
  tariffSetting,
} from './metering-terms.ts'
export { meteringRollUp } from './roll-up.ts'
