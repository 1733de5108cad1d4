// Many plans in one call: by id, and of all instances that fit (C8, G6).
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { type PlanId, plansPerCallMax, routes } from '#contract'
import { updateInstance } from '../../catalog/instances/instances.ts'
import { updatePlan } from '../../catalog/plans/plans.ts'
import {
  activated,
  call,
  makeProtectionWorld,
  type ProtectionWorld,
} from './protection-world.fixture.ts'

type Body = Parameters<ProtectionWorld['handlers']['plans']['pauseMany']>[0]['body']

const pause = async (world: ProtectionWorld, body: Body) =>
  await world.handlers.plans.pauseMany(call({ body }), world.as())
const resume = async (world: ProtectionWorld, body: Body) =>
  await world.handlers.plans.resumeMany(call({ body }), world.as())
const statusOf = async (world: ProtectionWorld, id: PlanId) => (await world.planOf(id)).status

test('C8: each plan has its own result, and one that is cancelled stops none of the others', async () => {
  await using world = await makeProtectionWorld()
  const planIds: PlanId[] = []
  for (let i = 0; i < 3; i++) planIds.push(await activated(world, await world.machine()))
  const [first, gone, last] = planIds
  ok(first && gone && last)
  const updatedAt = world.kernel.wallMs()
  await updatePlan(
    world.kernel.catalog.db,
    { id: gone, expected: ['ACTIVE'] },
    { status: 'CANCELED', nextDueAt: null, canceledAt: updatedAt, updatedAt },
  )
  const never = world.kernel.catalog.newId('plan')
  const { results, next } = await pause(world, { planIds: [first, gone, never, last, first] })
  deepEqual(
    results.map((one) => [one.planId, one.accepted, one.status, one.problem?.code]),
    [
      [first, true, 'PAUSED', undefined],
      [gone, false, undefined, 'plan.not-active'],
      [never, false, undefined, 'record.not-found'],
      [last, true, 'PAUSED', undefined],
    ],
  )
  equal(next, undefined)
  equal((await world.planOf(first)).nextDueAt, null)
  const again = await resume(world, { planIds: [first] })
  ok((again.results[0]?.nextRunAt ?? 0) > world.kernel.wallMs())
  deepEqual(
    [await statusOf(world, first), await statusOf(world, gone), await statusOf(world, last)],
    ['ACTIVE', 'CANCELED', 'PAUSED'],
  )
})

test('C8: a filter reaches every plan that fits once, over several calls, although pausing changes what fits', async () => {
  await using world = await makeProtectionWorld()
  const count = plansPerCallMax + 5
  const planIds: PlanId[] = []
  for (let i = 0; i < count; i++) {
    const machine = await world.machine()
    planIds.push(await activated(world, machine))
    if (i % 2 > 0) continue
    const change = { tags: { rack: '7' }, updatedAt: world.kernel.wallMs() }
    await updateInstance(world.kernel.catalog.db, machine.instanceId, change)
  }
  const tagged = planIds.filter((_, i) => i % 2 === 0)
  const few = await pause(world, { instances: { tag: ['rack=7'] } })
  deepEqual(few.results.map(({ planId }) => planId).sort(), tagged.toSorted())
  equal(few.next, undefined)
  await resume(world, { instances: { tag: ['rack=7'] } })
  const instances = { runningStatus: ['READY'] } as const
  const one = await pause(world, { instances })
  equal(one.results.length, plansPerCallMax)
  const { next: cursor } = one
  ok(cursor)
  const two = await pause(world, { instances, cursor })
  equal(two.next, undefined)
  const reached = [...one.results, ...two.results]
  ok(reached.every(({ accepted, status }) => accepted && status === 'PAUSED'))
  deepEqual(reached.map(({ planId }) => planId).sort(), planIds.toSorted())
})

test('A22: a filter of everything reaches no plan of another account', async () => {
  await using world = await makeProtectionWorld()
  const planId = await activated(world, await world.machine())
  // On the same catalog, which the first one ends.
  const other = await makeProtectionWorld({ kernel: world.kernel, name: 'second' })
  const { results } = await other.handlers.plans.pauseMany(
    call({ body: { instances: {} } }),
    other.as(),
  )
  deepEqual(results, [])
  equal(await statusOf(world, planId), 'ACTIVE')
})

test('a call names plans or a filter, never both or neither, and a hundred at most', () => {
  const { body } = routes.plans.pauseMany
  const planId = `plan-${'0'.repeat(26)}`
  const fits = (value: unknown) => body.safeParse(value).success
  ok(fits({ planIds: [planId] }), JSON.stringify(body.safeParse({ planIds: [planId] }).error))
  ok(fits({ instances: {} }))
  ok(fits({ instances: { tag: ['a=b'] }, cursor: 'abc' }))
  for (const bad of [
    {},
    { planIds: [] },
    { planIds: [planId], instances: {} },
    { planIds: [planId], cursor: 'abc' },
    { planIds: Array.from({ length: plansPerCallMax + 1 }, () => planId) },
    { instances: { unknown: 1 } },
  ])
    equal(fits(bad), false, JSON.stringify(bad))
})
