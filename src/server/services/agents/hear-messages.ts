/**
 * Messages that change the catalog: each counts once, in the order of its number, all of a call in one transaction with the
 * note that they were heard. What is not the agent's own is passed over: a job of another instance, or one that is over.
 */
import { assert } from '#base'
import { type AgentMessage, type MachineFacts, pathToText } from '#contract'
import {
  addJobFiles,
  addJobWarning,
  type CatalogDb,
  countReportLines,
  endCanceledJob,
  findAssignmentByNumber,
  findJob,
  forgetCancels,
  holdChannel,
  type Job,
  type JsonRecord,
  markAccepted,
  noteEndedJobs,
  type PendingAssignment,
  removeAssignment,
  renewLeases,
  transact,
  updateChannel,
  updateClient,
  updateInstance,
} from '../../catalog/index.ts'
import type { ServerKernel } from '../../kernel.ts'
import { answerRecord, refusalRecord } from '../folders/folder-answer.ts'
import { keepAnswer, type Question } from '../folders/folder-question.ts'
import { endByResult, endWithProblem } from '../jobs/end-job.ts'
import { saidProblem } from '../jobs/job-problem.ts'
import { leaseMs } from './agent-ports.ts'
import { admitNumber } from './heard-numbers.ts'
import { factsOfInstance } from './instance-facts.ts'
import type { KnownAgent } from './known-agents.ts'

export type KeptMessage = Exclude<
  AgentMessage,
  { readonly kind: 'heartbeat' } | { readonly kind: 'progress' }
>
type Kept<Kind extends KeptMessage['kind']> = Extract<KeptMessage, { readonly kind: Kind }>

export type HeardNews = {
  /** Jobs as they are now. */
  readonly jobs: readonly Job[]
  readonly isInstanceChanged: boolean
  /** Questions that were answered, which somebody waits for. */
  readonly answered: readonly Question[]
}

type Ear = {
  readonly trx: CatalogDb
  readonly kernel: ServerKernel
  readonly agent: KnownAgent
  readonly now: number
  readonly jobs: Job[]
  readonly answered: Question[]
  isInstanceChanged: boolean
}

/** Lines of one list; what is beyond is counted, not listed. */
const reportLinesMax = 1_000_000
const notListed = 'The report is longer than what is listed: the counts have all files.'

/** Undefined: another process speaks for the client by now. */
export async function hearMessages(
  kernel: ServerKernel,
  agent: KnownAgent,
  messages: readonly KeptMessage[],
): Promise<HeardNews | undefined> {
  return await transact(kernel.catalog.db, async (trx) => {
    const channel = await holdChannel(trx, agent.clientId)
    if (channel.startId !== agent.startId) return undefined
    const now = kernel.wallMs()
    const ear: Ear = { trx, kernel, agent, now, jobs: [], answered: [], isInstanceChanged: false }
    let { heard } = channel
    for (const message of messages) {
      const admitted = admitNumber(heard, message.number)
      heard = admitted.heard
      if (admitted.isNew) await hear(ear, message)
    }
    await updateChannel(trx, agent.clientId, { heard })
    const { jobs, answered, isInstanceChanged } = ear
    return { jobs, answered, isInstanceChanged }
  })
}

async function hear(ear: Ear, message: KeptMessage): Promise<void> {
  switch (message.kind) {
    case 'facts':
      return await hearFacts(ear, message.facts)
    case 'accepted':
      return await hearAccepted(ear, message)
    case 'refused':
      return await hearRefused(ear, message)
    case 'warning': {
      const job = await openJob(ear, message.jobId)
      if (job !== undefined) await addJobWarning(ear.trx, job, message.text)
      return
    }
    case 'folder':
      return await hearFolder(ear, message.assignment, answerRecord(message))
    case 'report':
      return await hearReport(ear, message)
    default:
      return await hearResult(ear, message)
  }
}

async function hearFacts(ear: Ear, facts: MachineFacts): Promise<void> {
  const { trx, agent, now } = ear
  await updateInstance(trx, agent.instanceId, { ...factsOfInstance(facts), updatedAt: now })
  await updateChannel(trx, agent.clientId, { factsAt: now })
  ear.isInstanceChanged = true
}

async function hearAccepted(ear: Ear, { assignment }: Kept<'accepted'>): Promise<void> {
  const { trx, agent, now } = ear
  const accepted = await findAssignmentByNumber(trx, agent.clientId, assignment)
  if (accepted?.kind === 'cancel') return await hearCancelTaken(ear, accepted)
  await removeAssignment(trx, agent.clientId, assignment)
  if (accepted?.kind !== 'uninstall') return
  await updateClient(trx, agent.clientId, { status: 'UNINSTALLING', updatedAt: now })
  ear.isInstanceChanged = true
}

/** It is remembered until the job has ended. An agent that does not work at the job will never say that it ended. */
async function hearCancelTaken(ear: Ear, taken: PendingAssignment): Promise<void> {
  const { trx, agent, now } = ear
  const { jobId } = taken
  const job = jobId === null ? undefined : await findJob(trx, jobId)
  if (jobId === null || job === undefined || job.finishedAt !== null) {
    await removeAssignment(trx, agent.clientId, taken.number)
    return
  }
  await markAccepted(trx, taken, now)
  if (agent.beat === undefined || agent.beat.running.has(jobId)) return
  const ended = await endCanceledJob(trx, jobId, now)
  if (ended === undefined) return
  await noteEndedJobs(trx, [jobId], now)
  await forgetCancels(trx, jobId)
  noteEnd(ear, ended)
}

async function hearFolder(ear: Ear, number: number, answer: JsonRecord): Promise<void> {
  const { trx, agent, now } = ear
  const question = { clientId: agent.clientId, number }
  if (await keepAnswer(trx, question, { answer, now })) ear.answered.push(question)
}

async function hearRefused(ear: Ear, { assignment, problem }: Kept<'refused'>): Promise<void> {
  const { trx, agent, now } = ear
  const known = await findAssignmentByNumber(trx, agent.clientId, assignment)
  if (known?.kind === 'list-folder') {
    return await hearFolder(ear, assignment, refusalRecord(problem))
  }
  const refused = await removeAssignment(trx, agent.clientId, assignment)
  if (refused === undefined) return
  const said = saidProblem(problem)
  switch (refused.kind) {
    case 'backup':
    case 'restore': {
      assert(refused.jobId !== null, 'such an assignment is of a job')
      const job = await openJob(ear, refused.jobId)
      if (job === undefined || job.attempt !== refused.attempt) return
      return noteEnd(ear, await endWithProblem(trx, job, said, now))
    }
    case 'upgrade':
    case 'uninstall': {
      const status = refused.kind === 'upgrade' ? 'UPGRADE_FAILED' : 'UNINSTALL_FAILED'
      await updateClient(trx, agent.clientId, { ...said, status, updatedAt: now })
      await updateChannel(trx, agent.clientId, { orderedStatus: null })
      ear.isInstanceChanged = true
      return
    }
    default:
      ear.kernel.log.info({ clientId: agent.clientId, ...said }, `refused: ${refused.kind}`)
  }
}

async function hearReport(ear: Ear, { jobId, list, lines }: Kept<'report'>): Promise<void> {
  const job = await ownJob(ear, jobId)
  if (job === undefined) return
  const { trx } = ear
  const from = await countReportLines(trx, job.id, list)
  const room = Math.max(0, reportLinesMax - from)
  if (lines.length > room) await addJobWarning(trx, job, notListed)
  await addJobFiles(
    trx,
    lines.slice(0, room).map(({ path, reason, detail }, at) => ({
      jobId: job.id,
      list,
      number: from + at,
      path: pathToText(path),
      reason,
      detail,
    })),
  )
}

async function hearResult(ear: Ear, message: Kept<'result'>): Promise<void> {
  const job = await openJob(ear, message.jobId)
  if (job === undefined) return
  const { trx, now } = ear
  const { state, counts, totals, problem } = message
  const result = {
    jobId: message.jobId,
    state,
    counts,
    ...(totals === undefined ? {} : { totals }),
    ...(problem === undefined ? {} : { problem }),
  }
  noteEnd(ear, await endByResult(trx, job, result, now))
}

function noteEnd(ear: Ear, job: Job | undefined): void {
  if (job !== undefined) ear.jobs.push(job)
}

/** A job of this instance that was begun: its client may speak of it, also after its end. */
async function ownJob({ trx, agent, kernel }: Ear, jobId: Job['id']): Promise<Job | undefined> {
  const job = await findJob(trx, jobId)
  if (job?.instanceId === agent.instanceId && job.attempt > 0) return job
  kernel.log.warn({ clientId: agent.clientId, jobId }, 'a message about a job that is not its own')
  return undefined
}

/** One that this process holds and that is not over; a lease that ended meanwhile, and that nobody took, is its own. */
async function openJob(ear: Ear, jobId: Job['id']): Promise<Job | undefined> {
  const job = await ownJob(ear, jobId)
  if (job === undefined || job.finishedAt !== null) return undefined
  const { trx, agent, now } = ear
  if (job.holder !== agent.startId || agent.startId === null) return undefined
  if (job.state === 'RUNNING') return job
  await renewLeases(trx, {
    instanceId: agent.instanceId,
    holder: agent.startId,
    jobIds: [jobId],
    now,
    leaseUntil: now + leaseMs,
    cancelledBefore: 0,
  })
  return await findJob(trx, jobId)
}
