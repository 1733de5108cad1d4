import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { runningStatusTitles } from '#engine'
import { clientStatuses } from './instances.ts'
import { finalJobStates, jobStates, runningStatuses, skipReasons } from './jobs.ts'
import { callers, roles } from './roles.ts'

test('running statuses are exactly the eight that the engine derives (A6)', () => {
  deepEqual(runningStatuses, Object.keys(runningStatusTitles))
  deepEqual(Object.values(runningStatusTitles).length, 8)
})

test('jobs have the nine states of D4, clients the eleven of A5', () => {
  deepEqual(
    jobStates.join(', '),
    'CREATED, QUEUED, RUNNING, COMPLETE, PARTIAL_COMPLETE, FAILED, CANCELED, EXPIRED, SKIPPED',
  )
  deepEqual(finalJobStates, jobStates.slice(3))
  deepEqual(
    clientStatuses.join(', '),
    'NOT_INSTALLED, INSTALLING, INSTALL_FAILED, REGISTERED, ACTIVATED, UPGRADING, UPGRADE_FAILED, UNINSTALLING, UNINSTALL_FAILED, STOPPED, UNKNOWN',
  )
  ok(skipReasons.includes('PREVIOUS_RUNNING'))
})

test('people have the five roles of H3; agents and the public are nobody’s role', () => {
  deepEqual(roles, ['owner', 'administrator', 'backupOperator', 'restoreOperator', 'auditor'])
  deepEqual(callers.slice(roles.length), ['agent', 'public'])
})
