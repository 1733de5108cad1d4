/**
 * TAG rules (C4): an instance that carries all tags of a policy's rule is bound to it, and unbound when it does not any
 * more. Bindings that a person made stay; an instance that is protected another way is left alone (A7).
 */
import { isFailure } from '#base'
import { listAccounts } from '../catalog/accounts/accounts.ts'
import { listShownInstances } from '../catalog/instances/instance-list.ts'
import type { Instance } from '../catalog/instances/instances.ts'
import { type Binding, listBindings, listPolicies, type Policy } from '../catalog/plans/policies.ts'
import type { ServerKernel } from '../kernel.ts'
import { unbind } from '../services/protection/bind-policy.ts'
import { bind } from '../services/protection/binding-handlers.ts'
import { rulesFromJson, type TagRule } from '../services/protection/policy-rules.ts'
import type { PeriodicWork } from './periodic-work.ts'

const everyMs = 5 * 60_000
const instancesPerPage = 500

export function tagBindingWork(kernel: ServerKernel): PeriodicWork {
  return {
    name: 'tag bindings',
    everyMs,
    async run(signal) {
      for (const { id } of await listAccounts(kernel.catalog.db)) {
        for (const policy of await listPolicies(kernel.catalog.db, id)) {
          if (signal.aborted) return
          await followTags(kernel, policy)
        }
      }
    },
  }
}

export async function followTags(kernel: ServerKernel, policy: Policy): Promise<void> {
  const rules = rulesFromJson(policy.rules).flatMap(({ rule }) =>
    rule.kind === 'TAG' ? [rule] : [],
  )
  const bindings = await listBindings(kernel.catalog.db, { policyId: policy.id })
  const byTag = bindings.filter(({ createdByTag }) => createdByTag)
  if (rules.length === 0 && byTag.length === 0) return
  const wanted = await listTagged(kernel, policy, rules)
  const bound = new Set(bindings.map(({ instanceId }) => instanceId))
  for (const instance of wanted) {
    if (!bound.has(instance.id)) await bindTagged(kernel, policy, instance)
  }
  const wantedIds = new Set(wanted.map(({ id }) => id))
  const gone: readonly Binding[] = byTag.filter(({ instanceId }) => !wantedIds.has(instanceId))
  for (const binding of gone) await unbind(kernel, binding, null)
}

/** Instances that carry all tags of some rule. */
async function listTagged(
  kernel: ServerKernel,
  policy: Policy,
  rules: readonly TagRule[],
): Promise<readonly Instance[]> {
  const found = new Map<Instance['id'], Instance>()
  for (const rule of rules) {
    const tags = Object.entries(rule.tags).map(([name, value]) => ({ name, value }))
    // A rule without tags would bind everything; nobody means that.
    if (tags.length === 0) continue
    const filter = {
      accountId: policy.accountId,
      regionId: policy.regionId,
      states: ['RUNNING', 'STOPPED'],
      methods: ['none', 'policy'],
      tags,
    } as const
    let cursor: string | undefined
    do {
      const page = await listShownInstances(kernel.catalog.db, filter, {
        limit: instancesPerPage,
        cursor,
      })
      for (const instance of page.items) found.set(instance.id, instance)
      cursor = page.next
    } while (cursor !== undefined)
  }
  return [...found.values()]
}

async function bindTagged(kernel: ServerKernel, policy: Policy, instance: Instance): Promise<void> {
  const terms = { sources: undefined, priority: 'low', hooks: {} } as const
  try {
    await bind(kernel, { policy, instanceId: instance.id, terms, createdByTag: true })
  } catch (problem) {
    // Somebody else bound it, or protects it another way, meanwhile.
    if (!isFailure(problem)) throw problem
    kernel.log.warn({ instance: instance.id, policy: policy.id, problem }, 'a tag could not bind')
  }
}
