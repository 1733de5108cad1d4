/**
 * An index segment: which pack holds which chunk, for the packs of one stretch of a job. Chunk ids are cut to their first
 * 16 bytes here (the full id stands in the footer and in the tree), so the index of a vault stays small in storage and in
 * memory. A segment may supersede others: it then repeats all of theirs that is still true. See docs/format/index.md.
 */
import { ByteReader, ByteWriter, failure, MalformedBytes } from '#base'
import { type BlockKind, chunksPerBlockMax } from '../sealing/block.ts'

export const idPrefixBytes = 16

export type IndexedBlock = {
  readonly kind: BlockKind
  readonly storedBytes: number
  readonly rawBytes: number
  /** `idPrefixBytes` bytes for each chunk, in the order of the block. */
  readonly prefixes: Uint8Array
}

export type IndexedPack = {
  /** SHA-256 of the pack, 32 bytes. */
  readonly id: Uint8Array
  readonly bytes: number
  readonly blocks: readonly IndexedBlock[]
}

export type IndexSegment = {
  /** Ids (32 bytes) of the segments that this one replaces. */
  readonly supersedes: readonly Uint8Array[]
  readonly packs: readonly IndexedPack[]
}

export function encodeIndexSegment(segment: IndexSegment): Uint8Array {
  const writer = new ByteWriter(1024)
  writer.varint(segment.supersedes.length)
  for (const id of segment.supersedes) writer.bytes(id)
  writer.varint(segment.packs.length)
  for (const pack of segment.packs) {
    writer.bytes(pack.id)
    writer.varint(pack.bytes)
    writer.varint(pack.blocks.length)
    for (const block of pack.blocks) {
      writer.u8(block.kind === 'data' ? 0 : 1)
      writer.varint(block.storedBytes)
      writer.varint(block.rawBytes)
      writer.varint(block.prefixes.length / idPrefixBytes)
      writer.bytes(block.prefixes)
    }
  }
  return writer.finish()
}

/** @throws object.damaged */
export function decodeIndexSegment(bytes: Uint8Array, object: string): IndexSegment {
  try {
    const reader = new ByteReader(bytes)
    const supersedes = listOf(reader, 32, () => reader.bytes(32))
    const packs = listOf(reader, 34, () => ({
      id: reader.bytes(32),
      bytes: reader.varint(),
      blocks: listOf(reader, 4, () => decodeBlockEntry(reader)),
    }))
    if (reader.remaining !== 0) throw new MalformedBytes('bytes after the last pack')
    return { supersedes, packs }
  } catch (problem) {
    if (!(problem instanceof MalformedBytes)) throw problem
    throw failure('object.damaged', { object, problem: problem.message }, problem)
  }
}

function decodeBlockEntry(reader: ByteReader): IndexedBlock {
  const kind = reader.u8() === 0 ? 'data' : 'tree'
  const storedBytes = reader.varint()
  const rawBytes = reader.varint()
  const chunks = reader.varint()
  if (chunks > chunksPerBlockMax) throw new MalformedBytes('a block has too many chunks')
  return { kind, storedBytes, rawBytes, prefixes: reader.bytes(chunks * idPrefixBytes) }
}

/** Each item takes at least `bytesMin` bytes, so a lying count is refused before memory is taken. */
function listOf<T>(reader: ByteReader, bytesMin: number, read: () => T): T[] {
  const count = reader.varint()
  if (count * bytesMin > reader.remaining) throw new MalformedBytes('the bytes end early')
  return Array.from({ length: count }, read)
}
