import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { nameableKinds, ofInstanceKinds, routes, writeAnswer } from '#contract'
import type { CallContext } from '../../handler.ts'
import { addTenant, type Tenant } from '../../http/tenant.contract.ts'
import { contextOf, makeTestKernel, type TestKernel } from '../../kernel.fixture.ts'
import { namesHandlers } from './names-handlers.ts'

test('names are those of the account; ids of nothing and of others are left out alike (A22)', async () => {
  await using kernel = await makeTestKernel()
  const mine = await addTenant(kernel.catalog, 'mine')
  const other = await addTenant(kernel.catalog, 'other')
  const own = nameableKinds.map((kind) => mine.ids[kind])
  const theirs = nameableKinds.map((kind) => other.ids[kind])
  const nothing = nameableKinds.map((kind) => kernel.catalog.newId(kind))
  const found = await find(kernel, contextOf(ownerOf(mine)), [...theirs, ...own, ...nothing])
  deepEqual(found.map(({ id }) => id).sort(), own.toSorted())
  equal(found.find(({ id }) => id === mine.ids.instance)?.name, 'mine-1')
  equal(found.find(({ id }) => id === mine.ids.vault)?.name, 'mine')
  for (const kind of ofInstanceKinds)
    equal(found.find(({ id }) => id === mine.ids[kind])?.name, 'mine-1', kind)
  equal(
    found.every(({ removed }) => !removed),
    true,
  )
})

test('what was deleted is told as such while it has a name, however often it is asked for', async () => {
  await using kernel = await makeTestKernel()
  const mine = await addTenant(kernel.catalog, 'mine')
  const { instance, vault, policy } = mine.ids
  const { db } = kernel.catalog
  await db.updateTable('instances').set({ state: 'RELEASED', releasedAt: 1 }).execute()
  await db.updateTable('vaults').set({ deletedAt: 1 }).execute()
  await db.updateTable('policies').set({ deletedAt: 1 }).execute()
  const found = await find(kernel, contextOf(ownerOf(mine)), [instance, vault, policy, instance])
  deepEqual(
    found.map(({ id, removed }) => [id, removed]).sort(),
    [
      [instance, true],
      [policy, true],
      [vault, true],
    ].sort(),
  )
})

async function find(kernel: TestKernel, context: CallContext, id: readonly string[]) {
  const { query } = routes.names.find
  const call = { path: {}, query: query.parse({ id }), body: undefined }
  const answer = await namesHandlers(kernel).find(call, context)
  writeAnswer(routes.names.find, answer)
  return answer.items
}

function ownerOf({ accountId, people }: Tenant) {
  const { userId, tokenId } = people.owner
  const facts = { role: 'owner', name: 'Owner', scopes: undefined, isServerAccount: false } as const
  return { kind: 'user', userId, accountId, tokenId, ...facts } as const
}
