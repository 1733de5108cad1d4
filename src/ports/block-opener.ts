/** Opens and checks sealed blocks, many at a time: in the product on the worker threads. */
import type { BlockKind, ChunkId } from '#engine'

export type BlockCheck = {
  readonly kind: BlockKind
  readonly sealed: Uint8Array
  /** What the footer says the block holds. */
  readonly ids: readonly ChunkId[]
  /** Name for messages. */
  readonly object: string
}

export interface BlockOpener {
  /** Opens, decompresses and hashes each block; the problems found, none when all is well. */
  check(blocks: readonly BlockCheck[], signal: AbortSignal): Promise<readonly string[]>
  /** SHA-256 of bytes, off the main thread. */
  digest(bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
  close(): Promise<void>
}
