import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { putSetting } from '../catalog/settings.ts'
import { addInstance, addPlan } from '../catalog/world.contract.ts'
import { makeTestKernel } from '../kernel.fixture.ts'
import type { NoticeFact } from '../notices.ts'
import { makeProtectionWorld } from '../services/protection/protection-world.fixture.ts'
import { recentBackupWork, staleDaysSetting } from './recent-backups.ts'

const day = 24 * 3_600_000

test('an active plan without a version for days is told, a paused or new one is not (H4)', async () => {
  const kernel = await makeTestKernel()
  await using world = await makeProtectionWorld({ kernel })
  const { accountId, vaultId } = world
  const told: NoticeFact[] = []
  const work = recentBackupWork(kernel, { raise: async (fact) => void told.push(fact) })
  const run = async () => {
    told.length = 0
    await work.run(world.as().signal)
    return told.map((fact) => (fact.kind === 'NO_RECENT_BACKUP' ? fact.instanceName : fact.kind))
  }
  const old = await addInstance(kernel.catalog, accountId, { name: 'old' })
  await addPlan(kernel.catalog, { accountId, vaultId, instanceId: old.id })
  deepEqual(await run(), [])
  kernel.clock.advance(2 * day)
  deepEqual(await run(), [])
  const setting = { scope: accountId, name: staleDaysSetting, value: 2, updatedAt: 0 }
  await putSetting(kernel.catalog.db, setting)
  deepEqual(await run(), ['old'])
  await kernel.catalog.db.updateTable('plans').set({ status: 'PAUSED', nextDueAt: null }).execute()
  deepEqual(await run(), [])
})
