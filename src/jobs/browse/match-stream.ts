/**
 * The items of a tree whose paths match a pattern, leaf by leaf. What a node holds of them is kept by its id: points that
 * share a base, and trees that share stretches, are searched once.
 */
import { type ByteString, byteString, checkAborted } from '#base'
import {
  type Branch,
  type ChunkId,
  decodeBranch,
  type EntryKey,
  isLeaf,
  LeafCursor,
  type LeafItem,
  type PathAutomaton,
  type TreeRoot,
} from '#engine'
import type { ChunkReader } from '#vault'
import type { PointPaths } from './point-paths.ts'

/** Items kept beyond this are forgotten, the oldest first; their nodes are then read again if need be. */
const itemsKeptMax = 100_000
const nodesKeptMax = 50_000

type Node =
  | { readonly kind: 'leaf'; readonly items: readonly LeafItem[] }
  | { readonly kind: 'branch'; readonly branch: Branch }

/** Searches nodes for one pattern in points of one realm. */
export class NodeSearch {
  readonly #reader: ChunkReader
  readonly #automaton: PathAutomaton
  readonly #paths: PointPaths
  readonly #nodes = new Map<ByteString, Node>()
  #itemsKept = 0
  #dir: ByteString | undefined
  #dirState = 0
  #dirGeneration = 0

  constructor(reader: ChunkReader, automaton: PathAutomaton, paths: PointPaths) {
    this.#reader = reader
    this.#automaton = automaton
    this.#paths = paths
  }

  async node(id: ChunkId, signal: AbortSignal): Promise<Node> {
    const key = byteString(id)
    const known = this.#nodes.get(key)
    if (known !== undefined) return known
    checkAborted(signal)
    const bytes = await this.#reader.get(id, signal)
    const node: Node = isLeaf(bytes)
      ? { kind: 'leaf', items: this.#search(new LeafCursor(bytes)) }
      : { kind: 'branch', branch: decodeBranch(bytes) }
    this.#keep(key, node)
    return node
  }

  #search(row: LeafCursor): LeafItem[] {
    const items: LeafItem[] = []
    // Whether it is a directory may differ between base and overlay; the caller asks that of what it shows.
    while (row.next()) if (this.#isMatch(row)) items.push(own(row.item()))
    return items
  }

  #isMatch(row: LeafCursor): boolean {
    const automaton = this.#automaton
    if (row.dir !== this.#dir || automaton.generation !== this.#dirGeneration) {
      const dir = this.#paths.sourceDirectory(row.dir)
      const start = automaton.stepText(automaton.start, dir === '/' ? '' : dir)
      this.#dirState = dir === '' ? start : automaton.step(start, 0x2f)
      this.#dir = row.dir
      this.#dirGeneration = automaton.generation
    }
    if (row.dir === '') return this.#isMatchAtRoot(row)
    if (automaton.isDead(this.#dirState)) return false
    const state = automaton.stepBytes(this.#dirState, row.nameBytes, row.nameLength)
    return automaton.verdict(state, true) >= 0
  }

  /** The sources themselves stand in the root of a point, under names that need not be theirs. */
  #isMatchAtRoot(row: LeafCursor): boolean {
    const path = this.#paths.sourcePath({ dir: row.dir, name: row.name })
    const state = this.#automaton.stepText(this.#automaton.start, path)
    return this.#automaton.verdict(state, true) >= 0
  }

  #keep(key: ByteString, node: Node): void {
    this.#nodes.set(key, node)
    this.#itemsKept += weightOf(node)
    for (const [oldest, { ...old }] of this.#nodes) {
      if (this.#itemsKept <= itemsKeptMax && this.#nodes.size <= nodesKeptMax) return
      if (oldest === key) return
      this.#nodes.delete(oldest)
      this.#itemsKept -= weightOf(old)
    }
  }
}

/** The matching items of one tree in key order; `head` is the next one. */
export class MatchStream {
  readonly #search: NodeSearch
  /** Nodes to visit, the next is the last. */
  readonly #waiting: ChunkId[]
  #items: readonly LeafItem[] = []
  #at = 0

  constructor(search: NodeSearch, root: TreeRoot) {
    this.#search = search
    this.#waiting = [root.id]
  }

  get head(): LeafItem | undefined {
    return this.#items[this.#at]
  }

  get headKey(): EntryKey | undefined {
    const item = this.head
    return item === undefined ? undefined : item.kind === 'entry' ? item.entry : item.key
  }

  next(): void {
    this.#at++
  }

  /** Makes `head` the next item if there is one. */
  async fill(signal: AbortSignal): Promise<void> {
    while (this.#at >= this.#items.length) {
      const id = this.#waiting.pop()
      if (id === undefined) return
      const node = await this.#search.node(id, signal)
      if (node.kind === 'leaf') {
        this.#items = node.items
        this.#at = 0
      } else {
        for (const child of node.branch.children.toReversed()) this.#waiting.push(child.id)
      }
    }
  }
}

function weightOf(node: Node): number {
  return node.kind === 'leaf' ? node.items.length : node.branch.children.length
}

/** Rows show bytes of a block that may leave the cache; what is kept has its own. */
function own(item: LeafItem): LeafItem {
  if (item.kind === 'tombstone' || item.entry.extra.length === 0) return item
  return { ...item, entry: { ...item.entry, extra: item.entry.extra.slice() } }
}
