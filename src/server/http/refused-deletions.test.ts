import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { failure } from '#base'
import type { NoticeFact } from '../notices.ts'
import { openWorld } from './listener-world.contract.ts'

const locked = async () => {
  throw failure('point.locked', { point: 'x', until: 'later' })
}

test('every refused deletion is in the audit log, three within ten minutes raise an alarm (L16)', async () => {
  const facts: NoticeFact[] = []
  await using world = await openWorld({
    handlers: { 'points.remove': locked },
    notices: { raise: async (fact) => void facts.push(fact) },
  })
  const { mine, other, kernel } = world
  const remove = (role: 'owner' | 'auditor', of = mine) =>
    world.ask('DELETE', `/api/v1/vaults/${of.ids.vault}/points/${of.ids.point}`, {
      cookie: mine.people[role],
    })
  const toldAfter = async (call: () => Promise<unknown>) => {
    const before = facts.length
    await call()
    return facts.length - before
  }
  deepEqual(
    [(await remove('owner')).code, (await remove('auditor')).code],
    ['point.locked', 'auth.forbidden'],
  )
  equal(facts.length, 0)
  // A point of somebody else counts as well.
  equal(await toldAfter(() => remove('owner', other)), 1)
  const [fact] = facts
  deepEqual(fact?.kind === 'deletions-refused' && [fact.accountId, fact.count], [mine.accountId, 3])
  await remove('owner')
  await remove('owner')
  kernel.clock.advance(10 * 60_000 + 1)
  equal(await toldAfter(() => remove('owner')), 0, 'two of them are too old')
  const rows = await kernel.catalog.db
    .selectFrom('auditLog')
    .select('result')
    .where('action', '=', 'points.remove')
    .execute()
  deepEqual(
    rows.map(({ result }) => result),
    Array(6).fill('refused'),
  )
})

test('a crowd of other refusals hides no refused deletion from the audit log (L16)', async () => {
  await using world = await openWorld({ handlers: { 'points.remove': locked } })
  const { mine, kernel } = world
  const as = { cookie: mine.people.owner }
  for (let at = 0; at < 70; at++) await world.ask('GET', '/api/v1/me', { token: 'hft_wrong' })
  const path = `/api/v1/vaults/${mine.ids.vault}/points/${mine.ids.point}`
  for (let at = 0; at < 70; at++) await world.ask('DELETE', path, as)
  const rows = await kernel.catalog.db
    .selectFrom('auditLog')
    .select('action')
    .where('action', 'in', ['points.remove', 'signIn.whoAmI'])
    .execute()
  const count = (action: string) => rows.filter((row) => row.action === action).length
  deepEqual([count('points.remove'), count('signIn.whoAmI')], [70, 60])
})
