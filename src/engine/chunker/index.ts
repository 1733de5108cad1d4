/** Where content is cut. */
export {
  type ChunkerParams,
  type CutMasks,
  chunkerParams,
  cutMasks,
  defaultChunkerParams,
  findChunkerParamsProblem,
  windowBytes,
} from './chunker-params.ts'
export { cutPoints, nextCut, type Stretch } from './cut-points.ts'
export { type GearTable, gearTable, gearTableBytes } from './gear-table.ts'
