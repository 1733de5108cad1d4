/** Vault storage: a folder of this machine. */
export {
  type DirectoryStore,
  type DirectoryStoreOptions,
  openDirectoryStore,
} from './directory-store.ts'
export { type SpaceReserve, spaceReserve } from './space-reserve.ts'
export type { Healing } from './twofold-objects.ts'
