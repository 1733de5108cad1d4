/**
 * Walks the entries of a tree, or of a base under its overlay, in key order. Moving within a leaf is synchronous, so that
 * a million unchanged entries cost no promises; only a new leaf is awaited:
 *
 *     while (cursor.advance() || (await cursor.load(signal))) use(cursor.row)
 */
import { assert } from '#base'
import {
  type Branch,
  childFor,
  decodeBranch,
  type EntryKey,
  isLeaf,
  LeafCursor,
  type LeafItem,
  type PointTree,
  type TreeRoot,
} from '#engine'
import type { ChunkReader } from './chunk-reader.ts'

const emptyLeaf = new Uint8Array([1, 0, 0])

/** One tree, from a key on. */
export class TreeCursor {
  readonly #reader: ChunkReader
  readonly #from: EntryKey | undefined
  /** Branches from the root down, each with the next child to visit. */
  readonly #path: { readonly branch: Branch; next: number }[] = []
  #root: TreeRoot | undefined
  row = new LeafCursor(emptyLeaf)
  #seeking: boolean

  constructor(reader: ChunkReader, root: TreeRoot | undefined, from?: EntryKey) {
    this.#reader = reader
    this.#root = root
    this.#from = from
    this.#seeking = from !== undefined
  }

  /** Moves to the next row of the leaf; false at its end. */
  advance(): boolean {
    return !this.#seeking && this.row.next()
  }

  /** Loads the next leaf and moves to its first row; false at the end of the tree. */
  async load(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const bytes = await this.#nextLeaf(signal)
      if (bytes === undefined) return false
      this.row = new LeafCursor(bytes)
      while (this.row.next()) if (!this.#isBefore()) return true
    }
  }

  /** Whether the row is before the key that the walk begins at. */
  #isBefore(): boolean {
    if (!this.#seeking || this.#from === undefined) return false
    if (compareRow(this.row, this.#from) < 0) return true
    this.#seeking = false
    return false
  }

  async #nextLeaf(signal: AbortSignal): Promise<Uint8Array | undefined> {
    if (this.#root !== undefined) {
      const root = this.#root
      this.#root = undefined
      return await this.#descend(await this.#reader.get(root.id, signal), signal)
    }
    for (;;) {
      const top = this.#path.at(-1)
      if (top === undefined) return undefined
      const child = top.branch.children[top.next++]
      if (child === undefined) this.#path.pop()
      else return await this.#descend(await this.#reader.get(child.id, signal), signal)
    }
  }

  async #descend(node: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    let bytes = node
    while (!isLeaf(bytes)) {
      const branch = decodeBranch(bytes, this.#path.at(-1)?.branch.level)
      const first = this.#seeking && this.#from !== undefined ? childFor(branch, this.#from) : 0
      this.#path.push({ branch, next: first + 1 })
      const child = branch.children[first]
      assert(child !== undefined, 'a branch has children')
      bytes = await this.#reader.get(child.id, signal)
    }
    return bytes
  }
}

/** A base and its overlay as one: the overlay's rows win, tombstones hide. */
export class PointCursor {
  readonly #base: TreeCursor
  readonly #overlay: TreeCursor
  readonly #showsTombstones: boolean
  #baseReady = false
  #overlayReady = false
  #current: 'base' | 'overlay' | 'both' | undefined
  #overlayEnded: boolean

  /**
   * @param tombstones `shown` also stops at what the overlay removed from the base: whoever writes the next overlay must
   * repeat it, or the base's entry would come back
   */
  constructor(
    reader: ChunkReader,
    tree: PointTree | undefined,
    from?: EntryKey,
    tombstones: 'hidden' | 'shown' = 'hidden',
  ) {
    this.#showsTombstones = tombstones === 'shown'
    this.#base = new TreeCursor(reader, tree?.base, from)
    this.#overlay = new TreeCursor(reader, tree?.overlay, from)
    this.#overlayEnded = tree?.overlay === undefined
  }

  get row(): LeafCursor {
    return this.#current === 'base' ? this.#base.row : this.#overlay.row
  }

  /** Which of the two holds the row; `both`: the overlay's, replacing the base's. */
  get source(): 'base' | 'overlay' | 'both' {
    assert(this.#current !== undefined, 'a cursor is on a row')
    return this.#current
  }

  /** Bytes that the base holds under this key; undefined when it has no such entry. */
  get baseBytes(): number | undefined {
    if (this.#current === 'base') return this.#base.row.size
    return this.#overlay.row.replacesBytes
  }

  /** Moves to the next visible row; false when a leaf must be loaded or the end is reached: then ask `load`. */
  advance(): boolean {
    for (;;) {
      if (!this.#step()) return false
      if (!this.#choose()) return false
      if (this.#showsTombstones || !this.row.tombstone) return true
    }
  }

  async load(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      if (!this.#baseReady && !this.#baseEnded)
        this.#baseReady = this.#base.advance() || (await this.#base.load(signal))
      if (!this.#baseReady) this.#baseEnded = true
      if (!this.#overlayReady && !this.#overlayEnded) {
        this.#overlayReady = this.#overlay.advance() || (await this.#overlay.load(signal))
        if (!this.#overlayReady) this.#overlayEnded = true
      }
      if (!this.#choose()) return false
      if (this.#showsTombstones || !this.row.tombstone) return true
      if (this.advance()) return true
    }
  }

  /** The row as an entry. */
  item(): LeafItem {
    return this.row.item()
  }

  #baseEnded = false

  /** Takes the row that was shown off its cursor. */
  #step(): boolean {
    const current = this.#current
    this.#current = undefined
    if (current === 'base' || current === 'both') this.#baseReady = this.#base.advance()
    if (current === 'overlay' || current === 'both') this.#overlayReady = this.#overlay.advance()
    return (this.#baseReady || this.#baseEnded) && (this.#overlayReady || this.#overlayEnded)
  }

  #choose(): boolean {
    if (!this.#baseReady && !this.#overlayReady) return false
    if (!this.#overlayReady) this.#current = 'base'
    else if (!this.#baseReady) this.#current = 'overlay'
    else {
      const order = compareRows(this.#base.row, this.#overlay.row)
      this.#current = order === 0 ? 'both' : order < 0 ? 'base' : 'overlay'
    }
    return true
  }
}

/** The order of a row and a key. */
export function compareRow(row: LeafCursor, key: EntryKey): number {
  if (row.dir !== key.dir) return row.dir < key.dir ? -1 : 1
  return compareNames(row, key.name)
}

function compareNames(row: LeafCursor, name: string): number {
  const shorter = Math.min(row.nameLength, name.length)
  for (let i = 0; i < shorter; i++) {
    const difference = (row.nameBytes[i] ?? 0) - name.charCodeAt(i)
    if (difference !== 0) return difference
  }
  return row.nameLength - name.length
}

function compareRows(a: LeafCursor, b: LeafCursor): number {
  if (a.dir !== b.dir) return a.dir < b.dir ? -1 : 1
  const shorter = Math.min(a.nameLength, b.nameLength)
  for (let i = 0; i < shorter; i++) {
    const difference = (a.nameBytes[i] ?? 0) - (b.nameBytes[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.nameLength - b.nameLength
}
