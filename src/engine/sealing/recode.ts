/**
 * Blocks for a new pack from blocks of an old one: as they are, after a look whether they are still what was sealed, or one
 * block of the living chunks of several. Used by garbage collection.
 */
import { equalBytes, failure } from '#base'
import {
  BlockGatherer,
  type BlockKind,
  openBlock,
  type SealedBlock,
  sealPlaintext,
} from './block.ts'
import type { Cipher } from './cipher.ts'
import { authenticate } from './envelope.ts'
import { type ChunkId, chunkIdOf, type VaultKeys } from './vault-keys.ts'

export type LivingPart = {
  readonly sealed: Uint8Array
  /** What the footer says of all its chunks. */
  readonly ids: readonly ChunkId[]
  /** Ordinals of the chunks to take. */
  readonly keep: readonly number[]
}

/** With the lengths that the footer gives for all its chunks. */
export type BlockPart = LivingPart & { readonly lengths: readonly number[] }

export type RecodeRequest<Part extends LivingPart = BlockPart> = {
  readonly kind: BlockKind
  readonly parts: readonly Part[]
  readonly level: number
  /** Name for messages. */
  readonly object: string
}

const gatherer = new BlockGatherer()

/** One block of the chunks to take. @throws object.damaged when one of them is not what its id says */
export function recodeBlocks(
  cipher: Cipher,
  keys: VaultKeys,
  request: RecodeRequest<LivingPart>,
): SealedBlock {
  const { kind, object, level } = request
  const ids: ChunkId[] = []
  const lengths: number[] = []
  gatherer.begin(request.parts.reduce((sum, { keep }) => sum + keep.length, 0))
  for (const { sealed, ids: held, keep } of request.parts) {
    const opened = openBlock(cipher, keys, { kind, sealed, object })
    for (const ordinal of keep) {
      const [chunk, id] = [opened[ordinal], held[ordinal]]
      const isRight = chunk !== undefined && id !== undefined
      if (
        !isRight ||
        opened.length !== held.length ||
        !equalBytes(chunkIdOf(cipher, keys, chunk), id)
      ) {
        throw failure('object.damaged', { object, problem: 'a chunk is not what the footer says' })
      }
      ids.push(id)
      lengths.push(chunk.length)
      gatherer.add(chunk)
    }
  }
  const plaintext = gatherer.finish()
  const { bytes } = sealPlaintext(cipher, keys, { kind, ids, plaintext, level })
  return { bytes, rawLength: plaintext.length, ids, lengths }
}

/** @throws object.damaged when the sealed bytes are not those that were verified when they were written */
export function authenticateBlock(
  cipher: Cipher,
  keys: VaultKeys,
  request: { readonly kind: BlockKind; readonly sealed: Uint8Array; readonly object: string },
): void {
  authenticate(cipher, request.kind === 'data' ? keys.data : keys.meta, request)
}
