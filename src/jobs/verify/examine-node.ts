/**
 * One node of an entry tree by itself: what it names, what it sums to, and what is wrong with it that its seal cannot
 * tell: rows out of order, names that no file system has, content that does not add up to the size.
 */
import { type ByteString, displayName } from '#base'
import {
  type ChunkId,
  decodeBranch,
  decodeExtras,
  type EntryKey,
  type Extras,
  entryPath,
  isLeaf,
  KIND_CODE,
  LeafCursor,
  type TreeChild,
  type TreeSums,
} from '#engine'
import { type LinkedName, linkedNameOf } from './link-numbers.ts'

export type ExaminedLeaf = {
  readonly kind: 'leaf'
  readonly level: 0
  readonly rows: number
  readonly first: EntryKey | undefined
  readonly sums: TreeSums
  /** Chunks of content that stand in the rows themselves. */
  readonly chunks: readonly ChunkId[]
  readonly listed: readonly ListedContent[]
  readonly linked: readonly LinkedName[]
  readonly problems: readonly string[]
}

/** A file whose pieces stand in chunks of their own. */
export type ListedContent = {
  readonly path: ByteString
  readonly lists: readonly ChunkId[]
  /** What the lists must add up to; undefined when it cannot be said. */
  readonly bytes: number | undefined
}

export type ExaminedBranch = {
  readonly kind: 'branch'
  readonly level: number
  readonly first: EntryKey | undefined
  readonly sums: TreeSums
  readonly children: readonly TreeChild[]
}

const problemsPerLeafMax = 20
const nameBytesMax = 4096
const slash = 0x2f
const dot = 0x2e

/** @throws tree.malformed */
export function examineNode(bytes: Uint8Array): ExaminedLeaf | ExaminedBranch {
  if (isLeaf(bytes)) return new LeafExamination(bytes).run()
  const { level, children } = decodeBranch(bytes)
  let entries = 0
  let sum = 0
  for (const { sums } of children) {
    entries += sums.entries
    sum += sums.bytes
  }
  return {
    kind: 'branch',
    level,
    first: children[0]?.first,
    sums: { entries, bytes: sum },
    children,
  }
}

class LeafExamination {
  readonly #row: LeafCursor
  readonly #chunks: ChunkId[] = []
  readonly #listed: ListedContent[] = []
  readonly #linked: LinkedName[] = []
  readonly #problems: string[] = []
  /** The key of the row before. */
  #dir: ByteString | undefined
  readonly #name = new Uint8Array(nameBytesMax)
  #nameLength = 0
  #entries = 0
  #bytes = 0

  constructor(bytes: Uint8Array) {
    this.#row = new LeafCursor(bytes)
  }

  run(): ExaminedLeaf {
    const row = this.#row
    let first: EntryKey | undefined
    while (row.next()) {
      first ??= this.#key()
      this.#checkKey()
      this.#bytes -= row.replacesBytes ?? 0
      if (row.tombstone) this.#entries--
      else this.#takeEntry()
    }
    return {
      kind: 'leaf',
      level: 0,
      rows: row.count,
      first,
      sums: { entries: this.#entries, bytes: this.#bytes },
      chunks: this.#chunks,
      listed: this.#listed,
      linked: this.#linked,
      problems: this.#problems,
    }
  }

  #key(): EntryKey {
    return { dir: this.#row.dir, name: this.#row.name }
  }

  /** On bytes: to make a text of every name would take longer than all else here. */
  #checkKey(): void {
    const { dir, nameBytes, nameLength } = this.#row
    const isSameDir = dir === this.#dir
    const isAfter = isSameDir
      ? compareBytes(this.#name, this.#nameLength, nameBytes, nameLength) < 0
      : this.#dir === undefined || this.#dir < dir
    if (!isAfter) this.#complain('it is out of order')
    if (!isSameDir && !isDirectory(dir)) this.#complain('its folder has a name that is none')
    if (!isName(dir, nameBytes, nameLength)) this.#complain('its name is none')
    this.#dir = dir
    this.#nameLength = nameLength
    for (let i = 0; i < nameLength; i++) this.#name[i] = nameBytes[i] ?? 0
  }

  #takeEntry(): void {
    const row = this.#row
    if (row.replacesBytes === undefined) this.#entries++
    this.#bytes += row.size
    const linked = linkedNameOf(row)
    if (linked !== undefined) this.#linked.push(linked)
    const extras: Extras = row.extra.length === 0 ? {} : decodeExtras(row.extra)
    let bytes = extras.inline?.length ?? 0
    for (const piece of extras.pieces ?? []) {
      bytes += piece.bytes
      if (piece.kind === 'chunk') this.#chunks.push(piece.id)
    }
    // What changed while it was read may have another size than the content that was caught.
    const isExact = row.kindCode === KIND_CODE.file && !row.inconsistent
    if (extras.pieceLists !== undefined) {
      const rest = isExact ? row.size - bytes : undefined
      this.#listed.push({ path: entryPath(this.#key()), lists: extras.pieceLists, bytes: rest })
    } else if (isExact && bytes !== row.size) {
      this.#complain(`its content has ${bytes} bytes, not ${row.size}`)
    }
    if (row.kindCode === 0) this.#complain('its kind is unknown')
    if (row.kindCode === KIND_CODE.symlink && extras.linkTarget === undefined)
      this.#complain('it is a link without a target')
  }

  #complain(problem: string): void {
    if (this.#problems.length < problemsPerLeafMax)
      this.#problems.push(`${displayName(entryPath(this.#key()))}: ${problem}`)
  }
}

/** One component. Only the entry of the root itself has no name (src/engine/tree/entry.ts). */
function isName(dir: ByteString, name: Uint8Array, length: number): boolean {
  if (length === 0) return dir === ''
  if (name[0] === dot && (length === 1 || (length === 2 && name[1] === dot))) return false
  for (let i = 0; i < length; i++) if (name[i] === slash || name[i] === 0) return false
  return true
}

function compareBytes(a: Uint8Array, aLength: number, b: Uint8Array, bLength: number): number {
  const shorter = Math.min(aLength, bLength)
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return aLength - bLength
}

function isDirectory(dir: ByteString): boolean {
  return dir === '' || (dir.endsWith('\0') && dir.slice(0, -1).split('\0').every(isComponent))
}

function isComponent(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
}
