/** States of jobs, and the words of their reports. */
import { isFinalState, type JobState, jobStates, type RunningStatus } from '#engine'

// States of jobs (D4), reasons of skipping (C3) and the running status (A6) are the engine's, which decides them.
export {
  type JobState,
  jobStates,
  type RunningStatus,
  runningStatusTitles,
  type SkipReason,
  skipReasons,
} from '#engine'

/** States that a job never leaves. */
export const finalJobStates: readonly JobState[] = jobStates.filter(isFinalState)

/** A6: exactly these eight; their titles are in `runningStatusTitles`. */
export const runningStatuses = [
  'NOT_ACTIVATED',
  'PREPARING',
  'PREPARATION_FAILED',
  'READY',
  'RUNNING',
  'BACKING_UP',
  'PAUSED',
  'STOPPED',
] as const satisfies readonly RunningStatus[]

export const jobKinds = ['BACKUP', 'RESTORE'] as const
export type JobKind = (typeof jobKinds)[number]

/** Why a job began. */
export const triggers = ['SCHEDULED', 'MANUAL', 'MISSED_RUN'] as const
export type Trigger = (typeof triggers)[number]

export const jobPhases = ['waiting', 'preparing', 'scanning', 'transferring', 'finishing'] as const
export type JobPhase = (typeof jobPhases)[number]

/** The lists of a job's report (D6); of a restore also what took the place of something else (F4). */
export const reportLists = ['failed', 'skipped', 'inconsistent', 'overwritten'] as const
export type ReportList = (typeof reportLists)[number]

/** F4. */
export const conflictRules = ['skip', 'overwrite', 'keepNewer', 'rename'] as const
export type ConflictRule = (typeof conflictRules)[number]

/** F1. */
export const selectionKinds = ['all', 'include', 'exclude'] as const
export type SelectionKind = (typeof selectionKinds)[number]
