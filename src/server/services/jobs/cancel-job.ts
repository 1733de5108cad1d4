/**
 * Cancelling (D4, F7). Who waits for an agent is told within seconds: the doorbell wakes the agent, which ends its work and
 * says so. An agent that is away is not waited for: its job ends now, and it learns of it when it comes back.
 */
import { failure } from '#base'
import type { UserId } from '#contract'
import {
  type CatalogDb,
  cancelJob,
  endCanceledJob,
  type Job,
  listClientsOf,
  noteEndedJobs,
  removeStarts,
  transact,
} from '../../catalog/index.ts'
import type { CallContext } from '../../handler.ts'
import { userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { awayMs } from '../agents/agent-ports.ts'
import { addCancel } from '../agents/orders.ts'
import { announceJob } from '../protection/plan-jobs.ts'

export type Cancelled =
  | { readonly kind: 'canceled' | 'requested'; readonly job: Job }
  /** It had ended before. */
  | { readonly kind: 'ended'; readonly job: Job }

/** @param by null: the server itself. @returns undefined when there is no such job */
export async function cancelRun(
  kernel: ServerKernel,
  jobId: Job['id'],
  by: UserId | null,
): Promise<Cancelled | undefined> {
  const cancelled = await transact(kernel.catalog.db, (trx) => cancel(trx, kernel, { jobId, by }))
  if (cancelled === undefined || cancelled.kind === 'ended') return cancelled
  if (cancelled.kind === 'canceled') announceJob(kernel, cancelled.job)
  kernel.doorbell.ring(cancelled.job.instanceId)
  return cancelled
}

/** As somebody asks for it. Asked for twice, the second changes nothing. @throws job.over */
export async function cancelForUser(
  kernel: ServerKernel,
  { id, kind: jobKind }: Pick<Job, 'id' | 'kind'>,
  { identity, note }: Pick<CallContext, 'identity' | 'note'>,
): Promise<Job> {
  const cancelled = await cancelRun(kernel, id, userOf(identity).userId)
  const kind = jobKind === 'RESTORE' ? 'restore job' : 'job'
  if (cancelled === undefined) throw failure('record.not-found', { kind, id })
  const { job } = cancelled
  if (cancelled.kind === 'ended' && job.state !== 'CANCELED') {
    throw failure('job.over', { job: id, state: job.state })
  }
  note({ instanceId: job.instanceId, state: job.state })
  return job
}

async function cancel(
  trx: CatalogDb,
  kernel: ServerKernel,
  { jobId, by }: { readonly jobId: Job['id']; readonly by: UserId | null },
): Promise<Cancelled | undefined> {
  const now = kernel.wallMs()
  const outcome = await cancelJob(trx, jobId, { userId: by, now })
  if (outcome === undefined || outcome.kind === 'ended') return outcome
  const isUnheard = await removeStarts(trx, jobId)
  const { job } = outcome
  if (outcome.kind === 'canceled') {
    // Its agent may have begun it before its lease ended.
    if (job.attempt > 0) await tellAgent(trx, job, now)
    await noteEndedJobs(trx, [jobId], now)
    return outcome
  }
  const client = await tellAgent(trx, job, now)
  const isAway = client === undefined || now - (client.heardAt ?? 0) > awayMs
  const ended = isAway || isUnheard ? await endCanceledJob(trx, jobId, now) : undefined
  if (ended === undefined) return outcome
  await noteEndedJobs(trx, [jobId], now)
  return { kind: 'canceled', job: ended }
}

/** @returns the client, if there is one that can be told */
async function tellAgent(trx: CatalogDb, job: Job, now: number) {
  const client = (await listClientsOf(trx, [job.instanceId])).get(job.instanceId)
  if (client === undefined || client.revokedAt !== null) return undefined
  await addCancel(trx, client.id, job.id, now)
  return client
}
