/** States and times of a server as people read them. */
import type { Instance, JobState, Problem } from '#contract'
import { runningStatusTitles } from '#engine'
import { formatInstant } from '../amounts.ts'
import { printable } from '../printable.ts'

/** To the minute; nothing for what is not there. */
export function shownTime(at: number | undefined): string {
  return at === undefined ? '' : formatInstant(at).slice(0, 16)
}

export function runningWords({ runningStatus, state }: Instance): string {
  const words = runningStatusTitles[runningStatus]
  return state === 'RUNNING' ? words : `${words} (${state.toLowerCase()})`
}

const jobWords: Readonly<Record<JobState, string>> = {
  CREATED: 'waiting',
  QUEUED: 'waiting',
  RUNNING: 'running',
  COMPLETE: 'complete',
  PARTIAL_COMPLETE: 'partial',
  FAILED: 'failed',
  CANCELED: 'cancelled',
  EXPIRED: 'expired',
  SKIPPED: 'skipped',
}

export function jobStateWords(state: JobState): string {
  return jobWords[state]
}

/** What went wrong and what to do about it. */
export function problemWords(problem: Problem | undefined): string | undefined {
  if (problem === undefined) return undefined
  return `${printable(problem.detail)} ${printable(problem.advise)}`
}

export function yesNo(value: boolean): string {
  return value ? 'yes' : 'no'
}
