/** Calls about many plans: each has its own result, and one that is refused stops none of the others (G6). */
import { checkAborted, failure } from '#base'
import { type PlanId, type PlanResult, plansPerCallMax, problemOf } from '#contract'
import { listPlansOfInstances } from '../../catalog/plans/plan-list.ts'
import type { CatalogPlan } from '../../catalog/plans/plans.ts'
import type { CallContext, HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { refusalOf } from './activate.ts'
import { instanceFilterOf } from './instance-filter.ts'

type PlanChoice = Parameters<HandlersOf<'plans'>['pauseMany']>[0]['body']
type PlanResults = { readonly results: readonly PlanResult[]; readonly next?: string }

export async function eachPlan(
  kernel: ServerKernel,
  choice: PlanChoice,
  { identity, signal }: CallContext,
  work: (id: PlanId) => Promise<CatalogPlan>,
): Promise<PlanResults> {
  const chosen = await choosePlans(kernel, choice, accountOf(identity))
  const results: PlanResult[] = []
  for (const planId of new Set(chosen.planIds)) {
    checkAborted(signal)
    results.push(await resultOf(planId, work))
  }
  return { results, ...(chosen.next === undefined ? {} : { next: chosen.next }) }
}

async function resultOf(
  planId: PlanId,
  work: (id: PlanId) => Promise<CatalogPlan>,
): Promise<PlanResult> {
  try {
    const { instanceId, status, nextDueAt } = await work(planId)
    const due = nextDueAt === null ? {} : { nextRunAt: nextDueAt }
    return { planId, instanceId, accepted: true, status, ...due }
  } catch (problem) {
    return { planId, accepted: false, problem: problemOf(refusalOf(problem)) }
  }
}

async function choosePlans(
  kernel: ServerKernel,
  { planIds, instances, cursor }: PlanChoice,
  accountId: CatalogPlan['accountId'],
): Promise<{ readonly planIds: readonly PlanId[]; readonly next?: string | undefined }> {
  if (planIds !== undefined) return { planIds }
  if (instances === undefined) {
    throw failure('request.invalid', { where: 'body', problem: 'it names no plans' })
  }
  const filter = instanceFilterOf(instances, accountId)
  const request = { limit: plansPerCallMax, cursor }
  const page = await listPlansOfInstances(kernel.catalog.db, filter, request)
  return { planIds: page.items.map(({ id }) => id), next: page.next }
}
