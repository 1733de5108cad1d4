// Blocks that a store gave back, opened and hashed on the worker threads.
import { concatBytes } from '#base'
import type { BlockCheck, BlockOpener } from '#ports'
import type { Pool } from '../pool/pool.ts'

/** @param pool stays open when the opener is closed. */
export function pooledBlockOpener(pool: Pool): BlockOpener {
  return {
    async check(blocks, signal) {
      const findings = await Promise.all(blocks.map((block) => checkOne(pool, block, signal)))
      return findings.filter((finding) => finding !== undefined)
    },
    async digest(bytes, signal) {
      const { answer } = await pool.run('digest', { bytes }, { signal })
      return answer
    },
    close: async () => {},
  }
}

async function checkOne(pool: Pool, block: BlockCheck, signal: AbortSignal) {
  const { kind, sealed, object } = block
  const ask = { kind, sealed, ids: concatBytes(block.ids), object }
  const { answer } = await pool.run('check', ask, { signal })
  return answer
}
