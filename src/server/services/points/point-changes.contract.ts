/** What differs between points, and what became of a file, on real vaults. */
import { deepEqual } from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ByteString, byteStringFromText } from '#base'
import { routes, writeAnswer } from '#contract'
import type { LeafItem } from '#engine'
import { fillFolder } from './points.contract.ts'
import { allPages, type MadePoint, type OpenMachine, PointsWorld } from './points-world.contract.ts'
import { entryOf } from './random-trees.contract.ts'

export function compareContract(open: OpenMachine): void {
  test('what differs between two points, page by page', () => comparesPoints(open))

  test('the history of a file tells each state and each absence once', () => tellsHistory(open))

  test('what could not be read is said to be unread, never removed (B6)', () => tellsUnread(open))
}

async function comparesPoints(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const { folder } = world.machine
  fillFolder(folder)
  const vaultId = await world.addVault()
  const before = await world.backup(vaultId)
  writeFileSync(join(folder, 'top.conf'), 'b = 3, longer')
  rmSync(join(folder, 'deep/er/f3.log'))
  renameSync(join(folder, 'deep/er/f4.log'), join(folder, 'deep/er/g4.log'))
  mkdirSync(join(folder, 'new/folder'), { recursive: true })
  rmSync(join(folder, 'link'))
  mkdirSync(join(folder, 'link'))
  const after = await world.backup(vaultId)
  const diff = async (limit: number, under?: string) =>
    await allPages((cursor) =>
      world.points.diff(
        {
          path: { vaultId, pointId: after.pointId },
          query: {
            since: before.pointId,
            limit,
            cursor,
            ...(under === undefined ? {} : { under: byteStringFromText(under) }),
          },
          body: undefined,
        },
        world.as(),
      ),
    )
  const all = await diff(500)
  const lines = all.items
    .map(({ path, change, facets }) =>
      `${path.slice(folder.length)} ${change} ${facets ?? ''}`.trim(),
    )
    .filter((line) => !line.endsWith('attributes'))
  deepEqual(lines, [
    '/link changed kind',
    '/new added',
    '/top.conf changed content',
    '/deep/er/f3.log removed',
    '/deep/er/f4.log removed',
    '/deep/er/g4.log added',
    '/new/folder added',
  ])
  for (const limit of [1, 2, 3]) deepEqual((await diff(limit)).items, all.items)
  const within = all.items.filter(({ path }) => path.startsWith(`${folder}/deep/er/`))
  deepEqual((await diff(1, `${folder}/deep/er`)).items, within)
  writeAnswer(routes.points.diff, { items: all.items })
}

async function tellsHistory(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const { folder } = world.machine
  const vaultId = await world.addVault()
  const file = join(folder, 'notes')
  const made: MadePoint[] = []
  for (const content of [undefined, 'one', 'one', 'second', undefined, 'one']) {
    if (content === undefined) rmSync(file, { force: true })
    else writeFileSync(file, content)
    made.push(await world.backup(vaultId))
  }
  const history = async (limit: number) =>
    await allPages((cursor) =>
      world.points.fileHistory(
        {
          path: { instanceId: world.instanceId },
          query: { path: byteStringFromText(file), limit, cursor },
          body: undefined,
        },
        world.as(),
      ),
    )
  const { items } = await history(50)
  const shown = items.map(({ entry, pointCount, firstPointId }) => [
    entry?.size,
    pointCount,
    made.findIndex(({ pointId }) => pointId === firstPointId),
  ])
  // Written again with the same content it has another time, which is another state.
  deepEqual(shown, [
    [3, 1, 5],
    [undefined, 1, 4],
    [6, 1, 3],
    [3, 1, 2],
    [3, 1, 1],
  ])
  for (const limit of [1, 2, 4]) deepEqual((await history(limit)).items, items)
  deepEqual((await historyOfNothing(world)).items, [])
}

async function historyOfNothing(world: PointsWorld) {
  const query = { path: byteStringFromText('/never/there') }
  const path = { instanceId: world.instanceId }
  return await world.points.fileHistory({ path, query, body: undefined }, world.as())
}

async function tellsUnread(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const vaultId = await world.addVault()
  const itemOf = (name: string, kind: 'file' | 'directory'): LeafItem => {
    const entry = entryOf({ dir: '' as ByteString, name: name as ByteString }, kind, 5)
    return { kind: 'entry', entry, replacesBytes: undefined }
  }
  const root = itemOf('', 'directory')
  const names = ['deleted', 'denied', 'stays']
  const before = await world.plant(vaultId, [root, ...names.map((name) => itemOf(name, 'file'))])
  const path = byteStringFromText('/srv/denied')
  const failures = [{ path, reason: 'denied', detail: '' }] as const
  const after = await world.plant(vaultId, [root, itemOf('stays', 'file')], undefined, failures)
  const { items } = await world.points.diff(
    {
      path: { vaultId, pointId: after.pointId },
      query: { since: before.pointId },
      body: undefined,
    },
    world.as(),
  )
  deepEqual(
    items.map((item) => [item.path, item.change, item.unreadIn]),
    [
      ['/srv/deleted', 'removed', undefined],
      ['/srv/denied', 'unread', 'after'],
    ],
  )
  const history = await world.points.fileHistory(
    { path: { instanceId: world.instanceId }, query: { path }, body: undefined },
    world.as(),
  )
  deepEqual(
    history.items.map(({ entry, unread }) => [entry?.size, unread]),
    [
      [undefined, true],
      [5, false],
    ],
  )
  const listed = await world.points.get(
    { path: { vaultId, pointId: after.pointId }, query: {}, body: undefined },
    world.as(),
  )
  deepEqual([listed.status, listed.failureCount], ['partial', 1])
}
