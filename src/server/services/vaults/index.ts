/** The door of this service within the server. */
export { performDueRemovals, removalDelayMs } from './vault-removal.ts'
export { type VaultsPorts, vaultsHandlers } from './vaults.ts'
