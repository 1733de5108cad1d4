/** The scheduler of a server: what happens without anybody asking. */
export { clearingWork } from './clearing-work.ts'
export type { PeriodicWork } from './periodic-work.ts'
export { recentBackupWork } from './recent-backups.ts'
export {
  type LookReport,
  openScheduler,
  type Scheduler,
  type SchedulerOptions,
} from './scheduler.ts'
export { schedulerBell } from './scheduler-bell.ts'
export { tagBindingWork } from './tag-bindings.ts'
export { vaultChore } from './vault-chore.ts'
