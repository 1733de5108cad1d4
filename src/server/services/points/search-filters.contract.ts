/** Search by kind, size and time, in one point and over all of an instance; and the folder of what was found. */
import { deepEqual, rejects } from 'node:assert/strict'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import type { Entry, PointId } from '#contract'
import { allPages, type OpenMachine, PointsWorld } from './points-world.contract.ts'

export function searchFiltersContract(open: OpenMachine): void {
  test('a search is narrowed by kind, size and time, in a point and over all of them (G4)', () =>
    narrows(open))

  test('each state of a file is judged by itself: what grew is found by its new size alone', () =>
    judgesStates(open))

  test('a file that was backed up by itself is found, and so is its folder', () =>
    findsSingleFile(open))
}

const [early, middle, late] = ['2024-01-31', '2024-06-01', '2025-03-01'].map((day) =>
  Date.parse(`${day}T12:00:00.250Z`),
) as [number, number, number]

function fill(folder: string): void {
  mkdirSync(join(folder, 'folder'))
  symlinkSync('small', join(folder, 'link'))
  const files = [
    ['empty', 0, early],
    ['small', 10, middle],
    ['folder/large', 5_000, late],
  ] as const
  for (const [name, size, at] of files) {
    writeFileSync(join(folder, name), 'x'.repeat(size))
    utimesSync(join(folder, name), at / 1_000, at / 1_000)
  }
  utimesSync(join(folder, 'folder'), early / 1_000, early / 1_000)
}

const cases: readonly (readonly [filters: object, found: readonly string[]])[] = [
  [{}, ['empty', 'folder', 'large', 'link', 'small']],
  [{ kind: 'file' }, ['empty', 'large', 'small']],
  [{ kind: 'directory' }, ['folder']],
  [{ kind: 'symlink' }, ['link']],
  [{ kind: 'fifo' }, []],
  // Folders and links have no size that anybody could mean.
  [{ sizeMin: 0 }, ['empty', 'large', 'small']],
  [{ sizeMin: 10 }, ['large', 'small']],
  [{ sizeMin: 11 }, ['large']],
  [{ sizeMax: 10 }, ['empty', 'small']],
  [{ sizeMax: 9 }, ['empty']],
  [{ sizeMin: 1, sizeMax: 4_999 }, ['small']],
  [{ sizeMin: 5_001 }, []],
  [{ kind: 'directory', sizeMin: 0 }, []],
  [{ modifiedUntil: early }, []],
  [{ modifiedUntil: early + 1 }, ['empty', 'folder']],
  [{ modifiedUntil: late }, ['empty', 'folder', 'small']],
  [{ modifiedFrom: middle, modifiedUntil: late + 1 }, ['large', 'small']],
  [{ modifiedFrom: middle + 1, modifiedUntil: late + 1 }, ['large']],
  [{ kind: 'file', sizeMax: 10, modifiedFrom: early + 1, modifiedUntil: late }, ['small']],
]

async function narrows(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const { instanceId } = world
  fill(world.machine.folder)
  const vaultId = await world.addVault()
  const { pointId } = await world.backup(vaultId)
  for (const [filters, expected] of cases) {
    const query = { pattern: '*', limit: 2, ...filters }
    const inPoint = await allPages((cursor) =>
      world.points.search(
        { path: { vaultId, pointId }, query: { ...query, cursor }, body: undefined },
        world.as(),
      ),
    )
    deepEqual(namesOf(inPoint.items), expected, JSON.stringify(filters))
    const inAll = await allPages((cursor) =>
      world.points.searchInstance(
        { path: { instanceId }, query: { ...query, cursor }, body: undefined },
        world.as(),
      ),
    )
    deepEqual(namesOf(inAll.items.map(({ entry }) => entry)), expected, JSON.stringify(filters))
  }
  const first = await world.points.search(
    { path: { vaultId, pointId }, query: { pattern: '*', limit: 1, sizeMin: 1 }, body: undefined },
    world.as(),
  )
  const other = { pattern: '*', limit: 1, sizeMin: 2, cursor: first.next }
  await rejects(
    world.points.search({ path: { vaultId, pointId }, query: other, body: undefined }, world.as()),
    { code: 'page.cursor-refused' },
  )
}

async function judgesStates(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const { instanceId } = world
  const file = join(world.machine.folder, 'log')
  const vaultId = await world.addVault()
  const points: PointId[] = []
  for (const size of [10, 10, 2_000]) {
    writeFileSync(file, 'x'.repeat(size))
    utimesSync(file, middle / 1_000, middle / 1_000)
    points.push((await world.backup(vaultId)).pointId)
  }
  const search = async (filters: object) => {
    const query = { pattern: 'log', ...filters }
    const path = { instanceId }
    const { items } = await world.points.searchInstance(
      { path, query, body: undefined },
      world.as(),
    )
    return items.map(({ entry, pointId, pointCount }) => [
      entry.size,
      points.indexOf(pointId),
      pointCount,
    ])
  }
  deepEqual(await search({ sizeMin: 11 }), [[2_000, 2, 1]])
  deepEqual(await search({ sizeMax: 11 }), [[10, 1, 2]])
}

async function findsSingleFile(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const { instanceId } = world
  const { folder } = world.machine
  fill(folder)
  const vaultId = await world.addVault()
  const file = join(folder, 'folder/large')
  const { pointId } = await world.backup(vaultId, { folder: file })
  const found = await world.points.searchInstance(
    { path: { instanceId }, query: { pattern: 'large' }, body: undefined },
    world.as(),
  )
  deepEqual(
    found.items.map(({ entry }) => String(entry.path)),
    [file],
  )
  const browse = async (path: string) =>
    await world.points.browse(
      {
        path: { vaultId, pointId },
        query: { path: byteStringFromText(path) },
        body: undefined,
      },
      world.as(),
    )
  for (const above of [join(folder, 'folder'), folder, '/'])
    deepEqual(namesOf((await browse(above)).items), ['large'], above)
  const nowhere = { code: 'path.not-found' }
  for (const other of [file, join(folder, 'fold'), join(folder, 'small'), '/elsewhere'])
    await rejects(browse(other), nowhere, other)
}

function namesOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ name }) => String(name)).sort()
}
