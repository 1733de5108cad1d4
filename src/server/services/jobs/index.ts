/** Backup jobs and restore jobs. */
export { type Cancelled, cancelRun } from './cancel-job.ts'
export { createRestore, type RestoreOrder } from './create-restore.ts'
export type { LiveProgress } from './job-record.ts'
export { jobsHandlers } from './jobs-handlers.ts'
export { restoreJobsHandlers } from './restore-jobs-handlers.ts'
