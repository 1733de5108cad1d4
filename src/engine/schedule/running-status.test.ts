import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { JobState } from './job-state.ts'
import { jobStates } from './job-state.ts'
import {
  type ClientStatus,
  clientStatuses,
  type RunningFacts,
  type RunningStatus,
  runningStatus,
  runningStatusTitles,
} from './running-status.ts'

const healthy: RunningFacts = {
  plan: 'active',
  instanceExists: true,
  client: 'ACTIVATED',
  hasBegun: true,
  lastJob: 'COMPLETE',
}

const rows: readonly (readonly [expected: RunningStatus, facts: Partial<RunningFacts>])[] = [
  ['NOT_ACTIVATED', { plan: 'none' }],
  ['NOT_ACTIVATED', { plan: 'none', instanceExists: false }],
  ['NOT_ACTIVATED', { plan: 'none', client: 'INSTALL_FAILED' }],
  ['PREPARING', { client: 'NOT_INSTALLED', hasBegun: false, lastJob: undefined }],
  ['PREPARING', { client: 'INSTALLING', hasBegun: false, lastJob: undefined }],
  ['PREPARING', { client: 'REGISTERED', hasBegun: false, lastJob: undefined }],
  ['PREPARATION_FAILED', { client: 'INSTALL_FAILED', hasBegun: false, lastJob: undefined }],
  ['READY', { hasBegun: false, lastJob: undefined }],
  ['READY', { hasBegun: false, lastJob: 'CREATED' }],
  ['READY', { hasBegun: false, lastJob: 'QUEUED' }],
  ['BACKING_UP', { lastJob: 'RUNNING' }],
  ['BACKING_UP', { lastJob: 'QUEUED' }],
  ['BACKING_UP', { lastJob: 'CREATED' }],
  ['RUNNING', { lastJob: 'COMPLETE' }],
  ['RUNNING', { lastJob: 'PARTIAL_COMPLETE' }],
  ['RUNNING', { lastJob: 'FAILED' }],
  ['RUNNING', { lastJob: 'CANCELED' }],
  ['RUNNING', { lastJob: 'EXPIRED' }],
  ['RUNNING', { client: 'UNKNOWN' }],
  ['RUNNING', { client: 'STOPPED' }],
  ['RUNNING', { client: 'UPGRADING' }],
  ['RUNNING', { client: 'UPGRADE_FAILED' }],
  ['PAUSED', { plan: 'paused' }],
  ['PAUSED', { plan: 'paused', lastJob: 'RUNNING' }],
  ['PAUSED', { plan: 'paused', client: 'NOT_INSTALLED' }],
  ['STOPPED', { instanceExists: false }],
  ['STOPPED', { instanceExists: false, plan: 'paused' }],
  ['STOPPED', { instanceExists: false, lastJob: 'RUNNING' }],
]

for (const [expected, facts] of rows) {
  test(`A6: ${JSON.stringify(facts)} is ${runningStatusTitles[expected]}`, () => {
    equal(runningStatus({ ...healthy, ...facts }), expected)
  })
}

test('whatever the facts, there is one of the eight, and all eight occur (A6)', () => {
  const seen = new Set<RunningStatus>()
  for (const facts of everyFact()) seen.add(runningStatus(facts))
  equal(seen.size, 8)
  for (const status of seen) ok(status in runningStatusTitles)
})

test('data is never called prepared before a client is there, nor backing up without a job (A6)', () => {
  for (const facts of everyFact()) {
    const status = runningStatus(facts)
    if (status === 'BACKING_UP') ok(['CREATED', 'QUEUED', 'RUNNING'].includes(facts.lastJob ?? ''))
    if (status === 'READY' || status === 'RUNNING') ok(facts.client !== 'INSTALL_FAILED')
  }
})

function* everyFact(): Iterable<RunningFacts> {
  const jobs: readonly (JobState | undefined)[] = [undefined, ...jobStates]
  const clients: readonly ClientStatus[] = clientStatuses
  for (const plan of ['none', 'active', 'paused'] as const)
    for (const instanceExists of [true, false])
      for (const client of clients)
        for (const hasBegun of [true, false])
          for (const lastJob of jobs) yield { plan, instanceExists, client, hasBegun, lastJob }
}
