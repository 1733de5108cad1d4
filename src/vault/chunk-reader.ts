/**
 * Reads chunks of a vault: finds the block, fetches it, opens it, checks the id. Recently opened blocks are kept, since
 * the nodes of a tree lie side by side.
 */
import { assert, equalBytes, type Failure, failure, isFailure } from '#base'
import { type ChunkId, chunkIdOf, type ObjectName, openBlock } from '#engine'
import { type BlockSource, storeBlocks } from './block-source.ts'
import { type BlockLocation, type ChunkIndex, chunkName } from './chunk-index.ts'
import { isDamage, type Vault, type VaultView } from './vault.ts'

const openBlocksMax = 24
const openBytesMax = 24 * 1024 * 1024
/** Damaged copies of one chunk that are tried before the last problem is told. */
const copiesTriedMax = 8

export class ChunkReader {
  readonly vault: VaultView
  readonly index: ChunkIndex
  readonly #open = new Map<
    number,
    { readonly chunks: readonly Uint8Array[]; readonly bytes: number }
  >()
  #openBytes = 0
  /** Packs that proved to be damaged, and how: for whoever can write it down (`Session.recordDamage`). */
  readonly damaged = new Map<ObjectName, string>()

  /** Where it reads from; the store of the vault, unless told otherwise. */
  readonly blocks: BlockSource

  constructor(vault: Vault, index: ChunkIndex)
  constructor(vault: VaultView, index: ChunkIndex, blocks: BlockSource)
  constructor(vault: VaultView | Vault, index: ChunkIndex, blocks = blocksOf(vault)) {
    this.vault = vault
    this.index = index
    this.blocks = blocks
  }

  /**
   * What fails is read once more (a cable that shook), then from another pack that has the same chunk. A pack that proved
   * to be damaged is not relied on again in this process, and remembered: a backup stores what it held anew.
   * @throws chunk.missing, object.missing, object.damaged. The bytes are valid until the block leaves the cache.
   */
  async get(id: ChunkId, signal: AbortSignal): Promise<Uint8Array> {
    for (let before: number | undefined, tries = 0; ; tries++) {
      const entry = this.locate(id)
      try {
        return await this.#getEntry(entry, id, signal)
      } catch (problem) {
        if (!isDamage(problem) || tries === copiesTriedMax) throw problem
        // The same one twice, and no other left.
        if (entry === before && !this.#leavePack(entry, problem)) throw problem
        before = entry
      }
    }
  }

  async #getEntry(entry: number, id: ChunkId, signal: AbortSignal): Promise<Uint8Array> {
    const location = this.index.block(this.index.blockOf(entry))
    const chunks = await this.#chunksOf(location, signal)
    const chunk = chunks[this.index.ordinalOf(entry)]
    if (
      chunk === undefined ||
      !equalBytes(chunkIdOf(this.vault.ports.cipher, this.vault.keys, chunk), id)
    ) {
      throw failure('object.damaged', {
        object: location.pack.name,
        problem: 'a chunk is not what the index says',
      })
    }
    return chunk
  }

  /** @returns whether that changes where the chunk is looked for */
  #leavePack(entry: number, problem: Failure): boolean {
    const pack = this.index.packOf(entry)
    if (isFailure(problem, 'object.damaged')) this.damaged.set(pack.name, problem.message)
    if (this.index.stateOf(pack) !== 'live') return false
    this.index.setState(pack, 'quarantined')
    return true
  }

  locate(id: ChunkId): number {
    const entry = this.index.find(id, false)
    if (entry === undefined) throw failure('chunk.missing', { chunk: chunkName(id) })
    return entry
  }

  /** The sealed bytes of a block. */
  async fetch(location: BlockLocation, signal: AbortSignal): Promise<Uint8Array> {
    const { offset, storedBytes: length, pack } = location
    const fetched = await this.blocks.fetch(
      { object: pack.name, blocks: [{ offset, length }] },
      signal,
    )
    const [sealed] = fetched.sealed
    assert(sealed !== undefined, 'a source answers for every block')
    return sealed
  }

  async #chunksOf(location: BlockLocation, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const known = this.#open.get(location.block)
    if (known !== undefined) {
      this.#open.delete(location.block)
      this.#open.set(location.block, known)
      return known.chunks
    }
    const sealed = await this.fetch(location, signal)
    const chunks = this.#openBlock(location, sealed)
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
    this.#open.set(location.block, { chunks, bytes })
    this.#openBytes += bytes
    this.#evict()
    return chunks
  }

  /** A vault of our format has no block of another one: that is a turned bit in the version. */
  #openBlock({ kind, pack }: BlockLocation, sealed: Uint8Array): readonly Uint8Array[] {
    const { ports, keys } = this.vault
    const object = pack.name
    try {
      return openBlock(ports.cipher, keys, { kind, sealed, object })
    } catch (error) {
      if (!isFailure(error, 'vault.format-unknown')) throw error
      throw failure('object.damaged', { object, problem: 'a block has an unknown version' }, error)
    }
  }

  #evict(): void {
    for (const [block, { bytes }] of this.#open) {
      if (this.#open.size <= openBlocksMax && this.#openBytes <= openBytesMax) return
      this.#open.delete(block)
      this.#openBytes -= bytes
    }
  }
}

function blocksOf(vault: VaultView | Vault): BlockSource {
  assert('store' in vault.ports, 'a reader without a store is told where blocks come from')
  return storeBlocks(vault.ports.store)
}
