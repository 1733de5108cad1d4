// A21: a server that lies about where a point came from, towards a real agent that restores it to its original place.
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PointId, VaultId } from '#contract'
import type { PointSource } from '#engine'
import { type AttackWorld, openAttackWorld } from './attack-world.ts'
import { craftPoint, sourceOf } from './crafted-points.ts'
import { startRealAgent, until } from './real-agent.ts'

const isRoot = process.getuid?.() === 0

test('no claim of a point leads a restore out of the places that the machine allows (A21)', {
  skip: isRoot ? false : 'the local policy must be root’s',
}, async () => {
  await using world = await openAttackWorld()
  await using agent = await startRealAgent(world, world.mine, (folder) => ({
    restoreRoots: [folder],
    restoreDenied: [join(folder, 'denied')],
  }))
  const { folder, stateFolder } = agent
  for (const name of ['denied', 'allowed', 'evil/denied', 'evil/state']) {
    mkdirSync(join(folder, name), { recursive: true })
    chmodSync(join(folder, name), 0o755)
  }
  symlinkSync(join(folder, 'denied'), join(folder, 'link'))
  symlinkSync(stateFolder, join(folder, 'state-link'))
  for (const name of ['evil/cron', 'evil/denied/cron', 'evil/state/identity.json'])
    writeFileSync(join(folder, name), 'evil')
  const { vaultId } = await world.must('POST', '/api/v1/vaults', {
    ...world.as('owner'),
    body: { regionId: 'default', name: 'main' },
  })
  const before = { denied: namesIn(folder, 'denied'), state: identityIn(stateFolder) }
  const claims: Readonly<Record<string, readonly PointSource[]>> = {
    'the denied directory': [sourceOf(join(folder, 'denied/x'))],
    'a way back': [sourceOf(`${folder}/allowed/../denied/x`)],
    'a way that stands still': [sourceOf(`${folder}/./denied/x`)],
    'two slashes': [sourceOf(`${folder}//denied/x`)],
    'a link of root': [sourceOf(`${folder}/link/x`)],
    'the state of the agent': [sourceOf(join(stateFolder, 'x'))],
    'a link to the state of the agent': [sourceOf(`${folder}/state-link/x`)],
    'nothing at all': [sourceOf('/')],
    'outside of all roots': [sourceOf('/srv/holdfast-attack')],
    'two places': [sourceOf(join(folder, 'allowed'), 'a'), sourceOf(folder, 'b')],
    'a place and a prefix': [sourceOf(folder, 'denied')],
  }
  for (const [what, sources] of Object.entries(claims)) {
    const pointId = await craft(world, vaultId, { folder: join(folder, 'evil'), sources })
    for (const conflict of ['skip', 'rename'] as const) {
      const job = await restore(world, { vaultId, pointId, conflict })
      equal(job.state, 'FAILED', `${what}: ${JSON.stringify(job)}`)
      match(job.problem.code, /policy-refused/, what)
    }
    deepEqual(namesIn(folder, 'denied'), before.denied, what)
    equal(identityIn(stateFolder), before.state, what)
  }
  // The whole of the allowed place, whose tree holds names of what is denied below it.
  const whole = [sourceOf(folder)]
  const pointId = await craft(world, vaultId, { folder: join(folder, 'evil'), sources: whole })
  const job = await restore(world, { vaultId, pointId, conflict: 'skip' })
  ok(['COMPLETE', 'PARTIAL_COMPLETE'].includes(job.state), JSON.stringify(job))
  equal(readFileSync(join(folder, 'cron'), 'utf8'), 'evil')
  deepEqual(namesIn(folder, 'denied'), before.denied)
  equal(identityIn(stateFolder), before.state)

  async function craft(
    of: AttackWorld,
    vault: VaultId,
    more: { readonly folder: string; readonly sources: readonly PointSource[] },
  ): Promise<PointId> {
    const { instanceId } = agent.identity
    return await craftPoint(of, { vaultId: vault, account: of.mine, instanceId, ...more })
  }
})

function namesIn(folder: string, name: string): readonly string[] {
  return readdirSync(join(folder, name), { recursive: true }).map(String).sort()
}

function identityIn(stateFolder: string): string {
  return readFileSync(join(stateFolder, 'identity.json'), 'utf8')
}

async function restore(
  world: AttackWorld,
  body: { readonly vaultId: VaultId; readonly pointId: PointId; readonly conflict: string },
) {
  const { pointId, ...rest } = body
  const { restoreJobId } = await world.must('POST', '/api/v1/restore-jobs', {
    ...world.as('owner'),
    body: { ...rest, pointIds: [pointId] },
  })
  return await until('the restore ends', async () => {
    const job = await world.must('GET', `/api/v1/restore-jobs/${restoreJobId}`, world.as('owner'))
    return job.endedAt === undefined ? undefined : job
  })
}
