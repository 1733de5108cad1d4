/**
 * What nodes of trees hold that matches a pattern by its path at the source (rule B3). Kept by the id of the node for as
 * long as one call takes: points that share stretches are searched once.
 */
import { setImmediate } from 'node:timers/promises'
import { type ByteString, checkAborted } from '#base'
import {
  type ChunkId,
  decodeBranch,
  isLeaf,
  LeafCursor,
  type LeafItem,
  type PathAutomaton,
  type TreeChild,
} from '#engine'
import type { PointPaths } from '#jobs'
import type { ChunkReader } from '#vault'
import { treeKey } from './entry-cursor.ts'
import type { WorkBudget } from './work-budget.ts'

/** Items kept beyond this are forgotten, the oldest first; their nodes are then read again if need be. */
const itemsKeptMax = 20_000
/** Steps of the automaton that are not in its tables, some microseconds each. */
const stepsAtOnce = 1_024

export type MatchingNode =
  | { readonly kind: 'leaf'; readonly items: readonly LeafItem[] }
  | { readonly kind: 'branch'; readonly children: readonly TreeChild[] }

export class MatchingNodes {
  readonly #reader: ChunkReader
  readonly #automaton: PathAutomaton
  readonly #paths: PointPaths
  readonly #budget: WorkBudget
  readonly #nodes = new Map<string, MatchingNode>()
  #itemsKept = 0
  #dir: ByteString | undefined
  #dirState = 0
  #dirGeneration = 0
  #pauseAt = stepsAtOnce

  constructor(
    reader: ChunkReader,
    of: {
      readonly automaton: PathAutomaton
      readonly paths: PointPaths
      readonly budget: WorkBudget
    },
  ) {
    this.#reader = reader
    this.#automaton = of.automaton
    this.#paths = of.paths
    this.#budget = of.budget
  }

  async open(id: ChunkId, signal: AbortSignal): Promise<MatchingNode> {
    const key = treeKey({ id })
    const known = this.#nodes.get(key)
    if (known !== undefined) return known
    const bytes = await this.#reader.get(id, signal)
    this.#budget.countNode()
    const node: MatchingNode = isLeaf(bytes)
      ? { kind: 'leaf', items: await this.#search(bytes, signal) }
      : { kind: 'branch', children: decodeBranch(bytes).children }
    if (node.kind === 'leaf') this.#budget.look()
    this.#keep(key, node)
    return node
  }

  /** Whether a node can hold a match that begins at one directory and ends at or before another (in key form). */
  canMatch(first: ByteString, last: ByteString): boolean {
    const shared = sharedDirectory(first, last)
    return shared === '' || !this.#automaton.isDead(this.#stateIn(shared))
  }

  #keep(key: string, node: MatchingNode): void {
    this.#nodes.set(key, node)
    this.#itemsKept += weightOf(node)
    for (const [oldest, old] of this.#nodes) {
      if (this.#itemsKept <= itemsKeptMax || oldest === key) return
      this.#nodes.delete(oldest)
      this.#itemsKept -= weightOf(old)
    }
  }

  /** Names and patterns can be chosen to be slow together: others are served in between. */
  async #search(bytes: Uint8Array, signal: AbortSignal): Promise<LeafItem[]> {
    const items: LeafItem[] = []
    const automaton = this.#automaton
    let row = new LeafCursor(bytes)
    let isOwn = false
    // Whether it is a directory may differ between base and overlay; the caller asks that of what it shows.
    for (let seen = 1; row.next(); seen++) {
      if (this.#isMatch(row)) items.push(own(row.item()))
      if (automaton.stepsMade < this.#pauseAt) continue
      this.#pauseAt = automaton.stepsMade + stepsAtOnce
      if (!isOwn) row = ownCursor(bytes, seen)
      isOwn = true
      await setImmediate()
      checkAborted(signal)
    }
    return items
  }

  #isMatch(row: LeafCursor): boolean {
    const automaton = this.#automaton
    // The sources themselves stand in the root of a point, under names that need not be theirs.
    if (row.dir === '') {
      const path = this.#paths.sourcePath({ dir: row.dir, name: row.name })
      return automaton.verdict(automaton.stepText(automaton.start, path), true) >= 0
    }
    if (row.dir !== this.#dir || automaton.generation !== this.#dirGeneration) {
      this.#dirState = this.#stateIn(row.dir)
      this.#dir = row.dir
      this.#dirGeneration = automaton.generation
    }
    if (automaton.isDead(this.#dirState)) return false
    const state = automaton.stepBytes(this.#dirState, row.nameBytes, row.nameLength)
    return automaton.verdict(state, true) >= 0
  }

  /** The state after a directory of the source and its separator. */
  #stateIn(dir: ByteString): number {
    const automaton = this.#automaton
    const path = this.#paths.sourceDirectory(dir)
    const state = automaton.stepText(automaton.start, path === '/' ? '' : path)
    return path === '' ? state : automaton.step(state, slash)
  }
}

const slash = 0x2f

/** After as many rows, over bytes that stay when the block leaves the cache. */
function ownCursor(bytes: Uint8Array, rows: number): LeafCursor {
  const row = new LeafCursor(bytes.slice())
  for (let at = 0; at < rows; at++) row.next()
  return row
}

function weightOf(node: MatchingNode): number {
  return node.kind === 'leaf' ? node.items.length : node.children.length
}

/** The deepest directory that two of them are in, in key form; '' is the root. */
function sharedDirectory(a: ByteString, b: ByteString): ByteString {
  const max = Math.min(a.length, b.length)
  let end = 0
  for (let at = 0; at < max && a.charCodeAt(at) === b.charCodeAt(at); at++)
    if (a.charCodeAt(at) === 0) end = at + 1
  return a.slice(0, end) as ByteString
}

/** Rows show bytes of a block that may leave the cache; what is kept has its own. */
function own(item: LeafItem): LeafItem {
  if (item.kind === 'tombstone' || item.entry.extra.length === 0) return item
  return { ...item, entry: { ...item.entry, extra: item.entry.extra.slice() } }
}
