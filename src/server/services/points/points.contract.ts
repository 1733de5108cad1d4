/** What the handlers of versions and points promise, on real vaults. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type ByteString, byteString, byteStringFromText } from '#base'
import { routes, writeAnswer } from '#contract'
import { findEntries, folderSums, listEntries } from '#jobs'
import { allPages, type MadePoint, type OpenMachine, PointsWorld } from './points-world.contract.ts'

/** A13, A18: bytes that are no text, markup, direction marks, formulas, names of objects, a name like our own escape. */
const hostileNames = [
  Buffer.from([0x66, 0xff, 0xfe, 0x0a]),
  Buffer.from('<img src=x onerror=alert(1)>'),
  Buffer.from('\u202egpj.exe'),
  Buffer.from('=cmd()|calc'),
  Buffer.from('__proto__'),
  Buffer.from('constructor'),
  Buffer.from('hex:6162'),
  Buffer.from('\x1b[31mred'),
  Buffer.from('a\\b'),
  Buffer.from('ordinary.txt'),
]

export function fillFolder(folder: string): void {
  mkdirSync(join(folder, 'hostile'))
  for (const name of hostileNames)
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/hostile/`), name]), name)
  mkdirSync(join(folder, 'deep/er/est'), { recursive: true })
  for (let at = 0; at < 30; at++) writeFileSync(join(folder, `deep/er/f${at}.log`), 'x'.repeat(at))
  writeFileSync(join(folder, 'deep/er/est/wanted.conf'), 'a = 1')
  writeFileSync(join(folder, 'top.conf'), 'b = 2')
  symlinkSync('top.conf', join(folder, 'link'))
}

export function pointsContract(open: OpenMachine): void {
  listsContract(open)
  browseContract(open)
  searchContract(open)
}

function listsContract(open: OpenMachine): void {
  test('versions are listed newest first with their points, also when the instance is gone (E6, G3)', () =>
    listsVersions(open))

  test('points of a vault are listed in pages, and the cursor of another list is refused', () =>
    listsPoints(open))
}

function browseContract(open: OpenMachine): void {
  test('pages of a folder show every entry once, in order, and sizes from the tree (G4, A18)', () =>
    browsesFolders(open))

  test('a cursor of another folder, another point or nobody is refused', () =>
    refusesForeignCursors(open))
}

function searchContract(open: OpenMachine): void {
  test('search finds what the jobs find, in pages, and narrows it', () => searchesPoint(open))

  test('search in an instance shows each state of a file once, with the newest point that has it', () =>
    searchesInstance(open))
}

function raise(): never {
  throw new Error('the test has made it')
}

async function listsVersions(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  fillFolder(world.machine.folder)
  const vaultId = await world.addVault('main', 'compliance')
  const made = [await world.backup(vaultId), await world.backup(vaultId)]
  const { instanceId, kernel } = world
  await kernel.catalog.db
    .updateTable('instances')
    .set({ state: 'RELEASED', releasedAt: 1 })
    .execute()
  const list = (cursor: string | undefined) =>
    world.versions.list(
      { path: { instanceId }, query: { limit: 1, cursor }, body: undefined },
      world.as('auditor'),
    )
  const { items } = await allPages(list)
  deepEqual(
    items.map(({ versionId }) => versionId),
    made.map(({ versionId }) => versionId).reverse(),
  )
  const [newest] = items
  equal(newest?.points.length, 1)
  equal(newest?.points[0]?.locked, true)
  equal(newest?.expiresAt, newest?.points[0]?.expiresAt)
  const path = { versionId: made[0]?.versionId ?? raise() }
  deepEqual(await world.versions.get({ path, query: {}, body: undefined }, world.as()), items[1])
  const other = world.as('owner', kernel.catalog.newId('account'))
  await rejects(world.versions.get({ path, query: {}, body: undefined }, other), {
    code: 'record.not-found',
  })
  await rejects(world.versions.list({ path: { instanceId }, query: {}, body: undefined }, other), {
    code: 'instance.not-found',
  })
}

async function listsPoints(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  fillFolder(world.machine.folder)
  const vaultId = await world.addVault()
  const made: MadePoint[] = []
  for (let at = 0; at < 3; at++) made.push(await world.backup(vaultId))
  const list = async (query: { limit?: number; cursor?: string | undefined; trashed?: boolean }) =>
    await world.points.list({ path: { vaultId }, query, body: undefined }, world.as())
  const { items } = await allPages((cursor) => list({ limit: 2, cursor }))
  deepEqual(
    items.map(({ pointId }) => pointId),
    made.map(({ pointId }) => pointId).reverse(),
  )
  equal(
    items.some(({ locked }) => locked),
    false,
  )
  const first = await list({ limit: 2 })
  await rejects(list({ cursor: first.next, trashed: true }), { code: 'page.cursor-refused' })
  await rejects(list({ cursor: 'bm9uc2Vuc2U' }), { code: 'page.cursor-refused' })
  writeAnswer(routes.points.list, first)
  const gone = { vaultId: world.kernel.catalog.newId('vault') }
  await rejects(world.points.list({ path: gone, query: {}, body: undefined }, world.as()), {
    code: 'vault.not-found',
  })
}

async function browsesFolders(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const { folder } = world.machine
  fillFolder(folder)
  const vaultId = await world.addVault()
  const { known, pointId } = await world.backup(vaultId)
  const { signal } = world.as()
  await using reading = await world.gateway.read(vaultId, signal)
  const browse = async (
    path: string | undefined,
    query: { limit?: number; cursor?: string | undefined },
  ) =>
    await world.points.browse(
      {
        path: { vaultId, pointId },
        query: { ...(path === undefined ? {} : { path: byteStringFromText(path) }), ...query },
        body: undefined,
      },
      world.as('restoreOperator'),
    )
  for (const inside of ['', 'hostile', 'deep', 'deep/er', 'deep/er/est']) {
    const expected: ByteString[] = []
    const request = { path: byteStringFromText(inside), recursive: false }
    for await (const batch of listEntries(reading.reader, known.point, request, signal))
      expected.push(...batch.map(({ name }) => name))
    const path = inside === '' ? undefined : `${folder}/${inside}`
    const { items, pages } = await allPages((cursor) => browse(path, { limit: 3, cursor }))
    deepEqual(
      items.map(({ name }) => name),
      expected,
      inside,
    )
    equal(pages, Math.max(1, Math.ceil(expected.length / 3)))
    for (const item of items) {
      if (item.kind !== 'directory') continue
      const of = `${inside === '' ? '' : `${inside}/`}${item.name}` as ByteString
      deepEqual(item.below, await folderSums(reading.reader, known.point, of, signal), of)
    }
  }
  const hostile = await browse(`${folder}/hostile`, {})
  deepEqual(
    hostile.items.map(({ name }) => name).sort(),
    hostileNames.map((name) => byteString(name)).sort(),
  )
  const wire = JSON.parse(JSON.stringify(writeAnswer(routes.points.browse, hostile)))
  equal(wire.items.length, hostileNames.length)
  ok(wire.items.some(({ name }: { name: string }) => name === 'hex:66fffe0a'))
  equal(
    (await browse(undefined, {})).items.find(({ name }) => name === 'link')?.linkTarget,
    'top.conf',
  )
  await rejects(browse('/elsewhere', {}), { code: 'path.not-found' })
  await rejects(browse(`${folder}/top.conf`, {}), { code: 'path.not-found' })
}

async function refusesForeignCursors(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  fillFolder(world.machine.folder)
  const vaultId = await world.addVault()
  const { pointId } = await world.backup(vaultId)
  writeFileSync(join(world.machine.folder, 'more'), 'more')
  const other = await world.backup(vaultId)
  const browse = async (id: typeof pointId, query: object) =>
    await world.points.browse(
      { path: { vaultId, pointId: id }, query, body: undefined },
      world.as(),
    )
  const { next = '' } = await browse(pointId, { limit: 1 })
  const refused = { code: 'page.cursor-refused' }
  await rejects(browse(pointId, { cursor: next, path: 'deep' }), refused)
  await rejects(browse(other.pointId, { cursor: next }), refused)
  const said = JSON.parse(Buffer.from(next, 'base64url').toString('utf8'))
  const forged = [
    [said[0]],
    [said[0], said[1], [9_999]],
    [said[0], said[1], [0, 0, 0, 0]],
    [said[0], said[1], [-1]],
    [said[0], said[1], ['0']],
    [said[0], '0'.repeat(16), said[2]],
    [said[0], {}, said[2]],
    { length: 3 },
    'text',
  ]
  for (const fields of forged) {
    const cursor = Buffer.from(JSON.stringify(fields)).toString('base64url')
    await rejects(browse(pointId, { cursor }), refused, JSON.stringify(fields))
  }
}

async function searchesPoint(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const { folder } = world.machine
  fillFolder(folder)
  const vaultId = await world.addVault()
  const { known, pointId } = await world.backup(vaultId)
  const { signal } = world.as()
  await using reading = await world.gateway.read(vaultId, signal)
  const search = async (query: object) =>
    await allPages((cursor) =>
      world.points.search(
        {
          path: { vaultId, pointId },
          query: { limit: 4, cursor, ...query } as never,
          body: undefined,
        },
        world.as(),
      ),
    )
  for (const pattern of [
    '*',
    '*.conf',
    'f1*',
    `${folder}/deep/*/f2.log`,
    'er/',
    '/nowhere/*',
    '*proto*',
  ]) {
    const expected: ByteString[] = []
    const request = { points: [known], pattern: byteStringFromText(pattern) }
    for await (const batch of findEntries(reading.reader, request, signal))
      expected.push(...batch.filter(({ entry }) => entry.name !== '').map(({ path }) => path))
    const { items } = await search({ pattern })
    deepEqual(
      items.map(({ path }) => path),
      expected,
      pattern,
    )
  }
  const sized = await search({ pattern: '*.log', sizeMin: 10, sizeMax: 12, kind: 'file' })
  deepEqual(sized.items.map(({ size }) => size).sort(), [10, 11, 12])
  const under = byteStringFromText(`${folder}/deep/er/est`)
  deepEqual(
    (await search({ pattern: '*', under })).items.map(({ name }) => name),
    ['wanted.conf'],
  )
  await rejects(search({ pattern: 'a//b' }), { code: 'search.pattern-refused' })
  await rejects(search({ pattern: '*', under: byteStringFromText('/x') }), {
    code: 'path.not-found',
  })
}

async function searchesInstance(open: OpenMachine): Promise<void> {
  await using world = await PointsWorld.make(open)
  const { folder } = world.machine
  fillFolder(folder)
  const vaultId = await world.addVault()
  const second = await world.addVault('second')
  const first = await world.backup(vaultId)
  const same = await world.backup(vaultId)
  writeFileSync(join(folder, 'top.conf'), 'b = 3, longer')
  rmSync(join(folder, 'deep/er/est/wanted.conf'))
  const changed = await world.backup(vaultId)
  const elsewhere = await world.backup(second)
  const { items } = await allPages((cursor) =>
    world.points.searchInstance(
      {
        path: { instanceId: world.instanceId },
        query: { pattern: '*.conf', limit: 1, cursor },
        body: undefined,
      },
      world.as(),
    ),
  )
  const seen = items
    .map(({ pointId, pointCount, entry: { name, size } }) =>
      [name, size, pointCount, pointId].join(' '),
    )
    .sort()
  const expected = [
    `wanted.conf 5 2 ${same.pointId}`,
    `top.conf 5 2 ${same.pointId}`,
    `top.conf 13 1 ${changed.pointId}`,
    `top.conf 13 1 ${elsewhere.pointId}`,
  ]
  deepEqual(seen, expected.sort())
  ok(!seen.some((line) => line.includes(first.pointId)))
}
