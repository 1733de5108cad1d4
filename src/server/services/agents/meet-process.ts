/**
 * Which process speaks for a client. A new one takes over the jobs of the one before that it says it works at; the others
 * are anybody's at once (D5). A process that was replaced and speaks on has a twin: the identity is used twice (A02).
 */
import { failure } from '#base'
import {
  adoptJobs,
  findVault,
  holdChannel,
  listPlansOf,
  transact,
  updateChannel,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { type AgentPorts, leaseMs } from './agent-ports.ts'
import type { Heartbeat } from './contacts.ts'
import { nothingHeard } from './heard-numbers.ts'
import type { KnownAgent, KnownAgents } from './known-agents.ts'

export type MeetingParts = {
  readonly kernel: ServerKernel
  readonly known: KnownAgents
  readonly ports: AgentPorts
}

const formerStartsMax = 8
/** What a process sent before it was killed may arrive after its successor has spoken. */
const lateMs = 30_000
/** One misuse is told once in so long. */
const alarmPauseMs = 3_600_000

/** @throws agent.other-machine */
export async function checkMachine(
  parts: MeetingParts,
  agent: KnownAgent,
  machines: readonly string[],
): Promise<void> {
  const { fingerprint } = agent
  if (fingerprint === null || machines.every((machine) => machine === fingerprint)) return
  await alarm(parts, agent, 'its fingerprint is not that of the machine that was activated')
  throw failure('agent.other-machine', { client: agent.clientId })
}

/**
 * The agent with this process speaking for it; undefined: a former process, whose messages count no more.
 * @throws agent.other-machine
 */
export async function meetProcess(
  parts: MeetingParts,
  agent: KnownAgent,
  startId: string,
  heartbeat: Heartbeat | undefined,
): Promise<KnownAgent | undefined> {
  if (agent.startId === startId) return agent
  const { kernel, known } = parts
  const now = kernel.wallMs()
  if (agent.formerStarts.includes(startId)) {
    if (now - agent.startedAt < lateMs) return undefined
    await alarm(parts, agent, 'two processes use it at the same time')
    throw failure('agent.other-machine', { client: agent.clientId })
  }
  const met = await transact(kernel.catalog.db, async (trx) => {
    const channel = await holdChannel(trx, agent.clientId)
    // Another server has met it meanwhile: what is known here is old.
    if (channel.startId === startId)
      return { startedAt: channel.startedAt, formerStarts: channel.formerStarts }
    const before = channel.startId === null ? [] : [channel.startId]
    const formerStarts = [...before, ...channel.formerStarts].slice(0, formerStartsMax)
    await updateChannel(trx, agent.clientId, {
      startId,
      startedAt: now,
      formerStarts,
      heard: nothingHeard,
    })
    await adoptJobs(trx, {
      instanceId: agent.instanceId,
      holder: startId,
      // Without a heartbeat it may be at work at all of them.
      running: heartbeat?.running,
      now,
      leaseUntil: now + leaseMs,
    })
    return { startedAt: now, formerStarts }
  })
  kernel.doorbell.ring(agent.instanceId)
  return known.note(agent, { ...met, startId, beat: undefined })
}

/** A02. The alert is of the vault that the identity can write into; a machine without a plan can do no harm yet. */
async function alarm({ kernel, known, ports }: MeetingParts, agent: KnownAgent, why: string) {
  const now = kernel.wallMs()
  const { clientId, instanceId, instanceName, accountId, regionId } = agent
  kernel.log.warn({ clientId, instanceId, why }, 'the identity of a client is misused')
  if (now - agent.alarmedAt < alarmPauseMs) return
  known.note(agent, { alarmedAt: now })
  const { db } = kernel.catalog
  const text = `The identity of the client of ${instanceName} is used by somebody else as well: ${why}. Revoke it if it was stolen.`
  for (const vaultId of new Set(
    (await listPlansOf(db, [instanceId])).map((plan) => plan.vaultId),
  )) {
    const vault = await findVault(db, vaultId)
    if (vault === undefined) continue
    await ports.notices.raise({
      kind: 'KEY_EVENT',
      accountId,
      regionId,
      at: now,
      vaultId,
      vaultName: vault.name,
      text,
    })
  }
}
