/**
 * A session: what one job adds to a vault. It keeps the order of writes on which everything rests: packs durable, then
 * the index segment that names them, then the point that names their chunks; a point never names what is not there
 * (docs/format/order.md). A session pins what it relies on, so a collection that runs meanwhile leaves it alone.
 */
import { assert, failure } from '#base'
import {
  type BlockKind,
  type ChunkId,
  chunkIdOf,
  encodeIndexSegment,
  encodePoint,
  type IndexedPack,
  idOf,
  idPrefixBytes,
  type KnownPoint,
  type LedgerState,
  type ObjectName,
  type Point,
  pointState,
  type SealedBlock,
  sealBlock,
  type TreeRoot,
  type VaultConfig,
} from '#engine'
import type { BackupSession, PointDraft } from '#ports'
import type { ChunkIndex, PackFacts } from './chunk-index.ts'
import type { Ownership } from './ownership.ts'
import { PackWriter } from './pack-writer.ts'
import { putSealed, type Vault } from './vault.ts'

const treeBlockBytesTarget = 256 * 1024
/** A segment is written when so many chunks wait for one: what is uploaded survives a kill soon after. */
const chunksPerSegmentMax = 500_000

export type SessionState = 'open' | 'committed' | 'ended'

export class Session implements BackupSession, AsyncDisposable {
  readonly ownership: Ownership
  readonly index: ChunkIndex
  readonly #vault: Vault
  readonly #writers: Readonly<Record<BlockKind, PackWriter>>
  /** Chunks claimed by this session that no published pack holds yet. */
  readonly #pending = new Set<string>()
  readonly #unindexed: IndexedPack[] = []
  readonly #ownPacks: Pick<IndexedPack, 'id' | 'bytes'>[] = []
  readonly #relied = new Set<number>()
  /** Blocks of others that the session relies on and that were not asked for yet; undefined: nobody will ask. */
  #reliedBlocks: Set<number> | undefined
  readonly #takenBlocks = new Set<number>()
  readonly #forsaken = new Map<ObjectName, string>()
  /** Packs from this number on are our own. */
  #ownPacksFrom = 0
  readonly #roots = new Set<string>()
  #treeChunks: { ids: ChunkId[]; chunks: Uint8Array[]; bytes: number } = {
    ids: [],
    chunks: [],
    bytes: 0,
  }
  /** The ledger when it was opened. What is condemned later may be live for it, and stays until it ends. */
  readonly asOf: LedgerState
  state: SessionState = 'open'
  newBytes = 0
  storedBytes = 0

  constructor(ownership: Ownership, index: ChunkIndex) {
    this.ownership = ownership
    this.#vault = ownership.vault
    this.index = index
    this.asOf = ownership.state
    ownership.sessions.add(this)
    const published = (pack: IndexedPack) => this.#publishedPack(pack)
    this.#writers = {
      data: new PackWriter(this.#vault, 'data', published),
      tree: new PackWriter(this.#vault, 'tree', published),
    }
  }

  /** Whether a collection must leave this pack alone while the session is open. */
  reliesOn(name: ObjectName): boolean {
    const pack = this.index.pack(name)
    return pack !== undefined && this.#relied.has(pack.number)
  }

  /** Points that count as roots while this session is open, also when they expire meanwhile. */
  get pinnedPoints(): ReadonlySet<string> {
    return this.#roots
  }

  /**
   * The session builds on this point: its content is relied on without being asked for piece by piece.
   * @returns false when the point is no longer living: then nothing may be built on it
   */
  pinPoint(id: string): boolean {
    if (!this.ownership.state.points.has(id)) return false
    this.#roots.add(id)
    return true
  }

  wallNow(): number {
    return this.ownership.wallNow()
  }

  get hasLosses(): boolean {
    const { index } = this
    return index.packs.some((pack) => ['missing', 'quarantined'].includes(index.stateOf(pack)))
  }

  /** Pins before it answers yes. `ids` at `at`: 16 bytes of an id suffice. */
  has(ids: Uint8Array, at = 0): boolean {
    const entry = this.index.find(ids, true, at)
    if (entry === undefined) return this.#pending.has(prefixText(ids, at))
    const { number } = this.index.packOf(entry)
    this.#relied.add(number)
    if (this.#reliedBlocks !== undefined && number < this.#ownPacksFrom)
      this.#reliedBlocks.add(this.index.blockOf(entry))
    return true
  }

  /** From now on the session remembers which blocks it relies on, for `takeRelied`. */
  rememberRelied(): void {
    this.#reliedBlocks ??= new Set()
    this.#ownPacksFrom = this.index.packs.length
  }

  /** The blocks of others that it came to rely on since it was asked last; each is told once. */
  takeRelied(): number[] {
    assert(this.#reliedBlocks !== undefined, 'who asks for blocks has had them remembered')
    const blocks = [...this.#reliedBlocks].filter((block) => !this.#takenBlocks.has(block))
    for (const block of blocks) this.#takenBlocks.add(block)
    this.#reliedBlocks.clear()
    return blocks
  }

  /** Nothing rests on this pack any more: what it held is claimed anew. */
  forsake(pack: PackFacts, problem: string): void {
    this.index.setState(pack, 'quarantined')
    this.#relied.delete(pack.number)
    this.#forsaken.set(pack.name, problem)
  }

  /** Writes down which packs proved to be damaged, so that no later session relies on them either. */
  async recordDamage(seen: ReadonlyMap<ObjectName, string>, signal: AbortSignal): Promise<void> {
    const damaged = new Map([...this.#forsaken, ...seen])
    if (damaged.size === 0) return
    await this.ownership.append(({ quarantined }) => {
      const packs = [...damaged.keys()].filter((pack) => !quarantined.has(pack))
      if (packs.length === 0) return undefined
      return { kind: 'quarantine', packs, reason: 'a backup found it damaged' }
    }, signal)
  }

  /** The numbers of those chunks that the vault lacks and this session has not claimed yet; now it has. */
  claim(chunks: readonly { readonly id: ChunkId }[]): number[] {
    assert(this.state === 'open', 'only an open session claims')
    const lacking: number[] = []
    for (const [number, { id }] of chunks.entries()) {
      if (this.has(id)) continue
      this.#pending.add(prefixText(id, 0))
      lacking.push(number)
    }
    return lacking
  }

  async addBlock(kind: BlockKind, block: SealedBlock, signal: AbortSignal): Promise<void> {
    assert(this.state === 'open', 'only an open session adds')
    this.newBytes += block.rawLength
    this.storedBytes += block.bytes.length
    await this.#writers[kind].append(block, signal)
    if (this.#pending.size > chunksPerSegmentMax) await this.flush(signal)
  }

  /** Takes a tree node or another small record; it is stored with its neighbours. Call `drainNodes` now and then. */
  addNode(bytes: Uint8Array): ChunkId {
    assert(this.state === 'open', 'only an open session adds')
    const id = chunkIdOf(this.#vault.ports.cipher, this.#vault.keys, bytes)
    if (this.has(id)) return id
    this.#pending.add(prefixText(id, 0))
    this.#treeChunks.ids.push(id)
    this.#treeChunks.chunks.push(bytes)
    this.#treeChunks.bytes += bytes.length
    return id
  }

  get nodesWaiting(): boolean {
    return this.#treeChunks.bytes >= treeBlockBytesTarget
  }

  async drainNodes(signal: AbortSignal): Promise<void> {
    const { ids, chunks } = this.#treeChunks
    if (ids.length === 0) return
    this.#treeChunks = { ids: [], chunks: [], bytes: 0 }
    let from = 0
    let bytes = 0
    // Many may come at once: all entries that stood behind a large file, say. Whoever reads one opens its block.
    for (const [i, chunk] of chunks.entries()) {
      bytes += chunk.length
      if (bytes < treeBlockBytesTarget && i + 1 < chunks.length) continue
      const run = { ids: ids.slice(from, i + 1), chunks: chunks.slice(from, i + 1) }
      await this.#addTreeBlock(run, signal)
      from = i + 1
      bytes = 0
    }
  }

  async #addTreeBlock(
    run: { readonly ids: readonly ChunkId[]; readonly chunks: readonly Uint8Array[] },
    signal: AbortSignal,
  ): Promise<void> {
    const { config, keys, ports } = this.#vault
    const level = config.compressionLevel
    await this.addBlock(
      'tree',
      sealBlock(ports.cipher, keys, { kind: 'tree', ...run, level }),
      signal,
    )
  }

  /** Everything added so far becomes durable and findable. */
  async flush(signal: AbortSignal): Promise<void> {
    await this.drainNodes(signal)
    await this.#writers.data.finish(signal)
    await this.#writers.tree.finish(signal)
    await this.#writeSegment(signal)
  }

  /** The one step that makes a point. @throws vault.fenced, object.missing, and nothing of the point exists then. */
  async commit(draft: PointDraft, signal: AbortSignal): Promise<KnownPoint> {
    assertRetention(this.#vault.config, draft.retainForMs)
    await this.flush(signal)
    // Not after every flush: in the middle of a job other batches have claimed chunks that they are still sealing.
    assert(this.#pending.size === 0, 'at a commit every claimed chunk is in a pack')
    this.#assertReadable(draft.tree.base)
    if (draft.tree.overlay !== undefined) this.#assertReadable(draft.tree.overlay)
    await this.#assertPacksThere(signal)
    return await this.#commitPoint(draft, signal)
  }

  /** The point becomes durable, then the ledger names it; only then it counts. */
  async #commitPoint(draft: PointDraft, signal: AbortSignal): Promise<KnownPoint> {
    const { retainForMs, ...facts } = draft
    let known: KnownPoint | undefined
    await this.ownership.append(async (state) => {
      const trustedAt = this.ownership.trustedNow()
      const point: Point = {
        ...facts,
        epoch: state.epoch,
        entry: state.number + 1,
        sequence: state.sequence + 1,
        previous: state.newest,
        trustedAt,
        retainUntil: retainForMs === undefined ? undefined : trustedAt + retainForMs,
      }
      const name = await putSealed(
        this.#vault,
        { kind: 'point', plaintext: encodePoint(point) },
        signal,
      )
      known = { id: idOf(name), point, state: pointState(point, undefined) }
      return { kind: 'commit', point: known.id, sequence: point.sequence }
    }, signal)
    assert(known !== undefined, 'a commit that succeeded made a point')
    this.state = 'committed'
    return known
  }

  /** Ends the session. What was uploaded and indexed stays for the next one; half a pack does not. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state === 'open') this.state = 'ended'
    this.ownership.sessions.delete(this)
    await this.#writers.data.discard()
    await this.#writers.tree.discard()
  }

  /** Packs of its own that stand in the vault, oldest first. */
  get ownPacks(): readonly Pick<IndexedPack, 'id' | 'bytes'>[] {
    return this.#ownPacks
  }

  #publishedPack(pack: IndexedPack): void {
    this.#ownPacks.push({ id: pack.id, bytes: pack.bytes })
    const facts = this.index.addPack(pack)
    this.#relied.add(facts.number)
    this.#unindexed.push(pack)
    for (const block of pack.blocks) {
      for (let at = 0; at < block.prefixes.length; at += idPrefixBytes) {
        this.#pending.delete(prefixText(block.prefixes, at))
      }
    }
  }

  async #writeSegment(signal: AbortSignal): Promise<void> {
    if (this.#unindexed.length === 0) return
    const packs = this.#unindexed.splice(0)
    const plaintext = encodeIndexSegment({ supersedes: [], packs })
    try {
      await putSealed(this.#vault, { kind: 'index', plaintext }, signal)
      for (const hear of this.ownership.indexListeners) hear(packs)
    } catch (problem) {
      // No point may count on packs that no segment names: a second try must write them again.
      this.#unindexed.push(...packs)
      throw problem
    }
  }

  #assertReadable(root: TreeRoot): void {
    const entry = this.index.find(root.id, false)
    if (entry === undefined)
      throw failure('object.missing', { object: 'the root of the new point' })
  }

  /** Existence is asked of the store, not of our memory: an index can be older than a deletion (borg issue 9748). */
  async #assertPacksThere(signal: AbortSignal): Promise<void> {
    for (const number of this.#relied) {
      const pack: PackFacts | undefined = this.index.packs[number]
      assert(pack !== undefined, 'a pinned pack is in the index')
      const bytes = await this.#vault.ports.store.stat(pack.name, signal)
      if (bytes === pack.bytes) continue
      this.index.setState(pack, 'missing')
      // Another owner may have deleted it by right: then that is what happened.
      await this.ownership.assertOwned(signal)
      throw failure('object.missing', { object: pack.name })
    }
  }
}

/** L3: what the vault allows is the vault's to keep, whoever asks. */
export function assertRetention(config: VaultConfig, retainForMs: number | undefined): void {
  const { retentionMinMs: min, retentionMaxMs: max } = config
  const length = retainForMs ?? Number.POSITIVE_INFINITY
  if (length >= min && length <= (max ?? Number.POSITIVE_INFINITY)) return
  const inDays = (ms: number | undefined): string =>
    ms === undefined ? 'for ever' : `${ms / 86_400_000} days`
  throw failure('retention.out-of-range', {
    days: inDays(retainForMs),
    min: inDays(min),
    max: inDays(max),
  })
}

/** The 16 bytes of an id's prefix as the key of a set: eight characters, made in 40 ns. */
function prefixText(bytes: Uint8Array, at: number): string {
  const two = (from: number): number => (bytes[from] ?? 0) | ((bytes[from + 1] ?? 0) << 8)
  return String.fromCharCode(
    two(at),
    two(at + 2),
    two(at + 4),
    two(at + 6),
    two(at + 8),
    two(at + 10),
    two(at + 12),
    two(at + 14),
  )
}
