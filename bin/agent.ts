// The composition root of the agent: plugs adapters into what src/agent asks of its machine.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isSea } from 'node:sea'
import { promisify } from 'node:util'
import { openAgentLink, proxySettings } from '#adapters/agent-link'
import { nodeCipher } from '#adapters/cipher'
import { systemClock } from '#adapters/clock'
import { countBuffersWithHeap } from '#adapters/heap'
import { hookRunner } from '#adapters/hooks'
import { returnFreeMemory } from '#adapters/linux'
import { openPool } from '#adapters/pool'
import { priorityControl } from '#adapters/priority'
import { linuxSourceTree } from '#adapters/source'
import { linuxTargetTree } from '#adapters/target'
import { freeBytesAt, thisMachine, volumeBytesAt } from '#adapters/volumes'
import {
  type AgentEnd,
  type AgentIdentity,
  type AgentLog,
  Connection,
  enrol,
  type Installation,
  isRevoked,
  type KeptReceipt,
  loadPolicy,
  type Machine,
  narrowMounts,
  openWorker,
  parseActivation,
  ReceiptBook,
  readIdentity,
  readReceipts,
  runAgent,
  StateFolder,
  type WorkerPorts,
} from '#agent'
import {
  type ByteString,
  byteString,
  byteStringFromText,
  bytesOf,
  displayName,
  failure,
  isFailure,
} from '#base'
import { chunkerParams } from '#engine'

const lib = '/usr/local/lib/holdfast'
const releaseKey = '/etc/holdfast/release-key.pem'
const healthyWithinMs = 5 * 60_000
const unitName = 'holdfast-agent.service'
const random = (length: number) => new Uint8Array(randomBytes(length))

export type AgentPlace = {
  readonly stateFolder: string
  readonly version: string
  readonly policyPath: string
}

/** @throws activation.code-refused, link.untrusted, server.unreachable, agent.state-unusable */
export async function activateAgent(
  { stateFolder, version, policyPath }: AgentPlace,
  words: {
    readonly address: string
    readonly code: string
    readonly fingerprint: string | undefined
  },
  signal: AbortSignal,
): ReturnType<typeof enrol> {
  const state = await StateFolder.open(stateFolder)
  const clock = systemClock()
  const wallMs = () => Math.floor(clock.now().wallMs)
  const tools = { state, openLink, machine: machineUnder(policyPath), version, wallMs, random }
  return await enrol(parseActivation(words), tools, signal)
}

/** Undefined: it is not activated. */
export async function agentStatus(
  stateFolder: string,
): Promise<{ readonly identity: AgentIdentity; readonly isRevoked: boolean } | undefined> {
  if (!existsSync(stateFolder)) return undefined
  const state = await StateFolder.open(stateFolder)
  try {
    return { identity: await readIdentity(state), isRevoked: await isRevoked(state) }
  } catch (problem) {
    if (isFailure(problem, 'agent.not-activated')) return undefined
    throw problem
  }
}

/** Kept ones and refused ones, oldest first. */
export async function agentReceipts(stateFolder: string): Promise<readonly KeptReceipt[]> {
  if (!existsSync(stateFolder)) return []
  const { kept, refused } = await readReceipts(await StateFolder.open(stateFolder))
  return [...kept, ...refused].toSorted((one, other) => one.at - other.at)
}

/** Until `signal`, or until it is revoked, upgraded or uninstalled. @throws agent.not-activated */
export async function performAgent(
  { stateFolder, version, policyPath }: AgentPlace,
  given: {
    readonly leaveOut: readonly string[]
    readonly log: AgentLog
  },
  signal: AbortSignal,
): Promise<AgentEnd> {
  countBuffersWithHeap()
  using _memory = returnFreeMemory()
  const state = await StateFolder.open(stateFolder)
  const identity = await readIdentity(state)
  await using connection = new Connection(identity, openLink, random)
  const installation = installationOf(given.log)
  const clock = systemClock()
  const wallMs = () => clock.now().wallMs
  return await runAgent(
    {
      connection,
      worker: openWorker(
        workerPorts(connection),
        new ReceiptBook(state, () => connection.identity, wallMs),
      ),
      machine: machineUnder(policyPath),
      hooks: hookRunner(),
      priority: priorityControl(),
      state,
      policyPath,
      owner: ownUser(),
      version,
      ...(installation === undefined ? {} : { installation }),
      ownDirectories: [lib, ...given.leaveOut].map(byteStringFromText),
      clock,
      random,
      log: given.log,
    },
    signal,
  )
}

/** What the local policy does not let be backed up is no volume of this machine for anybody else. */
function machineUnder(policyPath: string): Machine {
  const machine = thisMachine()
  return {
    describe: (signal) => machine.describe(signal),
    async mounts(signal) {
      const mounts = await machine.mounts(signal)
      try {
        return narrowMounts(mounts, (await loadPolicy(policyPath, ownUser())).backupRoots)
      } catch (problem) {
        // Every job is refused then, with the reason.
        if (isFailure(problem, 'agent.policy-unusable')) return mounts
        throw problem
      }
    },
  }
}

/** An agent without root does only what its user may do, so it believes what that user wrote. */
function ownUser(): number {
  return process.getuid?.() ?? 0
}

function openLink(credentials: Parameters<ConstructorParameters<typeof Connection>[1]>[0]) {
  return openAgentLink({ ...credentials, ...proxySettings({}, process.env) })
}

function workerPorts(connection: Connection): WorkerPorts {
  return {
    client: () => connection.data,
    cipher: nodeCipher(),
    clock: systemClock(),
    hostName: hostname(),
    async openSource({ keys, config }, threads) {
      const { compressionLevel, chunkAverageBytes } = config
      const params = chunkerParams(chunkAverageBytes)
      // The server opens and hashes every block before it counts, so a faulty one is found there.
      const pool = openPool({
        keys,
        compressionLevel,
        params,
        verifies: false,
        ...(threads === undefined ? {} : { threads }),
      })
      const tree = linuxSourceTree(pool)
      return {
        tree,
        async [Symbol.asyncDispose]() {
          await tree.close()
          await pool.close()
        },
      }
    },
    openTarget: async () => linuxTargetTree(),
    async identify(path) {
      try {
        const { dev, ino } = await stat(bytesOfPath(path), { bigint: true })
        return { dev, ino }
      } catch {
        return undefined
      }
    },
    volumeBytes: (path) => volumeBytesAt(path).catch(() => undefined),
    freeBytes: (path) => freeBytesAt(path).catch(() => undefined),
    prepareTarget,
  }
}

/** It must exist (F3): nothing is made, for whoever owns a folder on the way may have put a link there a moment ago. */
async function prepareTarget(
  path: ByteString,
  mayUse: (realPath: ByteString) => void,
): Promise<ByteString> {
  const target = await realPathOf(path)
  mayUse(target)
  return target
}

async function realPathOf(path: ByteString): Promise<ByteString> {
  try {
    return byteString(await realpath(bytesOfPath(path), { encoding: 'buffer' }))
  } catch (problem) {
    throw failure('target.not-found', { path: displayName(path) }, problem)
  }
}

function bytesOfPath(path: ByteString): Buffer {
  return Buffer.from(bytesOf(path))
}

/** Only a client that its server installed renews and removes itself. */
function installationOf(log: AgentLog): Installation | undefined {
  const program = `${lib}/holdfast`
  if (!isSea() || process.execPath !== program || !existsSync(releaseKey)) return undefined
  const run = promisify(execFile)
  return {
    program,
    build: process.arch === 'arm64' ? 'linux-arm64' : 'linux-x86-64',
    upgradeKey: readFileSync(releaseKey, 'utf8'),
    manifest: `${lib}/installed.json`,
    healthyWithinMs,
    async tryOut(path, version, signal) {
      const { stdout } = await run(path, ['version'], { signal, timeout: 30_000 })
      if (!stdout.includes(version)) throw new Error(`it says that it is ${stdout.trim()}`)
    },
    async unregister() {
      for (const words of [
        ['disable', unitName],
        ['reset-failed', unitName],
      ])
        await run('systemctl', words).catch((problem: Error) =>
          log.warn('systemctl failed', problem),
        )
    },
  }
}
