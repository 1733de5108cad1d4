// kill -9 of the agent at any moment: every job that was handed out ends, once, and nothing stays "running" (D5).
import { deepEqual, equal, ok } from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { StateFolder } from '#agent'
import { byteStringFromText } from '#base'
import { activate, backupOf, jobId } from './agent-world.ts'
import { StandIn } from './stand-in.ts'

const program = new URL('./agent-process.ts', import.meta.url).pathname

async function openFolder(server: StandIn) {
  const folder = mkdtempSync(join(tmpdir(), 'hf-kill-'))
  await activate(server, await StateFolder.open(join(folder, 'state')))
  let child: ChildProcess | undefined
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child?.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
  return {
    folder,
    kill,
    start: () => {
      child = spawn(process.execPath, [program, folder], {
        stdio: ['ignore', 'inherit', 'inherit'],
      })
    },
    tries: () => {
      try {
        return readFileSync(join(folder, 'tries'), 'utf8').trim().split('\n').length
      } catch {
        return 0
      }
    },
    async [Symbol.asyncDispose]() {
      await kill()
      rmSync(folder, { recursive: true })
    },
  }
}

const small = { paths: [byteStringFromText('/usr/share')] }

test('D5: a job that ran when the agent was killed is begun again and ends once', async () => {
  await using server = await StandIn.start()
  await using world = await openFolder(server)
  world.start()
  server.assign(backupOf(1, { sources: small }))
  while (world.tries() < 1) await delay(20)
  await world.kill()
  world.start()
  while (world.tries() < 2) await delay(20)
  writeFileSync(join(world.folder, 'finish'), '')
  const result = await server.message('result')
  equal(result.jobId, jobId(1))
  equal(result.state, 'PARTIAL_COMPLETE')
  equal(
    server.messages('report').flatMap(({ lines }) => lines).length,
    700,
    'lines of the last try only',
  )
})

test('D5: killed at twelve moments, five jobs: each has one result, and nothing is left', async () => {
  await using server = await StandIn.start()
  await using world = await openFolder(server)
  writeFileSync(join(world.folder, 'finish'), '')
  // Seeded: the same moments every time.
  let seed = 20_261_122
  const next = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return seed / 2 ** 31
  }
  for (let n = 1; n <= 5; n++) server.assign(backupOf(n, { sources: small }))
  for (let i = 0; i < 12; i++) {
    world.start()
    await delay(150 + next() * 450)
    await world.kill()
  }
  world.start()
  for (let n = 1; n <= 5; n++) await server.message('result', (result) => result.jobId === jobId(n))
  const running = () => server.messages('heartbeat').at(-1)?.running ?? []
  for (let i = 0; i < 100 && running().length > 0; i++) await delay(100)
  deepEqual(running(), [])
  const states = new Map<string, Set<string>>()
  for (const { jobId: id, state } of server.messages('result')) {
    states.set(id, (states.get(id) ?? new Set()).add(state))
  }
  equal(states.size, 5)
  for (const [id, seen] of states) deepEqual([...seen], ['PARTIAL_COMPLETE'], id)
  await world.kill()
  deepEqual(readdirSync(join(world.folder, 'state/jobs')), [])
  ok(world.tries() >= 5)
})
