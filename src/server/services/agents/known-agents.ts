/** What is remembered of the agents that speak to this process, so that a heartbeat costs no question to the database. */
import { failure } from '#base'
import type { Architecture, ClientStatus, System } from '#contract'
import { findSpeaker } from '../../catalog/index.ts'
import type { AgentIdentity } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'

export type KnownAgent = AgentIdentity & {
  readonly regionId: string
  readonly instanceName: string
  /** Of the machine; null: it never said. */
  readonly fingerprint: string | null
  readonly status: ClientStatus
  readonly version: string | null
  /** The process that speaks for the client. */
  readonly startId: string | null
  readonly system: System
  readonly architecture: Architecture
  readonly orderedStatus: ClientStatus | null
  readonly startedAt: number
  readonly formerStarts: readonly string[]
  /** What it said last that it works at. */
  readonly beat: { readonly at: number; readonly running: ReadonlySet<string> } | undefined
  readonly alarmedAt: number
}

/** Other processes of the server, and people, change the rows. */
const rememberedMs = 30_000
const agentsMax = 50_000

export class KnownAgents {
  readonly #kernel: ServerKernel
  readonly #agents = new Map<string, { agent: KnownAgent; readAt: number }>()

  constructor(kernel: ServerKernel) {
    this.#kernel = kernel
  }

  /** @throws agent.revoked */
  async get(identity: AgentIdentity): Promise<KnownAgent> {
    const now = this.#kernel.wallMs()
    const known = this.#agents.get(identity.clientId)
    if (known !== undefined && Math.abs(now - known.readAt) < rememberedMs) return known.agent
    const agent = await this.#read(identity, known?.agent)
    if (known === undefined && this.#agents.size >= agentsMax) this.#forgetOldest()
    this.#agents.set(identity.clientId, { agent, readAt: now })
    return agent
  }

  /** As the rows are now. @throws agent.revoked */
  async getFresh(identity: AgentIdentity): Promise<KnownAgent> {
    const known = this.#agents.get(identity.clientId)
    if (known !== undefined) known.readAt = Number.NEGATIVE_INFINITY
    return await this.get(identity)
  }

  /** Notes what has just been learnt, or written. */
  note(agent: KnownAgent, change: Partial<KnownAgent>): KnownAgent {
    const known = this.#agents.get(agent.clientId)
    const changed = { ...(known?.agent ?? agent), ...change }
    if (known !== undefined) known.agent = changed
    return changed
  }

  forget(clientId: string): void {
    this.#agents.delete(clientId)
  }

  #forgetOldest(): void {
    const [oldest] = this.#agents.keys()
    if (oldest !== undefined) this.#agents.delete(oldest)
  }

  async #read(identity: AgentIdentity, before: KnownAgent | undefined): Promise<KnownAgent> {
    const { db } = this.#kernel.catalog
    const row = await findSpeaker(db, identity.clientId)
    if (row === undefined || row.revokedAt !== null || row.instanceId !== identity.instanceId) {
      throw failure('agent.revoked')
    }
    const { revokedAt: _, ...facts } = row
    return {
      ...identity,
      ...facts,
      beat: before?.startId === facts.startId ? before?.beat : undefined,
      alarmedAt: before?.alarmedAt ?? 0,
    }
  }
}
