/**
 * Heartbeats, written together: a commit costs a write to the disk, and a thousand agents would else cost a thousand. A
 * heartbeat that is lost with the server is followed by the next.
 */
import type { AgentMessage } from '#contract'
import {
  type CatalogDb,
  type Contact,
  findJob,
  holdChannel,
  recordContacts,
  renewLeases,
  transact,
  updateChannel,
  updateClient,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { announceStatus } from '../protection/instance-facts.ts'
import { cancelPatienceMs, leaseMs } from './agent-ports.ts'
import { statusAfterReport } from './client-status.ts'
import type { KnownAgent, KnownAgents } from './known-agents.ts'
import { Later } from './later.ts'
import { addCancel } from './orders.ts'

export type Heartbeat = Extract<AgentMessage, { readonly kind: 'heartbeat' }>

type Beat = { readonly agent: KnownAgent; readonly heartbeat: Heartbeat; readonly heardAt: number }

/** What must be done once the heartbeats are written. */
type News = {
  readonly agent: KnownAgent
  readonly isChanged: boolean
  readonly isToldMore: boolean
}

const flushMs = 1_000

export class Contacts {
  readonly #kernel: ServerKernel
  readonly #known: KnownAgents
  readonly #waiting = new Map<string, Beat>()
  readonly #later: Later
  #flushing: Promise<void> = Promise.resolve()

  constructor(kernel: ServerKernel, known: KnownAgents) {
    this.#kernel = kernel
    this.#known = known
    this.#later = new Later(kernel, flushMs, () => this.flush())
  }

  note(agent: KnownAgent, startId: string, heartbeat: Heartbeat): void {
    const heardAt = this.#kernel.wallMs()
    const beat = { at: heardAt, running: new Set<string>(heartbeat.running) }
    const noted = this.#known.note(agent, { startId, beat })
    this.#waiting.set(agent.clientId, { agent: noted, heartbeat, heardAt })
    void this.#later.run()
  }

  /** Writes what waits; one after the other. */
  async flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write())
    await this.#flushing
  }

  async #write(): Promise<void> {
    const beats = [...this.#waiting.values()]
    this.#waiting.clear()
    if (beats.length === 0) return
    try {
      const news = await transact(this.#kernel.catalog.db, (trx) => this.#record(trx, beats))
      for (const one of news) await this.#tell(one)
    } catch (problem) {
      this.#kernel.log.warn({ problem, agents: beats.length }, 'heartbeats could not be written')
    }
  }

  async #record(trx: CatalogDb, beats: readonly Beat[]): Promise<readonly News[]> {
    await recordContacts(trx, beats.map(contactOf))
    const news: News[] = []
    for (const beat of beats) {
      const isToldMore = await this.#renew(trx, beat)
      const isChanged = await this.#updateStatus(trx, beat)
      if (isChanged || isToldMore) news.push({ agent: beat.agent, isChanged, isToldMore })
    }
    return news
  }

  /** Whether the agent must be told that a job is no longer its own. */
  async #renew(trx: CatalogDb, { agent, heartbeat, heardAt }: Beat): Promise<boolean> {
    const { running } = heartbeat
    if (running.length === 0 || agent.startId === null) return false
    const own = await renewLeases(trx, {
      instanceId: agent.instanceId,
      holder: agent.startId,
      jobIds: running,
      now: heardAt,
      leaseUntil: heardAt + leaseMs,
      cancelledBefore: heardAt - cancelPatienceMs,
    })
    let isTold = false
    for (const jobId of running.filter((id) => !own.includes(id))) {
      const job = await findJob(trx, jobId)
      if (job?.instanceId !== agent.instanceId) continue
      // What it said may be older than the end that it has reported since.
      if (job.finishedAt !== null && job.finishedAt >= heardAt) continue
      isTold = (await addCancel(trx, agent.clientId, jobId, heardAt)) || isTold
    }
    return isTold
  }

  async #updateStatus(trx: CatalogDb, { agent, heartbeat, heardAt }: Beat): Promise<boolean> {
    const { status, version } = agent
    const next = statusAfterReport({
      status,
      version,
      claimed: heartbeat.status,
      claimedVersion: heartbeat.clientVersion,
    })
    if (next === status) return false
    const isGone = next === 'NOT_INSTALLED'
    const change = {
      status: next,
      updatedAt: heardAt,
      problemCode: null,
      problem: null,
      revokedAt: isGone ? heardAt : undefined,
    }
    // It may be ordered to do the same once more.
    await holdChannel(trx, agent.clientId)
    await updateChannel(trx, agent.clientId, { orderedStatus: null })
    // UNKNOWN: `recordContacts` has made it active already.
    const expected = status === 'UNKNOWN' ? (['UNKNOWN', 'ACTIVATED'] as const) : [status]
    return (await updateClient(trx, agent.clientId, change, expected)) !== undefined
  }

  async #tell({ agent, isChanged, isToldMore }: News): Promise<void> {
    if (isToldMore) this.#kernel.doorbell.ring(agent.instanceId)
    if (!isChanged) return
    this.#known.forget(agent.clientId)
    await announceStatus(this.#kernel, agent.instanceId)
  }
}

function contactOf({ agent, heartbeat, heardAt }: Beat): Contact {
  return {
    clientId: agent.clientId,
    process: agent.startId ?? '',
    version: heartbeat.clientVersion,
    heardAt,
  }
}
