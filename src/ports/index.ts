/** The door of `ports`: sockets in the wall, each with its promises. */
export type { ArchiveEntry, ArchiveWriter } from './archive-writer.ts'
export type { BackupSession, PointDraft } from './backup-session.ts'
export type { BlockExchange } from './block-exchange.ts'
export type { BlockCheck, BlockFinding, BlockOpener, BlockRun } from './block-opener.ts'
export type { BlockRecoder } from './block-recoder.ts'
export type { Clock, ClockReading } from './clock.ts'
export type { KeyStretcher } from './key-stretcher.ts'
export type { Lease, LeaseKind, Leases } from './leases.ts'
export * from './memory/index.ts'
export type {
  ByteRange,
  CopyState,
  ObjectCopies,
  ObjectDraft,
  ObjectEntry,
  ObjectReader,
  ObjectStore,
  ObjectWriter,
} from './object-store.ts'
export type { ReadableFile, ReadableTree } from './readable-tree.ts'
export { type Progress, type Reporter, silentReporter } from './reporter.ts'
export type { SmallFiles } from './small-files.ts'
export type {
  CapturedBatch,
  CapturedChunk,
  CapturedEntry,
  CaptureRequest,
  CompressionEffort,
  LargeFile,
  LargePart,
  LargePiece,
  ListingPage,
  ListRequest,
  SourceLimits,
  SourceTree,
} from './source-tree.ts'
export {
  type ContentRef,
  type EntryFacts,
  type RecordPlace,
  RecordReader,
  RecordWriter,
  type RefState,
  RefTable,
  refBytes,
  suffixedName,
} from './target-records.ts'
export {
  type DirectoryFact,
  type DirectoryMetadata,
  type EntryMetadataFacts,
  type Fidelity,
  type OpenedFile,
  type OpenTarget,
  type PieceSpan,
  type RunOptions,
  type Standing,
  standings,
  type TargetIdentity,
  type TargetOutcome,
  type TargetProblem,
  type TargetRequest,
  type TargetRoot,
  type TargetShortfall,
  type TargetTaskKind,
  type TargetTasks,
  type TargetTree,
  type WindowEntries,
} from './target-tree.ts'
