/** Runs that were asked for before their client was there: the first backup after an activation (A1). */
import type { PlanId } from '#contract'
import { transact } from '../catalog/database/transact.ts'
import { listClientsOf } from '../catalog/instances/clients.ts'
import { createRequestedJob } from '../catalog/jobs/job-creation.ts'
import { answerAsked, listAskedPlans } from '../catalog/plans/plan-runs.ts'
import type { CatalogPlan } from '../catalog/plans/plans.ts'
import { countVersions } from '../catalog/vaults/points.ts'
import type { ServerKernel } from '../kernel.ts'
import { isOnline } from '../services/protection/client-contact.ts'
import { announceJob, backupDraft } from '../services/protection/plan-jobs.ts'

const plansPerBatch = 200
const batchesPerLook = 50

/** How many jobs were made. */
export async function beginAskedRuns(kernel: ServerKernel, now: number): Promise<number> {
  const { db } = kernel.catalog
  let made = 0
  let after: PlanId | undefined
  for (let batch = 0; batch < batchesPerLook; batch++) {
    const plans = await listAskedPlans(db, after, plansPerBatch)
    const clients = await listClientsOf(
      db,
      plans.map(({ instanceId }) => instanceId),
    )
    for (const plan of plans.filter((one) => isOnline(clients.get(one.instanceId), now))) {
      if (await begin(kernel, plan, now)) made++
    }
    after = plans.at(-1)?.id
    if (plans.length < plansPerBatch) break
  }
  return made
}

async function begin(kernel: ServerKernel, plan: CatalogPlan, now: number): Promise<boolean> {
  const { db } = kernel.catalog
  const { lastAt } = (await countVersions(db, [plan.instanceId])).get(plan.instanceId) ?? {}
  const draft = backupDraft(kernel, plan, {
    now,
    trigger: 'MANUAL',
    createdBy: plan.createdBy,
    lastVersionAt: lastAt,
  })
  const job = await transact(db, async (trx) => {
    if (!(await answerAsked(trx, plan, now))) return undefined
    const outcome = await createRequestedJob(trx, { ...draft, dueAt: null })
    // A run that is under way already is the one that was asked for.
    return outcome.kind === 'created' ? outcome.job : undefined
  })
  if (job === undefined) return false
  announceJob(kernel, job)
  kernel.doorbell.ring(plan.instanceId)
  return true
}
