import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { assert, byteStringFromText } from '#base'
import {
  type ChunkId,
  encodeBranch,
  encodeFailureList,
  encodePieces,
  type KnownPoint,
  type TreeRoot,
} from '#engine'
import { SeededRandom } from '#ports'
import { markLive } from '../gc/mark-live.ts'
import { loadIndex } from '../load-index.ts'
import { fileOf, GuestWorld, signal, type TestGuest, treeOf } from './guest-world.fixture.ts'
import { ownOfPoint } from './released-blocks.ts'

const refused = { code: 'session.refused' }
const bytes = 3_000

function content(value: number): Uint8Array {
  return new SeededRandom(value).bytes(bytes)
}

type Attack = { readonly world: GuestWorld; readonly foreign: ChunkId; readonly victim: KnownPoint }

/** Somebody else's file, whose id the attacker knows. */
async function begin(): Promise<Attack> {
  const world = await GuestWorld.make()
  await using guest = await world.open()
  const secret = content(1)
  await guest.send('data', [secret])
  const victim = await guest.commitFiles({ secret: fileOf(guest.idOf(secret), bytes) })
  return { world, foreign: guest.idOf(secret), victim }
}

/** That what is foreign stays so: in the session of a restore, and in that of a next backup. */
async function assertForeign({ world, foreign }: Attack, point: KnownPoint): Promise<void> {
  ok(!(await ownOfPoint(await world.reader(), point.point, signal)).has(foreign), 'at a restore')
  await using guest = await world.open({ parent: point })
  deepEqual(await guest.session.have([foreign], signal), [false])
  ok(!guest.session.own.has(foreign), 'at a next backup')
}

function listOf(id: ChunkId): Uint8Array {
  return encodePieces([{ kind: 'chunk', id, bytes }])
}

test('A04: a tree that names what was not sent is refused, in a row, a list or a node', async () => {
  const attack = await begin()
  const { world, foreign, victim } = attack
  const tries: readonly ((guest: TestGuest) => Promise<unknown>)[] = [
    (guest) => guest.commitFiles({ file: fileOf(foreign, bytes) }),
    (guest) => guest.commit(victim.point.tree),
    (guest) => {
      const { root } = guest.tree({ file: {} })
      return guest.commit({ base: root, overlay: victim.point.tree.base, overlayRows: 1 })
    },
    async (guest) => {
      await guest.send('tree', [listOf(foreign)])
      await guest.commitFiles({ file: { pieceLists: [guest.idOf(listOf(foreign))] } })
    },
    (guest) => guest.commitFiles({ file: { pieceLists: [foreign] } }),
    (guest) => guest.commitFiles({ file: {} }, { failureLists: [foreign] }),
    async (guest) => {
      const branch = branchOf(1, [victim.point.tree.base])
      await guest.send('tree', [branch])
      await guest.commit(treeOf(rootOf(guest, branch)))
    },
  ]
  for (const attempt of tries) {
    await using guest = await world.open()
    await rejects(attempt(guest), refused)
  }
  equal(world.pointCount, 1)
})

test('A04: content with the bytes of a list of pieces makes nothing own, now or later', async () => {
  const attack = await begin()
  const { world, foreign } = attack
  const list = listOf(foreign)
  let point: KnownPoint
  {
    await using guest = await world.open()
    await guest.send('data', [list])
    point = await guest.commitFiles({ file: fileOf(guest.idOf(list), list.length) })
  }
  await assertForeign(attack, point)
  await using guest = await world.open({ parent: point })
  await rejects(guest.commitFiles({ big: { pieceLists: [guest.idOf(list)] } }), refused)
  equal(world.pointCount, 2)
})

test('A04: content with the bytes of a node makes nothing own, now or later', async () => {
  const attack = await begin()
  const { world, foreign } = attack
  let point: KnownPoint
  let root: TreeRoot
  {
    await using guest = await world.open()
    const crafted = guest.tree({ file: fileOf(foreign, bytes) })
    root = crafted.root
    await guest.send('data', crafted.nodes)
    const [node] = crafted.nodes
    point = await guest.commitFiles({ file: fileOf(root.id, node?.length ?? 0) })
  }
  await assertForeign(attack, point)
  await using guest = await world.open({ parent: point })
  await rejects(guest.commit(treeOf(root)), refused)
  await using below = await world.open({ parent: point })
  const branch = branchOf(1, [root])
  await below.send('tree', [branch])
  await rejects(below.commit(treeOf(rootOf(below, branch))), refused)
  equal(world.pointCount, 2)
})

test('A04: a list of failures is never a list of pieces, and must be one of failures', async () => {
  const attack = await begin()
  const { world, foreign } = attack
  {
    await using guest = await world.open()
    await guest.send('tree', [listOf(foreign)])
    const failureLists = [guest.idOf(listOf(foreign))]
    await rejects(guest.commitFiles({ file: {} }, { failureLists }), refused)
  }
  const reason = 'denied' as const
  const path = byteStringFromText('/x')
  const list = encodeFailureList([{ path, reason, detail: '' }])
  let point: KnownPoint
  {
    await using guest = await world.open()
    await guest.send('tree', [list])
    point = await guest.commitFiles({ file: {} }, { failureLists: [guest.idOf(list)] })
  }
  await using guest = await world.open({ parent: point })
  const more = { failureLists: [guest.idOf(list)] }
  await guest.commitFiles({ other: {} }, more)
  // As a list of pieces it is read, and found to be none.
  await using next = await world.open({ parent: point })
  await rejects(next.commitFiles({ big: { pieceLists: [next.idOf(list)] } }))
})

test('A04: bytes that can be read as a node and as a list are checked as both', async () => {
  const { world, foreign } = await begin()
  await using guest = await world.open()
  // Named as content first, then as a list by a row that comes later.
  const list = listOf(foreign)
  await guest.send('data', [list])
  const id = guest.idOf(list)
  const files = { a: fileOf(id, list.length), b: { pieceLists: [id] }, c: { pieceLists: [id] } }
  await rejects(guest.commitFiles(files), refused)
})

test('an honest overlay over an own base is taken; of the base only what was checked', async () => {
  const { world } = await begin()
  let parent: KnownPoint
  {
    await using guest = await world.open()
    await guest.send('data', [content(5)])
    parent = await guest.commitFiles({ file: fileOf(guest.idOf(content(5)), bytes) })
  }
  await using guest = await world.open({ parent })
  await guest.send('data', [content(6)])
  const { root, nodes } = guest.tree({ more: fileOf(guest.idOf(content(6)), bytes) })
  await guest.send('tree', nodes)
  const tree = { base: parent.point.tree.base, overlay: root, overlayRows: 1 }
  const point = await guest.commit(tree)
  const own = await ownOfPoint(await world.reader(), point.point, signal)
  for (const value of [5, 6]) ok(own.content.has(guest.idOf(content(value))))
})

test('a node that is right in the first half of its id only is refused (a collection could not read it)', async () => {
  const { world } = await begin()
  let parent: KnownPoint
  {
    await using guest = await world.open()
    parent = await guest.commitFiles({ file: {} })
  }
  const near = parent.point.tree.base.id.slice()
  near[31] = (near[31] ?? 0) ^ 1
  await using guest = await world.open({ parent })
  const branch = branchOf(1, [{ ...parent.point.tree.base, id: near as ChunkId }])
  await guest.send('tree', [branch])
  await rejects(guest.commit(treeOf(rootOf(guest, branch))), refused)
})

test('A17: levels that do not fall are refused, also where each node was checked before', async () => {
  const { world } = await begin()
  let parent: KnownPoint
  let leaf: TreeRoot
  {
    await using guest = await world.open()
    const made = guest.tree({ file: {} })
    leaf = made.root
    const [two, one] = [branchOf(2, [leaf]), branchOf(1, [leaf])]
    await guest.send('tree', [...made.nodes, two, one])
    parent = await guest.commit(treeOf(rootOf(guest, two)))
  }
  // An own branch of level 2 below a new one of level 1, and below itself twice.
  await using guest = await world.open({ parent })
  const low = branchOf(1, [parent.point.tree.base])
  await guest.send('tree', [low])
  await rejects(guest.commit(treeOf(rootOf(guest, low))), refused)
  // Of two places for one node the wrong one may be met first or last.
  for (const order of ['deep first', 'inner first']) {
    await using other = await world.open()
    const deep = rootOf(other, branchOf(3, [leaf]))
    const inner = branchOf(2, [deep])
    const pair = [deep, rootOf(other, inner)]
    if (order === 'inner first') pair.reverse()
    const top = branchOf(
      5,
      pair.map((root, i) => ({ ...root, first: `k${i}` })),
    )
    const { nodes } = other.tree({ file: {} })
    await other.send('tree', [...nodes, branchOf(3, [leaf]), inner, top])
    await rejects(other.commit(treeOf(rootOf(other, top))), refused)
  }
})

test('A17: a tree of 8 levels that names one node 200 times at each is checked at once', async () => {
  const { world } = await begin()
  await using guest = await world.open()
  const { root, nodes } = guest.tree({ file: {} })
  const sent = [...nodes]
  let below = root
  for (let level = 1; level <= 8; level++) {
    const branch = branchOf(
      level,
      Array.from({ length: 200 }, (_, i) => ({
        ...below,
        first: `k${String(i).padStart(3, '0')}`,
      })),
    )
    sent.push(branch)
    below = rootOf(guest, branch)
  }
  await guest.send('tree', sent)
  const point = await guest.commit(treeOf(below))
  const loaded = await loadIndex(world.vault, world.ownership.state, signal)
  ok(loaded.index.entryCount > 0)
  await ownOfPoint(await world.reader(), point.point, signal)
})

test('what is no tree at all is refused, whatever its bytes are (A24)', async () => {
  const { world } = await begin()
  const random = new SeededRandom(5)
  await using honest = await world.open()
  const [leaf] = honest.tree({ file: fileOf(honest.idOf(content(1)), bytes), b: {} }).nodes
  assert(leaf !== undefined, 'a tree has a leaf')
  for (let round = 0; round < 200; round++) {
    await using guest = await world.open()
    const node = round % 4 === 0 ? random.bytes(1 + random.below(80)) : leaf.slice()
    for (let flips = 1 + random.below(3); flips > 0; flips--) {
      const at = random.below(node.length)
      node[at] = (node[at] ?? 0) ^ (1 << random.below(8))
    }
    await guest.send('tree', [node])
    const sums = { entries: 1, bytes: 0 }
    const tree = treeOf({ id: guest.idOf(node), sums })
    try {
      const point = await guest.commit(tree)
      // Taken: then everybody can walk it.
      await markLive(await world.reader(), [point.point], signal)
    } catch (problem) {
      ok(problem instanceof Error && 'code' in problem, String(problem))
      equal(problem.code, 'session.refused', `round ${round}: ${problem.message}`)
    }
  }
})

test('A03: what a file of one guest copies of lists and nodes of another keeps no chunk of them from its mark', async () => {
  const world = await GuestWorld.make()
  await using victim = await world.open()
  const list = encodePieces([{ kind: 'chunk', id: victim.idOf(content(1)), bytes }])
  const files = { big: { pieceLists: [victim.idOf(list)] } }
  const [node] = victim.tree(files).nodes
  assert(node !== undefined, 'a tree has a node')
  // The attacker is first, so that its files are marked before.
  await using attacker = await world.open()
  await attacker.send('data', [list, node])
  const first = await attacker.commitFiles({
    a: fileOf(attacker.idOf(list), list.length),
    b: fileOf(attacker.idOf(node), node.length),
  })
  await victim.send('data', [content(1)])
  await victim.send('tree', [list])
  const second = await victim.commitFiles(files)
  const reader = await world.reader()
  const live = await markLive(reader, [first.point, second.point], signal)
  const entry = reader.index.find(victim.idOf(content(1)), true)
  assert(entry !== undefined, 'it is stored')
  ok(live.has(entry), 'a collection would delete it')
})

type NamedRoot = TreeRoot & { readonly first?: string }

function branchOf(level: number, children: readonly NamedRoot[]): Uint8Array {
  const dir = byteStringFromText('')
  return encodeBranch({
    level,
    children: children.map(({ id, sums, first = 'file' }) => ({
      id,
      sums,
      first: { dir, name: byteStringFromText(first) },
    })),
  })
}

function rootOf(guest: TestGuest, branch: Uint8Array): TreeRoot {
  return { id: guest.idOf(branch), sums: { entries: 1, bytes: 0 } }
}
