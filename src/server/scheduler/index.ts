/** The scheduler of a server: what happens without anybody asking. */
export type { PeriodicWork } from './periodic-work.ts'
export {
  type LookReport,
  openScheduler,
  type Scheduler,
  type SchedulerOptions,
} from './scheduler.ts'
export { schedulerBell } from './scheduler-bell.ts'
export { vaultChore } from './vault-chore.ts'
