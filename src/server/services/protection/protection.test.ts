// Essential backup through its handlers: activation, next backup time, pause, keep at least one, methods (A1–A7, C1–C8).
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type HookNames, type RegionId, routes } from '#contract'
import { listChores } from '../../catalog/chores.ts'
import { updateClient } from '../../catalog/instances/clients.ts'
import { recordSkippedRun } from '../../catalog/jobs/job-creation.ts'
import { findJob, listJobs } from '../../catalog/jobs/jobs.ts'
import { updatePlan } from '../../catalog/plans/plans.ts'
import { regionId as regionText } from '../../catalog/world.contract.ts'
import { vaultChore } from '../../scheduler/vault-chore.ts'
import { backupRequestFromJson } from './backup-request.ts'
import { backupDraft } from './plan-jobs.ts'
import {
  activated,
  call,
  day,
  hour,
  makeProtectionWorld,
  minute,
} from './protection-world.fixture.ts'

const regionId = regionText as RegionId

test('activation of many: each has its own result, with the names of the original (A1, A2)', async () => {
  await using world = await makeProtectionWorld()
  const fine = await world.machine()
  const stopped = await world.machine({ state: 'STOPPED' })
  const { kernel } = world
  const create = world.handlers.instances.create
  const listed = await create(call({ body: { regionId, name: 'bare' } }), world.as())
  const unknown = kernel.catalog.newId('instance')
  const instanceIds = [fine.instanceId, stopped.instanceId, listed.instanceId, unknown]
  const { results } = await world.handlers.instances.activate(
    call({ body: { instanceIds } }),
    world.as(),
  )
  deepEqual(
    results.map(({ accepted, problem }) => [accepted, problem?.originalCode]),
    [
      [true, undefined],
      [false, 'InstanceNotRunning'],
      [false, 'AgentChannelUnavailable'],
      [false, 'InstanceNotExists'],
    ],
  )
})

test('an activated plan has the defaults of the product, and its first run is asked for (A1, C1, C6)', async () => {
  await using world = await makeProtectionWorld()
  const machine = await world.machine()
  const planId = await activated(world, machine)
  const shown = await world.handlers.plans.get(call({ path: { planId } }), world.as())
  const { timeOfDay, nextRunAt, ...rest } = shown
  match(timeOfDay, /^0[0-5]:[0-5]\d$/)
  ok(nextRunAt !== undefined && nextRunAt - world.kernel.wallMs() <= day)
  deepEqual(rest, {
    planId,
    instanceId: machine.instanceId,
    vaultId: world.vaultId,
    status: 'ACTIVE',
    runningStatus: 'READY',
    priority: 'low',
    timeZone: 'Asia/Shanghai',
    retentionDays: 30,
    keepAtLeastOne: true,
    activatedAt: world.kernel.wallMs(),
    warnings: [],
  })
  equal((await world.planOf(planId)).askedAt, world.kernel.wallMs())
})

test('activating twice gives the same plan', async () => {
  await using world = await makeProtectionWorld()
  const machine = await world.machine()
  equal(await activated(world, machine), await activated(world, machine))
})

test('start times of many plans are spread over the night (C1)', async () => {
  await using world = await makeProtectionWorld()
  const minutes = new Set<string>()
  for (let count = 0; count < 40; count++) {
    const planId = await activated(world, await world.machine())
    const { timeOfDay } = await world.handlers.plans.get(call({ path: { planId } }), world.as())
    minutes.add(timeOfDay)
  }
  ok(minutes.size > 30, `${minutes.size} different minutes of 40`)
})

test('databases and a size beyond a day are warned about (B7, D7)', async () => {
  await using world = await makeProtectionWorld()
  const machine = await world.machine({
    databases: [{ kind: 'postgresql', path: '/var/lib/postgresql', running: true }],
    volumes: [
      { path: '/', fileSystem: 'ext4', totalBytes: 2e12, usedBytes: 1e12, local: true },
      { path: '/nas', fileSystem: 'nfs4', totalBytes: 9e12, usedBytes: 9e12, local: false },
    ],
  })
  const planId = await activated(world, machine)
  const path = { instanceId: machine.instanceId }
  const { warnings } = await world.handlers.plans.get(call({ path: { planId } }), world.as())
  match(warnings[0] ?? '', /^PostgreSQL keeps its data in \/var\/lib\/postgresql and is running/)
  match(warnings[1] ?? '', /1000 GB takes longer than a day at priority "low".*"high" would be/)
  const forecast = await world.handlers.instances.forecastWindow(call({ path }), world.as())
  deepEqual(
    [forecast.sourceBytes, forecast.byPriority.map(({ fits }) => fits), forecast.advised],
    [1e12, [false, true], 'high'],
  )
})

/** 04:30 in Shanghai on 21 May; the plan was due at 05:00 that day. */
async function atHalfPastFour() {
  const world = await makeProtectionWorld({ startsAt: '2026-05-20T20:30:00Z' })
  const planId = await activated(world, await world.machine())
  const schedule = {
    kind: 'daily',
    zone: 'Asia/Shanghai',
    minuteOfDay: 300,
    firstDate: '2026-05-01',
  }
  const nextDueAt = Date.parse('2026-05-20T21:00:00Z')
  await updatePlan(
    world.kernel.catalog.db,
    { id: planId, expected: ['ACTIVE'] },
    { schedule, nextDueAt, updatedAt: world.kernel.wallMs() },
  )
  const propose = (timeOfDay: string) =>
    world.handlers.plans.proposeNextBackupTime(
      call({ path: { planId }, query: { timeOfDay } }),
      world.as(),
    )
  const set = (timeOfDay: string, acceptSkip?: boolean) =>
    world.handlers.plans.setNextBackupTime(
      call({ path: { planId }, body: { timeOfDay, acceptSkip } }),
      world.as(),
    )
  return { world, planId, propose, set }
}

test('05:00 changed to 04:00 at 04:30 skips today, warned and confirmed before (C2)', async () => {
  const { world, propose, set, planId } = await atHalfPastFour()
  await using _ = world
  deepEqual(await propose('04:00'), {
    timeOfDay: '04:00',
    effect: 'skips-today',
    nextRunAt: Date.parse('2026-05-21T20:00:00Z'),
    lostRunAt: Date.parse('2026-05-20T21:00:00Z'),
    warning: '04:00 has passed: the backup of today is skipped.',
  })
  await rejects(set('04:00'), { code: 'plan.skip-unconfirmed' })
  equal((await world.planOf(planId)).nextDueAt, Date.parse('2026-05-20T21:00:00Z'))
  const plan = await set('04:00', true)
  deepEqual([plan.timeOfDay, plan.nextRunAt], ['04:00', Date.parse('2026-05-21T20:00:00Z')])
  const { items } = await listJobs(
    world.kernel.catalog.db,
    { accountId: world.accountId, planId },
    { limit: 10 },
  )
  deepEqual(
    items.map(({ state, skipReason, dueAt }) => [state, skipReason, dueAt]),
    [['SKIPPED', 'TIME_CHANGED', Date.parse('2026-05-20T21:00:00Z')]],
  )
})

test('a time changed back in time takes its skip back (C2)', async () => {
  const { world, set, planId } = await atHalfPastFour()
  await using _ = world
  await set('04:00', true)
  const plan = await set('05:00')
  equal(plan.nextRunAt, Date.parse('2026-05-20T21:00:00Z'))
  const { db } = world.kernel.catalog
  const { items } = await listJobs(db, { accountId: world.accountId, planId }, { limit: 10 })
  deepEqual(items, [])
})

test('a later time today moves the run of today; after it ran, that of tomorrow (C2)', async () => {
  const { world, propose, planId } = await atHalfPastFour()
  await using _ = world
  const later = await propose('06:15')
  deepEqual([later.effect, later.nextRunAt], ['today', Date.parse('2026-05-20T22:15:00Z')])
  const dueAt = Date.parse('2026-05-20T21:00:00Z')
  const { catalog } = world.kernel
  world.kernel.clock.advance(hour)
  const plan = await world.planOf(planId)
  const facts = { now: world.kernel.wallMs(), trigger: 'SCHEDULED', createdBy: null } as const
  const draft = backupDraft(world.kernel, plan, { ...facts, lastVersionAt: undefined })
  const { job } = await recordSkippedRun(catalog.db, { ...draft, planId, dueAt }, 'CLIENT_AWAY')
  // A run that was skipped is none.
  equal((await propose('06:15')).effect, 'today')
  await catalog.db
    .updateTable('jobs')
    .set({ state: 'COMPLETE', skipReason: null })
    .where('id', '=', job.id)
    .execute()
  const after = await propose('06:15')
  deepEqual([after.effect, after.nextRunAt], ['from-tomorrow', Date.parse('2026-05-21T22:15:00Z')])
  equal(after.warning, undefined)
})

test('paused: no more runs, and status Paused; resumed: from the next due time (C8, A6)', async () => {
  await using world = await makeProtectionWorld()
  const planId = await activated(world, await world.machine())
  const pause = () => world.handlers.plans.pause(call({ path: { planId } }), world.as())
  const paused = await pause()
  deepEqual([paused.runningStatus, paused.nextRunAt], ['PAUSED', undefined])
  equal((await pause()).status, 'PAUSED', 'the second call changes nothing')
  await rejects(world.handlers.plans.run(call({ path: { planId } }), world.as()), {
    code: 'plan.not-active',
  })
  world.kernel.clock.advance(3 * day)
  const resumed = await world.handlers.plans.resume(call({ path: { planId } }), world.as())
  ok(resumed.nextRunAt !== undefined && resumed.nextRunAt > world.kernel.wallMs())
  const plan = await world.planOf(planId)
  equal(plan.settledAt, world.kernel.wallMs(), 'what was due while paused is not made up')
})

test('run now needs a client that is there, and no second run (C3)', async () => {
  await using world = await makeProtectionWorld()
  const machine = await world.machine()
  const planId = await activated(world, machine)
  const run = () => world.handlers.plans.run(call({ path: { planId } }), world.as())
  const job = await run()
  deepEqual([job.state, job.trigger, job.attempts], ['CREATED', 'MANUAL', 0])
  await rejects(run(), { code: 'job.under-way' })
  const row = await findJob(world.kernel.catalog.db, job.jobId)
  deepEqual(row?.request, {
    priority: 'low',
    limits: { bytesPerSecondMax: 10e6, coresMax: 1 },
    hooks: {},
    retentionDays: 30,
  })
  world.kernel.clock.advance(10 * minute)
  await rejects(run(), { code: 'agent.unreachable' })
})

test('a plan names hooks for its next job; what is no name is refused on the wire (A21, B7)', async () => {
  await using world = await makeProtectionWorld()
  const planId = await activated(world, await world.machine())
  const set = (body: HookNames) =>
    world.handlers.plans.setHooks(call({ path: { planId }, body }), world.as())
  const hooks = { before: 'dump-database', after: 'thaw' }
  deepEqual((await set(hooks)).hooks, hooks)
  const facts = { now: world.kernel.wallMs(), trigger: 'MANUAL', createdBy: null } as const
  const next = async () => {
    const plan = await world.planOf(planId)
    const { request } = backupDraft(world.kernel, plan, { ...facts, lastVersionAt: undefined })
    return backupRequestFromJson(request).hooks
  }
  deepEqual(await next(), hooks)
  deepEqual((await set({ after: 'thaw' })).hooks, { after: 'thaw' })
  deepEqual(await next(), { after: 'thaw' })
  equal((await set({})).hooks, undefined)
  deepEqual(await next(), {})
  for (const command of ['/bin/sh', '../dump', 'dump database', '-x', 'Dump', '', 'dump.sh'])
    equal(routes.plans.setHooks.body.safeParse({ before: command }).success, false, command)
  equal(routes.plans.setHooks.body.safeParse({ command: 'dump' }).success, false)
})

test('a priority counts from the next job; custom is for policies (D3)', async () => {
  await using world = await makeProtectionWorld()
  const planId = await activated(world, await world.machine())
  const set = (priority: 'high' | 'custom') =>
    world.handlers.plans.setPriority(call({ path: { planId }, body: { priority } }), world.as())
  equal((await set('high')).priority, 'high')
  await rejects(set('custom'), { code: 'request.invalid' })
  const job = await world.handlers.plans.run(call({ path: { planId } }), world.as())
  const row = await findJob(world.kernel.catalog.db, job.jobId)
  deepEqual(row?.request['limits'], { bytesPerSecondMax: 30e6, coresMax: 2 })
})

test('keep at least one is switched off within the hour, on at once (C6, L10)', async () => {
  await using world = await makeProtectionWorld()
  const planId = await activated(world, await world.machine())
  const set = (keep: boolean) =>
    world.handlers.plans.setKeepAtLeastOne(call({ path: { planId }, body: { keep } }), world.as())
  const endsAt = world.kernel.wallMs() + hour
  deepEqual((await set(false)).keepAtLeastOneEndsAt, endsAt)
  const [chore] = await listChores(world.kernel.catalog.db, vaultChore(world.vaultId))
  equal(chore?.dueAt, endsAt, 'its vault is looked after then')
  world.kernel.clock.advance(10 * minute)
  equal((await set(false)).keepAtLeastOneEndsAt, endsAt, 'again: not later')
  equal((await set(true)).keepAtLeastOneEndsAt, undefined)
})

test('an installation that failed shows why, and the list is narrowed by status (A6)', async () => {
  await using world = await makeProtectionWorld()
  const machine = await world.machine()
  const planId = await activated(world, machine)
  const problem = { problemCode: 'instance.unsupported', problem: 'it has 32 bits' }
  const change = { status: 'INSTALL_FAILED', ...problem, updatedAt: 0 } as const
  await updateClient(world.kernel.catalog.db, machine.clientId, change)
  const plan = await world.handlers.plans.get(call({ path: { planId } }), world.as())
  equal(plan.runningStatus, 'PREPARATION_FAILED')
  match(plan.problem?.detail ?? '', /cannot be protected: it has 32 bits/)
  await world.machine()
  const list = async (runningStatus: 'PREPARATION_FAILED' | 'NOT_ACTIVATED') =>
    (
      await world.handlers.instances.list(
        call({ query: { runningStatus: [runningStatus] } }),
        world.as(),
      )
    ).items.map(({ name }) => name)
  deepEqual(await list('PREPARATION_FAILED'), ['web-1'])
  deepEqual(await list('NOT_ACTIVATED'), ['web-2'])
})
