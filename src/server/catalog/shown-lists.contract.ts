/** The lists of the console over both databases: narrowed, sorted, paged; and the running status in SQL and in the engine. */
import { deepEqual, equal } from 'node:assert/strict'
import type { InstanceId, JobState, PlanStatus } from '#contract'
import { type ClientStatus, clientStatuses, type RunningStatus, runningStatus } from '#engine'
import type { Page } from './database/page.ts'
import { clientDefaults } from './instances/client-defaults.ts'
import { createClient } from './instances/clients.ts'
import { listShownInstances, type ShownInstanceSort } from './instances/instance-list.ts'
import { updateInstance } from './instances/instances.ts'
import { jobCodec, jobFromDraft } from './jobs/jobs.ts'
import { listShownPlans } from './plans/plan-list.ts'
import { listPlanRuns } from './plans/plan-runs.ts'
import { updatePlan } from './plans/plans.ts'
import { createBinding, createPolicy } from './plans/policies.ts'
import { countBindings, listShownBindings, listShownPolicies } from './plans/policy-list.ts'
import { fillPoints } from './vaults/fill-points.ts'
import {
  addInstance,
  addPlan,
  addVault,
  dayOne,
  hour,
  jobDraft,
  minute,
  type OpenDatabase,
  pointOf,
  regionId,
  type World,
  worldTest,
} from './world.contract.ts'

export function shownListsContract(name: string, open: () => Promise<OpenDatabase>): void {
  const inWorld = worldTest(name, open)

  inWorld('the running status in SQL is that of the engine, in every case (A6)', async (world) => {
    const cases = await makeCases(world)
    const found = new Map<InstanceId, RunningStatus>()
    const statuses: readonly RunningStatus[] = [...new Set(cases.values())]
    equal(statuses.length, 8, 'the cases have all eight')
    for (const status of statuses) {
      const filter = { accountId: world.accountId, runningStatuses: [status] }
      for (const { id } of await readAll((request) =>
        listShownInstances(world.db, filter, request),
      )) {
        equal(found.has(id), false, 'an instance has one status')
        found.set(id, status)
      }
    }
    deepEqual(found, new Map([...cases].toSorted(([a], [b]) => order(found, a, b))))
  })
  describeOrders(inWorld)
  describeNarrowing(inWorld)
}

function describeOrders(inWorld: InWorld): void {
  inWorld(
    'instances are sorted by what their versions and plans say, page by page (G2)',
    async (world) => {
      const { catalog, accountId, vaultId, db } = world
      const names: Record<string, InstanceId> = { 'web-1': world.instanceId }
      for (const [at, one] of ['a', 'b', 'c', 'd'].entries()) {
        const { id } = await addInstance(catalog, accountId, { name: one, blockBytes: at })
        names[one] = id
        if (one === 'd') continue
        const versionId = catalog.newId('version')
        const createdAt = dayOne + (10 - at) * hour
        await fillPoints(db, {
          vaultId,
          accountId,
          regionId,
          now: dayOne,
          name: one,
          points: [pointOf(world, at, { versionId, instanceId: id, createdAt })],
          completeUpTo: null,
        })
      }
      const list = async (sort: ShownInstanceSort) =>
        (
          await readAll((request) => listShownInstances(db, { accountId }, { ...request, sort }))
        ).map((instance) => instance.name)
      deepEqual(
        await list('-lastBackupAt'),
        ['a', 'b', 'c', 'd', 'web-1'].toSorted(byId(names, 'a', 'b', 'c')),
      )
      deepEqual((await list('nextBackupAt'))[0], 'web-1', 'the only one with a plan')
      deepEqual((await list('-capacityBytes')).slice(0, 2), ['web-1', 'd'])
      const inVault = await listShownInstances(db, { accountId, vaultId }, { limit: 10 })
      deepEqual(
        inVault.items.map((instance) => instance.name),
        ['a', 'b', 'c', 'web-1'],
      )
      const other = await addVault(catalog, accountId, 'other')
      equal(
        (await listShownInstances(db, { accountId, vaultId: other }, { limit: 9 })).items.length,
        0,
      )
    },
  )
}

type InWorld = ReturnType<typeof worldTest>

function describeNarrowing(inWorld: InWorld): void {
  inWorld(
    'an instance carries all tags that are asked for, with any value or one',
    async (world) => {
      const { db, accountId, instanceId } = world
      await updateInstance(db, instanceId, { tags: { team: 'blue', tier: '1' } })
      const names = async (...tags: { name: string; value: string | undefined }[]) =>
        (await listShownInstances(db, { accountId, tags }, { limit: 9 })).items.length
      equal(await names({ name: 'team', value: 'blue' }, { name: 'tier', value: undefined }), 1)
      equal(await names({ name: 'team', value: 'blue' }, { name: 'tier', value: '2' }), 0)
    },
  )

  inWorld('plans, policies and bindings are paged in their orders (C7)', async (world) => {
    const { catalog, db, accountId, vaultId } = world
    for (const name of ['Böblingen', 'a%b', 'zeta']) {
      const policy = policyRow(world, name)
      await createPolicy(db, policy)
      const { id: instanceId } = await addInstance(catalog, accountId, { name })
      await addPlan(catalog, { accountId, vaultId, instanceId })
      await createBinding(db, bindingRow(world, policy.id, instanceId))
    }
    const policies = await readAll((request) => listShownPolicies(db, { accountId }, request))
    deepEqual(
      policies.map(({ name }) => name),
      ['Böblingen', 'a%b', 'zeta'],
    )
    const search = async (text: string) =>
      (await listShownPolicies(db, { accountId, search: text }, { limit: 9 })).items.length
    deepEqual([await search('%'), await search('ZET'), await search('_')], [1, 1, 0])
    const counts = await countBindings(
      db,
      policies.map(({ id }) => id),
    )
    deepEqual([...counts.values()], [1, 1, 1])
    equal((await readAll((request) => listShownBindings(db, { accountId }, request))).length, 3)
    const plans = await readAll((request) =>
      listShownPlans(db, { accountId }, { ...request, sort: '-lastRunAt' }),
    )
    equal(new Set(plans.map(({ id }) => id)).size, 4)
  })
}

/** All pages, two items each. */
async function readAll<Item>(
  list: (request: { limit: number; cursor?: string | undefined }) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = []
  let cursor: string | undefined
  do {
    const page = await list({ limit: 2, cursor })
    items.push(...page.items)
    cursor = page.next
  } while (cursor !== undefined)
  return items
}

type JobCase = readonly JobState[]
const jobCases: readonly JobCase[] = [
  [],
  ['CREATED'],
  ['COMPLETE', 'QUEUED'],
  ['RUNNING'],
  ['COMPLETE', 'SKIPPED'],
  ['SKIPPED'],
]

/** Instances of all combinations, with what the engine says of each. */
async function makeCases(world: World): Promise<ReadonlyMap<InstanceId, RunningStatus>> {
  const { accountId, catalog, db, instanceId, planId } = world
  const cases = new Map<InstanceId, RunningStatus>()
  const end = { status: 'CANCELED', canceledAt: dayOne, nextDueAt: null } as const
  await updatePlan(db, { id: planId, expected: ['ACTIVE'] }, end)
  cases.set(instanceId, 'NOT_ACTIVATED')
  const plans: readonly PlanStatus[] = ['ACTIVE', 'PAUSED', 'CANCELED']
  for (const client of [undefined, ...clientStatuses]) {
    for (const plan of plans) {
      for (const jobs of plan === 'ACTIVE' ? jobCases : [['COMPLETE'] as const]) {
        for (const state of ['RUNNING', 'RELEASED'] as const) {
          const releasedAt = state === 'RELEASED' ? dayOne : null
          const { id } = await addInstance(catalog, accountId, { name: 'x', state, releasedAt })
          await addCase(world, id, { client, plan, jobs })
          cases.set(
            id,
            runningStatus({
              plan: plan === 'CANCELED' ? 'none' : plan === 'ACTIVE' ? 'active' : 'paused',
              instanceExists: state !== 'RELEASED',
              client: client ?? 'NOT_INSTALLED',
              hasBegun: jobs.some((job) => job !== 'SKIPPED' && job !== 'CREATED'),
              lastJob: jobs.findLast((job) => job !== 'SKIPPED'),
            }),
          )
        }
      }
    }
  }
  return cases
}

async function addClient(
  { catalog, db, accountId }: World,
  instanceId: InstanceId,
  status: ClientStatus,
): Promise<void> {
  await createClient(db, {
    ...clientDefaults,
    id: catalog.newId('client'),
    accountId,
    regionId,
    instanceId,
    status,
    settings: {},
    createdAt: dayOne,
    updatedAt: dayOne,
  })
}

async function addCase(
  world: World,
  instanceId: InstanceId,
  of: {
    readonly client: ClientStatus | undefined
    readonly plan: PlanStatus
    readonly jobs: JobCase
  },
): Promise<void> {
  const { catalog, db, accountId, vaultId } = world
  if (of.client !== undefined) await addClient(world, instanceId, of.client)
  const plan = await addPlan(catalog, { accountId, vaultId, instanceId })
  if (of.plan !== 'ACTIVE') {
    const canceledAt = of.plan === 'CANCELED' ? dayOne : null
    const change = { status: of.plan, nextDueAt: null, canceledAt }
    await updatePlan(db, { id: plan.id, expected: ['ACTIVE'] }, change)
  }
  for (const [at, state] of of.jobs.entries()) {
    const createdAt = dayOne + at * minute
    const isOver = state === 'COMPLETE' || state === 'SKIPPED'
    const hasBegun = state !== 'CREATED' && state !== 'SKIPPED'
    const job = {
      ...jobFromDraft(jobDraft(world, { planId: plan.id, instanceId, createdAt })),
      state,
      skipReason: state === 'SKIPPED' ? ('MISSED' as const) : null,
      startedAt: hasBegun ? createdAt : null,
      finishedAt: isOver ? createdAt : null,
      leaseUntil: state === 'RUNNING' ? createdAt + hour : null,
    }
    await db.insertInto('jobs').values(jobCodec.toRow(job)).execute()
  }
  const runs = (await listPlanRuns(db, [plan.id], dayOne)).get(plan.id)
  equal(
    runs?.lastState ?? undefined,
    of.jobs.findLast((job) => job !== 'SKIPPED'),
  )
  equal(
    runs?.hasOpenJob,
    of.jobs.some((job) => job !== 'COMPLETE' && job !== 'SKIPPED'),
  )
}

/** Maps compare by order of insertion: the expected ones are put into that of the found ones. */
function order(found: ReadonlyMap<InstanceId, unknown>, a: InstanceId, b: InstanceId): number {
  const ids = [...found.keys()]
  return ids.indexOf(a) - ids.indexOf(b)
}

/** Those with a version in their order, the others by their ids, newest first. */
function byId(ids: Readonly<Record<string, InstanceId>>, ...first: readonly string[]) {
  const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length)
  return (a: string, b: string) => rank(a) - rank(b) || ((ids[a] ?? '') < (ids[b] ?? '') ? 1 : -1)
}

function policyRow({ catalog, accountId }: World, name: string) {
  return {
    id: catalog.newId('policy'),
    accountId,
    regionId,
    name,
    description: '',
    rules: [],
    revision: 1,
    createdAt: dayOne,
    updatedAt: dayOne,
    deletedAt: null,
  }
}

function bindingRow(
  { catalog, accountId }: World,
  policyId: ReturnType<typeof policyRow>['id'],
  instanceId: InstanceId,
) {
  return {
    id: catalog.newId('binding'),
    accountId,
    regionId,
    policyId,
    instanceId,
    status: 'ACTIVE',
    createdByTag: false,
    settings: {},
    createdAt: dayOne,
    updatedAt: dayOne,
  } as const
}
