/**
 * Copies what lives out of partly dead packs. A block that lives as a whole is copied as it is, sealed; only mixed blocks
 * are sealed again. Every one is opened and hashed before: what a disk or a memory cell did to it on the way must not
 * outlive the original. The old packs are condemned only after the new ones and their segment are durable.
 */
import { assert, equalBytes, failure } from '#base'
import {
  type BlockKind,
  type ChunkId,
  chunkIdOf,
  type ObjectName,
  openBlock,
  type SealedBlock,
  sealBlock,
} from '#engine'
import type { ChunkIndex, PackFacts } from '../chunk-index.ts'
import { ChunkReader } from '../chunk-reader.ts'
import { readFooter } from '../load-index.ts'
import type { Session } from '../session.ts'
import type { LiveSet } from './mark-live.ts'

const ahead = 4

export async function copyLiving(
  session: Session,
  packs: readonly PackFacts[],
  live: LiveSet,
  signal: AbortSignal,
): Promise<void> {
  const copier = new Copier(session, live)
  for (const pack of packs) await copier.copyPack(pack, signal)
  await copier.finish(signal)
}

type Gathered = { ids: ChunkId[]; chunks: Uint8Array[]; bytes: number }

class Copier {
  readonly #session: Session
  readonly #index: ChunkIndex
  readonly #live: LiveSet
  readonly #reader: ChunkReader
  /** Living chunks of mixed blocks, until they fill a block of their own. */
  readonly #gathered: Record<BlockKind, Gathered> = {
    data: { ids: [], chunks: [], bytes: 0 },
    tree: { ids: [], chunks: [], bytes: 0 },
  }

  constructor(session: Session, live: LiveSet) {
    this.#session = session
    this.#index = session.index
    this.#live = live
    this.#reader = new ChunkReader(session.ownership.vault, session.index)
  }

  async copyPack(pack: PackFacts, signal: AbortSignal): Promise<void> {
    const footer = await readFooter(this.#reader.vault, pack, signal)
    assert(footer.length === pack.blockCount, 'footer and index agree on the blocks of a pack')
    const wanted = footer
      .map((_, i) => pack.firstBlock + i)
      .filter((block) => this.#live.countIn(block) > 0)
    const fetched = new Map<number, Promise<Uint8Array>>()
    for (const [i, block] of wanted.entries()) {
      for (const next of wanted.slice(i, i + ahead)) {
        if (!fetched.has(next))
          fetched.set(next, caught(this.#reader.fetch(this.#index.block(next), signal)))
      }
      const sealed = await fetched.get(block)
      fetched.delete(block)
      const described = footer[block - pack.firstBlock]
      assert(sealed !== undefined && described !== undefined, 'a block that is wanted was fetched')
      await this.#copyBlock(
        block,
        { bytes: sealed, ids: described.ids, lengths: described.lengths },
        signal,
      )
    }
  }

  async finish(signal: AbortSignal): Promise<void> {
    await this.#sealGathered('data', signal)
    await this.#sealGathered('tree', signal)
    await this.#session.flush(signal)
  }

  async #copyBlock(
    block: number,
    found: {
      readonly bytes: Uint8Array
      readonly ids: readonly ChunkId[]
      readonly lengths: readonly number[]
    },
    signal: AbortSignal,
  ): Promise<void> {
    const { kind, pack } = this.#index.block(block)
    const { first, count } = this.#index.entriesOf(block)
    assert(count === found.ids.length, 'footer and index agree on the chunks of a block')
    const chunks = this.#openWhole({ kind, object: pack.name }, found)
    if (this.#live.countIn(block) === count) {
      const rawLength = found.lengths.reduce((sum, length) => sum + length, 0)
      await this.#session.addBlock(kind, { ...found, rawLength } satisfies SealedBlock, signal)
      return
    }
    const gathered = this.#gathered[kind]
    for (const [i, chunk] of chunks.entries()) {
      const id = found.ids[i]
      if (!this.#live.has(first + i) || id === undefined) continue
      gathered.ids.push(id)
      gathered.chunks.push(chunk)
      gathered.bytes += chunk.length
    }
    if (gathered.bytes >= 1024 * 1024) await this.#sealGathered(kind, signal)
  }

  /** The chunks of a block, each of them what the footer says. @throws object.damaged */
  #openWhole(
    { kind, object }: { readonly kind: BlockKind; readonly object: ObjectName },
    { bytes, ids }: { readonly bytes: Uint8Array; readonly ids: readonly ChunkId[] },
  ): readonly Uint8Array[] {
    const { cipher } = this.#reader.vault.ports
    const { keys } = this.#reader.vault
    const chunks = openBlock(cipher, keys, { kind, sealed: bytes, object })
    const isOther = (id: ChunkId, i: number): boolean => {
      const chunk = chunks[i]
      return chunk === undefined || !equalBytes(chunkIdOf(cipher, keys, chunk), id)
    }
    if (chunks.length !== ids.length || ids.some(isOther)) {
      const problem = 'a chunk is not what the footer says'
      throw failure('object.damaged', { object, problem })
    }
    return chunks
  }

  async #sealGathered(kind: BlockKind, signal: AbortSignal): Promise<void> {
    const { ids, chunks } = this.#gathered[kind]
    if (ids.length === 0) return
    this.#gathered[kind] = { ids: [], chunks: [], bytes: 0 }
    const { cipher } = this.#reader.vault.ports
    const level = this.#reader.vault.config.compressionLevel
    const block = sealBlock(cipher, this.#reader.vault.keys, { kind, ids, chunks, level })
    await this.#session.addBlock(kind, block, signal)
  }
}

/** It is awaited in its turn; until then a failure must not count as unhandled. */
function caught<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
