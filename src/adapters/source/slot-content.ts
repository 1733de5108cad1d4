// What lies in a slot: the chunks of a batch or of a part, until the vault has taken what it lacks.
import { assert, freeBytes } from '#base'
import { chunkIdBytes, type SealedBlock } from '#engine'
import type { CapturedChunk, CompressionEffort } from '#ports'
import type { ContentKind, EncodedBlock } from '../pool/jobs.ts'
import type { Pool } from '../pool/pool.ts'
import type { SlotLease } from '../pool/slots.ts'

export class SlotContent {
  readonly chunks: readonly CapturedChunk[]
  readonly #pool: Pool
  readonly #lease: SlotLease
  readonly #sealed: SealedBlock[] = []

  readonly #content: ContentKind

  constructor(
    pool: Pool,
    lease: SlotLease,
    {
      content,
      chunks,
    }: { readonly content: ContentKind; readonly chunks: readonly CapturedChunk[] },
  ) {
    this.#pool = pool
    this.#lease = lease
    this.#content = content
    this.chunks = chunks
  }

  async encode(
    keep: readonly number[],
    signal: AbortSignal,
    effort: CompressionEffort = 'usual',
  ): Promise<SealedBlock[]> {
    if (keep.length === 0) return []
    const kept = keep.map((number) => {
      const chunk = this.chunks[number]
      assert(chunk !== undefined, 'only chunks of the batch are encoded')
      return chunk
    })
    const ids = new Uint8Array(kept.length * chunkIdBytes)
    for (const [i, { id }] of kept.entries()) ids.set(id, i * chunkIdBytes)
    const ask = {
      slot: this.#lease.number,
      content: this.#content,
      effort,
      keep: Uint32Array.from(keep),
      ids,
    }
    const { answer } = await this.#pool.run('encode', ask, { signal, onSettled: this.#lease.use() })
    const sealed = nameChunks(answer, kept)
    this.#sealed.push(...sealed)
    return sealed
  }

  /** The sealed blocks go at once: left to the garbage collector, a hundred megabytes would pile up. */
  release(): void {
    this.#lease.release()
    for (const { bytes } of this.#sealed) freeBytes(bytes)
    this.#sealed.length = 0
  }
}

/** Blocks hold the chunks in the order in which they were asked for. */
function nameChunks(
  blocks: readonly EncodedBlock[],
  kept: readonly CapturedChunk[],
): SealedBlock[] {
  let next = 0
  const sealed = blocks.map(({ bytes, rawLength, chunks }) => {
    const own = kept.slice(next, next + chunks)
    next += chunks
    return { bytes, rawLength, ids: own.map(({ id }) => id), lengths: own.map((c) => c.bytes) }
  })
  assert(next === kept.length, 'every chunk to keep is in a block')
  return sealed
}
