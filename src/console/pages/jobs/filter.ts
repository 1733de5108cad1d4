/** Which jobs are shown, as it stands in the address: a link keeps it, and so does going back. */
import { finalJobStates, type JobState } from '#contract'
import { isDay, startOfDay } from '../../parts/days.ts'
import { regionIn } from '../../parts/region-in-address.ts'

export const jobChoices = ['all', 'backup', 'restore'] as const
export type JobChoice = (typeof jobChoices)[number]

export const stateChoices = [
  'open',
  'trouble',
  'COMPLETE',
  'PARTIAL_COMPLETE',
  'FAILED',
  'CANCELED',
  'EXPIRED',
  'SKIPPED',
] as const
export type StateChoice = (typeof stateChoices)[number]

export type JobsFilter = {
  readonly kind?: Exclude<JobChoice, 'all'>
  readonly state?: StateChoice
  readonly instance?: string
  readonly region?: string
  /** Days as people of this place have them: `2026-11-22`, both of them shown. */
  readonly from?: string
  readonly until?: string
}

const openStates: readonly JobState[] = ['CREATED', 'QUEUED', 'RUNNING']
const troubles: readonly JobState[] = ['PARTIAL_COMPLETE', 'FAILED', 'EXPIRED']
const instanceId = /^i-[0-9a-z]{26}$/

/** Of an address that anybody may have typed: what is not understood is left out. */
export function readJobsFilter(search: Readonly<Record<string, unknown>>): JobsFilter {
  const kind = jobChoices.find((one) => one === search['kind'])
  const state = stateChoices.find((one) => one === search['state'])
  const { instance, from, until } = search
  return {
    ...(kind === undefined || kind === 'all' ? {} : { kind }),
    ...(state === undefined ? {} : { state }),
    ...(typeof instance === 'string' && instanceId.test(instance) ? { instance } : {}),
    ...regionIn(search),
    ...(isDay(from) ? { from } : {}),
    ...(isDay(until) ? { until } : {}),
  }
}

/** What the server is asked for; the same for both kinds and for the table. */
export function jobsQueryOf({ state, instance, region, from, until }: JobsFilter) {
  return {
    ...(state === undefined ? {} : { state: statesOf(state) }),
    ...(instance === undefined ? {} : { instanceId: instance }),
    ...(region === undefined ? {} : { regionId: region }),
    ...(from === undefined ? {} : { from: startOfDay(from) }),
    ...(until === undefined ? {} : { until: startOfDay(until, 1) }),
  }
}

function statesOf(choice: StateChoice): JobState[] {
  if (choice === 'open') return [...openStates]
  return choice === 'trouble' ? [...troubles] : [choice]
}

export function isOpen(state: JobState): boolean {
  return !finalJobStates.includes(state)
}

export function isFiltered(filter: JobsFilter): boolean {
  return Object.values(filter).some((part) => part !== undefined)
}
