/**
 * Copies what lives out of partly dead packs. A block that lives as a whole is copied as it is, sealed, once it proved to be
 * what was sealed; what lives of mixed blocks is opened, hashed and sealed again. What a disk or a memory cell did to
 * a block on the way must not outlive the original. The old packs are condemned only after the new ones and their segment
 * are durable.
 */
import { assert, forEachLimited, freeBytes } from '#base'
import {
  authenticateBlock,
  type BlockKind,
  type BlockPart,
  type PackedBlock,
  recodeBlocks,
  type SealedBlock,
} from '#engine'
import type { BlockRecoder } from '#ports'
import type { ChunkIndex, PackFacts } from '../chunk-index.ts'
import { ChunkReader } from '../chunk-reader.ts'
import { readFooter } from '../load-index.ts'
import type { Session } from '../session.ts'
import type { Vault } from '../vault.ts'
import type { LiveSet } from './mark-live.ts'

const blocksAtOnce = 4
/** Mixed blocks of which this much lives are sealed as one. */
const gatheredBytes = 1024 * 1024
const gatheredBlocksMax = 8

export async function copyLiving(
  session: Session,
  request: {
    readonly packs: readonly PackFacts[]
    readonly live: LiveSet
    readonly recoder: BlockRecoder | undefined
  },
  signal: AbortSignal,
): Promise<void> {
  const { vault } = session.ownership
  const copier = new Copier(session, request.live, request.recoder ?? recoderOf(vault))
  for (const pack of request.packs) await copier.copyPack(pack, signal)
  await session.flush(signal)
}

/** Without worker threads. */
function recoderOf({ ports: { cipher }, keys }: Vault): BlockRecoder {
  return {
    recode: async (request) => recodeBlocks(cipher, keys, request),
    async authenticate(request) {
      authenticateBlock(cipher, keys, request)
      return request.sealed
    },
  }
}

/** One block as it is, or some mixed ones. */
type Step = { readonly kind: BlockKind; readonly isWhole: boolean; readonly blocks: Living[] }
type Living = {
  readonly number: number
  readonly block: PackedBlock
  readonly keep: readonly number[]
}

class Copier {
  readonly #session: Session
  readonly #index: ChunkIndex
  readonly #live: LiveSet
  readonly #recoder: BlockRecoder
  readonly #reader: ChunkReader

  constructor(session: Session, live: LiveSet, recoder: BlockRecoder) {
    this.#session = session
    this.#index = session.index
    this.#live = live
    this.#recoder = recoder
    this.#reader = new ChunkReader(session.ownership.vault, session.index)
  }

  async copyPack(pack: PackFacts, signal: AbortSignal): Promise<void> {
    const footer = await readFooter(this.#session.ownership.vault, pack, signal)
    assert(footer.length === pack.blockCount, 'footer and index agree on the blocks of a pack')
    const steps = this.#plan(pack, footer)
    await forEachLimited(steps, blocksAtOnce, (step) => this.#copy(step, pack.name, signal))
  }

  #plan(pack: PackFacts, footer: readonly PackedBlock[]): Step[] {
    const steps: Step[] = []
    const gathering: { [K in BlockKind]?: { readonly step: Step; bytes: number } } = {}
    for (const [i, block] of footer.entries()) {
      const number = pack.firstBlock + i
      const keep = this.#livingOf(number, block)
      if (keep.length === 0) continue
      const living = { number, block, keep }
      if (keep.length === block.ids.length) {
        steps.push({ kind: block.kind, isWhole: true, blocks: [living] })
        continue
      }
      const group = gathering[block.kind] ?? {
        step: { kind: block.kind, isWhole: false, blocks: [] },
        bytes: 0,
      }
      if (group.step.blocks.length === 0) steps.push(group.step)
      group.step.blocks.push(living)
      group.bytes += keep.reduce((sum, ordinal) => sum + (block.lengths[ordinal] ?? 0), 0)
      const isFull = group.bytes >= gatheredBytes || group.step.blocks.length >= gatheredBlocksMax
      if (isFull) delete gathering[block.kind]
      else gathering[block.kind] = group
    }
    return steps
  }

  #livingOf(number: number, block: PackedBlock): number[] {
    const { first, count } = this.#index.entriesOf(number)
    assert(count === block.ids.length, 'footer and index agree on the chunks of a block')
    return block.ids.flatMap((_, ordinal) => (this.#live.has(first + ordinal) ? [ordinal] : []))
  }

  async #copy(step: Step, object: string, signal: AbortSignal): Promise<void> {
    const { kind } = step
    const parts: BlockPart[] = []
    for (const { number, block, keep } of step.blocks) {
      const sealed = await this.#reader.fetch(this.#index.block(number), signal)
      parts.push({ sealed, ids: block.ids, lengths: block.lengths, keep })
    }
    const [only] = parts
    assert(only !== undefined, 'a step has a block')
    const block = step.isWhole
      ? await this.#wholeBlock(kind, only, object, signal)
      : await this.#recoder.recode({ kind, parts, object, level: this.#level }, signal)
    await this.#session.addBlock(kind, block, signal)
    // Left to the garbage collector, a hundred megabytes would pile up.
    freeBytes(block.bytes)
  }

  async #wholeBlock(
    kind: BlockKind,
    { sealed, ids, lengths }: BlockPart,
    object: string,
    signal: AbortSignal,
  ): Promise<SealedBlock> {
    const bytes = await this.#recoder.authenticate({ kind, sealed, object }, signal)
    return { bytes, ids, lengths, rawLength: lengths.reduce((sum, length) => sum + length, 0) }
  }

  get #level(): number {
    return this.#reader.vault.config.compressionLevel
  }
}
