/** Where sealed blocks come from: the store of the vault, or a server that gives what a session may see (decision 6). */
import { assert, failure } from '#base'
import type { ObjectName } from '#engine'
import type { ObjectReader } from '#ports'

/** Blocks of one pack, in order of their offsets. */
export type BlockRequest = {
  readonly object: ObjectName
  /** From the start of the pack; lengths as the index says. */
  readonly blocks: readonly { readonly offset: number; readonly length: number }[]
}

/** One answer for each block; the buffers are the caller's own, to hand to a thread. */
export type FetchedBlocks = {
  readonly sealed: readonly Uint8Array[]
  readonly buffers: readonly ArrayBuffer[]
}

export interface BlockSource {
  /** @throws object.missing, object.damaged, and what a store throws */
  fetch(request: BlockRequest, signal: AbortSignal): Promise<FetchedBlocks>
}

/** What fetching leaves unused of a buffer before a copy is better: a small view would take a large buffer along. */
const spareBytesMax = 4096

/** Reads all blocks with one request, what lies between them too. */
export function storeBlocks(store: ObjectReader): BlockSource {
  return {
    async fetch({ object, blocks }, signal) {
      const [first, last] = [blocks[0], blocks.at(-1)]
      assert(first !== undefined && last !== undefined, 'a request names a block')
      const range = { offset: first.offset, length: last.offset + last.length - first.offset }
      const found = await store.find(object, range, signal)
      if (found === undefined) throw failure('object.missing', { object })
      assert(found.length === range.length, 'a store gives the whole range')
      const bytes = ownBytes(found)
      const sealed = blocks.map(({ offset, length }) => {
        const at = offset - range.offset
        return bytes.subarray(at, at + length)
      })
      return { sealed, buffers: [bytes.buffer] }
    },
  }
}

function ownBytes(found: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = found
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength < length + spareBytesMax
  return isWhole ? new Uint8Array(buffer, byteOffset, length) : found.slice()
}
