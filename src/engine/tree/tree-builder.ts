/**
 * Builds an entry tree bottom-up from items in key order, in memory that does not grow with the tree. Where a node ends
 * depends on the keys alone (a prolly tree), so equal stretches of two trees are equal nodes and stored once.
 */
import { assert, type ByteString } from '#base'
import type { ChunkId } from '../sealing/vault-keys.ts'
import { encodeBranch, type TreeChild } from './branch.ts'
import { compareKeys, type EntryKey } from './entry.ts'
import { LeafBuilder, type LeafItem, type TreeSums } from './leaf.ts'

/** About one key in 512 ends a leaf, one in 64 of those ends a branch, and so on. */
const leafBits = 9
const branchBits = 6
const leafBytesMax = 192 * 1024
const leafEntriesMax = 8192
const childrenMax = 1024

export type TreeRoot = { readonly id: ChunkId; readonly sums: TreeSums }

/** Stores a node and returns its id; the node is complete when this is called. */
export type StoreNode = (bytes: Uint8Array) => ChunkId

type OpenBranch = { children: TreeChild[] }

export class TreeBuilder {
  readonly #store: StoreNode
  #leaf = new LeafBuilder()
  readonly #branches: OpenBranch[] = []
  #last: EntryKey | undefined
  #dirHashed: ByteString | undefined
  #dirHash = 0

  constructor(store: StoreNode) {
    this.#store = store
  }

  add(item: LeafItem): void {
    const key = item.kind === 'entry' ? item.entry : item.key
    assert(
      this.#last === undefined || compareKeys(this.#last, key) < 0,
      'entries are added in key order',
    )
    this.#last = key
    this.#leaf.add(item)
    const depth = this.#boundaryDepth(key)
    const full = this.#leaf.byteLength >= leafBytesMax || this.#leaf.count >= leafEntriesMax
    if (depth > 0 || full) this.#endLeaf(depth)
  }

  /** @returns undefined when nothing was added. */
  finish(): TreeRoot | undefined {
    if (this.#leaf.count > 0) this.#endLeaf(1)
    for (let level = 0; level < this.#branches.length; level++) {
      const isTop = level === this.#branches.length - 1
      const children = this.#branches[level]?.children ?? []
      if (isTop && children.length === 1) return children[0]
      if (children.length > 0) this.#endBranch(level)
    }
    assert(this.#branches.length === 0, 'a tree with entries has a root')
    return undefined
  }

  #endLeaf(depth: number): void {
    const { first, sums } = this.#leaf
    assert(first !== undefined, 'a leaf that ends has entries')
    const id = this.#store(this.#leaf.finish())
    this.#leaf = new LeafBuilder()
    this.#push(0, { first, id, sums })
    for (let level = 0; level + 1 < depth; level++) this.#endBranch(level)
  }

  #push(level: number, child: TreeChild): void {
    const branch = this.#branches[level] ?? { children: [] }
    this.#branches[level] = branch
    branch.children.push(child)
    if (branch.children.length >= childrenMax) this.#endBranch(level)
  }

  #endBranch(level: number): void {
    const children = this.#branches[level]?.children ?? []
    const [first] = children
    if (first === undefined) return
    this.#branches[level] = { children: [] }
    const id = this.#store(encodeBranch({ level: level + 1, children }))
    this.#push(level + 1, { first: first.first, id, sums: sumOf(children) })
  }

  /** 0: the leaf goes on; 1: it ends; 2 and more: so many levels end with it. */
  #boundaryDepth(key: EntryKey): number {
    if (this.#dirHashed !== key.dir) {
      this.#dirHash = hashText(key.dir, 0x811c9dc5)
      this.#dirHashed = key.dir
    }
    const hash = mix(hashText(key.name, this.#dirHash))
    if ((hash & ((1 << leafBits) - 1)) !== 0) return 0
    let depth = 1
    for (let shift = leafBits; shift + branchBits <= 32; shift += branchBits) {
      if (((hash >>> shift) & ((1 << branchBits) - 1)) !== 0) break
      depth++
    }
    return depth
  }
}

function sumOf(children: readonly TreeChild[]): TreeSums {
  let entries = 0
  let bytes = 0
  for (const child of children) {
    entries += child.sums.entries
    bytes += child.sums.bytes
  }
  return { entries, bytes }
}

/** FNV-1a (Fowler, Noll, Vo) over the characters of a byte string. */
function hashText(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** The finaliser of MurmurHash3: spreads FNV's weak low bits. */
function mix(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
