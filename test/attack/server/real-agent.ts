/** The real agent on this machine, in this process, with a local policy of its own. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentEnd, AgentIdentity } from '#agent'
import { activateAgent, performAgent } from '../../../bin/agent.ts'
import { activationWords } from './attack-agent.ts'
import type { Account, AttackWorld } from './attack-world.ts'

export type RealAgent = AsyncDisposable & {
  readonly folder: string
  readonly stateFolder: string
  readonly identity: AgentIdentity
  readonly log: string[]
  readonly ended: Promise<AgentEnd>
}

export async function startRealAgent(
  world: AttackWorld,
  account: Account,
  policyIn: (folder: string) => object,
): Promise<RealAgent> {
  const folder = mkdtempSync(join(world.folder, 'machine-'))
  const stateFolder = join(folder, 'state')
  const policyPath = join(folder, 'agent.json')
  mkdirSync(join(folder, 'data'))
  writeFileSync(policyPath, JSON.stringify(policyIn(folder)), { mode: 0o600 })
  const place = { stateFolder, version: '1.0.0', policyPath }
  const ending = new AbortController()
  const words = await activationWords(world, account)
  const identity = await activateAgent(place, words, ending.signal)
  const log: string[] = []
  const told = {
    info: (message: string) => void log.push(message),
    warn: (message: string, problem?: Error) => void log.push(`${message}: ${problem?.message}`),
  }
  const ended = performAgent(place, { leaveOut: [], log: told }, ending.signal)
  return {
    folder,
    stateFolder,
    identity,
    log,
    ended,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await ended
    },
  }
}

/** Looks until it is so. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  withinMs = 30_000,
): Promise<T> {
  const from = performance.now()
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() - from > withinMs) throw new Error(`${what}: not within ${withinMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
