/** An account with one object of every kind and a vault of real points: what attacks on the lives of points are tried on. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlanId, PointId, VaultId } from '#contract'
import type { Tenant } from '../../../src/server/http/tenant.contract.ts'
import { addRawAgent, type RawAgent } from './attack-agent.ts'
import type { AttackWorld } from './attack-world.ts'
import { craftPoint } from './crafted-points.ts'
import { runPlan } from './run-plan.ts'

export type Lock = 'off' | 'governed' | 'compliance'

export type LockScene = {
  readonly world: AttackWorld
  readonly lock: Lock
  readonly vaultId: VaultId
  readonly planId: PlanId
  readonly agent: RawAgent
  /** One that ends in 30 days, one that was extended, one for ever, one on hold, and the newest. */
  readonly pointIds: readonly PointId[]
  readonly ids: Tenant['ids']
}

const dayMs = 24 * 3_600_000

export async function makeLockScene(world: AttackWorld, lock: Lock): Promise<LockScene> {
  const as = world.as('owner')
  const post = (path: string, body?: object) =>
    world.must('POST', `/api/v1${path}`, { ...as, ...(body && { body }) })
  const agent = await addRawAgent(world, world.mine, `machine-${lock}`)
  await agent.beat()
  const { instanceId } = agent
  const { vaultId } = await post('/vaults', { regionId: 'default', name: `vault-${lock}`, lock })
  const { policyId } = await post('/policies', {
    name: `policy-${lock}`,
    rules: [
      { kind: 'BACKUP', schedule: { kind: 'days', every: 1, firstAt: inDays(world, 1) }, vaultId },
      { kind: 'LIFECYCLE', retention: { days: 30 }, keepAtLeastOne: true },
    ],
  })
  await post('/bindings', { policyId, instanceIds: [instanceId] })
  const bindings = await world.must('GET', `/api/v1/bindings?policyId=${policyId}`, as)
  const { bindingId, planId } = bindings.items[0]
  const folder = join(world.folder, `source-${lock}`)
  mkdirSync(folder)
  const pointIds: PointId[] = []
  for (let at = 0; at < 5; at++) {
    writeFileSync(join(folder, 'file'), String(at))
    world.clock.advance(1_000)
    const of = { vaultId, account: world.mine, instanceId, folder, planId }
    pointIds.push(await craftPoint(world, of))
  }
  const [point = '', extended, forever, held] = pointIds
  const inVault = `/vaults/${vaultId}/points`
  await post(`${inVault}/${extended}/extend`, { until: inDays(world, 60) })
  await post(`${inVault}/${forever}/extend`, {})
  await post(`${inVault}/${held}/hold`, { reason: 'audit' })
  const job = await runPlan(world, planId)
  const restoring = { vaultId, pointIds: [point], targetPath: '/srv' }
  const { restoreJobId } = await post('/restore-jobs', restoring)
  const { versionId } = await world.must('GET', `/api/v1${inVault}/${point}`, as)
  const email = { kind: 'email', to: ['a@mine.example'] }
  const { channelId } = await post('/alert-channels', { name: `channel-${lock}`, target: email })
  const { activationCode } = await post('/activation-codes', { regionId: 'default' })
  const person = { name: 'spare', email: `spare@${lock}.example`, role: 'auditor' }
  const { userId } = await post('/users', { ...person, password: 'correct horse battery staple' })
  const { newId } = world.server.kernel.catalog
  const ids = {
    account: world.mine.accountId,
    binding: bindingId,
    channel: channelId,
    client: agent.clientId,
    code: activationCode.codeId,
    instance: instanceId,
    job: job.jobId,
    plan: planId,
    point,
    policy: policyId,
    region: 'default',
    restoreJob: restoreJobId,
    user: userId,
    vault: vaultId,
    version: versionId,
    ...inventedIds(newId),
  }
  return { world, lock, vaultId, planId, agent, pointIds, ids }
}

/** Of objects that no attack on a lock needs. */
function inventedIds(newId: AttackWorld['server']['kernel']['catalog']['newId']) {
  return {
    alert: newId('alert'),
    audit: newId('audit'),
    event: newId('event'),
    passkey: newId('passkey'),
    rule: newId('rule'),
    session: newId('session'),
    token: newId('token'),
  }
}

export function inDays(world: AttackWorld, days: number): string {
  const at = world.server.kernel.wallMs() + days * dayMs
  // A first execution is at a whole minute.
  return new Date(Math.ceil(at / 60_000) * 60_000).toISOString()
}
