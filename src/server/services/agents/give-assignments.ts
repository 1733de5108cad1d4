/**
 * What an agent is to do next. Jobs that it may begin become its own here; an assignment is given again until the agent
 * says that it has it, and a job that is no longer the agent's is not given at all.
 */
import { type Assignment, assignment } from '#contract'
import {
  type CatalogDb,
  findJob,
  type Job,
  listAssignments,
  listOpenJobs,
  markDelivered,
  type OpenJob,
  type PendingAssignment,
  removeAssignment,
  transact,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { mayGive } from '../folders/folder-question.ts'
import { fromJson } from '../jobs/wire-json.ts'
import type { AgentService } from './agent-service.ts'
import { beginJob } from './begin-job.ts'
import { chooseJobs } from './choose-jobs.ts'
import type { KnownAgent } from './known-agents.ts'
import { addDueOrders } from './orders.ts'

export type AssignmentRequest = {
  /** The last that the agent has. */
  readonly after: number
  readonly startId: string
  /** Of `laterWords`, those that it knows. */
  readonly knows: readonly string[]
}

export type GivenAssignments = {
  readonly assignments: readonly Assignment[]
  /** Jobs whose state changed. */
  readonly jobs: readonly Job[]
  /** There are jobs that may become this agent's without a bell: after a pause, or when a lease ends. */
  readonly mayFollow: boolean
}

const assignmentsMax = 100

export async function giveAssignments(
  service: AgentService,
  agent: KnownAgent,
  request: AssignmentRequest,
): Promise<GivenAssignments> {
  const { kernel } = service
  const { db } = kernel.catalog
  const open = await listOpenJobs(db, agent.instanceId)
  const mayFollow = open.length > 0
  await addDueOrders(service, agent, open)
  const jobs = await beginJobs(kernel, agent, { ...request, open })
  const pending = await listAssignments(db, agent.clientId, assignmentsMax)
  if (pending.length === 0) return { assignments: [], jobs, mayFollow }
  const assignments: Assignment[] = []
  const fresh: number[] = []
  for (const one of pending) {
    const isNew = one.deliveredTo !== request.startId
    if (!isNew && one.number <= request.after) continue
    if (one.kind === 'list-folder' && !(await mayGive(kernel, one, request.knows))) continue
    const given = await readAssignment(db, agent, one)
    if (given === undefined) continue
    assignments.push(given)
    if (isNew) fresh.push(one.number)
  }
  await markDelivered(db, { clientId: agent.clientId, numbers: fresh }, request.startId)
  return { assignments, jobs, mayFollow }
}

async function beginJobs(
  kernel: ServerKernel,
  agent: KnownAgent,
  { open, startId, knows }: AssignmentRequest & { readonly open: readonly OpenJob[] },
): Promise<readonly Job[]> {
  if (open.length === 0) return []
  const { db } = kernel.catalog
  const chosen = chooseJobs(open, {
    startId,
    now: kernel.wallMs(),
    heardAt: agent.beat?.at ?? 0,
    running: agent.beat?.running ?? new Set(),
  })
  const begun: Job[] = []
  for (const job of chosen) {
    const parts = { kernel, agent, startId, knows }
    const taken = await transact(db, (trx) => beginJob({ ...parts, trx }, job))
    if (taken !== undefined) begun.push(taken)
  }
  return begun
}

/** Undefined, and taken back, when the job is over or somebody else's. */
async function readAssignment(
  db: CatalogDb,
  agent: KnownAgent,
  pending: PendingAssignment,
): Promise<Assignment | undefined> {
  const { number, jobId, kind, attempt, content } = pending
  if (jobId !== null && kind !== 'cancel') {
    const job = await findJob(db, jobId)
    const isOwn = job?.state === 'RUNNING' && job.attempt === attempt
    if (!isOwn || job.holder !== agent.startId) {
      await removeAssignment(db, agent.clientId, number)
      return undefined
    }
  }
  return fromJson(assignment, { ...content, number })
}
