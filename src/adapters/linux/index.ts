/** The Linux file tree, close to the machine: synchronous functions for worker threads. */
export { closeDescriptor } from './descriptors.ts'
export type {
  EntryMetadata,
  Shortfall,
  WritePermissions,
} from './entry-metadata.ts'
export { checkName } from './entry-name.ts'
export { sourceFailureReason, targetFailure } from './failures.ts'
export { tryLock } from './file-lock.ts'
export { readInodeFlags } from './inode-flags.ts'
export {
  type DirectoryIdentity,
  type DirectoryListing,
  DirectoryPages,
  listDirectory,
} from './list-directory.ts'
export { examineDescriptor, findRecord, type Records } from './listing-records.ts'
export { returnFreeMemory, trim } from './native-memory.ts'
export {
  adviseRead,
  adviseSequential,
  closeEntry,
  compareWithListing,
  type Extent,
  nextData,
  openEntry,
  type ReadRequest,
  readAt,
  readLinkTarget,
  type SinceListed,
} from './read-file.ts'
export { isSystemError, SystemCallError, type SystemErrorReason } from './system-error.ts'
export { type Priority, setThreadPriority } from './thread-priority.ts'
export {
  type FileIdentity,
  type NewFile,
  type Placing,
  type Prepared,
  TreeWriter,
  type WriterOptions,
} from './tree-writer.ts'
export { type DeviceNumber, punchHole } from './write-calls.ts'
export { type OpenEntry, readXattrs, type XattrsRead } from './xattr-calls.ts'
