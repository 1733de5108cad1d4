/** Blocks as they are fetched: each behind its length (u32, little-endian), nothing before, between or after. */
import { assert, ByteReader, ByteWriter, failure, freeBytes } from '#base'
import { envelopeOverheadBytes, plaintextBytesMax } from '#engine'

const lengthBytes = 4
const blockBytesMax = plaintextBytesMax + envelopeOverheadBytes + 1_024

/** @param blocks each in pieces */
export function encodeBlocks(blocks: readonly (readonly Uint8Array[])[]): readonly Uint8Array[] {
  return blocks.flatMap((pieces) => {
    const head = new ByteWriter(lengthBytes)
    head.u32(pieces.reduce((sum, { length }) => sum + length, 0))
    return [head.view().slice(), ...pieces]
  })
}

/**
 * Each with memory of its own, copied once, whatever the pieces in which they come; pieces are freed as they are read.
 * @throws session.refused when there are not just so many
 */
export async function readBlocks(
  stream: AsyncIterable<Uint8Array>,
  count: number,
): Promise<readonly Uint8Array<ArrayBuffer>[]> {
  assert(count > 0, 'a block was asked for')
  const blocks: Uint8Array<ArrayBuffer>[] = []
  const head = new Uint8Array(lengthBytes)
  let filling = head
  let filled = 0
  for await (const piece of stream) {
    for (let at = 0; at < piece.length; ) {
      if (blocks.length === count) throw refused('bytes after the last block')
      const part = piece.subarray(at, at + filling.length - filled)
      filling.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < filling.length) continue
      if (filling === head) filling = blockBehind(head)
      else {
        blocks.push(filling)
        filling = head
      }
      filled = 0
    }
    freeBytes(piece)
  }
  if (blocks.length < count) throw refused(`${blocks.length} blocks came of ${count}`)
  return blocks
}

function blockBehind(head: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = new ByteReader(head).u32()
  if (length === 0 || length > blockBytesMax) throw refused(`a block of ${length} bytes`)
  return new Uint8Array(length)
}

function refused(problem: string): Error {
  return failure('session.refused', { problem })
}
