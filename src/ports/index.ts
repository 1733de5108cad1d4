/** The door of `ports`: sockets in the wall, each with its promises. */
export type { BlockCheck, BlockFinding, BlockOpener, BlockRun } from './block-opener.ts'
export type { Clock, ClockReading } from './clock.ts'
export type { KeyStretcher } from './key-stretcher.ts'
export type { Lease, LeaseKind, Leases } from './leases.ts'
export * from './memory/index.ts'
export type {
  ByteRange,
  ObjectDraft,
  ObjectEntry,
  ObjectReader,
  ObjectStore,
  ObjectWriter,
} from './object-store.ts'
export { type Progress, type Reporter, silentReporter } from './reporter.ts'
export type {
  CapturedBatch,
  CapturedChunk,
  CapturedContent,
  CapturedEntry,
  CaptureRequest,
  LargeFile,
  LargePart,
  LargePiece,
  ListingPage,
  ListRequest,
  SourceLimits,
  SourceTree,
} from './source-tree.ts'
