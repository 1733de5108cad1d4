import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { hookRunner } from './run-hook.ts'

const idle = new AbortController().signal

async function withHook<Result>(lines: string, work: (path: string, folder: string) => Result) {
  const folder = mkdtempSync(join(tmpdir(), 'hf-hook-'))
  const path = join(folder, 'hook')
  writeFileSync(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 })
  try {
    return await work(path, folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const call = (path: string, timeoutMs = 10_000) => ({
  name: 'h',
  path,
  environment: { HOLDFAST_EVENT: 'before' },
  timeoutMs,
})

test('B7: a hook that ends with 0 succeeds; its output is kept, both streams of it', async () => {
  await withHook('echo out; echo err >&2; echo "$HOLDFAST_EVENT $#"', async (path) => {
    const outcome = await hookRunner().run(call(path), idle)
    equal('problem' in outcome, false)
    match(outcome.output, /out/)
    match(outcome.output, /err/)
    match(outcome.output, /before 0/)
  })
})

test('a hook sees no secret of the agent in its environment', async () => {
  process.env['HOLDFAST_TEST_SECRET'] = 'x'
  await withHook('env | cut -d= -f1 | grep -v -e ^_$ -e PWD -e SHLVL | sort', async (path) => {
    const { output } = await hookRunner().run(call(path), idle)
    deepEqual(output.trim().split('\n'), ['HOLDFAST_EVENT', 'HOLDFAST_HOOK', 'LANG', 'PATH'])
  })
})

test('only the last 8 KiB of what a hook prints is kept', async () => {
  await withHook('head -c 3000000 /dev/zero | tr "\\0" a; echo the end', async (path) => {
    const { output } = await hookRunner().run(call(path), idle)
    equal(output.length, 8 * 1024)
    ok(output.endsWith('the end\n'))
  })
})

test('failures are told: an exit code, a signal, a program that is none', async () => {
  const outcome = (lines: string) => withHook(lines, (path) => hookRunner().run(call(path), idle))
  equal((await outcome('exit 3')).problem, 'it ended with 3')
  equal((await outcome('kill -TERM $$')).problem, 'it was ended by SIGTERM')
  match(
    (await hookRunner().run(call('/nowhere/at-all'), idle)).problem ?? '',
    /could not be started/,
  )
})

test('a hook whose time is over is ended with its grandchildren, those in other sessions too', async () => {
  const lines = [
    'trap "" TERM',
    '(sh -c "trap \\"\\" TERM; echo $$ > $0.pid1; sleep 300" "$0") &',
    'setsid sh -c "sleep 301 & echo \\$! > $0.pid2; wait" &',
    'sleep 302',
  ].join('\n')
  await withHook(lines, async (path) => {
    const before = Date.now()
    const outcome = await hookRunner().run(call(path, 700), idle)
    equal(outcome.problem, 'it did not end within 0.7 s')
    ok(Date.now() - before < 5_000, `${Date.now() - before} ms`)
    await delay(50)
    deepEqual(await listSleeps(), [])
  })
})

test('D4: cancelling a job ends its hook within 2 s', async () => {
  await withHook('trap "" TERM INT; sleep 303', async (path) => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 200)
    const before = Date.now()
    const outcome = await hookRunner().run(call(path), abort.signal)
    equal(outcome.problem, 'the job was cancelled')
    ok(Date.now() - before < 2_000, `${Date.now() - before} ms`)
    deepEqual(await listSleeps(), [])
  })
})

test('what a hook that succeeds leaves in the background lives on, and holds up nothing', async () => {
  await withHook('sleep 304 & echo $!', async (path) => {
    const before = Date.now()
    const outcome = await hookRunner().run(call(path), idle)
    const pid = Number(outcome.output)
    equal(process.kill(pid, 'SIGKILL'), true)
    equal('problem' in outcome, false)
    ok(Date.now() - before < 3_000)
  })
})

test('what a hook that fails leaves in the background is ended', async () => {
  await withHook('sleep 304 & exit 1', async (path) => {
    equal((await hookRunner().run(call(path), idle)).problem, 'it ended with 1')
    deepEqual(await listSleeps(), [])
  })
})

/** Commands of a hook that still run: `sleep 30x` of these tests. */
async function listSleeps(): Promise<readonly string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const line = await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')
    if (/^sleep\0(30[0-4])\0/.test(line)) found.push(line.replaceAll('\0', ' '))
  }
  return found
}
