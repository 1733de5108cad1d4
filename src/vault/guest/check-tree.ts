/**
 * The tree that a guest wants to commit: each chunk that it names must be of the guest's own points or have been sent in
 * the session. So knowing the id of a chunk never gives access to it (A04), and a lying guest spoils its own point only.
 */
import { failure } from '#base'
import {
  type ChunkId,
  chunkId,
  chunkIdBytes,
  decodeBranch,
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

export type TreeCheck = {
  readonly reader: ChunkReader
  /** Of points that were checked before. */
  readonly own: OwnChunks
  /** Everything that came in this session, whatever it is. */
  readonly sent: ChunkSet
}

/** Everything of the session must be in packs already. @throws session.refused */
export async function checkTree(
  check: TreeCheck,
  point: Pick<Point, 'tree' | 'failureLists'>,
  signal: AbortSignal,
): Promise<void> {
  const { own, sent } = check
  for (const id of point.failureLists)
    if (!sent.has(id) && !own.lists.has(id)) throw foreign('a list of failures')
  const lists: ChunkId[] = []
  // A tree that names one node many times at every level would keep us busy for ever.
  const checked = new ChunkSet(check.reader.vault.ports.cipher)
  const waiting: { readonly id: ChunkId; readonly below: number | undefined }[] = []
  for (const id of rootsOf(point.tree)) waiting.push({ id, below: undefined })
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (own.nodes.has(next.id) || !checked.add(next.id)) continue
    if (!sent.has(next.id)) throw foreign('a node')
    const node = await check.reader.get(next.id, signal)
    if (isLeaf(node)) lists.push(...checkRows(check, node))
    else {
      const { level: below, children } = decodeBranch(node, next.below)
      for (const { id } of children) waiting.push({ id, below })
    }
    const newLists = lists.splice(0).filter((id) => checked.add(id))
    if (newLists.length > 0) await checkLists(check, newLists, signal)
  }
}

/** @returns the new lists of pieces that rows of this leaf name */
function checkRows({ own, sent }: TreeCheck, leaf: Uint8Array): readonly ChunkId[] {
  const lists: ChunkId[] = []
  const row = new LeafCursor(leaf)
  while (row.next()) {
    if (row.tombstone || row.extra.length === 0) continue
    everyChunkRef(row.extra, (bytes, at, tag) => {
      if (tag === extraTags.pieceLists) {
        if (!own.lists.has(bytes, at)) lists.push(chunkId(bytes.slice(at, at + chunkIdBytes)))
      } else if (!sent.has(bytes, at) && !own.content.has(bytes, at)) throw foreign('content')
      return true
    })
  }
  return lists
}

async function checkLists(
  { reader, own, sent }: TreeCheck,
  lists: readonly ChunkId[],
  signal: AbortSignal,
): Promise<void> {
  for (const id of lists) {
    if (!sent.has(id)) throw foreign('a list of pieces')
    everyPieceRef(await reader.get(id, signal), (bytes, at) => {
      if (!sent.has(bytes, at) && !own.content.has(bytes, at)) throw foreign('content')
      return true
    })
  }
}

function foreign(what: string): Error {
  return failure('session.refused', { problem: `its tree names ${what} that was not sent` })
}
