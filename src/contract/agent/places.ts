/**
 * Where chunks lie, as an agent is told: what the vault has lost of the point, then an index segment (docs/format/index.md)
 * in which chunks of others are left out. And blocks behind their lengths, as they are fetched.
 */
import { assert, ByteReader, ByteWriter, concatBytes, failure, MalformedBytes } from '#base'
import { decodeIndexSegment, type IndexedPack, idPrefixBytes } from '#engine'

export type Places = {
  /** Prefixes of chunks that the point names and the vault has lost. */
  readonly lost: readonly Uint8Array[]
  readonly packs: readonly IndexedPack[]
}

/** @param segment as `describePlaces` makes it */
export function encodePlaces(lost: readonly Uint8Array[], segment: Uint8Array): Uint8Array {
  const head = new ByteWriter(4)
  head.u32(lost.length)
  return concatBytes([head.view(), ...lost, segment])
}

/** @throws session.refused */
export function decodePlaces(bytes: Uint8Array): Places {
  try {
    const reader = new ByteReader(bytes)
    const count = reader.u32()
    if (count * idPrefixBytes > reader.remaining) throw new MalformedBytes('the places end early')
    const lost = Array.from({ length: count }, () => reader.bytes(idPrefixBytes).slice())
    const segment = reader.bytes(reader.remaining)
    return { lost, packs: decodeIndexSegment(segment, 'the places of a point').packs }
  } catch (problem) {
    if (!(problem instanceof MalformedBytes)) throw problem
    throw failure('session.refused', { problem: problem.message }, problem)
  }
}

export function encodeBlocks(blocks: readonly Uint8Array[]): readonly Uint8Array[] {
  return blocks.flatMap((block) => {
    const head = new ByteWriter(4)
    head.u32(block.length)
    return [head.view().slice(), block]
  })
}

/** Each with memory of its own. @throws session.refused when there are not just so many */
export function decodeBlocks(bytes: Uint8Array, count: number): readonly Uint8Array<ArrayBuffer>[] {
  assert(count > 0, 'a block was asked for')
  try {
    const reader = new ByteReader(bytes)
    const blocks = Array.from({ length: count }, () => reader.bytes(reader.u32()).slice())
    if (reader.remaining !== 0) throw new MalformedBytes('bytes after the last block')
    return blocks
  } catch (problem) {
    if (!(problem instanceof MalformedBytes)) throw problem
    throw failure('session.refused', { problem: problem.message }, problem)
  }
}
