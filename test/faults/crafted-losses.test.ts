// Losses in vaults that are put together by hand: who is hit when there are overlays and copies, and what is
// passed off as something else.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type ChunkId, encodeExtras, objectName } from '#engine'
import { type BlockSource, ChunkReader, loadIndex, readPoints, storeBlocks } from '#vault'
import { CraftedVault, entryItem, key } from './crafted-vault.ts'
import { signal } from './real-vault.ts'

function fileOf(name: string, id: ChunkId, replacesBytes?: number) {
  const extra = encodeExtras({ pieces: [{ kind: 'chunk', bytes: 5, id }] })
  return { ...entryItem(name, 5, extra), replacesBytes }
}

test('a lost chunk hits the files that show it: not those that an overlay replaced or removed', async () => {
  await using crafted = await CraftedVault.open()
  const gone = crafted.unstored(new TextEncoder().encode('gone!'))
  const here = crafted.node(new TextEncoder().encode('here!'))
  const base = crafted.leafOf(['a', 'b', 'c'].map((name) => fileOf(name, gone)))
  const overlay = crafted.leafOf([
    fileOf('b', here, 5),
    { kind: 'tombstone', key: key('c'), replacesBytes: 5 },
    fileOf('d', gone),
  ])
  const first = await crafted.commit(base)
  const second = await crafted.commit(base, overlay)
  const { problems } = await crafted.verify()
  deepEqual(
    problems.map(({ object, affected }) => ({ object, affected })),
    [
      {
        object: 'the index',
        affected: [
          { point: first.id, files: 3, paths: ['a', 'b', 'c'], unnamed: 0 },
          { point: second.id, files: 2, paths: ['a', 'd'], unnamed: 0 },
        ],
      },
    ],
  )
})

test('A05: a point under the name of another one is not read as that one', async () => {
  await using crafted = await CraftedVault.open()
  const points = [await crafted.commit(crafted.leaf('a')), await crafted.commit(crafted.leaf('b'))]
  const [one, two] = points.map(({ id }) => objectName('point', id))
  ok(one !== undefined && two !== undefined)
  const { objects } = crafted.store
  const [first, second] = [objects.get(one), objects.get(two)]
  ok(first !== undefined && second !== undefined)
  objects.set(one, second)
  objects.set(two, first)
  const read = await readPoints(crafted.vault, crafted.ownership.state, signal)
  deepEqual(read.points, [])
  deepEqual(new Set(read.lost.map(({ id }) => id)), new Set(points.map(({ id }) => id)))
})

test('a chunk is read from another pack where one proves damaged, and that one is not relied on again', async () => {
  await using crafted = await CraftedVault.open()
  const content = new TextEncoder().encode('twice')
  const id = crafted.node(content)
  await crafted.commit(crafted.leaf('a'))
  await crafted.storeAgain(content)
  const { index } = await loadIndex(crafted.vault, crafted.ownership.state, signal)
  equal(index.copiesOf(id).length, 2)
  const pack = index.packOf(index.find(id, true) ?? 0)
  const bytes = crafted.store.objects.get(pack.name)
  ok(bytes !== undefined)
  bytes[100] = (bytes[100] ?? 0) ^ 1
  deepEqual(await new ChunkReader(crafted.vault, index).get(id, signal), content)
  equal(index.stateOf(pack), 'quarantined')
  ok(index.packOf(index.find(id, true) ?? 0) !== pack)
})

test('a turned bit in the version of a block is damage: read again, then from another pack, and remembered', async () => {
  await using crafted = await CraftedVault.open()
  const content = new TextEncoder().encode('twice')
  const id = crafted.node(content)
  await crafted.commit(crafted.leaf('a'))
  await crafted.storeAgain(content)
  const { index } = await loadIndex(crafted.vault, crafted.ownership.state, signal)
  const shaken = new ChunkReader(crafted.vault, index, shakenOnce(crafted))
  deepEqual(await shaken.get(id, signal), content)
  equal(shaken.damaged.size, 0)
  const entry = index.find(id, true) ?? 0
  const pack = index.packOf(entry)
  turnVersion(crafted.store.objects.get(pack.name), index.block(index.blockOf(entry)).offset)
  const reader = new ChunkReader(crafted.vault, index)
  deepEqual(await reader.get(id, signal), content)
  deepEqual([...reader.damaged.keys()], [pack.name])
  equal(index.stateOf(pack), 'quarantined')
  const [other = 0] = index.copiesOf(id).filter((copy) => index.packOf(copy) !== pack)
  const { name } = index.packOf(other)
  turnVersion(crafted.store.objects.get(name), index.block(index.blockOf(other)).offset)
  await rejects(new ChunkReader(crafted.vault, index).get(id, signal), { code: 'object.damaged' })
})

const versionAt = 3

function turnVersion(bytes: Uint8Array | undefined, blockAt: number): void {
  ok(bytes !== undefined)
  bytes[blockAt + versionAt] = (bytes[blockAt + versionAt] ?? 0) ^ 2
}

/** The first block that it gives has another version. */
function shakenOnce({ store }: CraftedVault): BlockSource {
  const source = storeBlocks(store)
  let isShaken = false
  return {
    async fetch(request, during) {
      const fetched = await source.fetch(request, during)
      if (isShaken) return fetched
      isShaken = true
      const sealed = fetched.sealed.map((block) => block.slice())
      turnVersion(sealed[0], 0)
      return { ...fetched, sealed }
    },
  }
}
