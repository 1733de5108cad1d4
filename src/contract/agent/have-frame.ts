/**
 * "Have you these chunks?" as bytes: ids one after another, and an answer of one bit each in the same order, the lowest
 * bit of a byte first. The answer is "no" for everything that is not of the instance's own parent point or of its own
 * session (A04), so asking tells nothing about others.
 */
import { assert, concatBytes, failure } from '#base'
import { type ChunkId, chunkId, chunkIdBytes } from '#engine'

export const chunkIdsMedia = 'application/vnd.holdfast.chunk-ids'
export const bitsMedia = 'application/vnd.holdfast.bits'
export const idsPerRequestMax = 8_192
export const idsBytesMax = idsPerRequestMax * chunkIdBytes

export function encodeChunkIds(ids: readonly ChunkId[]): Uint8Array {
  assert(ids.length <= idsPerRequestMax, 'a request asks for at most idsPerRequestMax chunks')
  return concatBytes(ids)
}

/** Views into `bytes`. @throws session.refused */
export function decodeChunkIds(bytes: Uint8Array): readonly ChunkId[] {
  if (bytes.length % chunkIdBytes !== 0 || bytes.length > idsBytesMax) {
    throw failure('session.refused', { problem: `${bytes.length} bytes are no list of chunk ids` })
  }
  return Array.from({ length: bytes.length / chunkIdBytes }, (_, i) =>
    chunkId(bytes.subarray(i * chunkIdBytes, (i + 1) * chunkIdBytes)),
  )
}

export function encodeBits(answers: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(answers.length / 8))
  for (const [i, yes] of answers.entries()) {
    if (yes) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7))
  }
  return bytes
}

/** @param count how many were asked. @throws session.refused */
export function decodeBits(bytes: Uint8Array, count: number): readonly boolean[] {
  const spare = bytes.length * 8 - count
  const last = bytes.at(-1) ?? 0
  // A "yes" beyond the last question would be an answer to something else.
  if (spare < 0 || spare > 7 || (spare > 0 && last >>> (8 - spare) !== 0)) {
    throw failure('session.refused', { problem: `${bytes.length} bytes are no ${count} answers` })
  }
  return Array.from({ length: count }, (_, i) => (((bytes[i >> 3] ?? 0) >> (i & 7)) & 1) === 1)
}
