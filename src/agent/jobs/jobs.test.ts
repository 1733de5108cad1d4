import { deepEqual, equal, ok } from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteString, byteStringFromText as text } from '#base'
import { idFromBytes, ids } from '#contract'
import { plainText } from '../channel/plain-text.ts'
import type { JobAssignment } from '../state/journal.ts'
import { compareVersions } from '../upkeep/versions.ts'
import { chooseJobs } from './choose-jobs.ts'
import { combine } from './priorities.ts'
import { readSpool, SpoolWriter } from './spool.ts'

const id = (n: number) => new Uint8Array(16).fill(n)
const vaultId = idFromBytes('vault', id(0))
const backup = (number: number, ...paths: string[]): JobAssignment => ({
  kind: 'backup',
  number,
  jobId: idFromBytes('job', id(number)),
  attempt: 1,
  vaultId,
  ...(paths.length > 0 && { sources: { paths: paths.map(text) } }),
  limits: {},
  hooks: {},
})
const restore = (number: number): JobAssignment => ({
  kind: 'restore',
  number,
  restoreJobId: idFromBytes('restoreJob', id(number)),
  attempt: 1,
  vaultId,
  pointIds: [ids.point.parse('0'.repeat(64))],
  selection: { kind: 'all' },
  conflict: 'skip',
  limits: {},
})
const numbers = (jobs: readonly JobAssignment[]) => jobs.map(({ number }) => number)
const atOnce = { backupsAtOnce: 2, restoresAtOnce: 2 }

test('backups of files that overlap never run at once, others do, and nobody is held up', () => {
  const waiting = [backup(1, '/a'), backup(2, '/a/b'), backup(3, '/ab'), backup(4, '/c')]
  deepEqual(numbers(chooseJobs(waiting, [], atOnce)), [1, 3])
  deepEqual(numbers(chooseJobs(waiting, [backup(9)], atOnce)), [])
  deepEqual(numbers(chooseJobs([backup(1, '/a/*/x'), backup(2, '/a/k')], [], atOnce)), [1])
  deepEqual(
    numbers(chooseJobs([backup(1), restore(2), restore(3), restore(4)], [], atOnce)),
    [1, 2, 3],
  )
})

test('D3: jobs at once have the cores of all of them and the rank of the highest', () => {
  const low = { nice: 10, io: 'lowest', coresMax: 1 } as const
  deepEqual(combine([low, { ...low, nice: 5, coresMax: 2 }]), {
    nice: 5,
    io: 'lowest',
    coresMax: 3,
  })
  equal(combine([low, { ...low, coresMax: undefined }]).coresMax, undefined)
  deepEqual(combine([]), { nice: 0, io: 'usual', coresMax: undefined })
})

test('D6: report lines come back in parts, from where the server has them, whatever the names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hf-spool-'))
  const path = join(folder, '1.lines')
  try {
    const jobId = idFromBytes('job', id(1))
    new SpoolWriter(path, jobId).close()
    const writer = new SpoolWriter(path, jobId)
    const names = Array.from({ length: 1_700 }, (_, i) =>
      byteString(new Uint8Array([47, 200, 10, 34, (i % 200) + 1, (i >> 8) + 1])),
    )
    for (const [i, name] of names.entries()) {
      writer.add(i < 900 ? 'failed' : 'inconsistent', {
        path: name,
        reason: 'changed',
        detail: `${i}`,
      })
    }
    writer.add('failed', { path: text('/x'), reason: 'changed', detail: 'z'.repeat(9_000) })
    deepEqual(writer.close(), ['1 more lines are counted, but not listed in the report'])
    appendFileSync(path, '{"kind":"report","half')
    const parts = await Array.fromAsync(readSpool(path, 0))
    deepEqual(
      parts.flatMap(({ lines }) => lines.map((line) => line.path)),
      names,
    )
    ok(parts.every(({ lines }) => lines.length <= 500))
    deepEqual([...new Set(parts.map(({ list }) => list))], ['failed', 'inconsistent'])
    const [first] = parts
    const rest = await Array.fromAsync(readSpool(path, first?.end ?? 0))
    equal(rest.length, parts.length - 1)
    deepEqual(await Array.fromAsync(readSpool(join(folder, 'none'), 0)), [])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('A20: text of any origin becomes one plain line', () => {
  equal(plainText(' a\u0000b\n\u202ec\t', 100), 'a b c')
  equal(plainText('\u0007', 10), '?')
  equal(plainText('abcdef', 4), 'abc…')
  equal(plainText(`ab${'😀'}cd`, 4), 'ab…')
})

test('versions are in their order', () => {
  const sorted = [
    '0.9.9',
    '1.0.0-rc.1',
    '1.0.0-rc.2',
    '1.0.0-rc.11',
    '1.0.0',
    '1.0.1',
    '1.10.0',
    '2.0.0',
  ]
  for (let i = 1; i < sorted.length; i++) {
    ok((compareVersions(sorted[i - 1] ?? '', sorted[i] ?? '') ?? 0) < 0, `${sorted[i]}`)
  }
  equal(compareVersions('1.0.0', '1.0.0'), 0)
  equal(compareVersions('1.0', '1.0.0'), undefined)
})
