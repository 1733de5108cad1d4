// What blocks on their way to a worker thread have in common.
import type { ContentKind } from '../pool/jobs.ts'

/** From this mean length on, chunks are taken for parts of large files. */
const partBytesMean = 64 * 1024

export function contentOf(lengths: readonly number[]): ContentKind {
  const total = lengths.reduce((sum, length) => sum + length, 0)
  return total >= partBytesMean * lengths.length ? 'parts' : 'files'
}

/** A view that is its whole buffer moves; of any other the bytes are copied. */
export function bufferOf({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
