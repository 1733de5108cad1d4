/** Machines of an account: one that speaks the protocol as it likes, and one that runs the real agent. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { openAgentLink } from '#adapters/agent-link'
import { enrol, type Machine, parseActivation, StateFolder } from '#agent'
import { byteStringFromText } from '#base'
import type { ClientId, InstanceId } from '#contract'
import type { AskChoices, Said } from '../../../src/server/http/listener-world.contract.ts'
import type { Account, AttackWorld } from './attack-world.ts'

export const random = (length: number) => new Uint8Array(randomBytes(length))

/** Whoever holds the key of an agent, root of its machine say: it sends what it likes. */
export type RawAgent = {
  readonly instanceId: InstanceId
  readonly clientId: ClientId
  readonly state: StateFolder
  readonly machine: string
  readonly choices: AskChoices
  readonly startId: string
  ask(method: string, path: string, choices?: AskChoices): Promise<Said>
  /** Messages with the numbers that come next. */
  say(messages: readonly object[], more?: { readonly startId?: string }): Promise<Said>
  beat(more?: object): Promise<Said>
}

export function factsOf(name: string): Machine {
  return {
    describe: async () => ({
      machine: Buffer.from(name.padEnd(32, '.')).toString('hex').slice(0, 64),
      hostName: name,
      addresses: ['10.0.0.1'],
      system: 'linux',
      systemName: 'Test Linux 1',
      architecture: 'x86-64',
      databases: [],
    }),
    mounts: async () => [
      {
        path: byteStringFromText('/'),
        fileSystem: 'ext4',
        device: '/dev/vda1',
        totalBytes: 40 * 2 ** 30,
        usedBytes: 2 ** 30,
      },
    ],
  }
}

export async function activationWords(
  world: AttackWorld,
  account: Account,
): Promise<{ readonly address: string; readonly code: string; readonly fingerprint: string }> {
  const { items } = await world.must('GET', '/api/v1/regions', world.as('owner', account))
  const { secret } = await world.must('POST', '/api/v1/activation-codes', {
    ...world.as('owner', account),
    body: { regionId: items[0].regionId },
  })
  const fingerprint = world.server.place().certificate?.keyFingerprint ?? ''
  return { address: world.address, code: secret, fingerprint }
}

export async function addRawAgent(
  world: AttackWorld,
  account: Account,
  name: string,
): Promise<RawAgent> {
  const state = await StateFolder.open(join(mkdtempSync(join(world.folder, 'agent-')), 'state'))
  const tools = {
    state,
    openLink: openAgentLink,
    machine: factsOf(name),
    version: '1.0.0',
    wallMs: () => Date.now(),
    random,
  }
  const words = parseActivation(await activationWords(world, account))
  const identity = await enrol(words, tools, AbortSignal.timeout(20_000))
  const { instanceId, clientId, certificate, privateKey, machine } = identity
  const choices: AskChoices = {
    agent: { certificate, key: privateKey, identity: new Uint8Array() },
  }
  const startId = Buffer.from(random(32)).toString('hex')
  let number = 0
  const say: RawAgent['say'] = async (messages, more = {}) => {
    const at = new Date().toISOString()
    const body = {
      startId: more.startId ?? startId,
      messages: messages.map((message) => ({ number: ++number, at, ...message })),
    }
    return await world.ask('POST', '/api/v1/agent/messages', { ...choices, body })
  }
  return {
    instanceId,
    clientId,
    state,
    machine,
    choices,
    startId,
    ask: (method, path, more = {}) => world.ask(method, path, { ...choices, ...more }),
    say,
    beat: (more = {}) =>
      say([
        {
          kind: 'heartbeat',
          machine,
          clientVersion: '1.0.0',
          status: 'ACTIVATED',
          running: [],
          ...more,
        },
      ]),
  }
}
