// What a person does to jobs and plans, and what is told when something is not as it should be.

import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type HookNames, type JobId, type ReportList, routes } from '#contract'
import { fillLarge, fillTree, noise } from './trees.ts'
import { until } from './until.ts'
import { Fleet, type FleetAgent, needsRoot } from './world.ts'

test('jobs are run, cancelled, paused, limited, and tell what they miss', {
  skip: needsRoot,
}, async (t) => {
  await using fleet = await Fleet.open()
  const agent = await fleet.addAgent('one', { fill: (folder) => fillTree(folder, 'jobs') })
  equal((await fleet.firstJob(agent)).state, 'COMPLETE')

  await t.test(
    'B6: a file that cannot be read makes the job partial, and is on its list',
    async () => {
      await leaveOneUnread(fleet, agent)
    },
  )

  await t.test(
    'D3: a limit of the local policy is kept, and the job is cancelled within 2 s',
    async () => {
      await cancelLimited(fleet, agent)
    },
  )

  await t.test('C8: a paused plan makes no job until it is resumed', async () => {
    const { planId } = await fleet.plan(agent)
    const path = { planId }
    equal((await fleet.api.call(routes.plans.pause, { path })).status, 'PAUSED')
    await rejects(fleet.runNow(agent), { code: 'plan.not-active' })
    equal((await fleet.instance(agent)).runningStatus, 'PAUSED')
    equal((await fleet.api.call(routes.plans.resume, { path })).status, 'ACTIVE')
    equal((await fleet.backUp(agent)).state, 'COMPLETE')
  })

  await t.test('A21: what the local policy refuses is told as that', async () => {
    await refuseByPolicy(fleet, agent)
  })

  await t.test('A21 B7: a plan names hooks that the machine declares', async () => {
    await nameHooks(fleet, agent)
  })

  await t.test('logs hold sentences, and no stack of ordinary trouble', () => {
    const logs = fleet.server.out + fleet.server.err + agent.process.out + agent.process.err
    ok(!/\bat .*:\d+:\d+/.test(logs), logs)
    match(agent.process.out, /the job job-\w+ is COMPLETE/)
  })
})

async function reportOf(fleet: Fleet, jobId: JobId, reportList: ReportList) {
  const path = { jobId, reportList }
  return await Array.fromAsync(fleet.api.list(routes.jobs.report, { path }))
}

/** Root can read everything: what cannot be read as of one moment is a file that grows all the while. */
async function leaveOneUnread(fleet: Fleet, agent: FleetAgent): Promise<void> {
  const busy = join(agent.source, 'busy')
  writeFileSync(busy, noise('busy', 3_000_000))
  fleet.setPolicy(agent, { limits: { bytesPerSecondMax: 2_000_000 } })
  const timer = setInterval(() => appendFileSync(busy, 'more'), 2)
  try {
    const job = await fleet.backUp(agent)
    equal(job.state, 'PARTIAL_COMPLETE', JSON.stringify(job))
    const lines = await reportOf(fleet, job.jobId, 'inconsistent')
    deepEqual(
      lines.map(({ path, reason }) => [path, reason]),
      [[busy, 'changed']],
    )
    const csv = await fleet.api.call(routes.jobs.reportCsv, {
      path: { jobId: job.jobId, reportList: 'inconsistent' },
    })
    match(csv, /busy/)
    const [version] = await fleet.versions(agent)
    equal(version?.status, 'partial')
  } finally {
    clearInterval(timer)
    rmSync(busy)
    fleet.setPolicy(agent, {})
  }
}

async function cancelLimited(fleet: Fleet, agent: FleetAgent): Promise<void> {
  const bytesPerSecondMax = 1_000_000
  const large = join(agent.source, 'large files')
  fillLarge(large, 'limited', { files: 6 })
  fleet.setPolicy(agent, { limits: { bytesPerSecondMax } })
  const { jobId } = await fleet.runNow(agent)
  await until('it sends', async () => {
    const { progress } = await fleet.job(jobId)
    return (progress?.bytes.done ?? 0) > 1_000_000 || undefined
  })
  await delay(1_500)
  const { state, progress } = await fleet.job(jobId)
  equal(state, 'RUNNING', 'six megabytes need six seconds')
  ok((progress?.fraction ?? 1) < 1)
  const askedAt = performance.now()
  await fleet.api.call(routes.jobs.cancel, { path: { jobId } })
  const job = await fleet.jobOver(jobId)
  const tookMs = performance.now() - askedAt
  equal(job.state, 'CANCELED')
  ok(tookMs < 2_000, `cancelled within ${tookMs} ms`)
  fleet.setPolicy(agent, {})
  const next = await fleet.backUp(agent)
  equal(next.state, 'COMPLETE')
  ok((next.totals?.newBytes ?? 1e9) < 6_000_000, 'what the cancelled one sent is used')
}

async function refuseByPolicy(fleet: Fleet, agent: FleetAgent): Promise<void> {
  const [version] = await fleet.versions(agent)
  if (version === undefined) throw new Error('there is a version')
  const place = join(fleet.folder, 'place')
  mkdirSync(place)
  fleet.setPolicy(agent, { allow: { restores: false } })
  const refused = await fleet.restore(version, agent, place)
  equal(refused.state, 'FAILED')
  equal(refused.problem?.code, 'agent.policy-refused')
  writeFileSync(agent.policy, '{ "backupRoots": ')
  const unusable = await fleet.backUp(agent)
  equal(unusable.state, 'FAILED')
  equal(unusable.problem?.code, 'agent.policy-unusable')
  match(unusable.problem?.detail ?? '', /agent\.json/)
  fleet.setPolicy(agent, {})
  equal((await fleet.backUp(agent)).state, 'COMPLETE')
}

async function nameHooks(fleet: Fleet, agent: FleetAgent): Promise<void> {
  const { planId } = await fleet.plan(agent)
  const set = async (body: HookNames) =>
    await fleet.api.call(routes.plans.setHooks, { path: { planId }, body })
  const hooksDirectory = join(fleet.folder, 'hooks')
  const events = join(fleet.folder, 'events')
  mkdirSync(hooksDirectory, { mode: 0o755 })
  const script = `#!/bin/sh\necho "$HOLDFAST_EVENT $HOLDFAST_STATE" >> ${events}\n`
  writeFileSync(join(hooksDirectory, 'log.sh'), script, { mode: 0o755 })
  deepEqual((await set({ before: 'log', after: 'log' })).hooks, { before: 'log', after: 'log' })
  const unknown = await fleet.backUp(agent)
  deepEqual([unknown.state, unknown.problem?.code], ['FAILED', 'hook.unknown'])
  match(unknown.problem?.detail ?? '', /hook log/)
  fleet.setPolicy(agent, { hooksDirectory, hooks: { log: 'log.sh' } })
  equal((await fleet.backUp(agent)).state, 'COMPLETE')
  equal(readFileSync(events, 'utf8'), 'before \nafter COMPLETE\n')
  equal((await set({})).hooks, undefined)
  equal((await fleet.backUp(agent)).state, 'COMPLETE')
  equal(readFileSync(events, 'utf8'), 'before \nafter COMPLETE\n', 'none runs any more')
  fleet.setPolicy(agent, {})
}
