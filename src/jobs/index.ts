/** The door of `jobs`: the verbs. */
export {
  type BackupOutcome,
  type BackupPorts,
  type BackupRequest,
  parentOf,
  performBackup,
} from './backup/backup.ts'
export {
  deadShareDefault,
  type GarbageRequest,
  performGarbage,
  proposeGarbage,
} from './collect-garbage.ts'
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
