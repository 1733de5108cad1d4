/** States of jobs, and the words of their reports. */

/** D4. */
export const jobStates = [
  'CREATED',
  'QUEUED',
  'RUNNING',
  'COMPLETE',
  'PARTIAL_COMPLETE',
  'FAILED',
  'CANCELED',
  'EXPIRED',
  'SKIPPED',
] as const
export type JobState = (typeof jobStates)[number]

/** States that a job never leaves. */
export const finalJobStates = [
  'COMPLETE',
  'PARTIAL_COMPLETE',
  'FAILED',
  'CANCELED',
  'EXPIRED',
  'SKIPPED',
] as const satisfies readonly JobState[]

/** A6, as the API writes them; the console's words are in `runningStatusTitles`. */
export const runningStatuses = [
  'NOT_ACTIVATED',
  'PREPARING',
  'PREPARATION_FAILED',
  'READY',
  'RUNNING',
  'BACKING_UP',
  'PAUSED',
  'STOPPED',
] as const
export type RunningStatus = (typeof runningStatuses)[number]

export const runningStatusTitles: Readonly<Record<RunningStatus, string>> = {
  NOT_ACTIVATED: 'Not Activated',
  PREPARING: 'Preparing',
  PREPARATION_FAILED: 'Preparation Failed',
  READY: 'Ready',
  RUNNING: 'Running',
  BACKING_UP: 'Running (Backing Up)',
  PAUSED: 'Paused',
  STOPPED: 'Stopped',
}

export const jobKinds = ['BACKUP', 'RESTORE'] as const
export type JobKind = (typeof jobKinds)[number]

/** Why a job began. */
export const triggers = ['SCHEDULED', 'MANUAL', 'MISSED_RUN'] as const
export type Trigger = (typeof triggers)[number]

/** Why a due run was skipped (C2, C3, C8, D7). */
export const skipReasons = ['PREVIOUS_RUNNING', 'TIME_CHANGED', 'PAUSED', 'MISSED'] as const
export type SkipReason = (typeof skipReasons)[number]

export const jobPhases = ['waiting', 'preparing', 'scanning', 'transferring', 'finishing'] as const
export type JobPhase = (typeof jobPhases)[number]

/** The lists of a job's report (D6). */
export const reportLists = ['failed', 'skipped', 'inconsistent'] as const
export type ReportList = (typeof reportLists)[number]

/** F4. */
export const conflictRules = ['skip', 'overwrite', 'keepNewer', 'rename'] as const
export type ConflictRule = (typeof conflictRules)[number]

/** F1. */
export const selectionKinds = ['all', 'include', 'exclude'] as const
export type SelectionKind = (typeof selectionKinds)[number]
