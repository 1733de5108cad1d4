/**
 * How many entries and bytes of a tree stand before a key. The sums of everything below a folder are the difference of two
 * such answers; folders that are asked for in order share the nodes on the way, so a page of them costs about one leaf
 * each, however much they hold.
 */
import {
  type Branch,
  type ChunkId,
  childFor,
  compareKeys,
  decodeBranch,
  type EntryKey,
  isLeaf,
  LeafCursor,
  type TreeRoot,
  type TreeSums,
} from '#engine'
import { type ChunkReader, compareRow } from '#vault'
import { treeKey } from './entry-cursor.ts'

/** Branches kept, by id: those of the path that is asked for again and again. */
const branchesMax = 256

type SummedBranch = { readonly branch: Branch; readonly before: readonly TreeSums[] }

export class TreePrefixSums {
  readonly #reader: ChunkReader
  readonly #root: TreeRoot
  readonly #branches = new Map<string, SummedBranch>()
  /** The leaf that was asked last, as far as it was walked. */
  #leaf:
    | { readonly id: string; readonly row: LeafCursor; sums: Mutable; onRow: boolean }
    | undefined
  #last: EntryKey | undefined

  constructor(reader: ChunkReader, root: TreeRoot) {
    this.#reader = reader
    this.#root = root
  }

  async before(key: EntryKey, signal: AbortSignal): Promise<TreeSums> {
    let entries = 0
    let bytes = 0
    for (let id = this.#root.id; ; ) {
      const node = await this.#open(id, signal)
      if (node === undefined) {
        const within = await this.#inLeaf(id, key, signal)
        return { entries: entries + within.entries, bytes: bytes + within.bytes }
      }
      const number = childFor(node.branch, key)
      const child = node.branch.children[number]
      const passed = node.before[number]
      if (child === undefined || passed === undefined || compareKeys(key, child.first) <= 0)
        return { entries: entries + (passed?.entries ?? 0), bytes: bytes + (passed?.bytes ?? 0) }
      entries += passed.entries
      bytes += passed.bytes
      id = child.id
    }
  }

  /** Undefined: a leaf. */
  async #open(id: ChunkId, signal: AbortSignal): Promise<SummedBranch | undefined> {
    const key = treeKey({ id })
    if (this.#leaf?.id === key) return undefined
    const known = this.#branches.get(key)
    if (known !== undefined) return known
    const bytes = await this.#reader.get(id, signal)
    if (isLeaf(bytes)) {
      this.#begin(key, bytes)
      return undefined
    }
    const branch = decodeBranch(bytes)
    const before: TreeSums[] = []
    let sums = noSums
    for (const child of branch.children) {
      before.push(sums)
      sums = add(sums, child.sums)
    }
    const summed = { branch, before }
    if (this.#branches.size >= branchesMax) this.#branches.clear()
    this.#branches.set(key, summed)
    return summed
  }

  async #inLeaf(id: ChunkId, key: EntryKey, signal: AbortSignal): Promise<TreeSums> {
    const isBack = this.#last !== undefined && compareKeys(key, this.#last) < 0
    if (this.#leaf === undefined || isBack)
      this.#begin(treeKey({ id }), await this.#reader.get(id, signal))
    const leaf = this.#leaf
    this.#last = key
    if (leaf === undefined) return noSums
    for (;;) {
      if (leaf.onRow && compareRow(leaf.row, key) >= 0) break
      if (leaf.onRow) count(leaf.sums, leaf.row)
      leaf.onRow = leaf.row.next()
      if (!leaf.onRow) break
    }
    return { ...leaf.sums }
  }

  #begin(id: string, bytes: Uint8Array): void {
    this.#leaf = { id, row: new LeafCursor(bytes), sums: { entries: 0, bytes: 0 }, onRow: false }
    this.#last = undefined
  }
}

type Mutable = { entries: number; bytes: number }

const noSums: TreeSums = { entries: 0, bytes: 0 }

function add(a: TreeSums, b: TreeSums): TreeSums {
  return { entries: a.entries + b.entries, bytes: a.bytes + b.bytes }
}

/** As `folderSums` counts: the rows of an overlay correct those that they replace. */
function count(sums: Mutable, row: LeafCursor): void {
  // The root of a point is an entry without a name, and is not below anything.
  const replaces = row.replacesBytes !== undefined
  if (!row.tombstone) sums.entries += replaces ? 0 : 1
  else sums.entries -= 1
  sums.bytes += (row.tombstone ? 0 : row.size) - (row.replacesBytes ?? 0)
}
