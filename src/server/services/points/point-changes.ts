/**
 * What differs between two points, a page at a time, in time proportional to the difference: subtrees of equal id are
 * stepped over unread. Points of the same base differ in their overlays only.
 */
import { type ByteString, equalBytes, failure } from '#base'
import type { EntryChange } from '#contract'
import { compareKeys, directoryKey, type Entry, type EntryKey, type TreeRoot } from '#engine'
import {
  changeBetween,
  type FrontierHead,
  type PointPaths,
  PointSeeker,
  TreeFrontier,
  UnreadPaths,
} from '#jobs'
import type { ChunkReader } from '#vault'
import { readCursor, writeCursor } from '../../cursor.ts'
import type { EntryPage } from './browse-folder.ts'
import { findPlace, keyAt, placeOf, rootsOf } from './entry-cursor.ts'
import { entryRecord } from './entry-records.ts'
import type { OpenPoint } from './open-point.ts'
import type { WorkBudget } from './work-budget.ts'

export type ChangesRequest = {
  readonly under: ByteString
  readonly limit: number
  readonly cursor: string | undefined
}

type TwoPoints = { readonly before: OpenPoint; readonly after: OpenPoint }

/** @throws page.cursor-refused */
export async function listChanges(
  points: TwoPoints,
  request: ChangesRequest,
  budget: WorkBudget,
  signal: AbortSignal,
): Promise<EntryPage<EntryChange>> {
  const { before, after } = points
  const { reader } = after.reading
  const trees = [before.known.point.tree, after.known.point.tree] as const
  const roots = trees.flatMap(rootsOf)
  const call = ['changes', before.known.id, after.known.id, request.under]
  const dir = directoryKey(request.under)
  let from: EntryKey = { dir, name: '' as ByteString }
  if (request.cursor !== undefined) {
    const [tree, path] = readCursor(call, request.cursor)
    from = await keyAt(reader, roots, placeOf(tree, path), signal)
  }
  const walk = new DifferingKeys(reader, points, from)
  const compare = await Comparison.of(points, signal)
  const items: EntryChange[] = []
  for (;;) {
    const step = await walk.next(budget, signal)
    if (step.kind === 'end' || !step.key.dir.startsWith(dir)) return { items, next: undefined }
    if (step.kind === 'paused' || items.length === request.limit) {
      const place = await findPlace(reader, roots, step.key, signal)
      if (place === undefined) throw failure('page.cursor-refused')
      return { items, next: writeCursor(call, [place.tree, place.path]) }
    }
    budget.countNode()
    const change = await compare.at(step.key, signal)
    if (change !== undefined) items.push(change)
  }
}

type Step =
  | { readonly kind: 'key'; readonly key: EntryKey }
  /** Enough for one call; everything before the key was seen. */
  | { readonly kind: 'paused'; readonly key: EntryKey }
  | { readonly kind: 'end' }

/** Keys under which base differs from base or overlay from overlay, in order, each once. */
class DifferingKeys {
  readonly #pairs: readonly FrontierPair[]
  #yielded = false

  constructor(reader: ChunkReader, { before, after }: TwoPoints, from: EntryKey) {
    const [a, b] = [before.known.point.tree, after.known.point.tree]
    this.#pairs = [
      new FrontierPair(reader, { before: a.base, after: b.base }, from),
      new FrontierPair(reader, { before: a.overlay, after: b.overlay }, from),
    ]
  }

  async next(budget: WorkBudget, signal: AbortSignal): Promise<Step> {
    for (;;) {
      const pair = this.#smallest()
      if (pair?.key === undefined) return { kind: 'end' }
      const { key } = pair
      if (pair.isAtDifference) {
        // Both pairs may stand at the same key.
        for (const one of this.#pairs) if (isSameKey(one.key, key)) await settleAt(one, key, signal)
        this.#yielded = true
        return { kind: 'key', key }
      }
      // The way down to the beginning must be gone, or a page could end where it began.
      if (budget.isSpent && this.#yielded && !pair.isDescending) return { kind: 'paused', key }
      await pair.step(signal)
      budget.countNode()
      if (!pair.isDescending) this.#yielded = true
    }
  }

  #smallest(): FrontierPair | undefined {
    const [a, b] = this.#pairs
    if (a?.key === undefined) return b
    if (b?.key === undefined) return a
    const order = compareKeys(a.key, b.key)
    // At equal keys the one that must still be opened goes first.
    if (order === 0) return a.isAtDifference ? b : a
    return order < 0 ? a : b
  }
}

/** Moves past the key whatever the pair has there. */
async function settleAt(pair: FrontierPair, key: EntryKey, signal: AbortSignal): Promise<void> {
  while (isSameKey(pair.key, key)) {
    if (pair.isAtDifference) pair.pass()
    else await pair.step(signal)
  }
}

function isSameKey(a: EntryKey | undefined, b: EntryKey): boolean {
  return a !== undefined && compareKeys(a, b) === 0
}

/** Two trees side by side: equal nodes and equal rows are stepped over. */
class FrontierPair {
  readonly #a: TreeFrontier
  readonly #b: TreeFrontier

  constructor(
    reader: ChunkReader,
    trees: { readonly before: TreeRoot | undefined; readonly after: TreeRoot | undefined },
    from: EntryKey,
  ) {
    this.#a = new TreeFrontier(reader, trees.before, from)
    this.#b = new TreeFrontier(reader, trees.after, from)
    this.#skipEqual()
  }

  /** Nothing with a smaller key is left. */
  get key(): EntryKey | undefined {
    const [x, y] = [this.#a.head, this.#b.head]
    if (x === undefined || y === undefined) return (x ?? y)?.key
    return compareKeys(x.key, y.key) <= 0 ? x.key : y.key
  }

  /** What comes first are rows, or one row, that differ. */
  get isAtDifference(): boolean {
    const [x, y] = [this.#a.head, this.#b.head]
    const order = compareHeads(x, y)
    return (order > 0 || x?.kind === 'row') && (order < 0 || y?.kind === 'row')
  }

  get isDescending(): boolean {
    return [this.#a.head, this.#b.head].some((head) => head?.kind === 'node' && head.isCut)
  }

  /** Leaves the difference behind. */
  pass(): void {
    const order = compareHeads(this.#a.head, this.#b.head)
    if (order <= 0) this.#a.skip()
    if (order >= 0) this.#b.skip()
    this.#skipEqual()
  }

  /** Opens the node that comes first; of two that begin alike the higher one, whose children may meet the other. */
  async step(signal: AbortSignal): Promise<void> {
    const [x, y] = [this.#a.head, this.#b.head]
    const order = compareHeads(x, y)
    const isLeftNode = x?.kind === 'node' && order <= 0
    const isRightNode = y?.kind === 'node' && order >= 0
    const leftIsLower = isLeftNode && isRightNode && x.level < y.level
    if (isLeftNode && !leftIsLower) await this.#a.expand(signal)
    else if (isRightNode) await this.#b.expand(signal)
    this.#skipEqual()
  }

  #skipEqual(): void {
    for (;;) {
      const [x, y] = [this.#a.head, this.#b.head]
      if (x === undefined || y === undefined || !isEqual(x, y)) return
      this.#a.skip()
      this.#b.skip()
    }
  }
}

function compareHeads(x: FrontierHead | undefined, y: FrontierHead | undefined): number {
  if (x === undefined) return y === undefined ? 0 : 1
  return y === undefined ? -1 : compareKeys(x.key, y.key)
}

/** Equal nodes are equal from any key on. Rows are compared later, as entries of their points. */
function isEqual(x: FrontierHead, y: FrontierHead): boolean {
  if (x.kind === 'node' && y.kind === 'node') return equalBytes(x.child.id, y.child.id)
  if (x.kind !== 'row' || y.kind !== 'row' || compareKeys(x.key, y.key) !== 0) return false
  const [a, b] = [x.row.item(), y.row.item()]
  if (a.kind !== 'entry' || b.kind !== 'entry') return a.kind === b.kind
  return changeBetween(a.entry, b.entry) === undefined
}

type Sides<T> = { readonly before: T; readonly after: T }

/** What the two points say of one key. */
class Comparison {
  readonly #paths: Sides<PointPaths>
  readonly #seekers: Sides<PointSeeker>
  readonly #unread: Sides<UnreadPaths>

  private constructor({ before, after }: TwoPoints, unread: Sides<UnreadPaths>) {
    const { reader } = after.reading
    this.#unread = unread
    this.#paths = { before: before.paths, after: after.paths }
    this.#seekers = {
      before: new PointSeeker(reader, before.known.point.tree),
      after: new PointSeeker(reader, after.known.point.tree),
    }
  }

  static async of(points: TwoPoints, signal: AbortSignal): Promise<Comparison> {
    const { before, after } = points
    const { reader } = after.reading
    return new Comparison(points, {
      before: await UnreadPaths.of(reader, before.known, signal),
      after: await UnreadPaths.of(reader, after.known, signal),
    })
  }

  async at(key: EntryKey, signal: AbortSignal): Promise<EntryChange | undefined> {
    const before = ownBytes(await this.#seekers.before.find(key, signal))
    const after = ownBytes(await this.#seekers.after.find(key, signal))
    if (before === undefined && after === undefined) return undefined
    const path = this.#paths.after.sourcePath(key)
    const shown = {
      path,
      ...(before === undefined ? {} : { before: entryRecord(before, this.#paths.before) }),
      ...(after === undefined ? {} : { after: entryRecord(after, this.#paths.after) }),
    }
    if (before !== undefined && after !== undefined) {
      const facets = facetsOf(before, after)
      return facets === undefined ? undefined : { ...shown, change: 'changed', facets }
    }
    const lacking = before === undefined ? 'before' : 'after'
    if (this.#unread[lacking].find(this.#paths[lacking].sourcePath(key)) !== undefined)
      return { ...shown, change: 'unread', unreadIn: lacking }
    return { ...shown, change: before === undefined ? 'added' : 'removed' }
  }
}

function facetsOf(before: Entry, after: Entry): EntryChange['facets'] {
  switch (changeBetween(before, after)) {
    case undefined:
      return undefined
    case 'metadata':
      return ['attributes']
    case 'modified':
      return [before.kind === after.kind ? 'content' : 'kind']
  }
}

/** Rows show bytes of a block that the next question may put out of the cache. */
function ownBytes(entry: Entry | undefined): Entry | undefined {
  return entry === undefined ? undefined : { ...entry, extra: entry.extra.slice() }
}
