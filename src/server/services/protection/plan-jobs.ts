/** The jobs of a plan: what each asks for, and how one is made that nobody scheduled. */
import { failure } from '#base'
import type { UserId } from '#contract'
import { listClientsOf } from '../../catalog/instances/clients.ts'
import { createRequestedJob } from '../../catalog/jobs/job-creation.ts'
import type { Job, JobDraft } from '../../catalog/jobs/jobs.ts'
import type { CatalogPlan } from '../../catalog/plans/plans.ts'
import { countVersions } from '../../catalog/vaults/points.ts'
import type { ServerKernel } from '../../kernel.ts'
import { backupRequestToJson, limitsOf } from './backup-request.ts'
import { isOnline } from './client-contact.ts'
import { retentionOf, termsFromJson } from './plan-terms.ts'
import { scheduleFromJson } from './schedule-record.ts'

/** D5: how often a job is begun again. */
export const attemptsMax = 30
/** How long a job waits for its agent to begin it. */
export const untakenMaxMs = 3_600_000

export type RunFacts = {
  readonly now: number
  readonly trigger: Job['trigger']
  readonly createdBy: UserId | null
  /** When the instance's newest version was made; undefined: it has none. */
  readonly lastVersionAt: number | undefined
}

/** The row of a job that is to be made, without its due time. */
export function backupDraft(
  kernel: Pick<ServerKernel, 'catalog'>,
  plan: CatalogPlan,
  facts: RunFacts,
): Omit<JobDraft, 'dueAt'> {
  const { now } = facts
  const terms = termsFromJson(plan.settings)
  const retentionDays = retentionOf({
    retentionDays: plan.retentionDays,
    special: terms.special,
    zone: scheduleFromJson(plan.schedule).zone,
    at: now,
    lastVersionAt: facts.lastVersionAt,
  })
  return {
    id: kernel.catalog.newId('job'),
    accountId: plan.accountId,
    regionId: plan.regionId,
    kind: 'BACKUP',
    trigger: facts.trigger,
    planId: plan.id,
    policyId: plan.policyId,
    instanceId: plan.instanceId,
    sourceInstanceId: null,
    vaultId: plan.vaultId,
    versionId: null,
    request: backupRequestToJson({
      sources: terms.sources,
      priority: plan.priority,
      limits: limitsOf(plan.priority),
      hooks: terms.hooks,
      retentionDays,
    }),
    createdBy: facts.createdBy,
    createdAt: now,
    availableAt: now,
    expiresAt: now + untakenMaxMs,
    attemptsMax,
  }
}

/** A run that a person asked for. @throws instance.not-running, agent.unreachable, job.under-way */
export async function runNow(
  kernel: ServerKernel,
  plan: CatalogPlan,
  createdBy: UserId | null,
): Promise<Job> {
  const now = kernel.wallMs()
  const { db } = kernel.catalog
  const client = (await listClientsOf(db, [plan.instanceId])).get(plan.instanceId)
  if (!isOnline(client, now)) {
    const problem = client === undefined ? 'there is no client on it' : 'its client is silent'
    throw failure('agent.unreachable', { instance: plan.instanceId, problem })
  }
  const { lastAt } = (await countVersions(db, [plan.instanceId])).get(plan.instanceId) ?? {}
  const draft = backupDraft(kernel, plan, {
    now,
    trigger: 'MANUAL',
    createdBy,
    lastVersionAt: lastAt,
  })
  const outcome = await createRequestedJob(db, { ...draft, dueAt: null })
  if (outcome.kind === 'unfinished') throw failure('job.under-way', { job: outcome.job.id })
  announceJob(kernel, outcome.job)
  kernel.doorbell.ring(plan.instanceId)
  return outcome.job
}

/** Whoever watches the account sees the job's new state (G6). */
export function announceJob(
  kernel: Pick<ServerKernel, 'catalog' | 'events' | 'wallMs'>,
  job: Job,
): void {
  kernel.events.publish(job.accountId, {
    kind: 'job.state',
    eventId: kernel.catalog.newId('event'),
    at: kernel.wallMs(),
    job: job.kind,
    jobId: job.id,
    instanceId: job.instanceId,
    state: job.state,
  })
}
