/**
 * A block: a run of chunks compressed and sealed together. Its plaintext is the number of chunks, their lengths, and
 * their bytes, so a block explains itself even when the pack's footer is lost: ids are recomputed from the content.
 * See docs/format/block.md.
 */
import {
  assert,
  ByteReader,
  ByteWriter,
  concatBytes,
  equalBytes,
  failure,
  freeBytes,
  MalformedBytes,
} from '#base'
import type { Cipher } from './cipher.ts'
import { open, seal } from './envelope.ts'
import { type ChunkId, chunkIdOf, type VaultKeys } from './vault-keys.ts'

/**
 * A block takes no further chunk once it holds this much. Twice the size packs a source tree 1 % better and costs one
 * file's restore three more milliseconds; four times gives 0.3 % more.
 */
export const blockBytesTarget = 2 * 1024 * 1024
export const chunksPerBlockMax = 65_536
export const chunkBytesMax = 16 * 1024 * 1024

export type BlockKind = 'data' | 'tree'

export type SealedBlock = {
  /** The envelope. */
  readonly bytes: Uint8Array
  readonly rawLength: number
  readonly ids: readonly ChunkId[]
  readonly lengths: readonly number[]
}

export type BlockRequest = {
  readonly kind: BlockKind
  readonly ids: readonly ChunkId[]
  readonly chunks: readonly Uint8Array[]
  readonly level: number
}

/**
 * Seals a block and reads it back: opened, decompressed, every chunk hashed again. What a faulty memory cell or a faulty
 * compressor does to it is found here, before it is written, and not at a restore years later (restic issue 4523).
 * @throws encode.mismatch
 */
export function sealBlock(cipher: Cipher, keys: VaultKeys, request: BlockRequest): SealedBlock {
  const { chunks, ...rest } = request
  const plaintext = encodeBlock(chunks)
  const { bytes } = sealPlaintext(cipher, keys, { ...rest, plaintext })
  const lengths = chunks.map((chunk) => chunk.length)
  return { bytes, rawLength: plaintext.length, ids: request.ids, lengths }
}

/** The same for a plaintext as `encodeBlock` makes it, with the ids of its chunks. */
export function sealPlaintext(
  cipher: Cipher,
  keys: VaultKeys,
  request: {
    readonly kind: BlockKind
    readonly ids: readonly ChunkId[]
    readonly plaintext: Uint8Array
    readonly level: number
  },
): { readonly bytes: Uint8Array } {
  const { plaintext } = request
  const sealing = request.kind === 'data' ? keys.data : keys.meta
  const bytes = seal(cipher, sealing, { kind: request.kind, plaintext, level: request.level })
  verifyBlock(cipher, keys, { kind: request.kind, ids: request.ids, sealed: bytes })
  return { bytes }
}

/** @throws encode.mismatch when the sealed block does not give back just the chunks of these ids. */
export function verifyBlock(
  cipher: Cipher,
  keys: VaultKeys,
  request: {
    readonly kind: BlockKind
    readonly ids: readonly ChunkId[]
    readonly sealed: Uint8Array
  },
): void {
  let chunks: readonly Uint8Array[]
  try {
    chunks = openBlock(cipher, keys, { ...request, object: 'a new block' })
  } catch (problem) {
    throw failure('encode.mismatch', { problem: 'it does not open' }, problem)
  }
  if (chunks.length !== request.ids.length)
    throw failure('encode.mismatch', { problem: 'chunks are missing' })
  for (const [i, id] of request.ids.entries()) {
    const chunk = chunks[i]
    if (chunk === undefined || !equalBytes(chunkIdOf(cipher, keys, chunk), id)) {
      throw failure('encode.mismatch', { problem: `chunk ${i} has other bytes` })
    }
  }
}

/** The chunks of a block, as views. They are authentic; compare their ids when the place they stand in matters. */
export function openBlock(
  cipher: Cipher,
  keys: VaultKeys,
  request: { readonly kind: BlockKind; readonly sealed: Uint8Array; readonly object: string },
): Uint8Array[] {
  const sealing = request.kind === 'data' ? keys.data : keys.meta
  const plaintext = open(cipher, sealing, request)
  try {
    return decodeBlock(plaintext)
  } catch (problem) {
    if (!(problem instanceof MalformedBytes)) throw problem
    throw failure('object.damaged', { object: request.object, problem: problem.message }, problem)
  }
}

export function encodeBlock(chunks: readonly Uint8Array[]): Uint8Array {
  const table = new ByteWriter(8 + chunks.length * 4)
  table.u32(chunks.length)
  for (const chunk of chunks) table.u32(chunk.length)
  return concatBytes([table.view(), ...chunks])
}

/** Gathers the plaintext of a block chunk by chunk, in memory that is used again for the next one. */
export class BlockGatherer {
  #memory = new Uint8Array(0)
  #view = new DataView(this.#memory.buffer)
  #count = 0
  #at = 0

  /** @param count chunks that will be added */
  begin(count: number): void {
    this.#at = 4 + 4 * count
    this.#grow(this.#at)
    this.#view.setUint32(0, count, true)
    this.#count = 0
  }

  add(chunk: Uint8Array): void {
    this.#grow(this.#at + chunk.length)
    this.#view.setUint32(4 + 4 * this.#count++, chunk.length, true)
    this.#memory.set(chunk, this.#at)
    this.#at += chunk.length
  }

  /** Valid until the next `begin`. */
  finish(): Uint8Array {
    assert(this.#view.getUint32(0, true) === this.#count, 'a block has the chunks it says')
    return this.#memory.subarray(0, this.#at)
  }

  #grow(bytes: number): void {
    if (bytes <= this.#memory.length) return
    const grown = new Uint8Array(Math.max(bytes, 2 * this.#memory.length))
    grown.set(this.#memory)
    freeBytes(this.#memory)
    this.#memory = grown
    this.#view = new DataView(grown.buffer)
  }
}

export function decodeBlock(plaintext: Uint8Array): Uint8Array[] {
  const reader = new ByteReader(plaintext)
  const count = reader.u32()
  if (count > chunksPerBlockMax) throw new MalformedBytes('a block has too many chunks')
  const lengths = new ByteReader(reader.bytes(count * 4))
  const chunks: Uint8Array[] = []
  for (let i = 0; i < count; i++) chunks.push(reader.bytes(lengths.u32()))
  if (reader.remaining !== 0) throw new MalformedBytes('a block has bytes after its last chunk')
  return chunks
}
