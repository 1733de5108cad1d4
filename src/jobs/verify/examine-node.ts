/**
 * One node of an entry tree by itself: what it names, what it sums to, and what is wrong with it that its seal cannot
 * tell: rows out of order, names that no file system has, content that does not add up to the size.
 */
import { type ByteString, displayName } from '#base'
import {
  type ChunkId,
  compareKeys,
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

export type ExaminedLeaf = {
  readonly kind: 'leaf'
  readonly level: 0
  readonly rows: number
  readonly first: EntryKey | undefined
  readonly sums: TreeSums
  /** Chunks of content that stand in the rows themselves. */
  readonly chunks: readonly ChunkId[]
  readonly listed: readonly ListedContent[]
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
  readonly #problems: string[] = []
  #entries = 0
  #bytes = 0

  constructor(bytes: Uint8Array) {
    this.#row = new LeafCursor(bytes)
  }

  run(): ExaminedLeaf {
    const row = this.#row
    let first: EntryKey | undefined
    let before: EntryKey | undefined
    while (row.next()) {
      const key = { dir: row.dir, name: row.name }
      first ??= key
      if (before !== undefined && compareKeys(before, key) >= 0)
        this.#complain(key, 'it is out of order')
      if (key.dir !== before?.dir && !isDirectory(key.dir))
        this.#complain(key, 'its folder has a name that is none')
      if (!isName(key)) this.#complain(key, 'its name is none')
      before = key
      this.#bytes -= row.replacesBytes ?? 0
      if (row.tombstone) this.#entries--
      else this.#takeEntry(key)
    }
    return {
      kind: 'leaf',
      level: 0,
      rows: row.count,
      first,
      sums: { entries: this.#entries, bytes: this.#bytes },
      chunks: this.#chunks,
      listed: this.#listed,
      problems: this.#problems,
    }
  }

  #takeEntry(key: EntryKey): void {
    const row = this.#row
    if (row.replacesBytes === undefined) this.#entries++
    this.#bytes += row.size
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
      this.#listed.push({ path: entryPath(key), lists: extras.pieceLists, bytes: rest })
    } else if (isExact && bytes !== row.size) {
      this.#complain(key, `its content has ${bytes} bytes, not ${row.size}`)
    }
    if (row.kindCode === 0) this.#complain(key, 'its kind is unknown')
    if (row.kindCode === KIND_CODE.symlink && extras.linkTarget === undefined)
      this.#complain(key, 'it is a link without a target')
  }

  #complain(key: EntryKey, problem: string): void {
    if (this.#problems.length < problemsPerLeafMax)
      this.#problems.push(`${displayName(entryPath(key))}: ${problem}`)
  }
}

/** One component. Only the entry of the root itself has no name (src/engine/tree/entry.ts). */
function isName({ dir, name }: EntryKey): boolean {
  return name === '' ? dir === '' : isComponent(name)
}

function isDirectory(dir: ByteString): boolean {
  return dir === '' || (dir.endsWith('\0') && dir.slice(0, -1).split('\0').every(isComponent))
}

function isComponent(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')
}
