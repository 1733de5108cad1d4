/**
 * The running status of Essential backup (A6): one of exactly eight, from facts, never stored. Where the original's page
 * and its agent skill are silent, what a person can do about it decides (research: original facts 1.7).
 */
import type { JobState } from './job-state.ts'

/** States of a client (A5); UNKNOWN is lost contact. */
export const clientStatuses = [
  'NOT_INSTALLED',
  'INSTALLING',
  'INSTALL_FAILED',
  'REGISTERED',
  'ACTIVATED',
  'UPGRADING',
  'UPGRADE_FAILED',
  'UNINSTALLING',
  'UNINSTALL_FAILED',
  'STOPPED',
  'UNKNOWN',
] as const

export type ClientStatus = (typeof clientStatuses)[number]

/** The eight, each with what the console shows. */
export const runningStatusTitles = {
  NOT_ACTIVATED: 'Not Activated',
  PREPARING: 'Preparing',
  PREPARATION_FAILED: 'Preparation Failed',
  READY: 'Ready',
  RUNNING: 'Running',
  BACKING_UP: 'Running (Backing Up)',
  PAUSED: 'Paused',
  STOPPED: 'Stopped',
} as const

export type RunningStatus = keyof typeof runningStatusTitles

export type RunningFacts = {
  readonly plan: 'none' | 'active' | 'paused'
  /** Stays true for a client that is only out of reach; false when the instance was released. */
  readonly instanceExists: boolean
  readonly client: ClientStatus
  /** Whether any job of the plan ever began, whatever became of it. */
  readonly hasBegun: boolean
  /** The newest job that was not skipped. */
  readonly lastJob: JobState | undefined
}

/** The first that is true, from what excludes most: no plan, no instance, paused, no client, jobs. */
export function runningStatus(facts: RunningFacts): RunningStatus {
  if (facts.plan === 'none') return 'NOT_ACTIVATED'
  if (!facts.instanceExists) return 'STOPPED'
  if (facts.plan === 'paused') return 'PAUSED'
  if (facts.client === 'INSTALL_FAILED') return 'PREPARATION_FAILED'
  if (preparing.includes(facts.client)) return 'PREPARING'
  if (facts.lastJob === 'RUNNING') return 'BACKING_UP'
  if (!facts.hasBegun) return 'READY'
  return facts.lastJob === 'CREATED' || facts.lastJob === 'QUEUED' ? 'BACKING_UP' : 'RUNNING'
}

/** A client that was there and is stopped, lost or being upgraded does not make a plan unprepared. */
const preparing: readonly ClientStatus[] = ['NOT_INSTALLED', 'INSTALLING', 'REGISTERED']

export function isClientStatus(text: string): text is ClientStatus {
  return clientStatuses.some((status) => status === text)
}
