// The list of jobs: two lists that come in pages become one that is in order (G5), and its filters stand in the address.
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '#contract'
import { jobsQueryOf, readJobsFilter } from '../../src/console/pages/jobs/filter.ts'
import {
  isBehind,
  mergeNewest,
  type Run,
  type RunPages,
} from '../../src/console/pages/jobs/merged-runs.ts'

function list(name: string, times: readonly number[], hasMore: boolean): RunPages {
  const runs = times.map((createdAt): Run => {
    // Of a job only its time counts here.
    const job = { createdAt } as Job
    return { kind: 'backup', id: `${name}${createdAt}`, job }
  })
  return { runs, hasMore }
}

function shown(...lists: readonly RunPages[]): readonly string[] {
  return mergeNewest(lists).map(({ id }) => id)
}

test('runs of both kinds are in order, and none comes later above one that is shown', () => {
  deepEqual(shown(list('b', [9, 7, 5], false), list('r', [8, 6], false)), [
    'b9',
    'r8',
    'b7',
    'r6',
    'b5',
  ])
  const [backups, restores] = [list('b', [9, 8, 7], true), list('r', [6, 2], false)]
  deepEqual(shown(backups, restores), ['b9', 'b8', 'b7'], 'a backup of 6.5 may still come')
  equal(isBehind(backups, [backups, restores]), true)
  equal(isBehind(restores, [backups, restores]), false)
  deepEqual(shown(list('b', [9, 8, 7, 3], false), restores), ['b9', 'b8', 'b7', 'r6', 'b3', 'r2'])
})

test('every page that is fetched shows at least one run more, until all are there', () => {
  const all = { b: [90, 80, 70, 60, 50, 40, 30], r: [85, 45, 35, 5] }
  const fetched = { b: 2, r: 1 }
  const pages = (name: 'b' | 'r') =>
    list(name, all[name].slice(0, fetched[name]), fetched[name] < all[name].length)
  let count = 0
  for (let round = 0; round < 12; round++) {
    const lists = { b: pages('b'), r: pages('r') }
    const now = shown(lists.b, lists.r)
    const times = now.map((id) => Number(id.slice(1)))
    deepEqual(
      times,
      times.toSorted((one, other) => other - one),
    )
    equal(now.length > count || now.length === 11, true, `round ${round}`)
    count = now.length
    for (const name of ['b', 'r'] as const)
      if (isBehind(lists[name], [lists.b, lists.r])) fetched[name] += 2
  }
  equal(count, 11)
})

test('what an address says and nobody understands is left out', () => {
  deepEqual(
    readJobsFilter({ kind: 'all', state: 'LOST', instance: '../x', from: '2026-99-99', until: 7 }),
    {},
  )
  const filter = readJobsFilter({ kind: 'restore', state: 'open', from: '2026-11-22', x: 1 })
  deepEqual(filter, { kind: 'restore', state: 'open', from: '2026-11-22' })
})

test('the day until which jobs are shown belongs to what is shown', () => {
  const { from, until, state } = jobsQueryOf({
    from: '2026-12-31',
    until: '2026-12-31',
    state: 'open',
  })
  equal(Date.parse(String(until)) - Date.parse(String(from)), 24 * 3_600_000)
  deepEqual(state, ['CREATED', 'QUEUED', 'RUNNING'])
})
