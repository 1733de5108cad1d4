/** The Linux file tree, close to the machine: synchronous functions for worker threads. */
export { type DirectoryIdentity, type DirectoryListing, listDirectory } from './list-directory.ts'
export { SystemCallError, type SystemErrorReason } from './system-error.ts'
