// Blocks that change their keys: by the function itself, and on the worker threads, which must do the same.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { nodeCipher } from '#adapters/cipher'
import { openPool } from '#adapters/pool'
import { pooledBlockExchange } from '#adapters/source'
import {
  admitBlock,
  type BlockKind,
  chunkerParams,
  chunkIdOf,
  deriveSessionKeys,
  deriveVaultKeys,
  encodeBlock,
  type IncomingBlock,
  objectName,
  openBlock,
  releaseBlock,
  seal,
  sealBlock,
} from '#engine'
import type { BlockExchange } from '#ports'

const signal = new AbortController().signal
const cipher = nodeCipher()
const vault = deriveVaultKeys(
  cipher,
  new Uint8Array(randomBytes(16)),
  new Uint8Array(randomBytes(32)),
)
const session = deriveSessionKeys(cipher, vault, {
  sessionId: new Uint8Array(randomBytes(16)),
  master: new Uint8Array(randomBytes(32)),
})
const change = { from: session, to: vault }
const damaged = { code: 'object.damaged' }

const pool = openPool({
  keys: vault,
  compressionLevel: 3,
  params: chunkerParams(256 * 1024),
  threads: 1,
})
test.after(() => pool.close())

const exchanges: Readonly<Record<string, BlockExchange>> = {
  'by the function': {
    admit: async (keys, block) => admitBlock(cipher, keys, block),
    release: async (keys, block) => releaseBlock(cipher, keys, block),
  },
  'on the threads': pooledBlockExchange(pool),
}

const chunks = [300, 5_000, 70_000, 1].map(
  (length, i) =>
    // Half of it compresses.
    new Uint8Array(i % 2 === 0 ? randomBytes(length) : Buffer.alloc(length, i)),
)

function incoming(
  keep: readonly number[],
  kind: BlockKind = 'data',
  keys = session,
): IncomingBlock {
  const ids = chunks.map((chunk) => chunkIdOf(cipher, vault, chunk))
  const { bytes, lengths } = sealBlock(cipher, keys, { kind, ids, chunks, level: 3 })
  return { kind, sealed: bytes, ids, lengths, keep, level: 3 }
}

for (const [name, exchange] of Object.entries(exchanges)) {
  test(`${name}: all, some and none of a block are kept, for the keys of the vault only`, async () => {
    for (const kind of ['data', 'tree'] as const)
      for (const keep of [[0, 1, 2, 3], [1, 3], [0], []]) {
        const block = incoming(keep, kind)
        const admitted = await exchange.admit(change, block, signal)
        if (keep.length === 0) {
          equal(admitted, undefined)
          continue
        }
        ok(admitted !== undefined)
        const kept = keep.flatMap((i) => chunks[i] ?? [])
        deepEqual(
          admitted.ids,
          keep.map((i) => block.ids[i]),
        )
        deepEqual(
          admitted.lengths,
          kept.map(({ length }) => length),
        )
        equal(admitted.rawLength, encodeBlock(kept).length)
        const open = (keys: typeof vault) => {
          const sealed = admitted.bytes
          return openBlock(cipher, keys, { kind, sealed, object: 'a block' })
        }
        deepEqual(open(vault).map(plain), kept.map(plain))
        await rejects(async () => open(session), damaged)
      }
  })

  test(`${name}: the compressed bytes of a whole block stay what they were`, async () => {
    const block = incoming([0, 1, 2, 3])
    const { length } = block.sealed
    equal((await exchange.admit(change, block, signal))?.bytes.length, length)
  })

  test(`${name}: a block that is not what its sender says is refused, kept or not (A03)`, async () => {
    const stranger = deriveSessionKeys(cipher, vault, {
      sessionId: new Uint8Array(16),
      master: new Uint8Array(32),
    })
    for (const keep of [[0, 1, 2, 3], [1], []]) {
      const good = incoming(keep)
      const [a, b, c, d] = good.ids
      ok(a && b && c && d)
      const lies: Readonly<Record<string, Partial<IncomingBlock>>> = {
        'an id of nothing': { ids: [a, b, c, chunkIdOf(cipher, vault, new Uint8Array([9]))] },
        'swapped ids': { ids: [b, a, c, d] },
        'an id less': { ids: [a, b, c], lengths: good.lengths.slice(0, 3) },
        'an id more': { ids: [a, b, c, d, d], lengths: [...good.lengths, 1] },
        'another length': { lengths: [300, 5_000, 70_000, 2] },
        'lengths that only add up': { lengths: [301, 4_999, 70_000, 1] },
        'another kind': { kind: 'tree' },
        'cut short': { sealed: good.sealed.slice(0, -1) },
        nothing: { sealed: new Uint8Array() },
        longer: { sealed: new Uint8Array([...good.sealed, 0]) },
        'sealed by another session': { sealed: incoming(keep, 'data', stranger).sealed },
        'sealed by the vault itself': { sealed: incoming(keep, 'data', vault).sealed },
      }
      for (const [what, lie] of Object.entries(lies)) {
        const block = { ...good, sealed: good.sealed.slice(), ...lie }
        await rejects(exchange.admit(change, block, signal), damaged, `${what}, keep ${keep}`)
      }
      for (let at = 0; at < good.sealed.length; at += 997) {
        const sealed = good.sealed.slice()
        sealed[at] = (sealed[at] ?? 0) ^ 4
        await rejects(exchange.admit(change, { ...good, sealed }, signal), (problem: Error) => {
          ok('code' in problem, String(problem))
          ok(['object.damaged', 'vault.format-unknown'].includes(String(problem.code)))
          return true
        })
      }
    }
  })

  test(`${name}: A17: a block that would grow beyond what its sender says is not decompressed`, async () => {
    const zeros = new Uint8Array(200 * 1024 * 1024)
    const bomb = zstdCompressSync(zeros)
    // As the session seals it, with a compressor that gives the bomb.
    const lying = { ...cipher, compress: () => new Uint8Array(bomb) }
    const ids = [chunkIdOf(cipher, vault, new Uint8Array(10))]
    let opened = 0
    const watching = {
      ...cipher,
      decompress: (...args: Parameters<typeof cipher.decompress>) => {
        opened++
        return cipher.decompress(...args)
      },
    }
    const sealed = seal(lying, session.data, { kind: 'data', plaintext: zeros, level: 3 })
    ok(sealed.length < 100_000)
    const block = { kind: 'data', sealed, ids, lengths: [10], keep: [0], level: 3 } as const
    await rejects(exchange.admit(change, { ...block, sealed: sealed.slice() }, signal), damaged)
    await rejects(async () => admitBlock(watching, change, block), damaged)
    equal(opened, 0)
  })

  test(`${name}: a block is released in part with others empty (A04)`, async () => {
    const { bytes } = sealBlock(cipher, vault, {
      kind: 'data',
      ids: incoming([]).ids,
      chunks,
      level: 3,
    })
    const object = objectName('pack', 'a'.repeat(64))
    const back = { from: vault, to: session }
    const request = { kind: 'data' as const, sealed: bytes.slice(), show: [0, 3], object }
    const sealed = await exchange.release(back, request, signal)
    const shown = openBlock(cipher, session, { kind: 'data', sealed, object })
    deepEqual(
      shown.map(({ length }) => length),
      [300, 0, 0, 1],
    )
    ok(sealed.length < 1_000)
    const damagedOne = bytes.slice()
    damagedOne[100] = (damagedOne[100] ?? 0) ^ 1
    const again = { kind: 'data' as const, sealed: damagedOne, show: [1], object }
    await rejects(exchange.release(back, again, signal), damaged)
  })
}

function plain(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}
