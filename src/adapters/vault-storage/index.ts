/** Places for the vaults of a server: folders. */
export { type FolderStorageRequest, folderStorage } from './folder-storage.ts'
