// A12: what fills a vault on purpose is refused before it does, and what was stored before stays.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AttackWorld, openAttackWorld } from './attack-world.ts'
import { inDays } from './lock-scene.ts'
import { type RealAgent, startRealAgent, until } from './real-agent.ts'
import { runPlan } from './run-plan.ts'

const skip = process.getuid?.() === 0 ? false : 'the local policy must be root’s'
const mib = 2 ** 20

async function protect(world: AttackWorld, agent: RealAgent, vault: object, days: number) {
  const as = world.as('owner')
  const post = (path: string, body?: object) =>
    world.must('POST', `/api/v1${path}`, { ...as, ...(body && { body }) })
  const { vaultId } = await post('/vaults', { regionId: 'default', name: 'main', ...vault })
  const schedule = { kind: 'days', every: 1, firstAt: inDays(world, 1) }
  const { policyId } = await post('/policies', {
    name: 'daily',
    rules: [
      { kind: 'BACKUP', schedule, vaultId },
      { kind: 'LIFECYCLE', retention: { days } },
    ],
  })
  const instanceIds = [agent.identity.instanceId]
  const paths = [join(agent.folder, 'data')]
  await post('/bindings', { policyId, instanceIds, sources: { paths } })
  const { items } = await world.must('GET', `/api/v1/bindings?policyId=${policyId}`, as)
  return { vaultId, planId: items[0].planId }
}

async function run(world: AttackWorld, planId: string) {
  const as = world.as('owner')
  const { jobId } = await runPlan(world, planId)
  return await until('the backup ends', async () => {
    const job = await world.must('GET', `/api/v1/jobs/${jobId}`, as)
    return job.endedAt === undefined ? undefined : job
  })
}

function packBytes({ folder }: AttackWorld): number {
  const vaults = join(folder, 'server/vaults')
  const files = readdirSync(vaults, { recursive: true, withFileTypes: true })
  return files
    .filter((file) => file.isFile() && /[/]pack/.test(file.parentPath))
    .reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0)
}

test('uploads end at the quota of the vault; what was made before stays, and more room lets go on (A12, L14)', {
  skip,
}, async () => {
  await using world = await openAttackWorld()
  await using agent = await startRealAgent(world, world.mine, (folder) => ({
    backupRoots: [folder],
  }))
  const { vaultId, planId } = await protect(world, agent, { quotaBytes: 8 * mib }, 30)
  const data = join(agent.folder, 'data')
  writeFileSync(join(data, 'small'), randomBytes(mib))
  const first = await run(world, planId)
  equal(first.state, 'COMPLETE', JSON.stringify(first))
  writeFileSync(join(data, 'bomb'), randomBytes(64 * mib))
  const bombed = await run(world, planId)
  deepEqual([bombed.state, bombed.problem?.code], ['FAILED', 'quota.exceeded'])
  const used = packBytes(world)
  ok(used < 24 * mib, `${used} bytes lie there`)
  const points = `/api/v1/vaults/${vaultId}/points`
  equal((await world.must('GET', points, world.as('owner'))).items.length, 1)
  await world.must('PATCH', `/api/v1/vaults/${vaultId}`, {
    ...world.as('owner'),
    body: { quotaBytes: 200 * mib },
  })
  const again = await run(world, planId)
  equal(again.state, 'COMPLETE', JSON.stringify(again))
})

test('a retention that the vault does not allow fails the job before a byte is sent (A12, L3)', {
  skip,
}, async () => {
  await using world = await openAttackWorld()
  await using agent = await startRealAgent(world, world.mine, (folder) => ({
    backupRoots: [folder],
  }))
  const hundredYears = 36_500
  const { planId } = await protect(world, agent, { retentionDaysMax: 60 }, hundredYears)
  writeFileSync(join(agent.folder, 'data/file'), randomBytes(mib))
  const job = await run(world, planId)
  deepEqual([job.state, job.problem?.code], ['FAILED', 'retention.out-of-range'])
  equal(packBytes(world), 0)
})
