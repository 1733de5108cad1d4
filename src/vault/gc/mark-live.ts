/**
 * The mark of a collection: every chunk that a living or pinned point needs. It fails closed: a tree that cannot be read or
 * a chunk that no pack holds ends the collection, since what it names cannot be told from garbage (reliability 6.3).
 */
import { failure } from '#base'
import {
  type ChunkId,
  chunkId,
  decodeBranch,
  everyChunkRef,
  everyPieceRef,
  extraTags,
  isLeaf,
  LeafCursor,
  type Point,
  type PointTree,
} from '#engine'
import type { ChunkIndex } from '../chunk-index.ts'
import type { ChunkReader } from '../chunk-reader.ts'

/** One bit for each entry of the index. */
export class LiveSet {
  readonly #index: ChunkIndex
  #bits: Uint8Array

  constructor(index: ChunkIndex) {
    this.#index = index
    this.#bits = new Uint8Array(Math.ceil(index.entryCount / 8) + 1)
  }

  /** @returns false when it was marked before */
  add(entry: number): boolean {
    const byte = entry >>> 3
    if (byte >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(byte + 1, this.#bits.length * 2))
      grown.set(this.#bits)
      this.#bits = grown
    }
    const bit = 1 << (entry & 7)
    if (((this.#bits[byte] ?? 0) & bit) !== 0) return false
    this.#bits[byte] = (this.#bits[byte] ?? 0) | bit
    return true
  }

  has(entry: number): boolean {
    return ((this.#bits[entry >>> 3] ?? 0) & (1 << (entry & 7))) !== 0
  }

  /** Live entries of a block. */
  countIn(block: number): number {
    const { first, count } = this.#index.entriesOf(block)
    let live = 0
    for (let entry = first; entry < first + count; entry++) if (this.has(entry)) live++
    return live
  }
}

/**
 * Marks everything that the points need. Of several copies of a chunk one in a live pack is marked, if there is one; so a
 * condemned pack is marked only where nothing else holds what it holds.
 */
export async function markLive(
  reader: ChunkReader,
  points: readonly Point[],
  signal: AbortSignal,
): Promise<LiveSet> {
  const live = new LiveSet(reader.index)
  const marker = new Marker(reader, live)
  for (const point of points) {
    await marker.markTree(point.tree, signal)
    for (const id of point.failureLists) marker.mark(id)
  }
  return live
}

type WaitingNode = { readonly id: ChunkId; readonly below: number | undefined }

/**
 * What was walked is remembered apart from what was marked: a file can have the very bytes of a node or of a list of pieces,
 * by the will of whoever wrote it, and what those name is needed all the same.
 */
class Marker {
  readonly #reader: ChunkReader
  readonly #live: LiveSet
  readonly #walkedNodes: LiveSet
  readonly #walkedLists: LiveSet

  constructor(reader: ChunkReader, live: LiveSet) {
    this.#reader = reader
    this.#live = live
    this.#walkedNodes = new LiveSet(reader.index)
    this.#walkedLists = new LiveSet(reader.index)
  }

  /** @returns its entry */
  mark(id: Uint8Array, at = 0): number {
    const entry = this.#reader.index.find(id, false, at)
    if (entry === undefined)
      throw failure('gc.refused', { problem: 'a living point names a chunk that no pack holds' })
    this.#live.add(entry)
    return entry
  }

  async markTree(tree: PointTree, signal: AbortSignal): Promise<void> {
    const roots = tree.overlay === undefined ? [tree.base] : [tree.base, tree.overlay]
    const waiting: WaitingNode[] = roots.map(({ id }) => ({ id, below: undefined }))
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (!this.#walkedNodes.add(this.mark(next.id))) continue
      const node = await this.#reader.get(next.id, signal)
      if (isLeaf(node)) {
        await this.#markLeaf(node, signal)
        continue
      }
      const { level: below, children } = decodeBranch(node, next.below)
      for (const { id } of children.toReversed()) waiting.push({ id, below })
    }
  }

  async #markLeaf(node: Uint8Array, signal: AbortSignal): Promise<void> {
    const lists: ChunkId[] = []
    const row = new LeafCursor(node)
    while (row.next()) {
      if (row.tombstone || row.extra.length === 0) continue
      everyChunkRef(row.extra, (bytes, at, tag) => {
        if (tag === extraTags.pieceLists) lists.push(chunkId(bytes.slice(at, at + 32)))
        else this.mark(bytes, at)
        return true
      })
    }
    for (const id of lists) {
      if (!this.#walkedLists.add(this.mark(id))) continue
      everyPieceRef(await this.#reader.get(id, signal), (bytes, at) => {
        this.mark(bytes, at)
        return true
      })
    }
  }
}
