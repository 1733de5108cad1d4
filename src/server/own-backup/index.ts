/** The backup of the server itself, and the way back from it. */
export { OwnBackup } from './own-backup.ts'
export { exportFileName, type KeptExport, type OwnBackupPorts } from './own-backup-ports.ts'
export { type RecoveredCatalog, type RecoverParts, recoverCatalog } from './recover-catalog.ts'
