/** An agent in this process, with a worker that does what the test says, against the stand-in of the server. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openAgentLink } from '#adapters/agent-link'
import { systemClock } from '#adapters/clock'
import {
  type AgentEnd,
  type AgentOptions,
  type AgentWorker,
  Connection,
  enrol,
  type HookRunner,
  type Machine,
  type Mount,
  type PriorityRequest,
  readIdentity,
  runAgent,
  StateFolder,
  type WorkOutcome,
} from '#agent'
import { byteStringFromText, failure } from '#base'
import { idFromBytes, ids } from '#contract'
import type { Clock } from '#ports'
import { activationCode, type NewAssignment, type StandIn } from './stand-in.ts'

export const random = (length: number) => new Uint8Array(randomBytes(length))
export const root = byteStringFromText('/')

export const machine: Machine = {
  describe: async () => ({
    machine: 'ab'.repeat(32),
    hostName: 'test-host',
    addresses: ['10.0.0.1'],
    system: 'linux',
    systemName: 'Test Linux 1',
    architecture: 'x86-64',
    databases: [],
  }),
  mounts: async (): Promise<readonly Mount[]> => [
    { path: root, fileSystem: 'ext4', device: '/dev/vda1', totalBytes: 100, usedBytes: 10 },
  ],
}

export const done: WorkOutcome = {
  state: 'COMPLETE',
  counts: { failed: 0, skipped: 0, inconsistent: 0 },
  totals: { files: 1, sourceBytes: 1, newBytes: 1, storedBytes: 1 },
}
export const idleWorker: AgentWorker = { backup: async () => done, restore: async () => done }
export const noHooks: HookRunner = { run: async () => ({ output: '' }) }

export type World = AsyncDisposable & {
  readonly folder: string
  readonly state: StateFolder
  readonly log: string[]
  readonly priorities: PriorityRequest[]
  /** Resolves when the agent ends; `stop` ends it. */
  readonly ended: () => Promise<AgentEnd>
  readonly stop: () => Promise<AgentEnd>
  /** Starts the agent (again). */
  readonly start: (options?: Partial<AgentOptions>) => Promise<void>
}

export async function activate(server: StandIn, state: StateFolder): Promise<void> {
  const trust = { kind: 'fingerprint', sha256: server.fingerprint } as const
  const text = { address: server.address, code: activationCode, trust }
  const tools = { state, openLink: openAgentLink, machine, version: '1.0.0', random }
  await enrol(text, { ...tools, wallMs: () => Date.now() }, AbortSignal.timeout(120_000))
}

export async function openWorld(server: StandIn, own: Partial<AgentOptions> = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'hf-agent-'))
  const state = await StateFolder.open(join(folder, 'state'))
  await activate(server, state)
  const log: string[] = []
  const priorities: PriorityRequest[] = []
  let stopping = new AbortController()
  let running: Promise<AgentEnd> = Promise.resolve({ kind: 'stopped' })
  let connection: Connection | undefined
  const stop = async () => {
    stopping.abort()
    return await running
  }
  const start = async (more: Partial<AgentOptions> = {}) => {
    // How the one before ended is told by `ended`.
    await stop().catch(() => {})
    await connection?.[Symbol.asyncDispose]()
    stopping = new AbortController()
    connection = new Connection(await readIdentity(state), openAgentLink, random)
    const usual = usualOptions({ folder, state, log, priorities, connection })
    running = runAgent({ ...usual, ...own, ...more }, stopping.signal)
    running.catch(() => {})
  }
  await start()
  return {
    folder,
    state,
    log,
    priorities,
    ended: () => running,
    stop,
    start,
    async [Symbol.asyncDispose]() {
      await stop().catch(() => {})
      await connection?.[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}

type Parts = Pick<World, 'folder' | 'state' | 'log' | 'priorities'>

function usualOptions(parts: Parts & { readonly connection: Connection }): AgentOptions {
  const { folder, state, log, priorities, connection } = parts
  return {
    connection,
    worker: idleWorker,
    machine,
    hooks: noHooks,
    priority: {
      apply: (request) => {
        priorities.push(request)
        return []
      },
    },
    state,
    policyPath: join(folder, 'agent.json'),
    ...(process.getuid === undefined ? {} : { owner: process.getuid() }),
    version: '1.0.0',
    ownDirectories: [],
    clock: systemClock(),
    random,
    log: {
      info: (message) => log.push(message),
      warn: (message, problem) => log.push(`${message}: ${problem?.message}`),
    },
  }
}

export const jobId = (n: number) => idFromBytes('job', new Uint8Array(16).fill(n))
export const restoreJobId = (n: number) => idFromBytes('restoreJob', new Uint8Array(16).fill(n))
const vaultId = idFromBytes('vault', new Uint8Array(16).fill(3))
const samplePoint = ids.point.parse('ab'.repeat(32))

export function backupOf(
  n: number,
  more: Partial<Extract<NewAssignment, { kind: 'backup' }>> = {},
): NewAssignment {
  return { kind: 'backup', jobId: jobId(n), attempt: 1, vaultId, limits: {}, hooks: {}, ...more }
}

export function restoreOf(
  n: number,
  more: Partial<Extract<NewAssignment, { kind: 'restore' }>> = {},
): NewAssignment {
  return {
    kind: 'restore',
    restoreJobId: restoreJobId(n),
    attempt: 1,
    vaultId,
    pointIds: [samplePoint],
    selection: { kind: 'all' },
    conflict: 'skip',
    limits: {},
    ...more,
  }
}

/** Time passes so many times as fast for the agent; the wall clock is real. */
export function quickClock(factor: number): Clock {
  return {
    now: () => ({ wallMs: Date.now(), bootId: 'test', upMs: performance.now() * factor }),
    async sleep(milliseconds, signal) {
      try {
        await delay(milliseconds / factor, undefined, { signal })
      } catch (problem) {
        throw failure('job.aborted', {}, problem)
      }
    },
  }
}
