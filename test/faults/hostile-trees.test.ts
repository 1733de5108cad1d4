// A17: what a hostile writer with the key could store. Every walk ends soon, in a typed error or a finding, and
// in bounded memory.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import { nodeCipher } from '#adapters/cipher'
import { ByteWriter, concatBytes, isFailure } from '#base'
import {
  decodeFooter,
  decodeIndexSegment,
  decodePieces,
  encodeBranch,
  encodeExtras,
  LeafBuilder,
  open,
  type SealingKey,
} from '#engine'
import { markLive } from '#vault'
import { type Child, CraftedVault, entryItem, key } from './crafted-vault.ts'
import { signal } from './real-vault.ts'

test('A17: a tree whose levels do not fall ends in a typed error, however long the chain', async () => {
  await using world = await CraftedVault.open()
  let child = world.leaf('x')
  // As many as a chain of equal levels could have: each node is another, so no walk comes back to one.
  for (let i = 0; i < 3000; i++) child = world.branch(1, [{ ...child, bytes: i }])
  await everyWalkRefuses(world, child)
})

test('A17: a branch without children, out of order or of an absurd level ends in a typed error', async () => {
  await using world = await CraftedVault.open()
  const leaf = world.leaf('x')
  const none = world.node(new Uint8Array([2, 1, 0]))
  await everyWalkRefuses(world, { ...leaf, id: none })
  const deep = world.node(encodeBranch({ level: 9, children: [{ first: key('x'), ...leaf }] }))
  await everyWalkRefuses(world, { ...leaf, id: deep })
  const first = key('a')
  const twice = encodeBranch({ level: 1, children: [1, 2].map(() => ({ first, ...leaf })) })
  await everyWalkRefuses(world, { ...leaf, id: world.node(twice) })
})

test('A13 A17: verify names rows out of order, names that are none, and content that does not add up', async () => {
  await using world = await CraftedVault.open()
  const raw = new ByteWriter()
  raw.bytes(new Uint8Array([1, 1, 0, 0, 0, 0, 2]))
  for (const name of ['b', 'a']) {
    raw.bytes(new Uint8Array(name === 'b' ? [0x81, 0, 0, 1] : [0x01, 0, 1]))
    raw.bytes(new TextEncoder().encode(name))
    raw.bytes(new Uint8Array([0xa4, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
  }
  await world.commit({ id: world.node(raw.finish()), sums: { entries: 2, bytes: 0 } })
  const builder = new LeafBuilder()
  for (const [name, size] of [
    ['..', 0],
    ['short', 99],
  ] as const)
    builder.add(entryItem(name, size, encodeExtras({ inline: new Uint8Array(3) })))
  await world.commit({ id: world.node(builder.finish()), sums: builder.sums })
  const { problems } = await world.verify()
  const details = problems.map(({ detail }) => detail)
  deepEqual(details, [
    'a: it is out of order',
    '..: its name is none',
    '..: its content has 3 bytes, not 0',
    'short: its content has 3 bytes, not 99',
  ])
})

test('A17: sums, sizes and counts beyond 2^53 are refused, and no memory is taken for them', () => {
  const huge = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
  const before = process.memoryUsage().rss
  for (const decode of [
    () => decodeFooter(huge, 'x'),
    () => decodeFooter(concatBytes([new Uint8Array([1, 0, 5]), huge]), 'x'),
    () => decodeIndexSegment(huge, 'x'),
    () => decodeIndexSegment(concatBytes([new Uint8Array([0]), huge]), 'x'),
    () => decodePieces(huge),
    () => decodePieces(new Uint8Array(16 * 1024 * 1024).fill(3)),
  ]) {
    try {
      decode()
      ok(false, 'it was accepted')
    } catch (problem) {
      ok(isFailure(problem), String(problem))
    }
  }
  ok(process.memoryUsage().rss - before < 128 * 1024 * 1024)
})

test('A17: a frame that grows beyond what its envelope says is refused before it has grown', () => {
  const cipher = nodeCipher()
  const sealing: SealingKey = { vaultId: new Uint8Array(16).fill(9), key: cipher.random(32) }
  const bomb = zstdCompressSync(new Uint8Array(512 * 1024 * 1024), {
    params: { [constants.ZSTD_c_compressionLevel]: 1 },
  })
  const before = process.memoryUsage().rss
  for (const rawLength of [bomb.length, 100_000, 16 * 1024 * 1024]) {
    const sealed = forge(sealing, bomb, rawLength)
    let code: string | undefined
    try {
      open(cipher, sealing, { kind: 'data', sealed, object: 'x' })
    } catch (problem) {
      code = isFailure(problem) ? problem.code : String(problem)
    }
    equal(code, 'object.damaged')
  }
  ok(process.memoryUsage().rss - before < 96 * 1024 * 1024, 'it grew')
})

/** An envelope with a length of its own choosing; see docs/format/envelope.md. */
function forge(sealing: SealingKey, body: Uint8Array, rawLength: number): Uint8Array {
  const cipher = nodeCipher()
  const header = new Uint8Array(64)
  const view = new DataView(header.buffer)
  const salt = cipher.random(32)
  header.set([0x48, 0x46, 0x64, 1, 1, 1])
  header.set(sealing.vaultId, 8)
  header.set(salt, 24)
  view.setUint32(56, Math.max(rawLength, body.length), true)
  view.setUint32(60, body.length, true)
  return concatBytes([header, cipher.encrypt(cipher.mac(sealing.key, salt), body, header)])
}

async function everyWalkRefuses(world: CraftedVault, root: Child): Promise<void> {
  const point = await world.commit({ id: root.id, sums: root.sums })
  const startedAt = performance.now()
  const malformed = { code: 'tree.malformed' }
  await rejects(world.walk(point.point.tree), malformed)
  await rejects(markLive(world.reader, [point.point], signal), malformed)
  const { problems } = await world.verify()
  ok(problems.length > 0, 'verify has nothing to say')
  ok(performance.now() - startedAt < 5000, 'it took too long')
}
