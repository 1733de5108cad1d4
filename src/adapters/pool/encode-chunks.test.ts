import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { isFailure } from '#base'
import {
  type Cipher,
  chunkIdBytes,
  chunkIdOf,
  defaultChunkerParams,
  deriveVaultKeys,
  openBlock,
} from '#engine'
import { nodeCipher } from '../cipher/node-cipher.ts'
import { makeArena, openSlots, type Slot } from './arena.ts'
import { encodeChunks } from './encode-chunks.ts'
import { openTools, type WorkerTools } from './worker-tools.ts'

const clean = nodeCipher()
const keys = deriveVaultKeys(clean, new Uint8Array(16).fill(1), new Uint8Array(32).fill(2))
const arena = makeArena({ slotCount: 1, params: defaultChunkerParams }, keys.gear)
const setup = { arena, keys, compressionLevel: 3, verifies: true, nice: 0 }
const { port1, port2 } = new MessageChannel()
port2.close()
const tools = openTools({ ...setup, urgent: port1 }, () => {})
port1.close()
const [slot] = openSlots(arena)
ok(slot !== undefined)

/** Chunks in the slot, hashed as capture and hash do. */
function fillSlot({ content, offsets, lengths }: Slot, chunks: readonly Uint8Array[]) {
  let used = 0
  const ids = new Uint8Array(chunks.length * chunkIdBytes)
  for (const [i, chunk] of chunks.entries()) {
    content.set(chunk, used)
    offsets[i] = used
    lengths[i] = chunk.length
    used += chunk.length
    ids.set(chunkIdOf(clean, keys, chunk), i * chunkIdBytes)
  }
  return { used, ids, keep: Uint32Array.from(chunks.keys()) }
}

function text(bytes: number, seed: string): Uint8Array {
  return new Uint8Array(Buffer.alloc(bytes, `line of ${seed}, and another; `))
}

function open(sealed: Uint8Array): readonly Uint8Array[] {
  return openBlock(clean, keys, { kind: 'data', sealed, object: 'a block' })
}

test('chunks come back in order, gathered or where they lie, packed or as they are', () => {
  const random = clean.random(30_000)
  const chunks = [text(3000, 'a'), random, text(1, 'b'), text(70_000, 'c'), clean.random(90_000)]
  const { ids } = fillSlot(slot, chunks)
  for (const keep of [[0, 1, 2, 3, 4], [0, 1], [1], [1, 4], [2, 3], [4]]) {
    const kept = Buffer.concat(
      keep.map((i) => ids.subarray(i * chunkIdBytes, (i + 1) * chunkIdBytes)),
    )
    for (const [content, effort] of [
      ['files', 'usual'],
      ['files', 'thorough'],
      ['parts', 'usual'],
    ] as const) {
      const blocks = encodeChunks(tools, {
        slot: 0,
        content,
        effort,
        keep: Uint32Array.from(keep),
        ids: kept,
      })
      equal(blocks.length, 1)
      deepEqual(
        blocks.flatMap(({ bytes }) => open(bytes)),
        keep.map((i) => chunks[i]),
      )
    }
  }
})

test('all chunks of a full slot share one block', () => {
  const chunks = Array.from({ length: 40 }, (_, i) => text(50_000 + i, String(i)))
  const { keep, ids } = fillSlot(slot, chunks)
  const blocks = encodeChunks(tools, { slot: 0, content: 'files', effort: 'usual', keep, ids })
  equal(blocks.length, 1)
  deepEqual(
    blocks.flatMap(({ bytes }) => open(bytes)),
    chunks,
  )
})

test('a chunk whose id is not its own is refused', () => {
  const { keep, ids } = fillSlot(slot, [text(500, 'x'), text(600, 'y')])
  ids.set(ids.subarray(0, chunkIdBytes), chunkIdBytes)
  throws(() => encodeChunks(tools, { slot: 0, content: 'files', effort: 'usual', keep, ids }), {
    code: 'encode.mismatch',
  })
})

/** Where a bit may turn once the chunks are hashed. */
const places = ['slot', 'compressed', 'key', 'sealed', 'opened', 'decompressed', 'digest'] as const
type Place = (typeof places)[number]

function flipBit(bytes: Uint8Array): Uint8Array {
  const bit = randomInt(bytes.length * 8)
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return bytes
}

/** The cipher of a machine in which one bit turns in what the first such call answers. */
function faulty(cipher: Cipher, place: Place): Cipher {
  let isDone = false
  let macs = 0
  const hit = <T extends Uint8Array | undefined>(here: Place, bytes: T): T => {
    if (here !== place || isDone || bytes === undefined || bytes.length === 0) return bytes
    isDone = true
    flipBit(bytes)
    return bytes
  }
  return {
    ...cipher,
    compress: (bytes, level) => hit('compressed', cipher.compress(bytes, level)),
    // The first two, and the encryption of nothing, make the salt: one value is as good as another.
    mac: (key, bytes) => (++macs > 2 ? hit('key', cipher.mac(key, bytes)) : cipher.mac(key, bytes)),
    encrypt: (key, bytes, extra) => {
      const sealed = cipher.encrypt(key, bytes, extra)
      return bytes.length === 0 ? sealed : hit('sealed', sealed)
    },
    decrypt: (key, bytes, extra) => hit('opened', cipher.decrypt(key, bytes, extra)),
    decompress: (bytes, length) => hit('decompressed', cipher.decompress(bytes, length)),
    digest: (bytes) => hit('digest', cipher.digest(bytes)),
  }
}

test('F12: of 14,000 bits that turn after hashing, none gets into a block', () => {
  const chunks = [text(700, 'first'), clean.random(300), text(40, 'last')]
  const outcome = { caught: 0, harmless: 0 }
  for (let i = 0; i < 14_000; i++) {
    const place = places[i % places.length] ?? 'slot'
    const { used, keep, ids } = fillSlot(slot, chunks)
    if (place === 'slot') flipBit(slot.content.subarray(0, used))
    const broken = faulty(tools.cipher, place)
    const here: WorkerTools = {
      ...tools,
      cipher: broken,
      ciphers: { ...tools.ciphers, files: broken, parts: broken },
    }
    try {
      const [block] = encodeChunks(here, { slot: 0, content: 'files', effort: 'usual', keep, ids })
      ok(block !== undefined)
      // Bits that mean nothing to the decoder, and a key that is wrong on both sides alike, do no harm.
      deepEqual(open(block.bytes), chunks, `a bit in "${place}" went through`)
      ok(place === 'compressed' || place === 'opened', `a bit in "${place}" has no effect`)
      outcome.harmless++
    } catch (problem) {
      ok(isFailure(problem, 'encode.mismatch'), String(problem))
      outcome.caught++
    }
  }
  equal(outcome.caught + outcome.harmless, 14_000)
  ok(outcome.harmless < 200, JSON.stringify(outcome))
})
