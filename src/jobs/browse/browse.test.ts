import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { entryPath, type KnownPoint } from '#engine'
import { type Described, signal, text, World, wideTree } from './browse-world.test.ts'
import { diffPoints } from './diff-points.ts'
import { historyOf } from './entry-history.ts'
import { findEntries } from './find-entries.ts'
import { folderSums } from './folder-sums.ts'
import { PointPaths } from './point-paths.ts'
import { findEntry, listEntries } from './point-rows.ts'
import { statsOf } from './vault-stats.ts'

type Tree = Map<string, Described>

async function paths(
  reader: Parameters<typeof listEntries>[0],
  known: KnownPoint,
  path: string,
  recursive: boolean,
) {
  const found: string[] = []
  for await (const entries of listEntries(
    reader,
    known.point,
    { path: text(path), recursive },
    signal,
  ))
    for (const entry of entries) found.push(entryPath(entry))
  return found
}

async function find(
  reader: Parameters<typeof findEntries>[0],
  points: KnownPoint[],
  pattern: string,
) {
  const found: [string, number[]][] = []
  for await (const batch of findEntries(reader, { points, pattern: text(pattern) }, signal))
    for (const { path, points: having } of batch)
      found.push([path, having.map((one) => points.indexOf(one))])
  return found
}

async function differences(
  reader: Parameters<typeof diffPoints>[0],
  before: KnownPoint,
  after: KnownPoint,
) {
  const found: [string, string][] = []
  for await (const batch of diffPoints(reader, { before, after }, signal))
    for (const { kind, path } of batch) found.push([kind, path])
  return found
}

function changed(tree: Tree, edits: Readonly<Record<string, Described | undefined>>): Tree {
  const copy = new Map(tree)
  for (const [path, described] of Object.entries(edits)) {
    if (described === undefined) copy.delete(path)
    else copy.set(path, described)
  }
  return copy
}

test('G4 one directory of a large point is listed with a handful of nodes', async () => {
  const world = await World.make()
  const known = await world.point(wideTree(400, 100))
  const reader = await world.reader()
  const found = await paths(reader, known, 'd0200', false)
  deepEqual(found.length, 100)
  ok(found.every((path) => path.startsWith('d0200/')))
  ok(reader.asked.length <= 10, `${reader.asked.length} nodes of 40,000 entries were read`)
})

test('a listing shows the overlay over the base, with the root left out', async () => {
  const world = await World.make()
  const tree: Tree = new Map([
    ['', { kind: 'directory' }],
    ['a', { kind: 'directory' }],
    ['a.txt', { content: 'x' }],
    ['a/b', { kind: 'directory' }],
    ['a/b/c', { content: 'y' }],
    ['a/z', { content: 'z' }],
    ['ab', { content: 'w' }],
  ])
  const first = await world.point(tree)
  const second = await world.point(
    changed(tree, { 'a/z': undefined, 'a/new': { content: '1' }, 'a/b/c': { content: 'changed' } }),
    { over: first },
  )
  const reader = await world.reader()
  deepEqual(await paths(reader, first, '', false), ['a', 'a.txt', 'ab'])
  deepEqual(await paths(reader, first, 'a', true), ['a/b', 'a/z', 'a/b/c'])
  deepEqual(await paths(reader, second, 'a', true), ['a/b', 'a/new', 'a/b/c'])
  equal((await findEntry(reader, second.point, text('a/b/c'), signal))?.size, 7)
  equal(await findEntry(reader, second.point, text('a/z'), signal), undefined)
  deepEqual(await paths(reader, second, 'a.txt', true), [])
  await rejects(paths(reader, second, 'a/z', false), { code: 'path.not-found' })
})

test('paths at the source lead to entries, for one source, several, and a single file', () => {
  const summary = { directories: 1 } as KnownPoint['point']['summary']
  const one = new PointPaths({ sources: [{ path: text('/srv/data'), prefix: text('') }], summary })
  equal(one.pointPath(text('/srv/data/a/b')), 'a/b')
  equal(one.pointPath(text('/srv/data/')), '')
  equal(one.pointPath(text('a//b/')), 'a/b')
  equal(one.pointPath(text('/')), '')
  throws(() => one.pointPath(text('/a/b')), { code: 'path.not-found' })
  throws(() => one.pointPath(text('/srv/data2')), { code: 'path.not-found' })
  equal(one.sourcePath({ dir: text('a\0'), name: text('b') }), '/srv/data/a/b')
  equal(one.sourcePath({ dir: text(''), name: text('') }), '/srv/data')
  const two = new PointPaths({
    sources: [
      { path: text('/etc'), prefix: text('etc') },
      { path: text('/srv/etc'), prefix: text('etc-2') },
    ],
    summary,
  })
  equal(two.pointPath(text('/srv/etc/x')), 'etc-2/x')
  equal(two.pointPath(text('etc/x')), 'etc/x')
  equal(two.sourcePath({ dir: text('etc-2\0a\0'), name: text('b') }), '/srv/etc/a/b')
  equal(two.sourcePath({ dir: text(''), name: text('etc-2') }), '/srv/etc')
  const file = new PointPaths({
    sources: [{ path: text('/etc/hosts'), prefix: text('') }],
    summary: { ...summary, directories: 0 },
  })
  equal(file.pointPath(text('/etc/hosts')), 'hosts')
  equal(file.sourcePath({ dir: text(''), name: text('hosts') }), '/etc/hosts')
})

test('find over points of one base reads each distinct node once', async () => {
  const world = await World.make()
  const tree = wideTree(100, 60)
  const first = await world.point(tree)
  const second = await world.point(
    changed(tree, { 'd0003/file-7.txt': { content: 'new' }, 'd0050/file-7.txt': undefined }),
    { over: first },
  )
  const third = await world.point(changed(tree, { 'd0004/file-7.txt.gz': { content: 'z' } }), {
    over: first,
  })
  const reader = await world.reader()
  const found = await find(reader, [first, second, third], 'file-7.txt*')
  equal(reader.asked.length, new Set(reader.asked).size)
  equal(found.length, 102)
  deepEqual(
    found.filter(([path]) => /d000[34]|d0050/.test(path)),
    [
      ['/srv/data/d0003/file-7.txt', [0, 2]],
      ['/srv/data/d0003/file-7.txt', [1]],
      ['/srv/data/d0004/file-7.txt', [0, 1, 2]],
      ['/srv/data/d0004/file-7.txt.gz', [2]],
      ['/srv/data/d0050/file-7.txt', [0, 2]],
    ],
  )
})

test('find over two bases that share stretches reads the shared nodes once', async () => {
  const world = await World.make()
  const tree = wideTree(100, 60)
  const points = [
    await world.point(tree),
    await world.point(changed(tree, { 'd0042/extra': { content: 'x' } })),
  ]
  const reader = await world.reader()
  const found = await find(reader, points, '/srv/data/*/file-5.txt')
  equal(found.length, 100)
  ok(found.every(([, having]) => having.length === 2))
  equal(reader.asked.length, new Set(reader.asked).size)
})

test('B3 find knows directories, sources of other names, and points of other sources', async () => {
  const world = await World.make()
  const tree: Tree = new Map([
    ['e', { kind: 'directory' }],
    ['e/data', { kind: 'directory' }],
    ['e/x', { kind: 'directory' }],
    ['e/x/data', { content: 'file' }],
    ['f', { content: 'g' }],
  ])
  const sources = [
    { path: '/srv/data', prefix: 'e' },
    { path: '/one/file', prefix: 'f' },
  ]
  const one = await world.point(tree, { sources })
  const other = await world.point(new Map([['file', { content: '1' }]]), {
    sources: [{ path: '/one/file', prefix: '' }],
  })
  const reader = await world.reader()
  deepEqual(await find(reader, [one, other], 'data/'), [
    ['/srv/data', [0]],
    ['/srv/data/data', [0]],
  ])
  deepEqual(await find(reader, [one, other], 'file'), [
    ['/one/file', [0]],
    ['/one/file', [1]],
  ])
  deepEqual(await find(reader, [one], '/srv/data/x/*'), [['/srv/data/x/data', [0]]])
})

test('history groups points that show the same, and says when it was gone', async () => {
  const world = await World.make()
  const tree = wideTree(3, 5)
  const path = 'd0001/file-2.txt'
  const first = await world.point(tree)
  const edited = changed(tree, { [path]: { content: 'changed' } })
  const moded = changed(tree, { [path]: { content: 'changed', mode: 0o600 } })
  const points = [
    first,
    await world.point(changed(tree, { d0009: { kind: 'directory' } }), { over: first }),
    await world.point(edited, { over: first }),
    await world.point(moded, { over: first }),
    await world.point(changed(tree, { [path]: undefined }), { over: first }),
    await world.point(moded),
  ]
  const reader = await world.reader()
  const versions = await historyOf(reader, { points, path: text(`/srv/data/${path}`) }, signal)
  deepEqual(
    versions.map(({ entry, change, first, last, count }) => [
      entry?.size,
      change,
      points.indexOf(first),
      points.indexOf(last),
      count,
    ]),
    [
      [2, undefined, 0, 1, 2],
      [7, 'modified', 2, 2, 1],
      [7, 'metadata', 3, 3, 1],
      [undefined, undefined, 4, 4, 1],
      [7, undefined, 5, 5, 1],
    ],
  )
  deepEqual(await historyOf(reader, { points, path: text('nothing') }, signal), [])
})

test('the difference of points of one base reads overlays and little else', async () => {
  const world = await World.make()
  const tree = wideTree(400, 100)
  const first = await world.point(tree)
  const second = await world.point(
    changed(tree, {
      'd0003/file-7.txt': { content: 'new' },
      'd0100/file-1.txt': undefined,
      'd0200/added': { content: 'a' },
      'd0300/file-9.txt': { size: 9, mode: 0o600, inoLow: 300 * 100 + 9 },
      'd0301/file-9.txt': { size: 9, inoLow: 5 },
    }),
    { over: first },
  )
  const reader = await world.reader()
  const forth = await differences(reader, first, second)
  deepEqual(forth, [
    ['modified', 'd0003/file-7.txt'],
    ['removed', 'd0100/file-1.txt'],
    ['added', 'd0200/added'],
    ['metadata', 'd0300/file-9.txt'],
  ])
  ok(reader.asked.length < 25, `${reader.asked.length} nodes were read`)
  deepEqual(
    (await differences(reader, second, first)).map(([kind]) => kind),
    ['modified', 'added', 'removed', 'metadata'],
  )
  deepEqual(await differences(reader, second, second), [])
})

test('the difference of two bases steps over equal subtrees', async () => {
  const world = await World.make()
  const tree = wideTree(400, 100)
  const first = await world.point(tree)
  const second = await world.point(
    changed(tree, { 'd0003/file-7.txt': { content: 'new' }, 'd0200/added': { content: 'a' } }),
  )
  const reader = await world.reader()
  deepEqual(await differences(reader, first, second), [
    ['modified', 'd0003/file-7.txt'],
    ['added', 'd0200/added'],
  ])
  ok(reader.asked.length < 30, `${reader.asked.length} nodes were read`)
})

test('sums of a folder come from the sums in the branches', async () => {
  const world = await World.make()
  const tree = wideTree(400, 100)
  const first = await world.point(tree)
  const second = await world.point(
    changed(tree, { 'd0200/file-50.txt': undefined, 'd0200/added': { size: 1000, inoLow: 1 } }),
    { over: first },
  )
  const reader = await world.reader()
  deepEqual(await folderSums(reader, first.point, text('d0200'), signal), {
    entries: 100,
    bytes: 4950,
  })
  deepEqual(await folderSums(reader, second.point, text('d0200'), signal), {
    entries: 100,
    bytes: 5900,
  })
  deepEqual(await folderSums(reader, second.point, text(''), signal), {
    entries: 40_400,
    bytes: 1_980_950,
  })
  deepEqual(await folderSums(reader, second.point, text('d02'), signal), { entries: 0, bytes: 0 })
  ok(reader.asked.length < 25, `${reader.asked.length} nodes were read`)
})

test('statistics say what is stored and what it would be without deduplication', async () => {
  const world = await World.make()
  const content = new Uint8Array(100_000).map((_, i) => (i * i) >> 3)
  const tree: Tree = new Map([
    ['', { kind: 'directory' }],
    ['a', { content }],
  ])
  const points = [await world.point(tree), await world.point(tree)]
  const { index } = await world.reader()
  const stats = statsOf(index, points)
  equal(stats.points, 2)
  equal(stats.protectedBytes, 200_000)
  equal(stats.packsOffside, 0)
  ok(stats.dataBytes >= 100_000 && stats.dataBytes < 100_100)
  equal(stats.chunks, 3)
  deepEqual(
    stats.perPoint.map(({ newBytes }) => newBytes > 0),
    [true, false],
  )
})

test('any two trees: listing, difference and sums agree with plain maps', async () => {
  const name = fc.constantFrom('a', 'b', 'ab', 'a.b', 'z')
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
  const files = fc.dictionary(path, fc.nat(50), { maxKeys: 20 })
  await fc.assert(
    fc.asyncProperty(files, files, fc.boolean(), async (old, young, isOverlay) => {
      const world = await World.make()
      const [a, b] = [treeOf(old), treeOf(young)]
      const before = await world.point(a)
      const after = await world.point(b, isOverlay ? { over: before } : {})
      const reader = await world.reader()
      const listed = (await paths(reader, after, '', true)).sort()
      deepEqual(listed, [...b.keys()].filter((key) => key !== '').sort())
      const found = (await differences(reader, before, after)).map(
        ([kind, key]) => `${key} ${kind}`,
      )
      deepEqual(found.sort(), expectedDifferences(a, b))
      const sums = await folderSums(reader, after.point, text('a'), signal)
      const below = [...b].filter(([key]) => key.startsWith('a/'))
      const bytes = below.reduce((sum, [, { size = 0 }]) => sum + size, 0)
      deepEqual(sums, { entries: below.length, bytes })
    }),
    { numRuns: 60 },
  )
})

/** Files, and the directories above them. A file where another needs a directory gives way. */
function treeOf(files: Readonly<Record<string, number>>): Tree {
  const tree: Tree = new Map([['', { kind: 'directory' }]])
  for (const [path, size] of Object.entries(files)) {
    if (!tree.has(path)) tree.set(path, { size })
    const names = path.split('/')
    for (let i = 1; i < names.length; i++)
      tree.set(names.slice(0, i).join('/'), { kind: 'directory' })
  }
  return tree
}

function expectedDifferences(a: Tree, b: Tree): string[] {
  const all = new Set([...a.keys(), ...b.keys()])
  return [...all]
    .flatMap((path) => {
      const [x, y] = [a.get(path), b.get(path)]
      if (x === undefined) return [`${path} added`]
      if (y === undefined) return [`${path} removed`]
      return JSON.stringify(x) === JSON.stringify(y) ? [] : [`${path} modified`]
    })
    .sort()
}
