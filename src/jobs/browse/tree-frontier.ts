/**
 * A tree opened only as far as was needed, from a key on: unopened nodes, and the rows of the leaf that is open. Trees that
 * are walked side by side step over what they share without reading it.
 */
import { assert } from '#base'
import {
  compareKeys,
  decodeBranch,
  type EntryKey,
  isLeaf,
  LeafCursor,
  type TreeChild,
  type TreeRoot,
} from '#engine'
import { type ChunkReader, compareRow } from '#vault'

export type FrontierHead =
  | {
      readonly kind: 'node'
      /** Nothing at this node or after it has a smaller key. */
      readonly key: EntryKey
      readonly child: TreeChild
      readonly level: number
      /** It may begin before the key that the walk begins at: two such nodes need not be equal from there on. */
      readonly isCut: boolean
    }
  | { readonly kind: 'row'; readonly key: EntryKey; readonly row: LeafCursor }

export class TreeFrontier {
  readonly #reader: ChunkReader
  readonly #from: EntryKey
  /** The next is the last. */
  readonly #nodes: { readonly child: TreeChild; readonly level: number }[] = []
  #row: LeafCursor | undefined
  #head: FrontierHead | undefined

  constructor(reader: ChunkReader, root: TreeRoot | undefined, from: EntryKey) {
    this.#reader = reader
    this.#from = from
    if (root === undefined) return
    const first = { dir: '', name: '' } as EntryKey
    this.#nodes.push({ child: { ...root, first }, level: Number.POSITIVE_INFINITY })
    this.#settle()
  }

  get head(): FrontierHead | undefined {
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
    if (isLeaf(bytes)) this.#openLeaf(bytes)
    else {
      const { children, level } = decodeBranch(bytes)
      for (let at = children.length - 1; at >= 0; at--) {
        const child = children[at]
        const next = children[at + 1]
        if (child === undefined || this.#endsBefore(next)) continue
        this.#nodes.push({ child, level: level - 1 })
      }
    }
    this.#settle()
  }

  #openLeaf(bytes: Uint8Array): void {
    const row = new LeafCursor(bytes)
    while (row.next()) {
      if (compareRow(row, this.#from) < 0) continue
      this.#row = row
      return
    }
  }

  /** Whether a node lies before the beginning of the walk as a whole: the next one begins there or before. */
  #endsBefore(next: TreeChild | undefined): boolean {
    return next !== undefined && compareKeys(next.first, this.#from) <= 0
  }

  #settle(): void {
    const node = this.#nodes.at(-1)
    const row = this.#row
    if (row !== undefined) this.#head = { kind: 'row', key: { dir: row.dir, name: row.name }, row }
    else if (node === undefined) this.#head = undefined
    else {
      // Where a root begins is not known before it is opened.
      const isRoot = node.level === Number.POSITIVE_INFINITY
      const isCut = isRoot || compareKeys(node.child.first, this.#from) < 0
      this.#head = { kind: 'node', key: isCut ? this.#from : node.child.first, ...node, isCut }
    }
  }
}
