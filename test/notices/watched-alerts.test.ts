// Alerts as people look at them: of one region, and as they come and go.

import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { listAlerts, openNotices } from '#server'
import { complete, failed, makeNoticeWorld } from './notice-world.ts'

test('alerts are listed of one region; those of none are in none (G1)', async () => {
  await using world = await makeNoticeWorld()
  await world.notices().raise(failed(world))
  const request = { limit: 10 }
  const { accountId } = world
  const [alert] = (await listAlerts(world.db, { accountId }, request)).items
  const inRegion = async (regionId: string) =>
    (await listAlerts(world.db, { accountId, regionId }, request)).items.length
  deepEqual([await inRegion(alert?.regionId ?? ''), await inRegion('elsewhere')], [1, 0])
  await world.db.updateTable('alerts').set({ regionId: null }).execute()
  equal(await inRegion(alert?.regionId ?? ''), 0)
})

test('who watches hears when an alert is raised, and when it ends (G6)', async () => {
  await using world = await makeNoticeWorld()
  const kernel = world.kernel()
  const notices = openNotices(kernel, world.ports)
  const watching = new AbortController()
  const heard: string[] = []
  const watched = (async () => {
    for await (const event of kernel.events.watch(world.accountId, watching.signal))
      heard.push(event.kind === 'records.changed' ? event.group : event.kind)
  })()
  await notices.raise(complete(world))
  await notices.raise(failed(world))
  await notices.raise(complete(world))
  await new Promise((resolve) => setImmediate(resolve))
  watching.abort()
  await watched
  deepEqual(heard, ['alert.raised', 'alerts'])
})
