/** What the history of a file promises over several vaults and however little one call may do, on real vaults. */
import { deepEqual, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteString, byteStringFromText } from '#base'
import { type FileVersion, routes, type VaultId, writeAnswer } from '#contract'
import type { LeafItem } from '#engine'
import type { Clock } from '#ports'
import { allPages, type OpenMachine, PointsWorld } from './points-world.contract.ts'
import { entryOf } from './random-trees.contract.ts'

export function fileHistoryContract(open: OpenMachine): void {
  test('the history of a file is told over all vaults together, the newest first (G4)', () =>
    tellsVaultsTogether(open))

  test('a file that no point has, has no history, and a cursor of another path is refused', () =>
    tellsNothing(open))
}

const minuteMs = 60_000

async function tellsVaultsTogether(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const main = await world.addVault('main')
  const second = await world.addVault('second')
  const made: readonly (readonly [VaultId, number | undefined])[] = [
    [main, 1],
    [second, undefined],
    [main, 1],
    [second, 1],
    [main, 2],
    [second, undefined],
    [second, 3],
    [main, 2],
    [second, 3],
    [second, 3],
  ]
  const at: number[] = []
  for (const [vaultId, size] of made) {
    world.kernel.clock.advance(minuteMs)
    at.push((await world.plant(vaultId, itemsOf(size))).known.point.createdAt)
  }
  const expected = [
    { vaultId: second, size: 3, pointCount: 3, first: 6, last: 9 },
    { vaultId: main, size: 2, pointCount: 2, first: 4, last: 7 },
    { vaultId: second, size: undefined, pointCount: 1, first: 5, last: 5 },
    { vaultId: second, size: 1, pointCount: 1, first: 3, last: 3 },
    { vaultId: main, size: 1, pointCount: 2, first: 0, last: 2 },
  ]
  const whole = await historyOf(world, { limit: 50 })
  deepEqual(whole.map(shownWith(at)), expected)
  writeAnswer(routes.points.fileHistory, { items: whole })
  for (const limit of [1, 2, 5]) deepEqual(await historyOf(world, { limit }), whole)
  // Each call may ask one point: runs are longer than a call, and stay whole.
  for (const limit of [1, 50])
    deepEqual(await historyOf(world, { limit, clock: hurry(world.kernel.clock) }), whole)
}

async function tellsNothing(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const vaultId = await world.addVault()
  for (const size of [undefined, 1, 2]) {
    world.kernel.clock.advance(minuteMs)
    await world.plant(vaultId, itemsOf(size))
  }
  const ask = async (path: string, query: object) =>
    await world.points.fileHistory(
      {
        path: { instanceId: world.instanceId },
        query: { path: byteStringFromText(path), ...query },
        body: undefined,
      },
      world.as(),
    )
  deepEqual((await ask('/srv/other', {})).items, [])
  const { next } = await ask('/srv/notes', { limit: 1 })
  ok(next !== undefined)
  await rejects(ask('/srv/other', { cursor: next }), { code: 'page.cursor-refused' })
  const [binding, ...fields] = JSON.parse(Buffer.from(next, 'base64url').toString('utf8'))
  for (const forged of [
    [],
    [1],
    fields.slice(0, 2),
    [...fields.slice(0, 2), 'x', 1],
    [...fields, 3],
  ])
    await rejects(ask('/srv/notes', { cursor: cursorOf([binding, ...forged]) }), {
      code: 'page.cursor-refused',
    })
}

function cursorOf(fields: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(fields)).toString('base64url')
}

async function historyOf(
  world: PointsWorld,
  { limit, clock }: { readonly limit: number; readonly clock?: Clock },
): Promise<readonly FileVersion[]> {
  const points = clock === undefined ? world.points : world.pointsBy(clock)
  const { items } = await allPages(
    async (cursor) =>
      await points.fileHistory(
        {
          path: { instanceId: world.instanceId },
          query: { path: byteStringFromText('/srv/notes'), limit, cursor },
          body: undefined,
        },
        world.as(),
      ),
  )
  return items
}

/** Any look at it is an hour later. */
function hurry(clock: Clock): Clock {
  let upMs = clock.now().upMs
  return {
    now: () => {
      upMs += 60 * minuteMs
      return { ...clock.now(), upMs }
    },
    sleep: (milliseconds, signal) => clock.sleep(milliseconds, signal),
  }
}

function itemsOf(size: number | undefined): readonly LeafItem[] {
  const root = entryOf({ dir: '' as ByteString, name: '' as ByteString }, 'directory', 0)
  const file = entryOf({ dir: '' as ByteString, name: 'notes' as ByteString }, 'file', size ?? 0)
  const entries = size === undefined ? [root] : [root, file]
  return entries.map((entry) => ({ kind: 'entry', entry, replacesBytes: undefined }))
}

function shownWith(at: readonly number[]) {
  return ({ vaultId, entry, pointCount, firstAt, lastAt }: FileVersion) => ({
    vaultId,
    size: entry?.size,
    pointCount,
    first: at.indexOf(firstAt),
    last: at.indexOf(lastAt),
  })
}
