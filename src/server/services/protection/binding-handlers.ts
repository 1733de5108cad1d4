/** Bindings of policies to instances (C7): bulk, paused, resumed, changed, taken away. */
import { failure } from '#base'
import type { BindingId, InstanceId, Binding as ShownBinding } from '#contract'
import { findInstance } from '../../catalog/instances/instances.ts'
import { type CatalogPlan, listPlansOf } from '../../catalog/plans/plans.ts'
import {
  type Binding,
  createBinding,
  type Policy,
  updateBinding,
} from '../../catalog/plans/policies.ts'
import { findBinding, listShownBindings } from '../../catalog/plans/policy-list.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf, userOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageRequestOf } from '../../list-page.ts'
import { eachInstance, ownInstance } from './activate.ts'
import {
  type BindingTerms,
  bindingTermsFromJson,
  bindingTermsToJson,
  followPolicy,
  unbind,
} from './bind-policy.ts'
import { hasHooks } from './plan-terms.ts'
import { policyOf } from './policy-handlers.ts'
import { claim, releaseIfUnplanned } from './protect.ts'

export function bindingHandlers(kernel: ServerKernel): HandlersOf<'bindings'> {
  const { db } = kernel.catalog
  return {
    async list({ query }, { identity }) {
      const { policyId, instanceId, status } = query
      const filter = { accountId: accountOf(identity), policyId, instanceId, status }
      const page = await listShownBindings(db, filter, pageRequestOf(query))
      const plans = await listPlansOf(db, [...new Set(page.items.map((one) => one.instanceId))])
      // A binding whose plans are being made, or gone, has nothing to show.
      return { items: page.items.flatMap((one) => showBinding(one, plans)), next: page.next }
    },
    async create({ body }, context) {
      const policy = await policyOf(kernel, body.policyId)
      const terms: BindingTerms = {
        sources: body.sources,
        priority: body.priority ?? 'low',
        hooks: body.hooks ?? {},
      }
      const results = await eachInstance(body.instanceIds, async (id) => {
        await ownInstance(kernel, id, context)
        await bind(kernel, { policy, instanceId: id, terms, createdByTag: false })
        const plans = await listPlansOf(db, [id])
        const plan = plans.find(({ policyId }) => policyId === policy.id)
        return plan === undefined ? {} : { planId: plan.id }
      })
      return { results }
    },
    async update({ path, body }) {
      const before = await bindingOf(kernel, path.bindingId)
      const binding = await changeBinding(kernel, before, body)
      const [shown] = showBinding(binding, await listPlansOf(db, [binding.instanceId]))
      if (shown === undefined) throw notFound(path.bindingId)
      return shown
    },
    async remove({ path }, context) {
      await unbind(kernel, await bindingOf(kernel, path.bindingId), userOf(context.identity).userId)
      return undefined
    },
  }
}

/** Its plans follow at once. @throws record.not-found */
export async function changeBinding(
  kernel: ServerKernel,
  before: Binding,
  to: {
    readonly status?: Binding['status'] | undefined
    readonly sources?: BindingTerms['sources']
    readonly priority?: BindingTerms['priority'] | undefined
    readonly hooks?: BindingTerms['hooks'] | undefined
  },
): Promise<Binding> {
  const terms = bindingTermsFromJson(before.settings)
  const binding = await updateBinding(kernel.catalog.db, before.id, {
    status: to.status,
    settings: bindingTermsToJson({
      sources: to.sources ?? terms.sources,
      priority: to.priority ?? terms.priority,
      hooks: to.hooks ?? terms.hooks,
    }),
    updatedAt: kernel.wallMs(),
  })
  if (binding === undefined) throw notFound(before.id)
  await followPolicy(kernel, await policyOf(kernel, binding.policyId), binding)
  return binding
}

function notFound(id: BindingId): Error {
  return failure('record.not-found', { kind: 'binding', id })
}

async function bindingOf(kernel: ServerKernel, id: BindingId): Promise<Binding> {
  const binding = await findBinding(kernel.catalog.db, id)
  if (binding === undefined) throw notFound(id)
  return binding
}

/** @throws instance.not-found, instance.unsupported, plan.other-method, binding.exists, record.not-found */
export async function bind(
  kernel: ServerKernel,
  of: {
    readonly policy: Policy
    readonly instanceId: InstanceId
    readonly terms: BindingTerms
    readonly createdByTag: boolean
  },
): Promise<void> {
  const { policy, instanceId } = of
  const instance = await findInstance(kernel.catalog.db, instanceId)
  if (instance === undefined || instance.state === 'RELEASED') {
    throw failure('instance.not-found', { instance: instanceId })
  }
  if (instance.regionId !== policy.regionId) {
    const problem = `it is in ${instance.regionId}, the policy in ${policy.regionId}`
    throw failure('instance.unsupported', { instance: instance.name, problem })
  }
  await claim(kernel, instance, 'policy')
  const now = kernel.wallMs()
  const binding: Binding = {
    id: kernel.catalog.newId('binding'),
    accountId: policy.accountId,
    regionId: policy.regionId,
    policyId: policy.id,
    instanceId,
    status: 'ACTIVE',
    createdByTag: of.createdByTag,
    settings: bindingTermsToJson(of.terms),
    createdAt: now,
    updatedAt: now,
  }
  const outcome = await createBinding(kernel.catalog.db, binding)
  if (outcome === 'created') return await followPolicy(kernel, policy, binding)
  await releaseIfUnplanned(kernel, instanceId)
  throw outcome === 'bound'
    ? failure('binding.exists', { instance: instance.name, policy: policy.name })
    : failure('record.not-found', { kind: 'policy', id: policy.id })
}

function showBinding(binding: Binding, plans: readonly CatalogPlan[]): readonly ShownBinding[] {
  const own = plans.filter(({ bindingId }) => bindingId === binding.id)
  const [first] = own
  if (first === undefined) return []
  const { sources, priority, hooks } = bindingTermsFromJson(binding.settings)
  const dues = own.flatMap(({ nextDueAt }) => nextDueAt ?? [])
  return [
    {
      bindingId: binding.id,
      policyId: binding.policyId,
      instanceId: binding.instanceId,
      planId: first.id,
      status: binding.status,
      // All local volumes, without system directories.
      sources: sources ?? { paths: [], excludeSystemFolders: true },
      priority,
      ...(hasHooks(hooks) ? { hooks } : {}),
      ...(dues.length === 0 ? {} : { nextRunAt: Math.min(...dues) }),
      createdAt: binding.createdAt,
    },
  ]
}
