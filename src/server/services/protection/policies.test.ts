// Policies and their bindings through the handlers (A7, C4, C5, C7).
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { listPlansOf } from '../../catalog/plans.ts'
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
