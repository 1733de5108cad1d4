import { equal, ok } from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Measurement, measure } from './measure.ts'

const options = { skip: existsSync('/usr/bin/time') ? false : 'GNU time is not installed' }

test('memory of two processes at once counts together', options, async (t) => {
  const hold = `'${process.execPath}' -e 'const held = Buffer.alloc(64 << 20, 1); setTimeout(() => held, 1500)'`
  const measured = await measureScript(t, `${hold} & ${hold} & wait`)
  equal(measured.exitCode, 0)
  ok(measured.largestProcessMiB > 64)
  ok(measured.allProcessesMiB > 1.6 * measured.largestProcessMiB)
})

test('processor time of grandchildren counts', options, async (t) => {
  const burn = `'${process.execPath}' -e 'while (process.cpuUsage().user < 300_000);'`
  const measured = await measureScript(t, `(${burn}; ${burn})`)
  ok(measured.cpuSeconds >= 0.59)
  ok(measured.wallSeconds >= 0.59)
})

test('a process beside the command counts with what it takes meanwhile', options, async (t) => {
  const folder = makeFolder(t)
  const script = `const held = Buffer.alloc(96 << 20, 1)
    const used = () => process.cpuUsage().user + process.cpuUsage().system
    const burn = (micros) => { const end = used() + micros; while (used() < end); }
    process.stdin.on('data', () => { burn(300_000); require('fs').writeFileSync(process.argv[1], String(held.length)) })
    burn(1_000_000); console.log('there')`
  const done = join(folder, 'done')
  spawnSync('mkfifo', [done])
  const beside = spawn(process.execPath, ['-e', script, done])
  t.after(() => beside.kill())
  await once(beside.stdout, 'data')
  beside.stdin.write('now')
  const measured = await run(folder, `cat '${done}'`, 240, [beside.pid ?? 0])
  equal(measured.exitCode, 0)
  ok(measured.largestProcessMiB > 96)
  // What it took before is not the command's.
  ok(measured.cpuSeconds > 0.1 && measured.cpuSeconds < 1, `${measured.cpuSeconds}`)
})

test('a command past its time is ended with all its processes', options, async (t) => {
  const folder = makeFolder(t)
  const measured = await run(folder, `sleep 60 & echo $! > ${folder}/pid; wait`, 4)
  equal(measured.exitCode === 0, false)
  const pid = readFileSync(join(folder, 'pid'), 'utf8').trim()
  // The kernel takes its time with a process that was killed.
  const isGone = () =>
    !existsSync(`/proc/${pid}/stat`) || readFileSync(`/proc/${pid}/stat`, 'utf8').includes(' Z ')
  for (let tries = 0; tries < 100 && !isGone(); tries++) await delay(50)
  ok(isGone())
})

type Ends = { after(end: () => void): void }

function measureScript(t: Ends, script: string): Promise<Measurement> {
  return run(makeFolder(t), script, 240)
}

function makeFolder(t: Ends): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-measure-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

function run(
  folder: string,
  script: string,
  timeoutSeconds: number,
  beside: readonly number[] = [],
): Promise<Measurement> {
  writeFileSync(join(folder, 'script'), script)
  return measure({
    script: join(folder, 'script'),
    args: [],
    environment: {},
    folder,
    timeoutSeconds,
    nice: 0,
    beside,
  })
}
