/** What an agent reports: who speaks is checked first, then each message goes where its kind belongs. */
import { assert } from '#base'
import type { AgentMessage } from '#contract'
import { isFinalState } from '#engine'
import type { AgentIdentity } from '../../identity.ts'
import { schedulerBell } from '../../scheduler/scheduler-bell.ts'
import { answerBell } from '../folders/folder-question.ts'
import { announceStatus } from '../protection/instance-facts.ts'
import { announceJob } from '../protection/plan-jobs.ts'
import type { AgentService } from './agent-service.ts'
import type { Heartbeat } from './contacts.ts'
import { hearMessages, type KeptMessage } from './hear-messages.ts'
import type { KnownAgent } from './known-agents.ts'
import { checkMachine, meetProcess } from './meet-process.ts'

export type AgentReport = {
  readonly startId: string
  readonly messages: readonly AgentMessage[]
}

/** @returns up to which number the messages are kept. @throws agent.revoked, agent.other-machine */
export async function hearReport(
  service: AgentService,
  identity: AgentIdentity,
  { startId, messages }: AgentReport,
): Promise<number> {
  const inOrder = messages.toSorted((a, b) => a.number - b.number)
  const last = inOrder.at(-1)
  assert(last !== undefined, 'a report has messages')
  const agent = await service.known.get(identity)
  await checkMachine(service, agent, inOrder.flatMap(machineOf))
  const heartbeat = inOrder.findLast((message) => message.kind === 'heartbeat')
  const met = await meetProcess(service, agent, startId, heartbeat)
  // The process is gone: nothing that it said late may count against its successor.
  if (met === undefined) return last.number
  await hearKept(service, met, inOrder.filter(isKept))
  for (const message of inOrder) {
    if (message.kind === 'progress') await service.runs.note(met, message.jobId, message.progress)
  }
  if (heartbeat !== undefined) noteHeartbeat(service, met, { startId, heartbeat })
  return last.number
}

async function hearKept(
  service: AgentService,
  agent: KnownAgent,
  messages: readonly KeptMessage[],
): Promise<void> {
  if (messages.length === 0) return
  const { kernel, runs, known } = service
  const news = await hearMessages(kernel, agent, messages)
  if (news === undefined) {
    known.forget(agent.clientId)
    return
  }
  for (const question of news.answered) kernel.doorbell.ring(answerBell(question))
  for (const job of news.jobs) {
    runs.forget(job.id)
    announceJob(kernel, job)
    // Another job of the instance may begin now.
    kernel.doorbell.ring(job.instanceId)
  }
  // Whoever tells of jobs that ended need not wait for the next look.
  if (news.jobs.some(({ state }) => isFinalState(state))) kernel.doorbell.ring(schedulerBell)
  if (!news.isInstanceChanged) return
  known.forget(agent.clientId)
  await announceStatus(kernel, agent.instanceId)
}

function noteHeartbeat(
  { contacts, kernel }: AgentService,
  agent: KnownAgent,
  { startId, heartbeat }: { readonly startId: string; readonly heartbeat: Heartbeat },
): void {
  const isFirst = agent.beat === undefined
  contacts.note(agent, startId, heartbeat)
  // Whoever waits for assignments could not be given any before.
  if (isFirst) kernel.doorbell.ring(agent.instanceId)
}

function machineOf(message: AgentMessage): readonly string[] {
  if (message.kind === 'heartbeat') return [message.machine]
  return message.kind === 'facts' ? [message.facts.machine] : []
}

function isKept(message: AgentMessage): message is KeptMessage {
  return message.kind !== 'heartbeat' && message.kind !== 'progress'
}
