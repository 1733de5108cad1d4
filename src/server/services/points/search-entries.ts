/**
 * Entries of some points by pattern, size and time, in the order of their paths; one point is a group of one. Every distinct
 * node is read once, whatever the number of points, and not at all where its folder cannot hold a match. A call does a
 * bounded amount of work and says where it ended.
 */
import { assert, type ByteString, displayName, failure, isFailure } from '#base'
import {
  compareKeys,
  directoryKey,
  type Entry,
  type EntryKey,
  type EntryKind,
  entryKey,
  type KnownPoint,
  type LeafItem,
  PathAutomaton,
  type Pattern,
  parsePattern,
  type TreeChild,
  type TreeRoot,
} from '#engine'
import { changeBetween, isWithin, type PointPaths } from '#jobs'
import type { ChunkReader } from '#vault'
import { treeKey } from './entry-cursor.ts'
import { modifiedAtOf } from './entry-records.ts'
import { MatchingNodes } from './matching-nodes.ts'
import type { WorkBudget } from './work-budget.ts'

export type SearchConditions = {
  readonly pattern: ByteString
  readonly kind: EntryKind | undefined
  readonly sizeMin: number | undefined
  readonly sizeMax: number | undefined
  readonly modifiedFrom: number | undefined
  readonly modifiedUntil: number | undefined
}

export type SearchRequest = {
  /** Of one realm: equal source paths stand under equal keys. The newest first. */
  readonly points: readonly KnownPoint[]
  readonly paths: PointPaths
  readonly conditions: SearchConditions
  /** Only what stands below this folder of the points; '' is all. */
  readonly under: ByteString
  /** Nothing before this key; undefined: from the beginning. */
  readonly from: EntryKey | undefined
  readonly limit: number
}

/** One state of an entry, the newest point that has it, and how many have it. */
export type Found = {
  readonly entry: Entry
  readonly known: KnownPoint
  readonly pointCount: number
}

/** `next`: everything before this key was looked at; undefined: all was. */
export type SearchOutcome = {
  readonly found: readonly Found[]
  readonly next: EntryKey | undefined
}

/** @throws search.pattern-refused */
export async function searchEntries(
  reader: ChunkReader,
  request: SearchRequest,
  budget: WorkBudget,
  signal: AbortSignal,
): Promise<SearchOutcome> {
  const { conditions, limit, paths } = request
  const pattern = patternOf(conditions.pattern)
  const automaton = new PathAutomaton([pattern])
  const nodes = new MatchingNodes(reader, { automaton, paths, budget })
  const under = narrowed(request, pattern)
  const walk = new GroupWalk(nodes, { ...request, under }, budget)
  const found: Found[] = []
  for (;;) {
    const step = await walk.next(signal)
    if (step.kind === 'end') return { found, next: undefined }
    if (step.kind === 'paused') return { found, next: step.key }
    const fitting = step.states.filter(
      ({ entry }) =>
        meets(entry, conditions) && (!pattern.directoriesOnly || entry.kind === 'directory'),
    )
    // All states of one path are on one page, even if that has a few more then: a cursor says a path, not a state.
    if (found.length > 0 && found.length + fitting.length > limit) return { found, next: step.key }
    found.push(...fitting)
    if (budget.isSpent) walk.pauseSoon()
  }
}

/** Points of a group that are looked at in one walk. */
export const searchGroupMax = 50

const slash = 0x2f
const asciiCount = 0x80

/** A pattern that begins with whole folders looks only there: the folder in the points that all of its paths stand in. */
function narrowed({ paths, under }: SearchRequest, { tokens }: Pattern): ByteString {
  let path = ''
  let end = 0
  for (const token of tokens) {
    if (token.kind !== 'symbol' || token.symbol >= asciiCount) break
    if (token.symbol === slash) end = path.length
    path += String.fromCharCode(token.symbol)
  }
  const folder = path.slice(0, end) as ByteString
  if (folder === '' || !paths.covers(folder)) return under
  const inside = paths.pointPath(folder)
  const isThatFolder = paths.sourcePath(entryKey(inside)) === folder
  return isThatFolder && (under === '' || isWithin(inside, under)) ? inside : under
}

function patternOf(text: ByteString): Pattern {
  try {
    return parsePattern(text)
  } catch (problem) {
    if (!isFailure(problem, 'usage.invalid')) throw problem
    throw failure('search.pattern-refused', { pattern: displayName(text) }, problem)
  }
}

function meets(entry: Entry, wanted: SearchConditions): boolean {
  const { kind, sizeMin, sizeMax, modifiedFrom, modifiedUntil } = wanted
  if (kind !== undefined && entry.kind !== kind) return false
  // Only files have a size that anybody could mean.
  const isSized = sizeMin !== undefined || sizeMax !== undefined
  if (isSized && entry.kind !== 'file') return false
  if (sizeMin !== undefined && entry.size < sizeMin) return false
  if (sizeMax !== undefined && entry.size > sizeMax) return false
  const at = modifiedAtOf(entry)
  if (modifiedFrom !== undefined && at < modifiedFrom) return false
  return modifiedUntil === undefined || at < modifiedUntil
}

type Step =
  | { readonly kind: 'states'; readonly key: EntryKey; readonly states: readonly Found[] }
  | { readonly kind: 'paused'; readonly key: EntryKey }
  | { readonly kind: 'end' }

/** The trees of the points side by side. */
class GroupWalk {
  readonly #points: readonly {
    readonly known: KnownPoint
    readonly base: TreeWalk
    readonly overlay: TreeWalk | undefined
  }[]
  readonly #trees: readonly TreeWalk[]
  readonly #budget: WorkBudget
  #moved = false

  constructor(nodes: MatchingNodes, request: SearchRequest, budget: WorkBudget) {
    const dir = directoryKey(request.under)
    const from = request.from ?? { dir, name: '' as ByteString }
    const trees = new Map<string, TreeWalk>()
    const walkOf = (root: TreeRoot): TreeWalk => {
      const key = treeKey(root)
      const walk = trees.get(key) ?? new TreeWalk(nodes, root, { from, dir })
      trees.set(key, walk)
      return walk
    }
    this.#points = request.points.map((known) => {
      const { base, overlay } = known.point.tree
      const over = overlay === undefined ? undefined : walkOf(overlay)
      return { known, base: walkOf(base), overlay: over }
    })
    this.#trees = [...trees.values()]
    this.#budget = budget
  }

  /** The next key ends the walk. */
  pauseSoon(): void {
    this.#moved = true
  }

  async next(signal: AbortSignal): Promise<Step> {
    for (;;) {
      const walk = this.#first()
      if (walk?.key === undefined) return { kind: 'end' }
      const { key } = walk
      // What is at hand is given whatever the time: it was paid for, and the next page would pay again.
      if (walk.head === undefined) {
        // The way down to the beginning must be gone, or a page could end where it began.
        const isOver = this.#budget.isSpent && this.#moved
        if (isOver && !walk.isDescending) return { kind: 'paused', key }
        if (!walk.isDescending) this.#moved = true
        await walk.open(signal)
        continue
      }
      const states = this.#statesAt(key)
      for (const one of this.#trees) if (one.isAt(key)) one.pass()
      if (states.length > 0) return { kind: 'states', key, states }
    }
  }

  /** Of those at the same key one that must still be opened. */
  #first(): TreeWalk | undefined {
    let first: TreeWalk | undefined
    for (const walk of this.#trees) {
      if (walk.key === undefined) continue
      const order = first?.key === undefined ? -1 : compareKeys(walk.key, first.key)
      if (order < 0 || (order === 0 && walk.head === undefined)) first = walk
    }
    return first
  }

  #statesAt(key: EntryKey): readonly Found[] {
    const states: (Found & { pointCount: number })[] = []
    let last: LeafItem | undefined
    let state: (typeof states)[number] | undefined
    for (const { known, base, overlay } of this.#points) {
      const item = overlay?.isAt(key) ? overlay.head : base.isAt(key) ? base.head : undefined
      if (item?.kind !== 'entry') continue
      const { entry } = item
      // The root of a point is an entry without a name, and nothing that anybody looks for.
      if (entry.name === '' && entry.dir === '') continue
      // Points that share a node share the item: nothing is compared then.
      if (item !== last) state = states.find((one) => changeBetween(one.entry, entry) === undefined)
      last = item
      if (state === undefined) {
        state = { entry, known, pointCount: 0 }
        states.push(state)
      }
      state.pointCount++
    }
    return states
  }
}

/** The matching items of one tree, from a key on and within one folder. */
class TreeWalk {
  readonly #nodes: MatchingNodes
  readonly #from: EntryKey
  readonly #dir: ByteString
  /** The next is the last; `end` is where what follows begins. */
  readonly #waiting: {
    readonly child: TreeChild
    readonly end: EntryKey | undefined
    readonly isRoot?: true
  }[]
  #items: readonly LeafItem[] = []
  #at = 0

  constructor(
    nodes: MatchingNodes,
    root: TreeRoot,
    range: { readonly from: EntryKey; readonly dir: ByteString },
  ) {
    this.#nodes = nodes
    this.#from = range.from
    this.#dir = range.dir
    const first = { dir: '', name: '' } as EntryKey
    this.#waiting = [{ child: { ...root, first }, end: undefined, isRoot: true }]
  }

  /** The item that comes next; undefined: a node must be opened first, or nothing is left. */
  get head(): LeafItem | undefined {
    return this.#items[this.#at]
  }

  /** Nothing with a smaller key is left; undefined: nothing is. */
  get key(): EntryKey | undefined {
    const item = this.head
    if (item !== undefined) return item.kind === 'entry' ? item.entry : item.key
    const node = this.#waiting.at(-1)
    if (node === undefined) return undefined
    return this.isDescending ? this.#from : node.child.first
  }

  /** On the way to the first key. */
  get isDescending(): boolean {
    const node = this.#waiting.at(-1)
    if (this.head !== undefined || node === undefined) return false
    return node.isRoot === true || compareKeys(node.child.first, this.#from) < 0
  }

  isAt(key: EntryKey): boolean {
    const item = this.head
    if (item === undefined) return false
    return compareKeys(item.kind === 'entry' ? item.entry : item.key, key) === 0
  }

  pass(): void {
    this.#at++
    this.#endOutside()
  }

  async open(signal: AbortSignal): Promise<void> {
    const node = this.#waiting.pop()
    assert(node !== undefined, 'a node waits to be opened')
    const opened = await this.#nodes.open(node.child.id, signal)
    if (opened.kind === 'leaf') {
      this.#items = opened.items
      this.#at = 0
      while (this.head !== undefined && this.#isBefore(this.head)) this.#at++
      this.#endOutside()
      return
    }
    const { children } = opened
    for (let at = children.length - 1; at >= 0; at--) {
      const child = children[at]
      const end = children[at + 1]?.first ?? node.end
      if (child !== undefined && this.#isWanted(child, end)) this.#waiting.push({ child, end })
    }
  }

  #isWanted(child: TreeChild, end: EntryKey | undefined): boolean {
    if (end !== undefined && compareKeys(end, this.#from) <= 0) return false
    if (child.first.dir > this.#dir && !child.first.dir.startsWith(this.#dir)) return false
    return end === undefined || this.#nodes.canMatch(child.first.dir, end.dir)
  }

  #isBefore(item: LeafItem): boolean {
    return compareKeys(item.kind === 'entry' ? item.entry : item.key, this.#from) < 0
  }

  /** Beyond the folder nothing is wanted. */
  #endOutside(): void {
    const item = this.head
    if (item === undefined) return
    const { dir } = item.kind === 'entry' ? item.entry : item.key
    if (dir.startsWith(this.#dir)) return
    this.#waiting.length = 0
    this.#items = []
  }
}
