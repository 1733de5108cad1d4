/** The door of `vault`: engine formats over an object store, and the order of reads and writes. */
export {
  type BlockLocation,
  ChunkIndex,
  chunkName,
  type PackFacts,
  type PackState,
} from './chunk-index.ts'
export { ChunkReader } from './chunk-reader.ts'
export {
  addSlot,
  createSlot,
  type ListedSlot,
  listSlots,
  type NewSlot,
  proveSlot,
  removeSlot,
  type SlotAccess,
  type SlotRemoval,
  slotsMax,
  type Unlocked,
  type UnusableSlot,
  unlock,
} from './key-slots.ts'
export {
  adoptOrphans,
  compareWithStore,
  type LoadedIndex,
  loadIndex,
  readFooter,
} from './load-index.ts'
export { newestEpoch, Ownership } from './ownership.ts'
export { openSession, type PointDraft, Session } from './session.ts'
export { compareRow, PointCursor, TreeCursor } from './tree-cursor.ts'
export {
  choosePoint,
  configName,
  createVault,
  isDamage,
  listMarks,
  listPoints,
  listSegments,
  lockOf,
  openVault,
  putSealed,
  readVaultConfig,
  type Vault,
  type VaultPorts,
} from './vault.ts'
