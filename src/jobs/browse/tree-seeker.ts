/**
 * Looks single entries up. Keys asked for in rising order read each node once: the way down to the last one is kept, and
 * the next one is looked for from there.
 */
import { assert } from '#base'
import {
  type Branch,
  childFor,
  compareKeys,
  decodeBranch,
  type Entry,
  type EntryKey,
  isLeaf,
  LeafCursor,
  type PointTree,
  type TreeRoot,
} from '#engine'
import { type ChunkReader, compareRow } from '#vault'

/** `end`: the first key beyond it; undefined at the right edge of the tree. */
type Step = { readonly branch: Branch; readonly end: EntryKey | undefined }

export class TreeSeeker {
  readonly #reader: ChunkReader
  readonly #root: TreeRoot | undefined
  #path: Step[] = []
  #leaf: { readonly row: LeafCursor; readonly end: EntryKey | undefined } | undefined
  /** The row under the cursor is the first that was not before the last key. */
  #onRow = false
  #last: EntryKey | undefined

  constructor(reader: ChunkReader, root: TreeRoot | undefined) {
    this.#reader = reader
    this.#root = root
  }

  /** The row of this very key, valid until the next call; undefined when the tree has none. */
  async find(key: EntryKey, signal: AbortSignal): Promise<LeafCursor | undefined> {
    if (this.#last !== undefined && compareKeys(key, this.#last) < 0) this.#restart()
    this.#last = key
    if (this.#leaf === undefined || isBeyond(key, this.#leaf.end)) await this.#descend(key, signal)
    const row = this.#leaf?.row
    if (row === undefined) return undefined
    for (;;) {
      if (this.#onRow) {
        const order = compareRow(row, key)
        if (order >= 0) return order === 0 ? row : undefined
      }
      this.#onRow = row.next()
      if (!this.#onRow) return undefined
    }
  }

  #restart(): void {
    this.#path = []
    this.#leaf = undefined
  }

  async #descend(key: EntryKey, signal: AbortSignal): Promise<void> {
    if (this.#root === undefined) return
    while (this.#path.length > 0 && isBeyond(key, this.#path.at(-1)?.end)) this.#path.pop()
    let step = this.#path.at(-1)
    let end = step?.end
    let bytes =
      step === undefined ? await this.#reader.get(this.#root.id, signal) : new Uint8Array()
    for (;;) {
      if (step !== undefined) {
        const number = childFor(step.branch, key)
        const child = step.branch.children[number]
        assert(child !== undefined, 'a branch has children')
        end = step.branch.children[number + 1]?.first ?? step.end
        bytes = await this.#reader.get(child.id, signal)
      }
      if (isLeaf(bytes)) break
      step = { branch: decodeBranch(bytes, step?.branch.level), end }
      this.#path.push(step)
    }
    this.#leaf = { row: new LeafCursor(bytes), end }
    this.#onRow = false
  }
}

/** Looks entries up in a point: the overlay's word counts, then the base's. */
export class PointSeeker {
  readonly #base: TreeSeeker
  readonly #overlay: TreeSeeker

  constructor(reader: ChunkReader, tree: PointTree) {
    this.#base = new TreeSeeker(reader, tree.base)
    this.#overlay = new TreeSeeker(reader, tree.overlay)
  }

  async find(key: EntryKey, signal: AbortSignal): Promise<Entry | undefined> {
    const over = await this.#overlay.find(key, signal)
    const row = over ?? (await this.#base.find(key, signal))
    const item = row?.item()
    return item?.kind === 'entry' ? item.entry : undefined
  }
}

function isBeyond(key: EntryKey, end: EntryKey | undefined): boolean {
  return end !== undefined && compareKeys(key, end) >= 0
}
