/** Backup plans: paused, resumed, run, changed, cancelled (C2, C6, C8, D3). */
import { failure } from '#base'
import type { HookNames, PlanId, Plan as ShownPlan } from '#contract'
import { hurryChore } from '../../catalog/chores.ts'
import { findInstance } from '../../catalog/instances/instances.ts'
import { listShownPlans } from '../../catalog/plans/plan-list.ts'
import { listPlanRuns } from '../../catalog/plans/plan-runs.ts'
import type { CatalogPlan } from '../../catalog/plans/plans.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf, userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageRequestOf } from '../../list-page.ts'
import { vaultChore } from '../../scheduler/vault-chore.ts'
import { jobRecord } from '../jobs/job-record.ts'
import { proposeTime, setTime } from './backup-time.ts'
import { cancelPlan, proposeCancel } from './cancel-plan.ts'
import { changeBound, changePlan, pausePlan, planOf, resumePlan, standing } from './change-plan.ts'
import { eachPlan } from './each-plan.ts'
import { factsOf, gatherFacts } from './instance-facts.ts'
import { runNow } from './plan-jobs.ts'
import { termsFromJson, termsToJson } from './plan-terms.ts'
import { keepEndsAfterMs, showPlan } from './plan-view.ts'

type Handlers = HandlersOf<'plans'>

export function planHandlers(kernel: ServerKernel): Handlers {
  const show = async (plan: CatalogPlan) => await showOne(kernel, plan)
  return {
    list: listPlansHandler(kernel),
    async get({ path }) {
      return await show(await planOf(kernel, path.planId))
    },
    async pause({ path }, context) {
      return await show(await pausePlan(kernel, path.planId, userOf(context.identity).userId))
    },
    async resume({ path }) {
      return await show(await resumePlan(kernel, path.planId))
    },
    async pauseMany({ body }, context) {
      const { userId } = userOf(context.identity)
      return await eachPlan(kernel, body, context, (id) => pausePlan(kernel, id, userId))
    },
    async resumeMany({ body }, context) {
      return await eachPlan(kernel, body, context, (id) => resumePlan(kernel, id))
    },
    async proposeCancel({ path }, { signal }) {
      return (await proposeCancel(kernel, path.planId, signal)).proposal
    },
    async cancel({ path, body }, context) {
      return await cancelPlan(kernel, path.planId, body.confirmation, context)
    },
    async setPriority({ path, body }) {
      const { method } = await planOf(kernel, path.planId)
      if (method === 'essential' && body.priority === 'custom') {
        const problem = 'the priority of Essential backup is low or high; custom needs a policy'
        throw failure('request.invalid', { where: 'body.priority', problem })
      }
      if (await changeBound(kernel, path.planId, { priority: body.priority })) {
        return await show(await planOf(kernel, path.planId))
      }
      return await show(
        await changePlan(kernel, path.planId, standing, () => ({ priority: body.priority })),
      )
    },
    async setHooks({ path, body }) {
      return await show(await setHooks(kernel, path.planId, body))
    },
    async proposeNextBackupTime({ path, query }) {
      return await proposeTime(kernel, await planOf(kernel, path.planId), query.timeOfDay)
    },
    async setNextBackupTime({ path, body }) {
      return await show(await setTime(kernel, await planOf(kernel, path.planId), body))
    },
    async setKeepAtLeastOne({ path, body }) {
      return await show(await setKeep(kernel, path.planId, body.keep))
    },
    run: runHandler(kernel),
  }
}

async function showOne(kernel: ServerKernel, plan: CatalogPlan): Promise<ShownPlan> {
  const facts = await factsOf(kernel, plan.instanceId)
  if (facts === undefined) throw failure('instance.not-found', { instance: plan.instanceId })
  const now = kernel.wallMs()
  if (facts.runs.has(plan.id)) return showPlan(facts, plan, now)
  const runs = await listPlanRuns(kernel.catalog.db, [plan.id], now)
  return showPlan({ ...facts, runs }, plan, now)
}

function listPlansHandler(kernel: ServerKernel): Handlers['list'] {
  return async ({ query }, { identity }) => {
    const { db } = kernel.catalog
    const { instanceId, vaultId, policyId, status, sort } = query
    const page = await listShownPlans(
      db,
      { accountId: accountOf(identity), instanceId, vaultId, policyId, statuses: status },
      { ...pageRequestOf(query), sort },
    )
    const ids = new Set(page.items.map((plan) => plan.instanceId))
    const instances = await Promise.all([...ids].map((id) => findInstance(db, id)))
    const facts = await gatherFacts(
      kernel,
      instances.filter((instance) => instance !== undefined),
    )
    const factsOfId = new Map(facts.map((one) => [one.instance.id, one]))
    const now = kernel.wallMs()
    const runs = await listPlanRuns(
      db,
      page.items.map(({ id }) => id),
      now,
    )
    const items = page.items.flatMap((plan) => {
      const one = factsOfId.get(plan.instanceId)
      return one === undefined ? [] : [showPlan({ ...one, runs }, plan, now)]
    })
    return { items, next: page.next }
  }
}

async function setHooks(kernel: ServerKernel, id: PlanId, hooks: HookNames): Promise<CatalogPlan> {
  if (await changeBound(kernel, id, { hooks })) return await planOf(kernel, id)
  return await changePlan(kernel, id, standing, ({ settings }) => ({
    settings: termsToJson({ ...termsFromJson(settings), hooks }),
  }))
}

/** C6: off takes effect within the hour that follows, when its vault is looked after; on at once. */
async function setKeep(kernel: ServerKernel, id: PlanId, keep: boolean): Promise<CatalogPlan> {
  if ((await planOf(kernel, id)).bindingId !== null) {
    const problem = 'the LIFECYCLE rule of its policy says whether the plan keeps a version'
    throw failure('request.invalid', { where: 'path.planId', problem })
  }
  const plan = await changePlan(kernel, id, standing, (before, now) =>
    before.keepAtLeastOne === keep ? {} : { keepAtLeastOne: keep, keepChangedAt: now },
  )
  if (!keep) {
    const endsAt = plan.keepChangedAt + keepEndsAfterMs
    await hurryChore(kernel.catalog.db, vaultChore(plan.vaultId), endsAt)
  }
  return plan
}

function runHandler(kernel: ServerKernel): Handlers['run'] {
  return async ({ path }, { identity }) => {
    const plan = await planOf(kernel, path.planId)
    if (plan.status !== 'ACTIVE') {
      throw failure('plan.not-active', { plan: plan.id, status: plan.status.toLowerCase() })
    }
    const instance = await findInstance(kernel.catalog.db, plan.instanceId)
    if (instance?.state !== 'RUNNING') {
      throw failure('instance.not-running', { instance: instance?.name ?? plan.instanceId })
    }
    return jobRecord(await runNow(kernel, plan, userOf(identity).userId), () => undefined)
  }
}
