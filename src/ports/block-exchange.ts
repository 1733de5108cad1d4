/** Blocks between a vault and the session of a machine without its keys: in the product on the worker threads. */
import type { IncomingBlock, KeyChange, ObjectName, releaseBlock, SealedBlock } from '#engine'

type Outgoing = Omit<Parameters<typeof releaseBlock>[2], 'object'> & { readonly object: ObjectName }

export interface BlockExchange {
  /**
   * A block for the vault from one that was sent, when every chunk of it is what its id says; undefined when nothing of
   * it is to be kept. The bytes given are handed over.
   * @throws object.damaged when the block is not what the sender says
   */
  admit(
    keys: KeyChange,
    block: IncomingBlock,
    signal: AbortSignal,
  ): Promise<SealedBlock | undefined>
  /** Parts of a block of the vault, sealed for the session. The bytes given are handed over. @throws object.damaged */
  release(keys: KeyChange, block: Outgoing, signal: AbortSignal): Promise<Uint8Array>
}
