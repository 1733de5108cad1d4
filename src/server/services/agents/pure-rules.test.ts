import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import { SeededRandom } from '#ports'
import type { OpenJob } from '../../catalog/index.ts'
import { chooseJobs } from './choose-jobs.ts'
import { statusAfterReport } from './client-status.ts'
import { FailedGuesses } from './failed-guesses.ts'
import { admitNumber, nothingHeard } from './heard-numbers.ts'

test('every number counts exactly once, in whatever order a window of them comes', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const chance = new SeededRandom(seed)
    const numbers = Array.from({ length: 200 }, (_, at) => at)
    // Shuffled within eight, and each sent twice.
    const sent = numbers
      .flatMap((number) => [number, number])
      .map((number) => ({ number, at: number + ((chance.bytes(1)[0] ?? 0) % 8) }))
      .toSorted((a, b) => a.at - b.at)
    let heard = nothingHeard
    const counted: number[] = []
    for (const { number } of sent) {
      const admitted = admitNumber(heard, number)
      heard = admitted.heard
      if (admitted.isNew) counted.push(number)
    }
    deepEqual(
      counted.toSorted((a, b) => a - b),
      numbers,
      `seed ${seed}`,
    )
    deepEqual(heard, { highest: 199, gaps: [] }, `seed ${seed}`)
  }
})

test('an agent that leaves gaps for ever costs no more than a few of them', () => {
  let heard = nothingHeard
  for (let number = 0; number < 10_000; number += 2) heard = admitNumber(heard, number).heard
  equal(heard.gaps.length, 32)
  equal(admitNumber(heard, 1).isNew, false)
  equal(admitNumber(heard, 9_997).isNew, true)
})

test('A5 what the server began with a client stays until the agent has taken notice', () => {
  const at = { version: '1', claimedVersion: '1' } as const
  const after = (
    status: Parameters<typeof statusAfterReport>[0]['status'],
    claimed: typeof status,
    claimedVersion = '1',
  ) => statusAfterReport({ ...at, status, claimed, claimedVersion })
  equal(after('REGISTERED', 'ACTIVATED'), 'ACTIVATED')
  equal(after('UNINSTALLING', 'ACTIVATED'), 'UNINSTALLING')
  equal(after('UPGRADING', 'ACTIVATED'), 'UPGRADING')
  equal(after('UPGRADING', 'ACTIVATED', '2'), 'ACTIVATED')
  equal(after('UPGRADING', 'UPGRADE_FAILED'), 'UPGRADE_FAILED')
  equal(after('ACTIVATED', 'STOPPED'), 'STOPPED')
  // A taken agent can neither take its machine off the list nor make it look new.
  equal(after('ACTIVATED', 'NOT_INSTALLED'), 'ACTIVATED')
  equal(after('UNINSTALLING', 'NOT_INSTALLED'), 'NOT_INSTALLED')
  equal(after('ACTIVATED', 'INSTALLING'), 'ACTIVATED')
  equal(after('UNKNOWN', 'UNKNOWN'), 'ACTIVATED')
})

const now = 1_000_000
const waiting: OpenJob = {
  id: 'job-1' as OpenJob['id'],
  kind: 'BACKUP',
  state: 'CREATED',
  holder: null,
  leaseUntil: null,
  attempt: 0,
  attemptsMax: 30,
  availableAt: 0,
  cancelRequestedAt: null,
  createdAt: 0,
  updatedAt: 0,
}
const process = { startId: 'one', now, heardAt: now, running: new Set<string>() }

function chosen(open: readonly Partial<OpenJob>[], view: Partial<typeof process> = {}) {
  const jobs = open.map((facts, at) => ({
    ...waiting,
    id: `job-${at}` as OpenJob['id'],
    ...facts,
  }))
  return chooseJobs(jobs, { ...process, ...view }).map(({ id }) => id)
}

test('which jobs an agent is given: what is free, once, and one backup at a time (D4, D5)', () => {
  deepEqual(chosen([{}, {}]), ['job-0'])
  deepEqual(chosen([{}, { kind: 'RESTORE' }, { kind: 'RESTORE' }, { kind: 'RESTORE' }]), [
    'job-0',
    'job-1',
    'job-2',
  ])
  const running = { state: 'RUNNING', holder: 'two', attempt: 1 } as const
  deepEqual(chosen([{ ...running, leaseUntil: now + 1 }, {}]), [])
  deepEqual(chosen([{ ...running, leaseUntil: now }]), ['job-0'])
  deepEqual(chosen([{ availableAt: now + 1 }]), [])
  deepEqual(chosen([{ cancelRequestedAt: 1 }]), [])
  deepEqual(chosen([{ attempt: 30 }]), [])
  // Its own, given back to the queue while it was cut off: not before it has said that it let go of it.
  const own = { state: 'QUEUED', holder: 'one', attempt: 1, updatedAt: now - 10_000 } as const
  deepEqual(chosen([own], { heardAt: now - 60_000 }), [])
  deepEqual(chosen([own], { running: new Set(['job-0']) }), [])
  deepEqual(chosen([own]), ['job-0'])
})

test('A22 guesses are counted by where they come from, and forgotten after a while', async () => {
  let at = 0
  const guesses = new FailedGuesses(() => at)
  const wrong = () => Promise.reject(failure('activation.code-refused'))
  for (let guess = 0; guess < 10; guess++) {
    await rejects(guesses.guard('a', wrong), { code: 'activation.code-refused' })
  }
  await rejects(guesses.guard('a', wrong), { code: 'auth.too-many-attempts' })
  await rejects(guesses.guard('b', wrong), { code: 'activation.code-refused' })
  at = 60_000
  await rejects(guesses.guard('a', wrong), { code: 'activation.code-refused' })
})
