/** Opens and checks sealed blocks, many at a time: in the product on the worker threads. */
import type { BlockKind } from '#engine'

/** A stretch of a pack: sealed blocks, one after another. */
export type BlockRun = {
  /** Handed over: the buffer may move to another thread, so the caller does not touch it again. */
  readonly bytes: Uint8Array
  readonly blocks: readonly BlockCheck[]
  /** Name for messages. */
  readonly object: string
}

export type BlockCheck = {
  readonly kind: BlockKind
  /** Where its envelope lies in the run. */
  readonly offset: number
  readonly length: number
  /** What it must hold: the ids of its chunks one after another, in full or cut to a prefix. */
  readonly ids: Uint8Array
  readonly idBytes: number
}

export type BlockFinding = {
  /** Index into the blocks of the run. */
  readonly block: number
  readonly problem: string
}

export interface BlockOpener {
  /** Opens, decompresses and hashes each block; what is wrong, nothing when all is well. */
  check(run: BlockRun, signal: AbortSignal): Promise<readonly BlockFinding[]>
  /** SHA-256 of bytes, off the main thread; the bytes are handed over. */
  digest(bytes: Uint8Array, signal: AbortSignal): Promise<Uint8Array>
  close(): Promise<void>
}
