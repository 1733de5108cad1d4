import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listExpectedSources, plainPath } from './expected-sources.ts'
import { type BackupClaim, type CommittedPoint, judgeBackup } from './judge-backup.ts'
import { estimateProgress } from './progress-estimate.ts'

const clean = { failed: 0, skipped: 0, inconsistent: 0 }
const point = { volume: '/', status: 'complete', sequence: 1, failureCount: 0 } as const

const claims = fc.record({
  state: fc.constantFrom<BackupClaim['state']>('COMPLETE', 'PARTIAL_COMPLETE', 'FAILED'),
  counts: fc.record({
    failed: fc.nat({ max: 1 }),
    skipped: fc.nat({ max: 1 }),
    inconsistent: fc.nat({ max: 1 }),
  }),
})
const volumes = fc.constantFrom('/', '/data', '/home/')
const points = fc.array(
  fc.record<CommittedPoint>({
    volume: volumes,
    status: fc.constantFrom('complete', 'partial', 'failed'),
    sequence: fc.nat({ max: 9 }),
    failureCount: fc.nat({ max: 1 }),
  }),
  { maxLength: 5 },
)

test('D4 whatever an agent says and whatever is in the vault, COMPLETE means a sound newest point of each source', () => {
  fc.assert(
    fc.property(claims, points, fc.uniqueArray(volumes), (claim, made, expected) => {
      const verdict = judgeBackup(claim, made, expected)
      const newest = new Map(
        made.toSorted((a, b) => a.sequence - b.sequence).map((one) => [plainPath(one.volume), one]),
      )
      if (verdict.state === 'COMPLETE') {
        equal(claim.state, 'COMPLETE')
        for (const source of expected) equal(newest.get(plainPath(source))?.status, 'complete')
        for (const one of newest.values())
          deepEqual([one.status, one.failureCount], ['complete', 0])
        equal(newest.size > 0, true)
      }
      // FAILED has nothing usable, everything else something.
      const isUsable = [...newest.values()].some(({ status }) => status !== 'failed')
      equal(verdict.state === 'FAILED', !isUsable)
    }),
  )
})

test('D4 a job that was begun twice is judged by the newer point of a volume', () => {
  const complete: BackupClaim = { state: 'COMPLETE', counts: clean }
  const older = { ...point, status: 'partial', sequence: 1 } as const
  equal(judgeBackup(complete, [{ ...point, sequence: 2 }, older], ['/']).state, 'COMPLETE')
  equal(judgeBackup(complete, [point, { ...older, sequence: 2 }], ['/']).state, 'PARTIAL_COMPLETE')
})

const volume = (path: string, local = true) => ({ path, local })

test('B1 B2 Essential owes each local volume a point, unless it lies in a system directory', () => {
  const instance = {
    system: 'linux',
    volumes: [
      volume('/'),
      volume('/boot'),
      volume('/boot/efi'),
      volume('/srv/data'),
      volume('/data/'),
      volume('/bootstrap'),
      volume('/mnt/nfs', false),
      volume('hex:2fff'),
    ],
  } as const
  deepEqual(listExpectedSources(undefined, instance), ['/', '/data', '/bootstrap', '/\\xff'])
  const all = { paths: [], excludeSystemFolders: false }
  deepEqual(listExpectedSources(all, instance)?.includes('/boot'), true)
  equal(listExpectedSources(undefined, { ...instance, volumes: [] }), undefined)
})

test('B3 a policy owes each path a point; a wildcard is not known before', () => {
  const none = { system: 'linux', volumes: [] } as const
  const path = (text: string) => text as never
  deepEqual(listExpectedSources({ paths: [path('/a/'), path('/a'), path('/b')] }, none), [
    '/a',
    '/b',
  ])
  equal(listExpectedSources({ paths: [path('/home/*/mail')] }, none), undefined)
})

test('D4 speed and time left come from what was done between messages, by the server’s clock', () => {
  const said = (done: number) => ({
    phase: 'transferring' as const,
    files: { scanned: 1, done: 0, written: 0 },
    bytes: { scanned: 100_000, done, written: 0 },
    bytesPerSecond: 0,
    fraction: done / 100_000,
    number: done,
  })
  let { sample, progress } = estimateProgress(said(0), 0, undefined)
  equal(progress.remainingMs, undefined)
  for (let second = 1; second <= 10; second++) {
    const next = estimateProgress(said(second * 1_000), second * 1_000, sample)
    ;({ sample, progress } = next)
  }
  deepEqual([progress.bytesPerSecond, progress.remainingMs], [1_000, 90_000])
  const own = estimateProgress({ ...said(1), bytesPerSecond: 7, remainingMs: 8 }, 1, undefined)
  deepEqual([own.progress.bytesPerSecond, own.progress.remainingMs], [7, 8])
})
