/**
 * The tree that a guest wants to commit: each chunk that it names must be of the guest's own points or have been sent in
 * the session, must be there, and must play the part that it is named for. So knowing the id of a chunk never gives access
 * to it (A04), and a lying guest spoils its own point only: a tree that nobody could walk would end every collection.
 */
import { failure } from '#base'
import {
  type ChunkId,
  chunkId,
  chunkIdBytes,
  decodeBranch,
  decodeFailureList,
  everyChunkRef,
  everyPieceRef,
  extraTags,
  isLeaf,
  LeafCursor,
  type Point,
} from '#engine'
import type { ChunkReader } from '../chunk-reader.ts'
import { ChunkSet } from './chunk-set.ts'
import { type OwnChunks, rootsOf } from './own-chunks.ts'
import { TreeNodes } from './tree-nodes.ts'

export type TreeCheck = {
  readonly reader: ChunkReader
  /** Of points that were checked before. */
  readonly own: OwnChunks
  /** Nothing of those points is lost: what of them stays needs no second look. */
  readonly isOwnWhole: boolean
  /** Everything that came in this session, whatever it is. */
  readonly sent: ChunkSet
  /** Whether a chunk may be relied on. */
  readonly isHere: (ids: Uint8Array, at: number) => boolean
}

/** Everything of the session must be in packs already. @throws session.refused, tree.malformed */
export async function checkTree(
  check: TreeCheck,
  point: Pick<Point, 'tree' | 'failureLists'>,
  signal: AbortSignal,
): Promise<void> {
  await new Checking(check).run(point, signal)
}

class Checking {
  readonly #check: TreeCheck
  /** Each is read once: a tree that names one node many times at every level would keep us busy for ever. */
  readonly #nodes: TreeNodes
  /** Apart from the nodes: the same bytes can be read as both. */
  readonly #lists: ChunkSet

  constructor(check: TreeCheck) {
    this.#check = check
    const { cipher } = check.reader.vault.ports
    this.#nodes = new TreeNodes(cipher)
    this.#lists = new ChunkSet(cipher, chunkIdBytes)
  }

  async run(
    { tree, failureLists }: Pick<Point, 'tree' | 'failureLists'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { own, isOwnWhole, reader } = this.#check
    for (const id of failureLists) {
      this.#assertOwn(own.failures, { ids: id, at: 0 }, 'failures')
      decodeFailureList(await reader.get(id, signal))
    }
    const waiting: { readonly id: ChunkId; readonly below: number | undefined }[] = []
    for (const id of rootsOf(tree)) waiting.push({ id, below: undefined })
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { id, below } = next
      if (isOwnWhole && own.nodes.mayStand(id, below)) continue
      this.#assertOwn(own.nodes, { ids: id, at: 0 }, 'a node')
      if (this.#nodes.add(id)) waiting.push(...(await this.#checkNode(id, below, signal)))
      else if (!this.#nodes.mayStand(id, below)) throw refused('levels do not fall in its tree')
    }
  }

  /** @returns the nodes below it */
  async #checkNode(id: ChunkId, below: number | undefined, signal: AbortSignal) {
    const { reader } = this.#check
    const node = await reader.get(id, signal)
    if (isLeaf(node)) {
      this.#nodes.setLevel(id, 0)
      for (const list of this.#checkRows(node)) await this.#checkList(list, signal)
      return []
    }
    const { level, children } = decodeBranch(node, below)
    this.#nodes.setLevel(id, level)
    return children.map((child) => ({ id: child.id, below: level }))
  }

  /** @returns the lists of pieces that rows of this leaf name */
  #checkRows(leaf: Uint8Array): readonly ChunkId[] {
    const { own } = this.#check
    const lists: ChunkId[] = []
    const row = new LeafCursor(leaf)
    while (row.next()) {
      if (row.tombstone || row.extra.length === 0) continue
      everyChunkRef(row.extra, (ids, at, tag) => {
        if (tag === extraTags.pieceLists) lists.push(chunkId(ids.slice(at, at + chunkIdBytes)))
        else this.#assertOwn(own.content, { ids, at }, 'content')
        return true
      })
    }
    return lists
  }

  async #checkList(id: ChunkId, signal: AbortSignal): Promise<void> {
    const { reader, own, isOwnWhole } = this.#check
    if (isOwnWhole && own.readLists.has(id)) return
    this.#assertOwn(own.lists, { ids: id, at: 0 }, 'a list of pieces')
    if (!this.#lists.add(id)) return
    everyPieceRef(await reader.get(id, signal), (ids, at) => {
      this.#assertOwn(own.content, { ids, at }, 'content')
      return true
    })
  }

  #assertOwn(
    part: { has(ids: Uint8Array, at: number): boolean },
    { ids, at }: { readonly ids: Uint8Array; readonly at: number },
    what: string,
  ): void {
    const { sent, isHere } = this.#check
    if (!sent.has(ids, at) && !part.has(ids, at))
      throw refused(`its tree names ${what} that was not sent`)
    if (!isHere(ids, at)) throw refused(`its tree names ${what} that the vault has lost`)
  }
}

function refused(problem: string): Error {
  return failure('session.refused', { problem })
}
