/** Makes blocks for new packs from blocks of old ones: in the product on the worker threads. */
import type { BlockKind, RecodeRequest, SealedBlock } from '#engine'

export interface BlockRecoder {
  /** One block of the living chunks of several; the sealed bytes are handed over. */
  recode(request: RecodeRequest, signal: AbortSignal): Promise<SealedBlock>
  /** The same bytes, when they are still what was sealed; the bytes given are handed over. @throws object.damaged */
  authenticate(
    request: { readonly kind: BlockKind; readonly sealed: Uint8Array; readonly object: string },
    signal: AbortSignal,
  ): Promise<Uint8Array>
}
