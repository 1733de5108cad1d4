/**
 * The keys under which two trees hold different rows, in key order, in time proportional to the difference: subtrees of
 * equal id are equal and are stepped over unread. Nodes end where keys say so, so equal stretches find each other again.
 */
import { assert, checkAborted, equalBytes } from '#base'
import {
  compareKeys,
  decodeBranch,
  type EntryKey,
  isLeaf,
  LeafCursor,
  type TreeChild,
  type TreeRoot,
} from '#engine'
import type { ChunkReader } from '#vault'
import { keyOf } from './point-rows.ts'

export async function* differingKeys(
  reader: ChunkReader,
  trees: { readonly before: TreeRoot | undefined; readonly after: TreeRoot | undefined },
  signal: AbortSignal,
): AsyncIterable<EntryKey> {
  const a = new Frontier(reader, trees.before)
  const b = new Frontier(reader, trees.after)
  for (;;) {
    checkAborted(signal)
    const [x, y] = [a.head, b.head]
    if (x === undefined && y === undefined) return
    if (x?.kind === 'node' && y?.kind === 'node' && equalBytes(x.child.id, y.child.id)) {
      a.skip()
      b.skip()
      continue
    }
    const order = compareHeads(x, y)
    if (order <= 0 && x?.kind === 'node' && !(order === 0 && isLower(x, y))) await a.expand(signal)
    else if (order >= 0 && y?.kind === 'node') await b.expand(signal)
    else if (order === 0 && x?.kind === 'row' && y?.kind === 'row') {
      if (!isSameRow(x.row, y.row)) yield x.key
      a.skip()
      b.skip()
    } else if (order < 0 && x?.kind === 'row') {
      yield x.key
      a.skip()
    } else {
      assert(y?.kind === 'row', 'what comes first is a row by now')
      yield y.key
      b.skip()
    }
  }
}

type Head =
  | {
      readonly kind: 'node'
      readonly key: EntryKey
      readonly child: TreeChild
      readonly level: number
    }
  | { readonly kind: 'row'; readonly key: EntryKey; readonly row: LeafCursor }

function compareHeads(x: Head | undefined, y: Head | undefined): number {
  if (x === undefined) return 1
  return y === undefined ? -1 : compareKeys(x.key, y.key)
}

/** Of two nodes that begin alike, the higher one is opened first: its children may meet the other. */
function isLower(x: Head & { kind: 'node' }, y: Head | undefined): boolean {
  return y?.kind === 'node' && x.level < y.level
}

/** A tree opened as far as was needed: unopened nodes, and the rows of the leaf that is open. */
class Frontier {
  readonly #reader: ChunkReader
  /** Nodes not yet opened, the next is the last. */
  readonly #nodes: { readonly child: TreeChild; readonly level: number }[] = []
  #row: LeafCursor | undefined
  #head: Head | undefined

  constructor(reader: ChunkReader, root: TreeRoot | undefined) {
    this.#reader = reader
    if (root === undefined) return
    const first = { dir: '', name: '' } as EntryKey
    this.#nodes.push({ child: { ...root, first }, level: Number.POSITIVE_INFINITY })
    this.#settle()
  }

  get head(): Head | undefined {
    return this.#head
  }

  /** Leaves the head behind. */
  skip(): void {
    if (this.#head?.kind === 'node') this.#nodes.pop()
    else if (this.#row?.next() !== true) this.#row = undefined
    this.#settle()
  }

  /** Opens the node at the head. */
  async expand(signal: AbortSignal): Promise<void> {
    const node = this.#nodes.pop()
    assert(node !== undefined && this.#row === undefined, 'a node is at the head')
    const bytes = await this.#reader.get(node.child.id, signal)
    if (isLeaf(bytes)) {
      const row = new LeafCursor(bytes)
      if (row.next()) this.#row = row
    } else {
      const { children, level } = decodeBranch(bytes)
      for (const child of children.toReversed()) this.#nodes.push({ child, level: level - 1 })
    }
    this.#settle()
  }

  #settle(): void {
    const node = this.#nodes.at(-1)
    if (this.#row !== undefined) this.#head = { kind: 'row', key: keyOf(this.#row), row: this.#row }
    else this.#head = node && { kind: 'node', key: node.child.first, ...node }
  }
}

function isSameRow(a: LeafCursor, b: LeafCursor): boolean {
  return (
    a.tombstone === b.tombstone &&
    a.kindCode === b.kindCode &&
    a.inconsistent === b.inconsistent &&
    a.replacesBytes === b.replacesBytes &&
    (a.tombstone || hasSameStat(a, b)) &&
    equalBytes(a.extra, b.extra)
  )
}

function hasSameStat(a: LeafCursor, b: LeafCursor): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.user === b.user &&
    a.group === b.group &&
    a.nlink === b.nlink &&
    a.size === b.size &&
    a.mtimeSec === b.mtimeSec &&
    a.mtimeNsec === b.mtimeNsec &&
    a.ctimeSec === b.ctimeSec &&
    a.ctimeNsec === b.ctimeNsec &&
    a.inoLow === b.inoLow &&
    a.inoHigh === b.inoHigh
  )
}
