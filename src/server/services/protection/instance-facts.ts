/** What is true of instances now, gathered for a page of them at once, and the running status that follows (A6). */
import type { InstanceId } from '#contract'
import { type RunningStatus, runningStatus } from '#engine'
import { type Client, listClientsOf } from '../../catalog/instances/clients.ts'
import { findInstance, type Instance } from '../../catalog/instances/instances.ts'
import { listPlanRuns, type PlanRuns } from '../../catalog/plans/plan-runs.ts'
import { type CatalogPlan, listPlansOf } from '../../catalog/plans/plans.ts'
import { countVersions, type VersionCount } from '../../catalog/vaults/points.ts'
import type { ServerKernel } from '../../kernel.ts'

export type InstanceFacts = {
  readonly instance: Instance
  readonly client: Client | undefined
  /** Without those that were cancelled. */
  readonly plans: readonly CatalogPlan[]
  /** Of each of the plans. */
  readonly runs: ReadonlyMap<CatalogPlan['id'], PlanRuns>
  readonly versions: VersionCount | undefined
}

export async function gatherFacts(
  kernel: Pick<ServerKernel, 'catalog' | 'wallMs'>,
  instances: readonly Instance[],
): Promise<readonly InstanceFacts[]> {
  const { db } = kernel.catalog
  const ids = instances.map(({ id }) => id)
  const clients = await listClientsOf(db, ids)
  const plans = await listPlansOf(db, ids)
  const versions = await countVersions(db, ids)
  const runs = await listPlanRuns(
    db,
    plans.map(({ id }) => id),
    kernel.wallMs(),
  )
  const plansOf = Map.groupBy(plans, ({ instanceId }) => instanceId)
  return instances.map((instance) => ({
    instance,
    client: clients.get(instance.id),
    plans: plansOf.get(instance.id) ?? [],
    runs,
    versions: versions.get(instance.id),
  }))
}

export async function factsOf(
  kernel: Pick<ServerKernel, 'catalog' | 'wallMs'>,
  instanceId: InstanceId,
): Promise<InstanceFacts | undefined> {
  const instance = await findInstance(kernel.catalog.db, instanceId)
  if (instance === undefined) return undefined
  return (await gatherFacts(kernel, [instance]))[0]
}

/** A6, from the engine's rule. An instance with several plans is as active as the most active of them. */
export function statusOf(facts: InstanceFacts): RunningStatus {
  return statusFrom(facts, facts.plans)
}

/** The status of one plan of the instance. */
export function planStatusOf(facts: InstanceFacts, plan: CatalogPlan): RunningStatus {
  return statusFrom(facts, plan.status === 'CANCELED' ? [] : [plan])
}

function statusFrom(facts: InstanceFacts, plans: readonly CatalogPlan[]): RunningStatus {
  const runs = plans.flatMap(({ id }) => facts.runs.get(id) ?? [])
  const newest = runs.toSorted((a, b) => (b.lastCreatedAt ?? 0) - (a.lastCreatedAt ?? 0))[0]
  const isActive = plans.some(({ status }) => status === 'ACTIVE')
  return runningStatus({
    plan: plans.length === 0 ? 'none' : isActive ? 'active' : 'paused',
    instanceExists: facts.instance.state !== 'RELEASED',
    client: facts.client?.status ?? 'NOT_INSTALLED',
    hasBegun: runs.some(({ lastStartedAt }) => lastStartedAt !== null),
    lastJob: newest?.lastState ?? undefined,
  })
}

/** Whoever watches the account hears the instance's status (G6). */
export async function announceStatus(kernel: ServerKernel, instanceId: InstanceId): Promise<void> {
  const facts = await factsOf(kernel, instanceId)
  if (facts === undefined) return
  kernel.events.publish(facts.instance.accountId, {
    kind: 'instance.status',
    eventId: kernel.catalog.newId('event'),
    at: kernel.wallMs(),
    instanceId,
    runningStatus: statusOf(facts),
  })
}
