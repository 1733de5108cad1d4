import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { ByteString } from '#base'
import type { Point } from '../format/point.ts'
import { type KnownPoint, proposeExpiry } from './propose-expiry.ts'

const day = 24 * 3600 * 1000

function known(
  id: string,
  facts: {
    sequence: number
    until: number | undefined
    hold?: boolean
    trash?: number
    path?: string
    status?: Point['status']
  },
): KnownPoint {
  const point = {
    sequence: facts.sequence,
    retainUntil: facts.until,
    host: 'web1',
    status: facts.status ?? 'complete',
    sources: [{ path: (facts.path ?? '/srv') as ByteString, prefix: '' as ByteString }],
  } as unknown as Point
  const holds = facts.hold ? [{ reason: 'audit', at: 0 }] : []
  return { id, point, state: { retainUntil: facts.until, holds, trashedUntil: facts.trash } }
}

const ask = (points: readonly KnownPoint[], more: object = {}) =>
  proposeExpiry({
    points,
    trustedNow: 100 * day,
    lock: 'off',
    keepOne: true,
    requested: undefined,
    ...more,
  })

test('what has ended goes, the newest of each source stays (C6, L10)', () => {
  const points = [
    known('a', { sequence: 1, until: 10 * day }),
    known('b', { sequence: 2, until: 20 * day }),
    known('c', { sequence: 3, until: 30 * day, path: '/home' }),
  ]
  deepEqual(ask(points).expire, [{ id: 'a', why: 'retention-ended' }])
  deepEqual(
    ask(points, { keepOne: false }).expire.map((e) => e.id),
    ['a', 'b', 'c'],
  )
})

test('a hold and a retention of for ever keep a point (L4, L5)', () => {
  const points = [
    known('a', { sequence: 1, until: 10 * day, hold: true }),
    known('b', { sequence: 2, until: undefined }),
    known('c', { sequence: 3, until: 200 * day }),
  ]
  deepEqual(ask(points).expire, [])
  deepEqual(
    ask(points).keep.map((k) => k.why),
    ['hold', 'retention', 'keep-one'],
  )
})

test('a named point goes early only where no lock is (L5, L7)', () => {
  const points = [
    known('a', { sequence: 1, until: 200 * day }),
    known('b', { sequence: 2, until: 300 * day }),
  ]
  const requested = new Set(['a'])
  deepEqual(ask(points, { requested }).expire, [{ id: 'a', why: 'requested' }])
  for (const lock of ['governed', 'compliance']) {
    deepEqual(ask(points, { requested, lock }).expire, [])
    equal(ask(points, { requested, lock }).keep[0]?.why, 'lock')
  }
})

test('the last moment of a retention still counts', () => {
  const points = [
    known('a', { sequence: 1, until: 100 * day + 1 }),
    known('b', { sequence: 2, until: undefined }),
  ]
  deepEqual(ask(points).expire, [])
  deepEqual(
    ask(points, { trustedNow: 100 * day + 1 }).expire.map((e) => e.id),
    ['a'],
  )
})

test('the trash ends by itself, not before (L11)', () => {
  const points = [
    known('a', { sequence: 1, until: 300 * day, trash: 101 * day }),
    known('b', { sequence: 2, until: 300 * day }),
  ]
  deepEqual(ask(points).expire, [])
  deepEqual(ask(points, { trustedNow: 101 * day }).expire, [{ id: 'a', why: 'trash-ended' }])
})

test('a partial point does not take the place of the newest whole one: both stay (C6, L10)', () => {
  const points = [
    known('a', { sequence: 1, until: 10 * day }),
    known('b', { sequence: 2, until: 10 * day }),
    known('c', { sequence: 3, until: 10 * day, status: 'partial' }),
    known('d', { sequence: 4, until: 10 * day, status: 'partial' }),
  ]
  deepEqual(
    ask(points).expire.map(({ id }) => id),
    ['a', 'c'],
  )
  deepEqual(
    ask(points.slice(2)).expire.map(({ id }) => id),
    ['c'],
    'where none is whole, the newest stays',
  )
})
