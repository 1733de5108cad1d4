/**
 * States of a job (D4) and the way between them. A final state never changes again: a report that was read stays true. A
 * client that comes back with an EXPIRED job starts a new one, which finds what was uploaded.
 */
import { failure } from '#base'

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

/**
 * From each state, where a job may go. CREATED: the row exists. QUEUED: offered to the client. RUNNING: the client has
 * begun. RUNNING to QUEUED: a restarted server or client takes it up again (D5). EXPIRED: it took longer than it may, or
 * nobody came for it. SKIPPED: it never began (C3).
 */
export const jobTransitions: Readonly<Record<JobState, readonly JobState[]>> = {
  CREATED: ['QUEUED', 'FAILED', 'CANCELED', 'EXPIRED', 'SKIPPED'],
  QUEUED: ['RUNNING', 'FAILED', 'CANCELED', 'EXPIRED', 'SKIPPED'],
  RUNNING: ['QUEUED', 'COMPLETE', 'PARTIAL_COMPLETE', 'FAILED', 'CANCELED', 'EXPIRED'],
  COMPLETE: [],
  PARTIAL_COMPLETE: [],
  FAILED: [],
  CANCELED: [],
  EXPIRED: [],
  SKIPPED: [],
}

export function isJobState(text: string): text is JobState {
  return jobStates.some((state) => state === text)
}

/** Whether a job in this state is over. */
export function isFinalState(state: JobState): boolean {
  return jobTransitions[state].length === 0
}

/** Whether a job in this state left a backup version that can be restored (D4). */
export function hasVersion(state: JobState): boolean {
  return state === 'COMPLETE' || state === 'PARTIAL_COMPLETE'
}

/** @returns `to`. @throws job.transition-refused when a job may not go there from `from`. */
export function moveJob(from: JobState, to: JobState): JobState {
  if (jobTransitions[from].includes(to)) return to
  throw failure('job.transition-refused', { from, to })
}
