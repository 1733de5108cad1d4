// Blocks that a store gave back, opened and hashed on the worker threads.
import type { BlockOpener } from '#ports'
import type { Pool } from '../pool/pool.ts'

/** @param pool stays open when the opener is closed. */
export function pooledBlockOpener(pool: Pool): BlockOpener {
  return {
    async check(run, signal) {
      const { answer } = await pool.run('check', run, { signal, transfer: bufferOf(run.bytes) })
      return answer.findings
    },
    async digest(bytes, signal) {
      const { answer } = await pool.run('digest', { bytes }, { signal, transfer: bufferOf(bytes) })
      return answer
    },
    close: async () => {},
  }
}

/** A view that is its whole buffer moves; of any other the bytes are copied. */
function bufferOf({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}
