/**
 * Where chunks lie, as an agent is told: what the vault has lost of the point, then an index segment (docs/format/index.md)
 * in which chunks of others are left out.
 */
import { ByteReader, ByteWriter, concatBytes, failure, isFailure, MalformedBytes } from '#base'
import { decodeIndexSegment, type IndexedPack, idPrefixBytes } from '#engine'

export type Places = {
  /** The point before is damaged or gone: every file is read anew. */
  readonly isUsable: boolean
  /** Prefixes of chunks that the point names and the vault has lost. */
  readonly lost: readonly Uint8Array[]
  readonly packs: readonly IndexedPack[]
}

const unusable = 0xffff_ffff

/** @param segment as `describePlaces` makes it */
export function encodePlaces(lost: readonly Uint8Array[], segment: Uint8Array): Uint8Array {
  const head = new ByteWriter(4)
  head.u32(lost.length)
  return concatBytes([head.view(), ...lost, segment])
}

/** The point before cannot be built upon. */
export function encodeNoPlaces(): Uint8Array {
  const head = new ByteWriter(4)
  head.u32(unusable)
  return head.finish()
}

/** @throws session.refused */
export function decodePlaces(bytes: Uint8Array): Places {
  try {
    const reader = new ByteReader(bytes)
    const count = reader.u32()
    if (count === unusable && reader.remaining === 0)
      return { isUsable: false, lost: [], packs: [] }
    if (count * idPrefixBytes > reader.remaining) throw new MalformedBytes('the places end early')
    const lost = Array.from({ length: count }, () => reader.bytes(idPrefixBytes).slice())
    const segment = reader.bytes(reader.remaining)
    const { packs } = decodeIndexSegment(segment, 'the places of a point')
    return { isUsable: true, lost, packs }
  } catch (problem) {
    if (!(problem instanceof MalformedBytes) && !isFailure(problem, 'object.damaged')) throw problem
    throw failure('session.refused', { problem: problem.message }, problem)
  }
}
