import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { decodeExtras, entryPath } from '#engine'
import type { ReadableTree } from '#ports'
import { type Described, signal, text, World, wideTree } from './browse-world.test.ts'
import { PointsTree, PointTree, pointFolderName } from './point-tree.ts'

async function names(tree: ReadableTree, path: string): Promise<string[]> {
  const found: string[] = []
  for await (const entries of tree.list(text(path), signal))
    for (const { name } of entries) found.push(name)
  return found
}

test('a listed directory answers for its entries without another look into the tree', async () => {
  const world = await World.make()
  const { point } = await world.point(wideTree(20, 50))
  const reader = await world.reader()
  const tree = new PointTree(reader, point)
  equal((await names(tree, 'd0003')).length, 50)
  const read = reader.asked.length
  for (let i = 0; i < 50; i++)
    equal((await tree.find(text(`d0003/file-${i}.txt`), signal))?.size, i)
  equal(await tree.find(text('d0003/none'), signal), undefined)
  equal((await names(tree, 'd0003')).length, 50)
  equal(reader.asked.length, read)
  deepEqual(await names(tree, 'd0003/file-1.txt'), [])
  equal((await tree.find(text(''), signal))?.kind, 'directory')
})

test('files are read in parts, and what is none cannot be opened', async () => {
  const world = await World.make()
  const content = new Uint8Array(200_000).map((_, i) => (i * i) >> 4)
  const { point } = await world.point(
    new Map<string, Described>([
      ['', { kind: 'directory' }],
      ['f', { content }],
    ]),
  )
  const tree = new PointTree(await world.reader(), point)
  const file = await tree.open(text('f'), signal)
  const reads = Array.from({ length: 20 }, (_, i) =>
    file.read({ offset: i * 9000, length: 50_000 }, signal),
  )
  for (const [i, bytes] of (await Promise.all(reads)).entries())
    equal(Buffer.compare(bytes, content.subarray(i * 9000, i * 9000 + 50_000)), 0)
  equal((await file.read({ offset: 300_000, length: 10 }, signal)).length, 0)
  await rejects(tree.open(text(''), signal), { code: 'path.not-found' })
  await rejects(tree.open(text('none'), signal), { code: 'path.not-found' })
})

test('several points stand side by side by time and id, with a link to the latest', async () => {
  const world = await World.make()
  const points = [
    await world.point(
      new Map<string, Described>([
        ['', { kind: 'directory', mode: 0o700 }],
        ['a', { content: '1' }],
      ]),
    ),
    await world.point(
      new Map<string, Described>([
        ['x', { kind: 'directory' }],
        ['x/b', { content: '22' }],
      ]),
      {
        sources: [{ path: '/x', prefix: 'x' }],
      },
    ),
  ]
  const [first = '', second = ''] = points.map(({ id, point }) => pointFolderName(id, point))
  ok(/^1970-01-01T00-00-00Z-[0-9a-f]{8}$/.test(first))
  const tree = new PointsTree(await world.reader(), points)
  deepEqual(await names(tree, ''), [first, second, 'latest'])
  deepEqual(await names(tree, first), ['a'])
  deepEqual(await names(tree, `${second}/x`), ['b'])
  equal((await tree.find(text(first), signal))?.mode, 0o700)
  const inner = await tree.find(text(`${second}/x/b`), signal)
  deepEqual([inner && entryPath(inner), inner?.size], ['x/b', 2])
  equal((await tree.open(text(`${second}/x/b`), signal)).size, 2)
  const link = await tree.find(text('latest'), signal)
  equal(link?.kind, 'symlink')
  deepEqual(
    link && decodeExtras(link.extra).linkTarget,
    Uint8Array.from(second, (c) => c.charCodeAt(0)),
  )
  equal(await tree.find(text('latest/x'), signal), undefined)
  equal(await tree.find(text('other'), signal), undefined)
  deepEqual(await names(tree, 'other'), [])
  await rejects(tree.open(text('other/x'), signal), { code: 'path.not-found' })
})
