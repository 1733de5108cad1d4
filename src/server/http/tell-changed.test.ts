import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import { routeList, watchedGroups } from '#contract'
import { openWorld } from './listener-world.contract.ts'

test('what one person changed all others of the account hear, and nobody else (G6, A22)', async () => {
  await using world = await openWorld({
    handlers: {
      'alerts.markRead': async () => undefined,
      'plans.list': async () => ({ items: [] }),
      'vaults.keep': async ({ path }) => {
        throw failure('vault.not-found', { vault: path.vaultId })
      },
    },
  })
  const { kernel, mine, other, ask } = world
  const watching = new AbortController()
  const watch = async (accountId: typeof mine.accountId) => {
    const heard: string[] = []
    for await (const event of kernel.events.watch(accountId, watching.signal))
      heard.push(event.kind === 'records.changed' ? event.group : event.kind)
    return heard
  }
  const all = Promise.all([watch(mine.accountId), watch(other.accountId)])
  const { owner } = mine.people
  equal((await ask('PUT', `/api/v1/alerts/${mine.ids.alert}/read`, { cookie: owner })).status, 204)
  equal((await ask('GET', '/api/v1/plans', { cookie: owner })).status, 200)
  equal(
    (await ask('DELETE', `/api/v1/vaults/${mine.ids.vault}/removal`, { cookie: owner })).status,
    404,
  )
  await new Promise((resolve) => setImmediate(resolve))
  watching.abort()
  deepEqual(await all, [['alerts'], []])
})

test('every watched group has routes, and routes that people change things with', () => {
  for (const group of watchedGroups)
    equal(
      routeList.some((one) => one.group === group && one.route.repeat !== 'safe'),
      true,
      group,
    )
})
