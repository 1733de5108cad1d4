/** The Linux file tree, close to the machine: synchronous functions for worker threads. */
export { closeDescriptor } from './descriptors.ts'
export { readInodeFlags } from './inode-flags.ts'
export {
  type DirectoryIdentity,
  type DirectoryListing,
  DirectoryPages,
  listDirectory,
} from './list-directory.ts'
export { examineDescriptor, findRecord, type Records } from './listing-records.ts'
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
export { type OpenEntry, readXattrs, type XattrsRead } from './xattr-calls.ts'
