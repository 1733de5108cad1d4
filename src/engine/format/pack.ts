/**
 * A pack: an object of 16 bytes of clear header, blocks back to back, a sealed footer that repeats what each block
 * holds, and a clear trailer of 16 bytes that finds the footer. With the footers alone the index is rebuilt; without a
 * footer the blocks are still found one after another by their own headers. See docs/format/pack.md.
 */
import { assert, ByteReader, ByteWriter, failure, MalformedBytes } from '#base'
import type { BlockKind } from '../sealing/block.ts'
import { type ChunkId, chunkId, chunkIdBytes } from '../sealing/vault-keys.ts'

export const packBytesTarget = 32 * 1024 * 1024
export const packHeaderBytes = 16
export const packTrailerBytes = 16
const blocksPerPackMax = 1 << 20

/** One block as the footer describes it. */
export type PackedBlock = {
  readonly kind: BlockKind
  readonly offset: number
  /** Length of the envelope. */
  readonly storedBytes: number
  readonly ids: readonly ChunkId[]
  readonly lengths: readonly number[]
}

export function encodePackHeader(vaultId: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(packHeaderBytes)
  bytes.set([0x48, 0x46, 0x50, 1])
  // Eight bytes of the vault id say whose pack this is when folders get mixed up.
  bytes.set(vaultId.subarray(0, 8), 8)
  return bytes
}

export function checkPackHeader(bytes: Uint8Array, vaultId: Uint8Array, object: string): void {
  const expected = encodePackHeader(vaultId)
  const known = bytes.length >= packHeaderBytes && expected.every((byte, i) => bytes[i] === byte)
  if (!known)
    throw failure('object.damaged', {
      object,
      problem: 'it does not begin as a pack of this vault',
    })
}

export function encodeFooter(blocks: readonly PackedBlock[]): Uint8Array {
  const writer = new ByteWriter(64 + blocks.length * 4096)
  writer.varint(blocks.length)
  let offset = packHeaderBytes
  for (const block of blocks) {
    assert(block.offset === offset, 'blocks stand back to back in a pack')
    assert(block.ids.length === block.lengths.length, 'each chunk of a block has a length')
    writer.u8(block.kind === 'data' ? 0 : 1)
    writer.varint(block.storedBytes)
    writer.varint(block.ids.length)
    for (const length of block.lengths) writer.varint(length)
    for (const id of block.ids) writer.bytes(id)
    offset += block.storedBytes
  }
  return writer.finish()
}

/** @throws object.damaged */
export function decodeFooter(bytes: Uint8Array, object: string): PackedBlock[] {
  try {
    const reader = new ByteReader(bytes)
    const count = reader.varint()
    if (count > blocksPerPackMax) throw new MalformedBytes('a pack has too many blocks')
    const blocks: PackedBlock[] = []
    let offset = packHeaderBytes
    for (let i = 0; i < count; i++) {
      const kind = reader.u8() === 0 ? 'data' : 'tree'
      const storedBytes = reader.varint()
      const chunks = reader.varint()
      if (chunks * chunkIdBytes > reader.remaining) throw new MalformedBytes('the bytes end early')
      const lengths = Array.from({ length: chunks }, () => reader.varint())
      const ids = Array.from({ length: chunks }, () => chunkId(reader.bytes(chunkIdBytes).slice()))
      blocks.push({ kind, offset, storedBytes, ids, lengths })
      offset += storedBytes
    }
    if (reader.remaining !== 0) throw new MalformedBytes('bytes after the last block')
    return blocks
  } catch (problem) {
    if (!(problem instanceof MalformedBytes)) throw problem
    throw failure('object.damaged', { object, problem: `its footer: ${problem.message}` }, problem)
  }
}

export function encodePackTrailer(footerBytes: number): Uint8Array {
  const writer = new ByteWriter(packTrailerBytes)
  writer.u64(footerBytes)
  writer.bytes(new Uint8Array([0x48, 0x46, 0x50, 0x45, 0, 0, 0, 1]))
  return writer.finish()
}

/**
 * @returns the length of the sealed footer, which ends where the trailer begins.
 * @throws object.damaged
 */
export function decodePackTrailer(bytes: Uint8Array, object: string): number {
  const ending = bytes.subarray(8)
  const known =
    bytes.length === packTrailerBytes &&
    [0x48, 0x46, 0x50, 0x45, 0, 0, 0, 1].every((b, i) => ending[i] === b)
  if (!known) throw failure('object.damaged', { object, problem: 'it does not end as a pack' })
  try {
    return new ByteReader(bytes).u64()
  } catch (problem) {
    if (!(problem instanceof MalformedBytes)) throw problem
    throw failure('object.damaged', { object, problem: 'its footer has an absurd length' }, problem)
  }
}
