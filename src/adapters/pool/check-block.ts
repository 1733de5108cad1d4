// A sealed block as a store gave it back: opened, decompressed, every chunk hashed.
import { equalBytes, isFailure } from '#base'
import { type BlockKind, chunkId, chunkIdBytes, chunkIdOf, openBlock } from '#engine'
import type { WorkerTools } from './worker-tools.ts'

export type CheckAsk = {
  readonly kind: BlockKind
  readonly sealed: Uint8Array
  /** What the footer says the block holds. */
  readonly ids: Uint8Array
  readonly object: string
}

/** @returns what is wrong with it, undefined when nothing is. */
export function checkBlock({ cipher, keys }: WorkerTools, ask: CheckAsk): string | undefined {
  let chunks: readonly Uint8Array[]
  try {
    chunks = openBlock(cipher, keys, ask)
  } catch (problem) {
    if (!isFailure(problem, 'object.damaged')) throw problem
    return problem.message
  }
  const count = ask.ids.length / chunkIdBytes
  if (chunks.length !== count) return `${ask.object} holds ${chunks.length} chunks, not ${count}.`
  const wrong = chunks.findIndex((chunk, i) => {
    const id = chunkId(ask.ids.subarray(i * chunkIdBytes, (i + 1) * chunkIdBytes))
    return !equalBytes(chunkIdOf(cipher, keys, chunk), id)
  })
  return wrong < 0 ? undefined : `Chunk ${wrong} of ${ask.object} has other bytes than its id says.`
}
