/** How plans and their jobs end. */
import type { InstanceId, UserId } from '#contract'
import { cancelJob } from '../../catalog/jobs/job-leases.ts'
import { listOpenJobsOf } from '../../catalog/plans/plan-runs.ts'
import { type CatalogPlan, updatePlan } from '../../catalog/plans/plans.ts'
import type { ServerKernel } from '../../kernel.ts'
import { announceJob } from './plan-jobs.ts'

export async function cancelPlanRow(
  kernel: ServerKernel,
  planId: CatalogPlan['id'],
  now: number,
): Promise<void> {
  await updatePlan(
    kernel.catalog.db,
    { id: planId, expected: ['ACTIVE', 'PAUSED'] },
    { status: 'CANCELED', nextDueAt: null, askedAt: null, canceledAt: now, updatedAt: now },
  )
}

/** Jobs that wait end at once; the agents of the others are told with their next heartbeat. */
export async function cancelOpenJobs(
  kernel: ServerKernel,
  instanceId: InstanceId,
  userId: UserId | null,
): Promise<void> {
  const { db } = kernel.catalog
  for (const job of await listOpenJobsOf(db, instanceId)) {
    const outcome = await cancelJob(db, job.id, { userId, now: kernel.wallMs() })
    if (outcome?.kind === 'canceled') announceJob(kernel, outcome.job)
  }
  kernel.doorbell.ring(instanceId)
}

/** Backups of the plan that are not over; restores go on. */
export async function cancelJobsOf(
  kernel: ServerKernel,
  plan: Pick<CatalogPlan, 'id' | 'instanceId'>,
  userId: UserId | null,
): Promise<void> {
  const by = { userId, now: kernel.wallMs() }
  for (const job of await listOpenJobsOf(kernel.catalog.db, plan.instanceId)) {
    if (job.planId !== plan.id) continue
    const outcome = await cancelJob(kernel.catalog.db, job.id, by)
    if (outcome?.kind === 'canceled') announceJob(kernel, outcome.job)
  }
  kernel.doorbell.ring(plan.instanceId)
}
