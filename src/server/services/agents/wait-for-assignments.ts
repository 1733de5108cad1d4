/** The long call of an agent: answers when there is something to do, or when it has waited as long as it was asked to. */
import { isFailure } from '#base'
import type { Assignment } from '#contract'
import type { AgentIdentity } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { announceJob } from '../protection/plan-jobs.ts'
import type { AgentService } from './agent-service.ts'
import { reclaimMs } from './choose-jobs.ts'
import { giveAssignments } from './give-assignments.ts'

export type Waiting = {
  readonly identity: AgentIdentity
  readonly after: number
  /** Of the process that asks; undefined: that which was heard last. */
  readonly startId: string | undefined
  /** Of `laterWords`, those that it knows. */
  readonly knows: readonly string[]
  readonly waitMs: number
  /** Aborted when nobody waits any more, and when the server begins to end. */
  readonly signal: AbortSignal
}

export async function waitForAssignments(
  service: AgentService,
  waiting: Waiting,
): Promise<readonly Assignment[]> {
  const { kernel } = service
  const until = kernel.clock.now().upMs + waiting.waitMs
  for (;;) {
    const ending = new AbortController()
    const end = () => ending.abort()
    waiting.signal.addEventListener('abort', end)
    try {
      // The bell is listened for before the question: what comes in between must not be missed.
      const left = Math.max(0, until - kernel.clock.now().upMs)
      const rung = kernel.doorbell.wait(waiting.identity.instanceId, left, ending.signal)
      const { given, mayFollow } = await ask(service, waiting)
      const isOver = left === 0 || waiting.signal.aborted || kernel.ending.aborted
      if (given.length > 0 || isOver) return given
      if (mayFollow) void sleepOver(kernel, lookMs, ending)
      await rung
    } finally {
      ending.abort()
      waiting.signal.removeEventListener('abort', end)
    }
  }
}

/** Jobs become available without a bell too: after a pause, or when a lease ends. */
const lookMs = 2 * reclaimMs

/** Ends the waiting after a while. */
async function sleepOver(kernel: ServerKernel, ms: number, ending: AbortController) {
  try {
    await kernel.clock.sleep(ms, ending.signal)
    ending.abort()
  } catch (problem) {
    if (!isFailure(problem, 'job.aborted')) throw problem
  }
}

type Asked = { readonly given: readonly Assignment[]; readonly mayFollow: boolean }

async function ask(service: AgentService, waiting: Waiting): Promise<Asked> {
  const { kernel, known } = service
  // What woke us may be a change of the client, or its end.
  const agent = await known.getFresh(waiting.identity)
  const startId = waiting.startId ?? agent.startId
  // Jobs are given to a process that has said who it is: its machine is known then (A02).
  if (startId === null || startId !== agent.startId) {
    return { given: [], mayFollow: false }
  }
  const { assignments, jobs, mayFollow } = await giveAssignments(service, agent, {
    after: waiting.after,
    startId,
    knows: waiting.knows,
  })
  for (const job of jobs) announceJob(kernel, job)
  return { given: assignments, mayFollow }
}
