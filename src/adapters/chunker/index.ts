/** Where content is cut, in shared memory and at speed. */
export {
  type GearChunker,
  type GearPlace,
  openGearChunker,
  outputBytes,
  type Region,
  writeGearTable,
} from './gear-chunker.ts'
