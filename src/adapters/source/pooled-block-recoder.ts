// Blocks for new packs, made on the worker threads.
import { assert, concatBytes } from '#base'
import type { RecodeRequest, SealedBlock } from '#engine'
import type { BlockRecoder } from '#ports'
import type { Pool } from '../pool/pool.ts'
import { bufferOf, contentOf } from './block-buffers.ts'

/** @param pool stays open. */
export function pooledBlockRecoder(pool: Pool): BlockRecoder {
  return {
    async recode(request, signal) {
      const ask = {
        kind: request.kind,
        content: contentOf(request.parts.flatMap(({ lengths }) => lengths)),
        object: request.object,
        parts: request.parts.map(({ sealed, ids, keep }) => ({
          sealed,
          ids: concatBytes(ids),
          keep: Uint32Array.from(keep),
        })),
      }
      const transfer = request.parts.flatMap(({ sealed }) => bufferOf(sealed))
      const { answer } = await pool.run('recode', ask, { signal, transfer })
      const [block] = answer
      assert(block !== undefined, 'a recoded block comes back')
      return toSealedBlock(request, block)
    },
    async authenticate({ kind, object, sealed }, signal) {
      const ask = { kind, object, sealed }
      return (await pool.run('authenticate', ask, { signal, transfer: bufferOf(sealed) })).answer
    },
  }
}

function toSealedBlock(
  request: RecodeRequest,
  block: { readonly bytes: Uint8Array; readonly rawLength: number; readonly chunks: number },
): SealedBlock {
  const ids = request.parts.flatMap(({ ids: held, keep }) =>
    keep.map((i) => held[i]).filter((id) => id !== undefined),
  )
  const lengths = request.parts.flatMap(({ lengths: held, keep }) => keep.map((i) => held[i] ?? 0))
  assert(ids.length === block.chunks, 'every chunk that was asked for came back')
  return { bytes: block.bytes, rawLength: block.rawLength, ids, lengths }
}
