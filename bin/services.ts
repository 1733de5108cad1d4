// Server and agent as the command line offers them.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Argon2Passwords } from '#adapters/passwords'
import { addMasterKey } from '#adapters/server-keys'
import { policyPath } from '#agent'
import { failure } from '#base'
import type { AgentIdentityStory, ServerRunRequest, ServerStory, Services } from '#cli'
import {
  createOwner,
  listAccounts,
  makeActivationCode,
  readConfiguration,
  type ServerConfiguration,
} from '#server'
import { activateAgent, agentReceipts, agentStatus, performAgent } from './agent.ts'
import { hasConsole } from './console-files.ts'
import { exportKey } from './export-key.ts'
import { recoverServer } from './recover.ts'
import { type StartedServer, startServer } from './server.ts'

type Place = Omit<ServerRunRequest, 'protectsThisMachine'>

export function services(version: string): Services {
  return {
    async runServer(request, told, signal) {
      const configuration = await configurationOf(request)
      await using started = await startServer(configuration, { version, environment: process.env })
      const story = storyOf(started)
      await using _agent = request.protectsThisMachine
        ? await protectThisMachine(started, story, signal)
        : undefined
      told(story)
      await aborted(signal)
    },
    async recoverCatalog(place, told, signal) {
      await recoverServer(await configurationOf(place), process.env, told, signal)
    },
    addMasterKey: async (place) => {
      const { dataFolder } = await configurationOf(place)
      return await addMasterKey(join(dataFolder, 'keys'))
    },
    exportKey: async (place, asked, signal) =>
      await exportKey(await configurationOf(place), process.env, asked, signal),
    activateAgent: async ({ stateFolder }, words, signal) => {
      const place = { stateFolder, version, policyPath: policyFile() }
      const identity = await activateAgent(place, words, signal)
      return { ...identityStory(identity, false), isReplaced: identity.isReplaced }
    },
    async agentStatus({ stateFolder }) {
      const found = await agentStatus(stateFolder)
      return found && identityStory(found.identity, found.isRevoked)
    },
    agentReceipts: async ({ stateFolder }) => await agentReceipts(stateFolder),
    async runAgent({ stateFolder, policyFile: named, leaveOut, log }, signal) {
      const place = { stateFolder, version, policyPath: named ?? policyFile() }
      return (await performAgent(place, { leaveOut, log }, signal)).kind
    },
  }
}

/** Another file than the usual one is for tests, and for agents that root did not install. */
function policyFile(): string {
  return process.env['HOLDFAST_AGENT_POLICY'] || policyPath
}

async function configurationOf({ configFile, options }: Place): Promise<ServerConfiguration> {
  const isRoot = process.getuid?.() === 0
  const config = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
  const data = process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share')
  const usual = isRoot ? '/etc/holdfast/server.json' : join(config, 'holdfast', 'server.json')
  const path = configFile ?? process.env['HOLDFAST_SERVER_CONFIG'] ?? usual
  const isThere = configFile !== undefined || existsSync(path)
  const file = isThere ? { path, text: await textOf(path) } : undefined
  const dataFolder = isRoot ? '/var/lib/holdfast' : join(data, 'holdfast', 'server')
  return readConfiguration({ file, environment: process.env, options, dataFolder })
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw failure('file.unusable', { path, problem }, cause)
  }
}

type Story = { -readonly [Key in keyof ServerStory]: ServerStory[Key] }

function storyOf({ server, configuration }: StartedServer): Story {
  const { address, certificate } = server.place()
  return {
    address,
    fingerprint: certificate === undefined ? undefined : `sha256:${certificate.keyFingerprint}`,
    dataFolder: configuration.dataFolder,
    hasConsole: hasConsole(),
    setupCode: server.setupCode,
    owner: undefined,
    thisMachine: undefined,
  }
}

/** The agent of this machine as a process beside the server, which ends with it. */
async function protectThisMachine(
  { server, configuration }: StartedServer,
  story: Story,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const { kernel, listener } = server
  if (server.setupCode !== undefined) {
    story.owner = await makeOwner(kernel)
    story.setupCode = undefined
  }
  const state = join(configuration.dataFolder, 'agent')
  const address = `https://127.0.0.1:${listener.address.port}`
  const isNew = !existsSync(join(state, 'identity.json'))
  if (isNew) {
    const [account] = await listAccounts(kernel.catalog.db)
    if (account === undefined) throw failure('record.not-found', { object: 'account', id: 'first' })
    const choice = { activate: true, vaultId: undefined, note: 'this machine' }
    const of = {
      accountId: account.id,
      regionId: 'default',
      instanceId: null,
      choice,
      createdBy: null,
    }
    const { secret } = await makeActivationCode(kernel, of)
    const fingerprint = server.place().certificate?.keyFingerprint
    const words = { address, code: secret, fingerprint }
    await mkdir(state, { recursive: true, mode: 0o700 })
    const place = { stateFolder: state, version: kernel.version, policyPath: policyFile() }
    await activateAgent(place, words, signal)
  }
  story.thisMachine = isNew ? 'added' : 'there'
  return keepAgent(state, configuration.dataFolder)
}

async function makeOwner(kernel: StartedServer['server']['kernel']): Promise<ServerStory['owner']> {
  const email = `${userInfo().username}@${hostname().includes('.') ? hostname() : `${hostname()}.local`}`
  const password = randomBytes(15).toString('base64url')
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const draft = { timeZone, accountName: 'home', name: userInfo().username, email, password }
  await createOwner(kernel, new Argon2Passwords(), draft)
  return { email, password }
}

const restartMs = 5_000

function keepAgent(state: string, leaveOut: string): AsyncDisposable {
  const launcher = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url))
  const words = [launcher, 'agent', 'run', '--state', state, '--leave-out', leaveOut]
  let isEnding = false
  let child = begin()
  function begin() {
    const started = spawn(process.execPath, words, { stdio: ['ignore', 'ignore', 'inherit'] })
    started.once('exit', () => void beginAgain())
    return started
  }
  async function beginAgain(): Promise<void> {
    for (let isTold = false; !isEnding; ) {
      await sleep(restartMs, undefined, { ref: false })
      if (!(await isRevokedIn(state))) break
      // It would end at once, for ever: until somebody activates it again there is nothing to begin.
      if (!isTold) process.stderr.write(revokedStory(state))
      isTold = true
    }
    if (!isEnding) child = begin()
  }
  return {
    async [Symbol.asyncDispose]() {
      isEnding = true
      if (child.exitCode !== null || child.signalCode !== null) return
      const { promise, resolve } = Promise.withResolvers<void>()
      child.once('exit', () => resolve())
      child.kill('SIGTERM')
      await promise
    },
  }
}

async function isRevokedIn(state: string): Promise<boolean> {
  try {
    return (await agentStatus(state))?.isRevoked === true
  } catch {
    // The agent itself says what is wrong with its folder.
    return false
  }
}

function revokedStory(state: string): string {
  return `This machine is not protected by this program any more: its client was revoked, or the machine was activated again elsewhere.
To protect it from here: holdfast instances add, and the second of its two lines with --state ${state}\n`
}

function identityStory(
  {
    address,
    instanceId,
    clientId,
    expiresAt,
  }: Pick<AgentIdentityStory, 'address' | 'instanceId' | 'clientId' | 'expiresAt'>,
  isRevoked: boolean,
): AgentIdentityStory {
  return { address, instanceId, clientId, expiresAt, isRevoked }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) =>
    signal.addEventListener('abort', () => resolve(), { once: true }),
  )
}
