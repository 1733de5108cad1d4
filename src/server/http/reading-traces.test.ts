// Who takes data out without changing anything is in the audit log too (H6, A18).
import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { findLastChange } from '../catalog/own-backup.ts'
import { type ListenerWorld, openWorld, type Stub } from './listener-world.contract.ts'

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const sends: Stub = async ({ query }, { note }) => {
  note({ paths: [query.path].flat().join() })
  return { content: once(Buffer.from('seen')), fileName: 'it', length: 4 }
}

async function rowsOf({ kernel }: ListenerWorld) {
  const rows = await kernel.catalog.db
    .selectFrom('auditLog')
    .selectAll()
    .where('caller', '<>', 'public')
    .orderBy('sequence')
    .execute()
  return rows.map(({ action, result, target, callerName, detail }) => {
    const { paths, also } = JSON.parse(detail)
    return { action, result, target, callerName, paths, also }
  })
}

test('a download leaves its trace before its first byte: who, of which point, which paths (H6)', async () => {
  await using world = await openWorld({ handlers: { 'points.download': sends } })
  const { vault, point } = world.mine.ids
  const { token } = world.mine.people.restoreOperator
  const at = `/api/v1/vaults/${vault}/points/${point}/download`
  equal((await world.ask('GET', `${at}?path=/etc/shadow`, { token })).status, 200)
  deepEqual(await rowsOf(world), [
    {
      action: 'points.download',
      result: 'done',
      target: vault,
      callerName: 'restoreOperator',
      paths: '/etc/shadow',
      also: [point],
    },
  ])
  equal((await world.ask('GET', `/api/v1/vaults/${vault}/points/${point}`, { token })).status, 409)
  equal((await rowsOf(world)).length, 1)
})

test('a folder of a running machine that was looked into is in the log; one that was not is not (H6)', async () => {
  const folders: Stub = async ({ query }) => ({ path: query.path, folders: [], isWhole: true })
  await using world = await openWorld({ handlers: { 'instances.folders': folders } })
  const { instance } = world.mine.ids
  const at = `/api/v1/instances/${instance}/folders?path=`
  const { token } = world.mine.people.owner
  equal((await world.ask('GET', `${at}/root`, { token })).status, 200)
  equal((await world.ask('GET', `${at}root`, { token })).status, 400)
  deepEqual(
    (await rowsOf(world)).map(({ action, result, target }) => [action, result, target]),
    [['instances.folders', 'done', instance]],
  )
})

test('a thousand reads of one thing are one row a minute, and each other thing is one of its own (H6)', async () => {
  await using world = await openWorld({ handlers: { 'points.preview': sends } })
  const { vault, point } = world.mine.ids
  const ask = async (path: string, role: 'owner' | 'restoreOperator' = 'owner') => {
    const { token } = world.mine.people[role]
    const at = `/api/v1/vaults/${vault}/points/${point}/preview?path=${path}`
    await world.ask('GET', at, { token })
  }
  for (let count = 0; count < 50; count += 1) await ask('/a')
  await ask('/b')
  await ask('/a', 'restoreOperator')
  world.kernel.clock.advance(60_000)
  await ask('/a')
  deepEqual(
    (await rowsOf(world)).map(({ callerName, paths }) => `${callerName} ${paths}`),
    ['owner /a', 'owner /b', 'restoreOperator /a', 'owner /a'],
  )
})

test('what was only read is no reason for a backup of the server (I4)', async () => {
  await using world = await openWorld({ handlers: { 'points.download': sends } })
  const { vault, point } = world.mine.ids
  const { token } = world.mine.people.owner
  await world.ask('GET', `/api/v1/vaults/${vault}/points/${point}/download?path=/a`, { token })
  equal((await rowsOf(world)).length, 1)
  equal(await findLastChange(world.kernel.catalog.db, 0), undefined)
})
