// Blocks for a new pack out of an old one, with this thread's cipher.
import { authenticateBlock, chunkId, chunkIdBytes, recodeBlocks } from '#engine'
import type { AuthenticateAsk, EncodedBlock, RecodeAsk } from './jobs.ts'
import type { WorkerTools } from './worker-tools.ts'

export function recodeParts(
  { ciphers, keys, compressionLevel: level }: WorkerTools,
  { kind, content, object, parts }: RecodeAsk,
): EncodedBlock {
  const request = {
    kind,
    object,
    level,
    parts: parts.map(({ sealed, ids, keep }) => ({
      sealed,
      ids: Array.from({ length: ids.length / chunkIdBytes }, (_, i) =>
        chunkId(ids.subarray(i * chunkIdBytes, (i + 1) * chunkIdBytes)),
      ),
      keep: [...keep],
    })),
  }
  const block = recodeBlocks(ciphers[content], keys, request)
  // A copy: it travels, and the cipher of a thread may use its last result again.
  return { bytes: block.bytes.slice(), rawLength: block.rawLength, chunks: block.ids.length }
}

export function authenticateSealed(
  { cipher, keys }: WorkerTools,
  ask: AuthenticateAsk,
): Uint8Array {
  authenticateBlock(cipher, keys, ask)
  return ask.sealed
}
