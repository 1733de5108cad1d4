/** Backup policies: made, changed, deleted (C4, C5, C7). */
import { failure } from '#base'
import type { AccountId, PolicyId, Policy as ShownPolicy } from '#contract'
import { listRegions } from '../../catalog/accounts/accounts.ts'
import {
  createPolicy,
  deletePolicy,
  findPolicy,
  listBindings,
  type Policy,
  updatePolicy,
} from '../../catalog/plans/policies.ts'
import { countBindings, listShownPolicies } from '../../catalog/plans/policy-list.ts'
import { findVault } from '../../catalog/vaults/vaults.ts'
import type { HandlersOf } from '../../handler.ts'
import { accountOf } from '../../identity.ts'
import type { ServerKernel } from '../../kernel.ts'
import { pageRequestOf } from '../../list-page.ts'
import { followPolicy, zoneOfAccount } from './bind-policy.ts'
import { takesBackups } from './default-vault.ts'
import {
  checkRules,
  keepRules,
  type PolicyRule,
  rulesFromJson,
  rulesToJson,
} from './policy-rules.ts'

export function policyHandlers(kernel: ServerKernel): HandlersOf<'policies'> {
  const { db } = kernel.catalog
  const show = async (policy: Policy) =>
    showPolicy(policy, (await countBindings(db, [policy.id])).get(policy.id) ?? 0)
  const newRuleId = () => kernel.catalog.newId('rule')
  return {
    async list({ query }, { identity }) {
      const filter = { accountId: accountOf(identity), search: query.search }
      const request = { ...pageRequestOf(query), sort: query.sort }
      const page = await listShownPolicies(db, filter, request)
      const counts = await countBindings(
        db,
        page.items.map(({ id }) => id),
      )
      const items = page.items.map((policy) => showPolicy(policy, counts.get(policy.id) ?? 0))
      return { items, next: page.next }
    },
    async create({ body }, { identity }) {
      const accountId = accountOf(identity)
      const regionId = await checkPolicy(kernel, accountId, body.rules)
      const now = kernel.wallMs()
      const policy: Policy = {
        id: kernel.catalog.newId('policy'),
        accountId,
        regionId,
        name: body.name,
        description: body.description ?? '',
        rules: rulesToJson(keepRules(body.rules, [], newRuleId)),
        revision: 1,
        createdAt: now,
        updatedAt: now,
        deletedAt: null,
      }
      if (await createPolicy(db, policy)) return await show(policy)
      throw failure('record.exists', { kind: 'policy', name: body.name })
    },
    async get({ path }) {
      return await show(await policyOf(kernel, path.policyId))
    },
    async update({ path, body }) {
      return await show(await changePolicy(kernel, path.policyId, body))
    },
    async remove({ path }) {
      const outcome = await deletePolicy(db, path.policyId, kernel.wallMs())
      if (outcome === 'deleted') return undefined
      const policy = await policyOf(kernel, path.policyId)
      const count = (await countBindings(db, [policy.id])).get(policy.id) ?? 0
      throw failure('policy.in-use', { policy: policy.name, count })
    },
  }
}

/** Its plans follow at once, and their next runs are as it says. @throws record.not-found, record.exists, record.changed */
async function changePolicy(
  kernel: ServerKernel,
  id: PolicyId,
  body: Parameters<HandlersOf<'policies'>['update']>[0]['body'],
): Promise<Policy> {
  const before = await policyOf(kernel, id)
  if (body.rules !== undefined) await checkSameRegion(kernel, before, body.rules)
  const kept =
    body.rules === undefined
      ? undefined
      : rulesToJson(
          keepRules(body.rules, rulesFromJson(before.rules), () => kernel.catalog.newId('rule')),
        )
  await checkName(kernel, before, body.name)
  const policy = await updatePolicy(kernel.catalog.db, before, {
    name: body.name,
    description: body.description,
    rules: kept,
    updatedAt: kernel.wallMs(),
  })
  if (policy === undefined) throw failure('record.changed', { kind: 'policy', id: before.id })
  for (const binding of await listBindings(kernel.catalog.db, { policyId: policy.id })) {
    await followPolicy(kernel, policy, binding)
  }
  return policy
}

/** @throws record.not-found */
export async function policyOf(kernel: ServerKernel, id: PolicyId): Promise<Policy> {
  const policy = await findPolicy(kernel.catalog.db, id)
  if (policy === undefined || policy.deletedAt !== null) {
    throw failure('record.not-found', { kind: 'policy', id })
  }
  return policy
}

/** @returns the region of the policy: that of its vaults. @throws record.not-found, schedule.invalid, request.invalid */
async function checkPolicy(
  kernel: ServerKernel,
  accountId: AccountId,
  rules: readonly PolicyRule[],
): Promise<string> {
  checkRules(rules, await zoneOfAccount(kernel, accountId))
  const regions = new Set<string>()
  for (const rule of rules) {
    if (rule.kind === 'BACKUP') {
      const vault = await findVault(kernel.catalog.db, rule.vaultId)
      if (vault?.accountId !== accountId || !takesBackups(vault)) {
        throw failure('record.not-found', { kind: 'vault', id: rule.vaultId })
      }
      regions.add(vault.regionId)
    }
    if (rule.kind === 'REPLICATION') {
      const known = await listRegions(kernel.catalog.db, accountId)
      if (!known.some(({ id }) => id === rule.regionId)) {
        throw failure('record.not-found', { kind: 'region', id: rule.regionId })
      }
    }
  }
  const [regionId, ...others] = regions
  if (regionId !== undefined && others.length === 0) return regionId
  const problem = 'all vaults of a policy are in one region'
  throw failure('request.invalid', { where: 'body.rules', problem })
}

async function checkSameRegion(
  kernel: ServerKernel,
  before: Policy,
  rules: readonly PolicyRule[],
): Promise<void> {
  const regionId = await checkPolicy(kernel, before.accountId, rules)
  if (regionId === before.regionId) return
  const problem = `the policy is of the region ${before.regionId}, and so are its vaults`
  throw failure('request.invalid', { where: 'body.rules', problem })
}

/** @throws record.exists */
async function checkName(
  kernel: ServerKernel,
  before: Policy,
  name: string | undefined,
): Promise<void> {
  if (name === undefined || name === before.name) return
  const { items } = await listShownPolicies(
    kernel.catalog.db,
    { accountId: before.accountId, name, regionId: before.regionId },
    { limit: 1 },
  )
  if (items.length > 0) throw failure('record.exists', { kind: 'policy', name })
}

function showPolicy(policy: Policy, bindingCount: number): ShownPolicy {
  return {
    policyId: policy.id,
    name: policy.name,
    description: policy.description,
    rules: rulesFromJson(policy.rules).map(({ rule }) => rule),
    bindingCount,
    createdAt: policy.createdAt,
    changedAt: policy.updatedAt,
  }
}
