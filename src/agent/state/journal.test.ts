// What is on disk when the agent falls, and what a start makes of it (D5).
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteString, failure } from '#base'
import { idFromBytes, problemOf } from '#contract'
import { type JobRecord, Journal } from './journal.ts'
import { StateFolder } from './state-folder.ts'

const said: string[] = []
const log = { info: () => {}, warn: (message: string) => void said.push(message) }

async function inFolder(work: (path: string, state: StateFolder) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-state-'))
  try {
    const path = join(folder, 'state')
    await work(path, await StateFolder.open(path))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const record = (number: number): JobRecord => ({
  assignment: {
    kind: 'backup',
    number,
    jobId: idFromBytes('job', new Uint8Array(16).fill(number)),
    attempt: 2,
    vaultId: idFromBytes('vault', new Uint8Array(16)),
    sources: { paths: [byteString(new Uint8Array([47, 255, 10, 1]))], exclude: ['*.tmp'] },
    limits: { coresMax: 2 },
    hooks: { before: 'dump' },
  },
  tries: 3,
  reportedBytes: 77,
})

test('D5: what was written is read back, whatever the bytes of its paths, oldest first', async () => {
  await inFolder(async (_path, state) => {
    const { journal, jobs } = await Journal.open(state, log)
    deepEqual(jobs, [])
    equal(journal.lastNumber, 0)
    const { jobId } = { jobId: idFromBytes('job', new Uint8Array(16).fill(11)) }
    const counts = { failed: 1, skipped: 2, inconsistent: 3 }
    const problem = problemOf(failure('source.unusable', { path: '/x', problem: 'gone' }))
    const result = { kind: 'result', jobId, state: 'FAILED', counts, problem } as const
    const ended: JobRecord = { ...record(11), result }
    await journal.put(ended)
    await journal.put(record(9))
    const again = await Journal.open(state, log)
    deepEqual(again.jobs, [record(9), ended])
    equal(again.journal.lastNumber, 11, 'a job that is there was received')
    await again.journal.advance(15)
    await again.journal.advance(12)
    await again.journal.remove(record(9).assignment)
    const third = await Journal.open(state, log)
    equal(third.journal.lastNumber, 15)
    deepEqual(third.jobs, [ended])
  })
})

test('the record of a job that is damaged is told and holds up nothing', async () => {
  await inFolder(async (path, state) => {
    const { journal } = await Journal.open(state, log)
    for (const n of [1, 2, 3]) await journal.put(record(n))
    writeFileSync(join(path, 'jobs/1.json'), '{"assignment"')
    writeFileSync(join(path, 'jobs/3.json'), '{"assignment":{"kind":"uninstall","number":3}}')
    said.length = 0
    const { jobs } = await Journal.open(state, log)
    deepEqual(jobs, [record(2)])
    equal(said.length, 2)
  })
})

test('what a fall left half written is cleared, and a folder that others may enter is refused', async () => {
  await inFolder(async (path, state) => {
    await state.put('channel.json', '{"lastNumber":4}')
    await state.put('jobs/1.json', '{}')
    writeFileSync(join(path, 'channel.json.7.new'), '{"lastNum')
    writeFileSync(join(path, 'jobs/1.json.8.new'), '{')
    const again = await StateFolder.open(path)
    deepEqual(await again.findJson('channel.json'), { lastNumber: 4 })
    deepEqual(readdirSync(path).sort(), ['channel.json', 'jobs'])
    deepEqual(readdirSync(join(path, 'jobs')), ['1.json'])
    chmodSync(path, 0o750)
    await rejects(StateFolder.open(path), { code: 'agent.state-unusable' })
    chmodSync(path, 0o700)
    writeFileSync(join(path, 'identity.json'), '{')
    await rejects(again.findJson('identity.json'), { code: 'agent.state-unusable' })
    ok((await again.find('nothing')) === undefined)
  })
})
