/** The door of `vault`: engine formats over an object store, and the order of reads and writes. */
export {
  type BlockRequest,
  type BlockSource,
  type FetchedBlocks,
  storeBlocks,
} from './block-source.ts'
export { choosePoint, isOfSource } from './choose-point.ts'
export {
  type BlockLocation,
  ChunkIndex,
  chunkName,
  type PackFacts,
  type PackState,
} from './chunk-index.ts'
export { ChunkReader } from './chunk-reader.ts'
export {
  type CollectionOutcome,
  type CollectionRequest,
  collect,
  previewCollection,
} from './gc/collect.ts'
export { LiveSet, markLive } from './gc/mark-live.ts'
export type { CollectionProposal } from './gc/propose-collection.ts'
export type { SweepOutcome } from './gc/sweep.ts'
export { ChunkSet } from './guest/chunk-set.ts'
export {
  type GuestRequest,
  GuestSession,
  type SentBlock,
  type StoredBlock,
} from './guest/guest-session.ts'
export { OwnChunks } from './guest/own-chunks.ts'
export {
  describePlaces,
  type FetchLimits,
  ownOfPoint,
  type PlacesRequest,
  ReleasedBlocks,
  type ReleaseTools,
} from './guest/released-blocks.ts'
export {
  describeByBlocks,
  type InspectedIndex,
  inspectIndex,
  type UnindexedPack,
} from './inspect-index.ts'
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
export { configChangeOf, listLedger, readEntry, readLedger } from './ledger.ts'
export {
  adoptOrphans,
  applyLedger,
  compareWithStore,
  type LoadedIndex,
  loadIndex,
  readFooter,
  toIndexedPack,
} from './load-index.ts'
export { assertNoLostEntries, findLostEntries, type LostEntries } from './lost-entries.ts'
export type { LostPromises } from './lost-promises.ts'
export { loadOwnIndex, openSession, openSessionOn } from './open-session.ts'
export { Ownership } from './ownership.ts'
export { type RebuiltIndex, rebuildIndex, rebuildLedger } from './rebuild.ts'
export {
  doubtReason,
  type LedgerRemains,
  type Salvage,
  salvageLedger,
  salvageState,
} from './salvage-ledger.ts'
export { assertRetention, Session } from './session.ts'
export { compareRow, PointCursor, TreeCursor } from './tree-cursor.ts'
export {
  configName,
  createVault,
  isDamage,
  listPoints,
  listSegments,
  openVault,
  type PointList,
  putSealed,
  readPoint,
  readPoints,
  readVaultConfig,
  type Vault,
  type VaultPorts,
  type VaultView,
} from './vault.ts'
export { type WalkedBlock, walkPack } from './walk-pack.ts'
