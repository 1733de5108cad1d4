import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict'
import { test } from 'node:test'
import { assert, concatBytes } from '#base'
import {
  admitBlock,
  type BlockKind,
  decodeIndexSegment,
  deriveSessionKeys,
  hashedName,
  type KnownPoint,
  openBlock,
  type VaultKeys,
} from '#engine'
import { SeededRandom } from '#ports'
import type { ChunkReader } from '../chunk-reader.ts'
import { fileOf, GuestWorld, signal, type TestFile, type TestGuest } from './guest-world.fixture.ts'
import {
  describePlaces,
  ownOfPoint,
  type ReleasedBlock,
  ReleasedBlocks,
} from './released-blocks.ts'

const refused = { code: 'session.refused' }
const bytes = 2_000
const limits = { blocksMax: 3, bytesMax: 13_000 }
const pause = async () => {}

function content(value: number): Uint8Array {
  return new SeededRandom(value).bytes(bytes)
}

/**
 * One pack with blocks [1 2] [3 4] [5 6] [7 8] of content, sent in one session; the point of whoever reads names 1, 2, 3 and
 * 8. The others play the part of somebody else's.
 */
async function begin() {
  const world = await GuestWorld.make()
  await using guest = await world.open()
  for (const value of [1, 3, 5, 7]) await guest.send('data', [content(value), content(value + 1)])
  const point = await guest.commitFiles(filesOf(guest, [1, 2, 3, 8]))
  const reader = await world.reader()
  const own = await ownOfPoint(reader, point.point, signal)
  const secrets = world.newSecrets()
  const released = new ReleasedBlocks({ reader, exchange: world.exchange, secrets, limits }, own)
  const { cipher } = world.vault.ports
  const keys = deriveSessionKeys(cipher, world.vault.keys, secrets)
  const places = await describePlaces(reader, own, { kinds: ['data', 'tree'], pause })
  const offsetOf = (value: number) => {
    const entry = reader.index.find(guest.idOf(content(value)), true)
    assert(entry !== undefined, 'it is stored')
    const { offset, pack } = reader.index.block(reader.index.blockOf(entry))
    return { offset, object: pack.name }
  }
  const chunksOf = (block: ReleasedBlock) =>
    openBlock(cipher, keys, { kind: 'data', sealed: concatBytes(block), object: 'a block' })
  return { world, guest, point, reader, own, released, places, offsetOf, chunksOf }
}

function filesOf(guest: TestGuest, values: readonly number[]): Record<string, TestFile> {
  return Object.fromEntries(
    values.map((value) => [`f${value}`, fileOf(guest.idOf(content(value)), bytes)]),
  )
}

test('A04: a block is shown with what is the guest’s own; of others no byte leaves', async () => {
  const { released, offsetOf, chunksOf } = await begin()
  const { object } = offsetOf(1)
  const offsets = [1, 3, 7].map((value) => offsetOf(value).offset)
  const blocks = await released.fetch({ object, offsets }, signal)
  const nothing = new Uint8Array()
  deepEqual(blocks.map(chunksOf), [
    [content(1), content(2)],
    [content(3), nothing],
    [nothing, content(8)],
  ])
  ok(concatBytes(blocks[1] ?? []).length < bytes + 200, 'what is hidden takes no room')
})

test('a block that is all the guest’s own leaves as it is stored, with the key of that one block (A04)', async () => {
  const { world, guest, released, offsetOf } = await begin()
  const { cipher } = world.vault.ports
  const { object, offset } = offsetOf(1)
  const [block] = await released.fetch({ object, offsets: [offset] }, signal)
  const pack = world.store.objects.get(object)
  assert(block !== undefined && pack !== undefined, 'both are there')
  const carried = concatBytes(block)
  const stored = carried.subarray(34)
  deepEqual(stored, pack.subarray(offset, offset + stored.length))

  const keys = deriveSessionKeys(cipher, world.vault.keys, world.newSecrets())
  const open = (of: VaultKeys, kind: BlockKind, sealed: Uint8Array) => () =>
    openBlock(cipher, of, { kind, sealed, object })
  deepEqual(open(keys, 'data', carried)(), [content(1), content(2)])
  const damaged = { code: 'object.damaged' }
  throws(open(world.vault.keys, 'data', carried), damaged, 'a vault opens with its own keys only')
  throws(open(keys, 'data', stored), damaged, 'the vault’s own form is none of a session’s')
  throws(open(keys, 'tree', carried), damaged, 'content is not taken for a list')
  for (const at of [0, 2, 34, 50, 98, carried.length - 1]) {
    const changed = carried.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    throws(open(keys, 'data', changed), damaged, `byte ${at}`)
  }
  throws(open(keys, 'data', carried.subarray(0, 20)), damaged)

  const ids = [content(1), content(2)].map((one) => guest.idOf(one))
  const sent = {
    kind: 'data' as const,
    sealed: carried,
    ids,
    lengths: [bytes, bytes],
    keep: [0, 1],
    level: 3,
  }
  throws(() => admitBlock(cipher, { from: keys, to: world.vault.keys }, sent), damaged)
})

test('A04: blocks that hold nothing of the point, and offsets that are none, are refused', async () => {
  const { released, offsetOf, world } = await begin()
  const { object, offset } = offsetOf(5)
  for (const offsets of [[offset], [offset + 1], [0], [2 ** 40], [offsetOf(1).offset, offset]])
    await rejects(released.fetch({ object, offsets }, signal), refused)
  const nowhere = hashedName('pack', new Uint8Array(32).fill(9))
  await rejects(released.fetch({ object: nowhere, offsets: [16] }, signal), refused)
  await using other = await world.open()
  await other.send('data', [content(50)])
  await other.commitFiles(filesOf(other, [50]))
  const theirs = [...world.store.objects.keys()].filter((name) => name.startsWith('pack/'))
  for (const name of theirs)
    if (name !== object) {
      const packOfOther = { object: name, offsets: [16] }
      await released.fetch(packOfOther, signal).then(
        // Its own tree lies in a pack of its own.
        () => equal(theirs.indexOf(name) >= 0, true),
        (problem: unknown) => ok(problem instanceof Error && problem.message.includes('holds')),
      )
    }
})

test('one request asks for so much and no more, each block once, in their order (A24)', async () => {
  const { released, offsetOf, world, reader, own } = await begin()
  const { object } = offsetOf(1)
  const [one, three, seven] = [1, 3, 7].map((value) => offsetOf(value).offset)
  assert(one !== undefined && three !== undefined && seven !== undefined, 'there are three')
  for (const offsets of [
    [one, one],
    [three, one],
    [one, three, seven, seven],
  ])
    await rejects(released.fetch({ object, offsets }, signal), refused)
  const tight = { blocksMax: 3, bytesMax: 9_000 }
  const tools = { reader, exchange: world.exchange, secrets: world.newSecrets() }
  const modest = new ReleasedBlocks({ ...tools, limits: tight }, own)
  await rejects(modest.fetch({ object, offsets: [one, three, seven] }, signal), refused)
  equal((await modest.fetch({ object, offsets: [one, three] }, signal)).length, 2)
  const small = new ReleasedBlocks({ ...tools, limits: { blocksMax: 3, bytesMax: 10 } }, own)
  equal((await small.fetch({ object, offsets: [one] }, signal)).length, 1)
})

test('places name own chunks where they lie, and tell neither ids nor sizes of others', async () => {
  const { places, guest, reader, own } = await begin()
  const { packs } = decodeIndexSegment(places, 'places')
  equal(packs.length, 2)
  const data = packs.find(({ blocks }) => blocks.some(({ kind }) => kind === 'data'))
  assert(data !== undefined, 'there is a pack of content')
  deepEqual(
    data.blocks.map(({ prefixes, rawBytes }) => [prefixes.length / 16, rawBytes > 0]),
    [
      [2, true],
      [2, true],
      [0, false],
      [2, true],
    ],
  )
  const text = Buffer.from(places).toString('latin1')
  const isNamed = (value: number) =>
    text.includes(Buffer.from(guest.idOf(content(value)).subarray(0, 16)).toString('latin1'))
  deepEqual([1, 2, 3, 4, 5, 6, 7, 8].filter(isNamed), [1, 2, 3, 8])
  const trees = await describePlaces(reader, own, { kinds: ['tree'], pause })
  const [tree, ...more] = decodeIndexSegment(trees, 'places').packs
  equal(more.length, 0)
  ok(tree?.blocks.every(({ kind }) => kind === 'tree'))
})

test('what a session relies on is told by its own index, also what came later', async () => {
  const { world, point } = await begin()
  await using guest = await world.open({ parent: point })
  await guest.session.prepare(signal)
  const seen = { has: (ids: Uint8Array, at?: number) => guest.session.own.namesOthers(ids, at) }
  const { secrets } = guest
  const tools = { reader: guest.session.reader, exchange: world.exchange, secrets, limits }
  const released = new ReleasedBlocks(tools, seen)
  const { object, offset } = treePlace(guest.session.reader, point)
  equal((await released.fetch({ object, offsets: [offset] }, signal)).length, 1)
  // Content of its own it has itself: a session of a backup gives none.
  const entry = guest.session.reader.index.find(guest.idOf(content(1)), true)
  assert(entry !== undefined, 'it is stored')
  const { pack } = guest.session.reader.index.block(guest.session.reader.index.blockOf(entry))
  await rejects(released.fetch({ object: pack.name, offsets: [16] }, signal), refused)
})

function treePlace({ index }: ChunkReader, { point }: KnownPoint) {
  const entry = index.find(point.tree.base.id, true)
  assert(entry !== undefined, 'the tree is stored')
  const { offset, pack } = index.block(index.blockOf(entry))
  return { offset, object: pack.name }
}
