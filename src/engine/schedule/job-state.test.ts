import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import {
  hasVersion,
  isFinalState,
  isJobState,
  jobStates,
  jobTransitions,
  moveJob,
} from './job-state.ts'

test('a job goes where the table allows and nowhere else (D4)', () => {
  for (const from of jobStates) {
    for (const to of jobStates) {
      if (jobTransitions[from].includes(to)) equal(moveJob(from, to), to)
      else throws(() => moveJob(from, to), { code: 'job.transition-refused' }, `${from} to ${to}`)
    }
  }
})

test('what is over stays as it is; SKIPPED never began, a version needs a run (D4, C3)', () => {
  deepEqual(jobStates.filter(isFinalState), [
    'COMPLETE',
    'PARTIAL_COMPLETE',
    'FAILED',
    'CANCELED',
    'EXPIRED',
    'SKIPPED',
  ])
  deepEqual(jobStates.filter(hasVersion), ['COMPLETE', 'PARTIAL_COMPLETE'])
  ok(!jobTransitions.RUNNING.includes('SKIPPED'))
  for (const from of jobStates.filter((state) => jobTransitions[state].some(hasVersion))) {
    equal(from, 'RUNNING')
  }
})

test('every state can be reached, and from every open one a job can be cancelled (D4)', () => {
  const reached = new Set(['CREATED', ...Object.values(jobTransitions).flat()])
  deepEqual([...reached].sort(), [...jobStates].sort())
  for (const state of jobStates.filter((one) => !isFinalState(one))) {
    equal(moveJob(state, 'CANCELED'), 'CANCELED')
  }
  equal(isJobState('RUNNING'), true)
  equal(isJobState('toString'), false)
})
