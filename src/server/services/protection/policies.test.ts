// Policies and their bindings through the handlers (A7, C4, C5, C7).
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { updateInstance } from '../../catalog/instances/instances.ts'
import { listPlansOf } from '../../catalog/plans/plans.ts'
import { tagBindingWork } from '../../scheduler/tag-bindings.ts'
import {
  activated,
  call,
  makeProtectionWorld,
  type ProtectionWorld,
} from './protection-world.fixture.ts'

test('one method an instance, and the refusal says how to switch (A7)', async () => {
  await using world = await makeProtectionWorld()
  const machine = await world.machine()
  await activated(world, machine)
  const policy = await makePolicy(world)
  const bind = () =>
    world.handlers.bindings.create(
      call({ body: { policyId: policy.policyId, instanceIds: [machine.instanceId] } }),
      world.as(),
    )
  const { results } = await bind()
  deepEqual(
    results.map(({ accepted, problem }) => [accepted, problem?.code]),
    [[false, 'plan.other-method']],
  )
  match(results[0]?.problem?.advise ?? '', /Cancel or unbind/)
})

async function makePolicy(world: ProtectionWorld, name = 'nightly') {
  return await world.handlers.policies.create(
    call({
      body: {
        name,
        rules: [
          {
            kind: 'BACKUP',
            vaultId: world.vaultId,
            schedule: { kind: 'days', every: 1, firstAt: Date.parse('2026-05-21T18:00:00Z') },
          },
          { kind: 'LIFECYCLE', retention: { days: 7, special: [{ period: 'MONTHLY', days: 90 }] } },
        ],
      },
    }),
    world.as(),
  )
}

test('a binding makes a plan that follows its policy; unbinding ends it and frees the method (C7)', async () => {
  await using world = await makeProtectionWorld()
  const machine = await world.machine()
  const { instanceId } = machine
  const policy = await makePolicy(world)
  const { policyId } = policy
  const body = { policyId, instanceIds: [instanceId], priority: 'high' } as const
  const { results } = await world.handlers.bindings.create(call({ body }), world.as())
  deepEqual(
    results.map(({ accepted }) => accepted),
    [true],
  )
  await rejects(world.handlers.policies.remove(call({ path: { policyId } }), world.as()), {
    code: 'policy.in-use',
  })
  const { items } = await world.handlers.bindings.list(call({ query: { policyId } }), world.as())
  const [binding] = items
  ok(binding)
  equal(binding.nextRunAt, Date.parse('2026-05-21T18:00:00Z'))
  const [rule] = policy.rules
  ok(rule?.kind === 'BACKUP')
  const schedule = { ...rule.schedule, firstAt: Date.parse('2026-05-21T19:00:00Z') }
  const rules = [{ ...rule, schedule }, ...policy.rules.slice(1)]
  await world.handlers.policies.update(call({ path: { policyId }, body: { rules } }), world.as())
  const plan = await world.planOf(binding.planId)
  deepEqual([plan.nextDueAt, plan.retentionDays], [Date.parse('2026-05-21T19:00:00Z'), 7])
  const path = { bindingId: binding.bindingId }
  const paused = await world.handlers.bindings.update(
    call({ path, body: { status: 'PAUSED' } }),
    world.as(),
  )
  deepEqual([paused.status, paused.nextRunAt, paused.priority], ['PAUSED', undefined, 'high'])
  await world.handlers.bindings.remove(call({ path }), world.as())
  deepEqual(await listPlansOf(world.kernel.catalog.db, [instanceId]), [])
  ok(await activated(world, machine), 'the method is free')
  await world.handlers.policies.remove(call({ path: { policyId } }), world.as())
})

test('a policy is refused that makes no sense (C4, C5)', async () => {
  await using world = await makeProtectionWorld()
  const policy = await makePolicy(world)
  const [backup, lifecycle] = policy.rules
  ok(backup?.kind === 'BACKUP' && lifecycle?.kind === 'LIFECYCLE')
  const make = (name: string, rules: typeof policy.rules) =>
    world.handlers.policies.create(call({ body: { name, rules } }), world.as())
  await rejects(make('nightly', policy.rules), { code: 'record.exists' })
  const short = { ...lifecycle, retention: { days: 7, special: [{ period: 'MONTHLY', days: 7 }] } }
  await rejects(make('short', [backup, short as typeof lifecycle]), { code: 'request.invalid' })
  const cron = { kind: 'cron', firstAt: 0, text: '61 * * * *' } as const
  await rejects(make('cron', [{ ...backup, schedule: cron }, lifecycle]), {
    code: 'schedule.invalid',
  })
  const other = world.kernel.catalog.newId('vault')
  await rejects(make('vault', [{ ...backup, vaultId: other }, lifecycle]), {
    code: 'record.not-found',
  })
})

test('what is done to a plan of a policy is done to its binding, so no edit takes it back (C7)', async () => {
  await using world = await makeProtectionWorld()
  const { instanceId } = await world.machine()
  const { policyId, rules } = await makePolicy(world)
  const body = { policyId, instanceIds: [instanceId] }
  const { results } = await world.handlers.bindings.create(call({ body }), world.as())
  const planId = results[0]?.planId
  ok(planId)
  const paused = await world.handlers.plans.pause(call({ path: { planId } }), world.as())
  deepEqual([paused.status, paused.nextRunAt], ['PAUSED', undefined])
  await world.handlers.policies.update(call({ path: { policyId }, body: { rules } }), world.as())
  equal((await world.planOf(planId)).status, 'PAUSED')
  const custom = { path: { planId }, body: { priority: 'custom' } } as const
  equal((await world.handlers.plans.setPriority(call(custom), world.as())).priority, 'custom')
  const keep = () =>
    world.handlers.plans.setKeepAtLeastOne(
      call({ path: { planId }, body: { keep: false } }),
      world.as(),
    )
  await rejects(keep(), { code: 'request.invalid' })
  const resumed = await world.handlers.plans.resume(call({ path: { planId } }), world.as())
  equal(resumed.nextRunAt, Date.parse('2026-05-21T18:00:00Z'))
})

test('tags bind and unbind by themselves; what a person bound stays (C4)', async () => {
  await using world = await makeProtectionWorld()
  const { db } = world.kernel.catalog
  const { policyId, rules } = await makePolicy(world)
  const tagged = await world.machine({ tags: { tier: 'gold' } })
  const other = await world.machine({ tags: { tier: 'tin' } })
  const essential = await world.machine({ tags: { tier: 'gold' } })
  await activated(world, essential)
  const body = { policyId, instanceIds: [other.instanceId] }
  await world.handlers.bindings.create(call({ body }), world.as())
  const tag = { kind: 'TAG', tags: { tier: 'gold' } } as const
  const change = { rules: [...rules, tag] }
  await world.handlers.policies.update(call({ path: { policyId }, body: change }), world.as())
  const work = tagBindingWork(world.kernel)
  const run = async () => {
    await work.run(world.as().signal)
    const { items } = await world.handlers.bindings.list(call({ query: { policyId } }), world.as())
    return new Set(items.map((binding) => binding.instanceId))
  }
  deepEqual(await run(), new Set([other.instanceId, tagged.instanceId]))
  deepEqual(await run(), new Set([other.instanceId, tagged.instanceId]))
  await updateInstance(db, tagged.instanceId, { tags: {} })
  deepEqual(await run(), new Set([other.instanceId]))
})

test('hooks of a binding are hooks of its plans, and those of a plan are its binding’s (A21, C7)', async () => {
  await using world = await makeProtectionWorld()
  const { instanceId } = await world.machine()
  const { policyId } = await makePolicy(world)
  const hooks = { before: 'dump-database' }
  const body = { policyId, instanceIds: [instanceId], hooks }
  const { results } = await world.handlers.bindings.create(call({ body }), world.as())
  const planId = results[0]?.planId
  ok(planId)
  const shown = async () => await world.handlers.plans.get(call({ path: { planId } }), world.as())
  const bound = async () =>
    (await world.handlers.bindings.list(call({ query: { instanceId } }), world.as())).items[0]
  deepEqual((await shown()).hooks, hooks)
  deepEqual((await bound())?.hooks, hooks)
  const after = { after: 'thaw' }
  await world.handlers.plans.setHooks(call({ path: { planId }, body: after }), world.as())
  deepEqual([(await shown()).hooks, (await bound())?.hooks], [after, after])
  const bindingId = (await bound())?.bindingId
  ok(bindingId)
  const update = async (change: object) =>
    await world.handlers.bindings.update(call({ path: { bindingId }, body: change }), world.as())
  deepEqual((await update({ priority: 'high' })).hooks, after, 'another change leaves them')
  equal((await update({ hooks: {} })).hooks, undefined)
  equal((await shown()).hooks, undefined)
})
