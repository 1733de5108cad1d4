// A disk that does not answer: whoever asks is told so in time, the agent goes on, and the threads that hang are bounded.
import { deepEqual, ok, rejects } from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { byteStringFromText as text } from '#base'
import { FolderDesk } from './folder-desk.ts'
import { folderLimits as limits } from './list-folder.ts'

const program = new URL('./hanging-worker.fixture.ts', import.meta.url)
const silent = { code: 'folder.unreadable', message: /has not answered/ }

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-desk-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const taskOf = (path: string, roots: readonly string[]) => ({
  path: text(path),
  rules: { roots: roots.map(text), denied: [] },
  limits,
})

test('a folder is listed by a thread of its own, and what it refuses comes as it was refused', async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'a'))
    const desk = new FolderDesk({ patienceMs: 60_000 })
    const all = Array.from({ length: 5 }, () => desk.list(taskOf(folder, [folder])))
    for (const listed of await Promise.all(all)) deepEqual(listed.names, ['a'])
    await rejects(desk.list(taskOf('/etc', [folder])), { code: 'agent.policy-refused' })
    const gone = join(folder, 'gone')
    await rejects(desk.list(taskOf(gone, [folder])), {
      code: 'target.not-found',
      message: new RegExp(gone),
    })
  })
})

test('a disk that hangs is given up in time, holds up nobody, and costs no more than three threads', async () => {
  await inFolder(async (folder) => {
    const pipe = join(folder, 'pipe')
    spawnSync('mkfifo', [pipe])
    const desk = new FolderDesk({ patienceMs: 4_000, program })
    const hanging = Array.from({ length: 6 }, () => desk.list(taskOf(pipe, [])))
    const known = desk.list(taskOf(pipe, ['/srv']))
    let ticks = 0
    const timer = setInterval(() => ticks++, 20)
    const fates = await Promise.allSettled([...hanging, known])
    clearInterval(timer)
    ok(fates.every(({ status }) => status === 'rejected'))
    ok(ticks > 20, 'the agent went on meanwhile')
    const threads = spawnSync('sh', [
      '-c',
      `grep -lx holdfast-folder /proc/${process.pid}/task/*/comm`,
    ])
    ok(String(threads.stdout).trim().split('\n').length <= 3)
    // All places are taken by threads that hang.
    await rejects(desk.list(taskOf('/dev/null', [])), silent)
    // The disk is there again: so are the places.
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))
    for (let tries = 0; ; tries++) {
      try {
        deepEqual(await desk.list(taskOf('/dev/null', [])), { names: [], isWhole: true })
        break
      } catch (problem) {
        if (tries === 10) throw problem
        await delay(100)
      }
    }
  })
})

test('what was known before a link led to a dead disk is told, and not as if it were all', async () => {
  await inFolder(async (folder) => {
    const pipe = join(folder, 'pipe')
    spawnSync('mkfifo', [pipe])
    const desk = new FolderDesk({ patienceMs: 3_000, program })
    deepEqual(await desk.list(taskOf(pipe, ['/srv'])), { names: ['/srv'], isWhole: false })
    closeSync(openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK))
  })
})
