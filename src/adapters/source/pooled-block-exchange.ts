// Blocks between a vault and sessions of machines without its keys, on the worker threads.
import { assert, concatBytes } from '#base'
import type { BlockExchange } from '#ports'
import type { Pool } from '../pool/pool.ts'
import { bufferOf, contentOf } from './block-buffers.ts'

/** @param pool stays open; its own keys are not used. */
export function pooledBlockExchange(pool: Pool): BlockExchange {
  return {
    async admit(keys, { kind, sealed, ids, keep, level, lengths }, signal) {
      const ask = {
        keys,
        kind,
        content: contentOf(lengths),
        sealed,
        ids: concatBytes(ids),
        lengths: Uint32Array.from(lengths),
        keep: Uint32Array.from(keep),
        level,
      }
      const { answer } = await pool.run('admit', ask, { signal, transfer: bufferOf(sealed) })
      const [block] = answer
      if (block === undefined) return undefined
      assert(block.chunks === keep.length, 'every chunk that is kept came back')
      const kept = new Set(keep)
      const isKept = (_: unknown, ordinal: number) => kept.has(ordinal)
      const { bytes, rawLength } = block
      return { bytes, rawLength, ids: ids.filter(isKept), lengths: lengths.filter(isKept) }
    },
    async release(keys, { kind, sealed, show, object }, signal) {
      const ask = { keys, kind, sealed, object, show: Uint32Array.from(show) }
      return (await pool.run('release', ask, { signal, transfer: bufferOf(sealed) })).answer
    },
  }
}
