/**
 * What of a vault is a guest's own: the chunks that points of it need, by the part that they play. The parts are kept apart
 * since content is the guest's to choose: bytes of a file must never be taken for a node or a list that names others.
 */
import {
  type ChunkId,
  type Cipher,
  chunkId,
  chunkIdBytes,
  decodeBranch,
  everyChunkRef,
  everyPieceRef,
  extraTags,
  isLeaf,
  LeafCursor,
  type Point,
  type PointTree,
} from '#engine'
import type { ChunkReader } from '../chunk-reader.ts'
import { ChunkSet } from './chunk-set.ts'

export class OwnChunks {
  /** Nodes of trees. */
  readonly nodes: ChunkSet
  /** Lists of pieces, and of failures. */
  readonly lists: ChunkSet
  /** Content of files. */
  readonly content: ChunkSet

  constructor(cipher: Pick<Cipher, 'random'>) {
    this.nodes = new ChunkSet(cipher)
    this.lists = new ChunkSet(cipher)
    this.content = new ChunkSet(cipher)
  }

  has(ids: Uint8Array, at = 0): boolean {
    return this.content.has(ids, at) || this.nodes.has(ids, at) || this.lists.has(ids, at)
  }
}

/** Called once for each chunk, with 16 bytes of an id at `at`. */
export type VisitChunk = (ids: Uint8Array, at: number) => void

/** Marks all chunks of a point as own. @throws object.damaged, chunk.missing when the tree cannot be read */
export async function ownPoint(
  tools: { readonly reader: ChunkReader; readonly own: OwnChunks; readonly visit: VisitChunk },
  point: Pick<Point, 'tree' | 'failureLists'>,
  signal: AbortSignal,
): Promise<void> {
  const { own, visit } = tools
  for (const id of point.failureLists) if (own.lists.add(id)) visit(id, 0)
  for (const root of rootsOf(point.tree)) await ownTree(tools, root, signal)
}

export function rootsOf({ base, overlay }: PointTree): readonly ChunkId[] {
  return overlay === undefined ? [base.id] : [base.id, overlay.id]
}

type Tools = Parameters<typeof ownPoint>[0]

async function ownTree(
  { reader, own, visit }: Tools,
  root: ChunkId,
  signal: AbortSignal,
): Promise<void> {
  const waiting: { readonly id: ChunkId; readonly below: number | undefined }[] = [
    { id: root, below: undefined },
  ]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!own.nodes.add(next.id)) continue
    visit(next.id, 0)
    const node = await reader.get(next.id, signal)
    if (isLeaf(node)) {
      for (const list of ownRows(node, own, visit)) {
        if (!own.lists.add(list)) continue
        visit(list, 0)
        everyPieceRef(await reader.get(list, signal), (bytes, at) => {
          if (own.content.add(bytes, at)) visit(bytes, at)
          return true
        })
      }
      continue
    }
    const { level: below, children } = decodeBranch(node, next.below)
    for (const { id } of children.toReversed()) waiting.push({ id, below })
  }
}

/** @returns the lists of pieces that rows of this leaf name */
function ownRows(leaf: Uint8Array, own: OwnChunks, visit: VisitChunk): readonly ChunkId[] {
  const lists: ChunkId[] = []
  const row = new LeafCursor(leaf)
  while (row.next()) {
    if (row.tombstone || row.extra.length === 0) continue
    everyChunkRef(row.extra, (bytes, at, tag) => {
      if (tag === extraTags.pieceLists) lists.push(chunkId(bytes.slice(at, at + chunkIdBytes)))
      else if (own.content.add(bytes, at)) visit(bytes, at)
      return true
    })
  }
  return lists
}
