/** The door of `jobs`: the verbs. */
export { type BackupOutcome, parentOf, performBackup } from './backup/backup.ts'
export type { BackupPorts, BackupRequest } from './backup/backup-request.ts'
export type { DirectoryMarks } from './backup/directory-rules.ts'
export { diffPoints, type PointDifference } from './browse/diff-points.ts'
export { changeBetween, type EntryChange } from './browse/entry-change.ts'
export {
  type EntryFinding,
  type EntryVersion,
  historyOf,
  PathLookup,
  showsSame,
} from './browse/entry-history.ts'
export { type FoundEntry, findEntries } from './browse/find-entries.ts'
export { folderSums } from './browse/folder-sums.ts'
export { type ListingForm, ListingText, modeText } from './browse/listing-text.ts'
export { PointPaths } from './browse/point-paths.ts'
export {
  findEntry,
  getEntry,
  listEntries,
  openRows,
  PointRows,
  type RowsRequest,
} from './browse/point-rows.ts'
export { PointsTree, PointTree, pointFolderName } from './browse/point-tree.ts'
export { type FrontierHead, TreeFrontier } from './browse/tree-frontier.ts'
export { PointSeeker } from './browse/tree-seeker.ts'
export { isWithin, listFailures, UnreadPaths } from './browse/unread-paths.ts'
export { statsOf, type VaultStats } from './browse/vault-stats.ts'
export {
  deadShareDefault,
  type GarbageRequest,
  performGarbage,
  proposeGarbage,
} from './collect-garbage.ts'
export { type DumpOutcome, type DumpRequest, dumpArchive } from './dump/dump-archive.ts'
export { dumpFile } from './dump/dump-file.ts'
export { type ContentRange, FileContent } from './dump/file-content.ts'
export {
  type ExpireProposal,
  type ExpireRequest,
  extendRetention,
  holdPoint,
  performExpire,
  proposeExpire,
  releasePoint,
  takeBack,
  trashMs,
} from './expire.ts'
export {
  isNothingToRepair,
  proposeRepair,
  type RepairPorts,
  type RepairProposal,
  type RepairRequest,
} from './repair/propose-repair.ts'
export { performRepair, type RepairOutcome } from './repair/repair.ts'
export { type ConflictRule, conflictRules } from './restore/conflict.ts'
export type { RestoreDestination } from './restore/destinations.ts'
export {
  performRestore,
  type RestoreOutcome,
  type RestorePorts,
  type RestoreRequest,
} from './restore/restore.ts'
export type { RestoreFailure, RestoreNote, RestoreSummary } from './restore/restore-report.ts'
export type { RestoreSelection } from './restore/selection.ts'
export type {
  AffectedPoint,
  PackCoverage,
  ProblemKind,
  VerifyProblem,
  VerifyReport,
} from './verify/findings.ts'
export type { ReadShare } from './verify/pack-share.ts'
export { performScrub, type ScrubPorts } from './verify/scrub.ts'
export {
  performVerify,
  readEverything,
  type VerifyPorts,
  type VerifyRequest,
  verifyFailure,
} from './verify/verify.ts'
