// The ids of the chunks that a part of a large file was cut into: apart from the cutting, which has to
// go from front to back, so that several threads hash one file.
import { chunkIdBytes, chunkIdOf } from '#engine'
import { slotOf, type WorkerTools } from './worker-tools.ts'

export function hashChunks(
  tools: WorkerTools,
  ask: { readonly slot: number; readonly count: number },
): Uint8Array {
  const { content, offsets, lengths } = slotOf(tools, ask.slot)
  const ids = new Uint8Array(ask.count * chunkIdBytes)
  for (let i = 0; i < ask.count; i++) {
    const offset = offsets[i] ?? 0
    const chunk = content.subarray(offset, offset + (lengths[i] ?? 0))
    ids.set(chunkIdOf(tools.cipher, tools.keys, chunk), i * chunkIdBytes)
  }
  return ids
}
