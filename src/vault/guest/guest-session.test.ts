import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { assert } from '#base'
import { type ChunkId, hashedName, type KnownPoint, type ObjectName } from '#engine'
import { SeededRandom } from '#ports'
import { fileOf, GuestWorld, signal, type TestGuest, treeOf } from './guest-world.fixture.ts'

const refused = { code: 'session.refused' }

function content(value: number, length = 3_000): Uint8Array {
  return new SeededRandom(value).bytes(length)
}

/** A point of one file with this content. */
async function backUp(guest: TestGuest, value: number): Promise<KnownPoint> {
  const bytes = content(value)
  await guest.send('data', [bytes])
  return await guest.commitFiles({ file: fileOf(guest.idOf(bytes), bytes.length) })
}

async function haveOne(guest: TestGuest, id: ChunkId): Promise<boolean | undefined> {
  return (await guest.session.have([id], signal))[0]
}

test('a block that is sent again is answered and stored once, also while it is under way', async () => {
  const world = await GuestWorld.make()
  await using guest = await world.open()
  const block = guest.block('data', [content(1)])
  const { promise, resolve } = Promise.withResolvers<void>()
  world.beforeAdmit = () => promise
  const both = [guest.session.takeBlock(block, signal), guest.session.takeBlock(block, signal)]
  resolve()
  const [first, second] = await Promise.all(both)
  deepEqual([first?.repeated, second?.repeated], [false, true])
  const again = await guest.session.takeBlock(block, signal)
  deepEqual(again, { ...first, repeated: true })
  ok(guest.session.storedBytes < 2 * block.sealed.length)
  await guest.commitFiles({ file: fileOf(guest.idOf(content(1)), 3_000) })
  equal(world.pointCount, 1)
})

test('of very many blocks only the last answers are kept; an old number is still known', async () => {
  const world = await GuestWorld.make()
  await using guest = await world.open()
  const first = guest.block('data', [content(0, 20)])
  await guest.session.takeBlock(first, signal)
  for (let i = 1; i < 700; i++) await guest.send('data', [content(i, 20)])
  deepEqual(await guest.session.takeBlock(first, signal), {
    newChunks: 0,
    storedBytes: 0,
    repeated: true,
  })
  await guest.commitFiles({ file: fileOf(guest.idOf(content(5, 20)), 20) })
})

test('a block far ahead of the others is refused: numbers count up', async () => {
  const world = await GuestWorld.make()
  await using guest = await world.open()
  await rejects(guest.session.takeBlock(guest.block('data', [content(1)], 5_000), signal), refused)
  await rejects(guest.send('data', [content(2)]), refused)
})

test('blocks may come out of order, and a point needs all that were sent', async () => {
  const world = await GuestWorld.make()
  await using guest = await world.open()
  const { root, nodes } = guest.tree({ file: fileOf(guest.idOf(content(1)), 3_000) })
  await guest.session.takeBlock(guest.block('tree', nodes, 1), signal)
  await guest.session.takeBlock(guest.block('data', [content(1)], 0), signal)
  await rejects(guest.commit(treeOf(root), {}, 3), refused)
  equal(world.pointCount, 0)
  await using another = await world.open()
  await another.session.takeBlock(another.block('tree', nodes, 1), signal)
  // Two are said, one came; the other number is missing in the middle.
  await rejects(another.commit(treeOf(root), {}, 2), refused)
  equal(world.pointCount, 0)
})

test('the same commit again has the same answer and makes no second point (F20)', async () => {
  const world = await GuestWorld.make()
  await using guest = await world.open()
  await guest.send('data', [content(1)])
  const { root, nodes } = guest.tree({ file: fileOf(guest.idOf(content(1)), 3_000) })
  await guest.send('tree', nodes)
  const both = [guest.commit(treeOf(root)), guest.commit(treeOf(root))]
  const [once, again] = await Promise.all(both)
  deepEqual(once, again)
  deepEqual(await guest.commit(treeOf(root)), once)
  equal(world.pointCount, 1)
  ok(guest.session.isCommitted)
  await rejects(guest.send('data', [content(2)]), refused)
})

test('A03: garbage under the id of others ends its session and touches nobody else', async () => {
  const world = await GuestWorld.make()
  await using victim = await world.open()
  const point = await backUp(victim, 1)
  await using attacker = await world.open()
  const honest = attacker.block('data', [content(9)])
  for (const lie of [
    { ...honest, ids: [victim.idOf(content(1))] },
    { ...honest, ids: [victim.idOf(content(2))] },
  ]) {
    await using guest = await world.open()
    await rejects(guest.session.takeBlock({ ...lie, sealed: honest.sealed }, signal), refused)
    await rejects(guest.send('data', [content(3)]), refused)
    await rejects(guest.session.have([guest.idOf(content(3))], signal), refused)
    const { root } = guest.tree({ file: {} })
    await rejects(guest.commit(treeOf(root), {}, 1), refused)
    equal(guest.session.isCommitted, false)
  }
  equal(world.pointCount, 1)
  const reader = await world.reader()
  deepEqual(await reader.get(victim.idOf(content(1)), signal), content(1))
  // What the liar claimed is nobody's: the next who has it stores it.
  await using other = await world.open()
  await backUp(other, 2)
  deepEqual(await (await world.reader()).get(other.idOf(content(2)), signal), content(2))
  await using again = await world.open({ parent: point })
  equal(await haveOne(again, again.idOf(content(1))), true)
})

test('a chunk that a refused block claimed is nowhere: a later block does not heal the session', async () => {
  const world = await GuestWorld.make()
  await using guest = await world.open()
  const good = guest.block('data', [content(1)], 1)
  const lie = { ...guest.block('data', [content(2)], 0), ids: good.ids }
  const { promise, resolve } = Promise.withResolvers<void>()
  world.beforeAdmit = () => promise
  const lying = guest.session.takeBlock(lie, signal)
  // The honest block finds its chunk claimed, and keeps none of it.
  const honest = guest.session.takeBlock(good, signal)
  resolve()
  await rejects(lying, refused)
  await Promise.allSettled([honest])
  await rejects(guest.commit(treeOf(guest.tree({ file: {} }).root), {}, 2), refused)
  equal(world.pointCount, 0)
})

test('A04: 10^4 questions for what others have are answered no, without a look', async () => {
  const world = await GuestWorld.make()
  await using victim = await world.open()
  const values = Array.from({ length: 50 }, (_, i) => content(i, 500))
  await victim.send('data', values)
  await victim.commitFiles({ file: fileOf(victim.idOf(content(1, 500)), 500) })
  await using prober = await world.open()
  let looks = 0
  const { index } = prober.session.reader
  const find = index.find.bind(index)
  index.find = (...args) => {
    looks++
    return find(...args)
  }
  const theirs = values.map((bytes) => prober.idOf(bytes))
  const random = new SeededRandom(4)
  for (let round = 0; round < 100; round++) {
    const mixed = theirs.flatMap((id) => [id, random.bytes(32) as ChunkId])
    const answers = await prober.session.have(mixed, signal)
    ok(answers.every((answer) => !answer))
  }
  equal(looks, 0, 'time tells nothing either')
})

test('A04: what is sent counts as new, whether others have it or not', async () => {
  const world = await GuestWorld.make()
  await using victim = await world.open()
  await backUp(victim, 1)
  await using prober = await world.open()
  const theirs = await prober.send('data', [content(1)])
  const nobodys = await prober.send('data', [content(2)])
  deepEqual(theirs, nobodys)
  equal(theirs.newChunks, 1)
  // Stored once all the same.
  const again = await prober.send('data', [content(2)])
  deepEqual(again, { newChunks: 0, storedBytes: 0, repeated: false })
  equal(prober.session.newBytes, 4 + 4 + 3_000)
})

test('have: yes for the point before, for what was sent, and for packs of an earlier attempt', async () => {
  const world = await GuestWorld.make()
  let parent: KnownPoint
  let packs: readonly ObjectName[]
  let unsent: ChunkId
  {
    await using guest = await world.open()
    parent = await backUp(guest, 1)
    await using broken = await world.open()
    await broken.send('data', [content(2)])
    unsent = broken.idOf(content(3))
    await broken.session.flush(signal)
    packs = broken.session.ownPacks.map(({ id }) => hashedName('pack', id))
    equal(packs.length, 1)
  }
  await using guest = await world.open({ parent, earlierPacks: packs })
  const ids = [1, 2, 3].map((value) => guest.idOf(content(value)))
  deepEqual(await guest.session.have(ids, signal), [true, true, false])
  await guest.send('data', [content(3)])
  equal(await haveOne(guest, unsent), true)
  const point = await guest.commitFiles({
    a: fileOf(guest.idOf(content(1)), 3_000),
    b: fileOf(guest.idOf(content(2)), 3_000),
    c: fileOf(unsent, 3_000),
  })
  equal(point.point.sequence, 2)
  await using stranger = await world.open()
  deepEqual(await stranger.session.have(ids, signal), [false, false, false])
})

test('a node of the point before is no content: the answer is no, so that it is sent', async () => {
  const world = await GuestWorld.make()
  await using first = await world.open()
  await first.send('data', [content(1)])
  const files = { file: fileOf(first.idOf(content(1)), 3_000) }
  const [node] = first.tree(files).nodes
  assert(node !== undefined, 'a tree has a node')
  const parent = await first.commitFiles(files)
  await using guest = await world.open({ parent })
  equal(await haveOne(guest, guest.idOf(node)), false)
  // A file with the bytes of that very node: sent, it is stored nowhere anew and may be named.
  await guest.send('data', [node])
  await guest.commitFiles({ copy: fileOf(guest.idOf(node), node.length) })
})

test('sharesAll: yes for what others have, and what was answered yes may be named', async () => {
  const world = await GuestWorld.make()
  await using other = await world.open()
  await backUp(other, 1)
  await using guest = await world.open({ sharesAll: true })
  const id = guest.idOf(content(1))
  deepEqual(await guest.session.have([id, guest.idOf(content(2))], signal), [true, false])
  await guest.commitFiles({ file: fileOf(id, 3_000) })
  equal(world.pointCount, 2)
})

test('what the vault lost of the point before is told, sent again, and cannot be named without', async () => {
  const world = await GuestWorld.make()
  await using first = await world.open()
  const parent = await backUp(first, 1)
  const id = first.idOf(content(1))
  const pack = (await world.reader()).index
  const entry = pack.find(id, true)
  assert(entry !== undefined, 'the content is in a pack')
  world.store.objects.delete(pack.packOf(entry).name)
  await using liar = await world.open({ parent })
  await liar.session.prepare(signal)
  deepEqual(liar.session.lost, [id.slice(0, 16)])
  ok(liar.session.parent !== undefined, 'its tree is whole')
  await rejects(liar.commit(parent.point.tree), refused)
  await using other = await world.open({ parent })
  await rejects(other.commitFiles({ new: fileOf(id, 3_000) }), refused)
  equal(world.pointCount, 1)
  await using guest = await world.open({ parent })
  equal(await haveOne(guest, id), false)
  await guest.send('data', [content(1)])
  await guest.commit(parent.point.tree)
  deepEqual(await (await world.reader()).get(id, signal), content(1))
})

test('a point before whose tree is lost is not built upon; what can be read of it is not sent again', async () => {
  const world = await GuestWorld.make()
  await using first = await world.open()
  const parent = await backUp(first, 1)
  const { index } = await world.reader()
  const entry = index.find(parent.point.tree.base.id, true)
  assert(entry !== undefined, 'the tree is in a pack')
  world.store.objects.delete(index.packOf(entry).name)
  await using guest = await world.open({ parent })
  await guest.session.prepare(signal)
  equal(guest.session.parent, undefined)
  await backUp(guest, 1)
  equal(world.pointCount, 2)
  deepEqual(await (await world.reader()).get(guest.idOf(content(1)), signal), content(1))
})

test('a point before that expired meanwhile is not built upon', async () => {
  const world = await GuestWorld.make()
  await using first = await world.open()
  const parent = await backUp(first, 1)
  await using guest = await world.open({ parent })
  await world.ownership.append({ kind: 'expire', points: [parent.id], reason: 'test' }, signal)
  await guest.session.prepare(signal)
  equal(guest.session.parent, undefined)
  equal(await haveOne(guest, guest.idOf(content(1))), false)
  await rejects(guest.commit(parent.point.tree), refused)
})

test('a session that has ended takes nothing', async () => {
  const world = await GuestWorld.make()
  const guest = await world.open()
  const block = guest.block('data', [content(1)])
  await guest[Symbol.asyncDispose]()
  await rejects(guest.session.takeBlock(block, signal), { code: 'job.aborted' })
})
