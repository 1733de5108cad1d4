/**
 * An agent as a program of its own, to be killed: real machine, hooks and priority; its worker writes a line to a file for
 * each try and ends when the file says so. Arguments: folder of the world.
 */

import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openAgentLink } from '#adapters/agent-link'
import { systemClock } from '#adapters/clock'
import { hookRunner } from '#adapters/hooks'
import { priorityControl } from '#adapters/priority'
import { thisMachine } from '#adapters/volumes'
import { type AgentWorker, Connection, readIdentity, runAgent, StateFolder } from '#agent'
import { byteStringFromText, failure } from '#base'

const [, , folder = ''] = process.argv
const random = (length: number) => new Uint8Array(randomBytes(length))
const state = await StateFolder.open(join(folder, 'state'))
const connection = new Connection(await readIdentity(state), openAgentLink, random)

const perform: AgentWorker['backup'] = async ({ assignment }, observer, signal) => {
  appendFileSync(join(folder, 'tries'), `${assignment.jobId}\n`)
  const path = byteStringFromText('/some/file')
  for (let i = 0; i < 700; i++)
    observer.reported('skipped', { path, reason: 'vanished', detail: `${i}` })
  while (!existsSync(join(folder, 'finish'))) {
    if (signal.aborted) throw failure('job.aborted')
    await delay(10)
  }
  return {
    state: 'COMPLETE',
    counts: { failed: 0, skipped: 0, inconsistent: 0 },
    totals: { files: 1, sourceBytes: 1, newBytes: 1, storedBytes: 1 },
  }
}

await runAgent(
  {
    connection,
    worker: { backup: perform, restore: async () => Promise.reject(new Error('not here')) },
    machine: thisMachine(),
    hooks: hookRunner(),
    priority: priorityControl(),
    state,
    policyPath: join(folder, 'agent.json'),
    owner: process.getuid?.() ?? 0,
    version: '1.0.0',
    ownDirectories: [],
    clock: systemClock(),
    random,
    log: { info: () => {}, warn: (message, problem) => console.error(message, problem?.message) },
  },
  new AbortController().signal,
)
