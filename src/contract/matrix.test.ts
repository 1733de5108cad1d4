import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { listIdPlaces } from './id-places.ts'
import { listLockRows, listRights } from './matrix.ts'
import { routeList, routes } from './routes/table.ts'

test('the matrix has every route by every caller once (A22)', () => {
  const rows = listRights()
  equal(rows.length, routeList.length * 7)
  equal(new Set(rows.map(({ name, caller }) => `${name} ${caller}`)).size, rows.length)
  const allowed = rows.filter((row) => row.name === 'plans.cancel' && row.allowed)
  deepEqual(
    allowed.map(({ caller }) => caller),
    ['owner', 'administrator'],
  )
  const open = rows.filter((row) => row.name === 'setup.get')
  ok(open.every(({ allowed }) => allowed))
})

test('the matrix of locks has every effect by every role and state of the lock (A08)', () => {
  const rows = listLockRows()
  const effective = routeList.filter(({ route }) => route.class.effect !== 'none')
  equal(rows.length, effective.length * 5 * 4)
  deepEqual(
    [...new Set(rows.map(({ lock }) => lock))],
    ['off', 'governed', 'pending', 'compliance'],
  )
  // The life of a point is nothing that those who restore or look on can touch.
  const lookers = rows.filter(({ role }) => role === 'auditor' || role === 'restoreOperator')
  ok(lookers.length > 0 && lookers.every(({ allowed }) => !allowed))
})

test('ids are found wherever they stand in a call', () => {
  deepEqual(listIdPlaces(routes.restoreJobs.create), [
    { part: 'body', at: ['vaultId'], kind: 'vault' },
    { part: 'body', at: ['pointIds', '[]'], kind: 'point' },
    { part: 'body', at: ['targetInstanceId'], kind: 'instance' },
  ])
  deepEqual(listIdPlaces(routes.points.diff), [
    { part: 'path', at: ['vaultId'], kind: 'vault' },
    { part: 'path', at: ['pointId'], kind: 'point' },
    { part: 'query', at: ['since'], kind: 'point' },
  ])
  deepEqual(listIdPlaces(routes.policies.create), [
    { part: 'body', at: ['rules', '[]', 'vaultId'], kind: 'vault' },
    { part: 'body', at: ['rules', '[]', 'regionId'], kind: 'region' },
  ])
  deepEqual(listIdPlaces(routes.sessions.put), [
    { part: 'path', at: ['sessionId'], kind: 'session' },
  ])
})
