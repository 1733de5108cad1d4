/** The door of `jobs`: the verbs. */
export {
  type BackupOutcome,
  type BackupPorts,
  type BackupRequest,
  parentOf,
  performBackup,
} from './backup/backup.ts'
