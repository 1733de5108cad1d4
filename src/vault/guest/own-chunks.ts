/**
 * What of a vault is a guest's own: the chunks that points of it need, by the part that they play. The parts are kept apart
 * since content is the guest's to choose: bytes of a file, or of a list of failures, must never be taken for a node or
 * a list of pieces, since those name others, and what they name was never looked at.
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
import { isDamage } from '../vault.ts'
import { ChunkSet } from './chunk-set.ts'
import { TreeNodes } from './tree-nodes.ts'

export class OwnChunks {
  /** Nodes of trees. */
  readonly nodes: TreeNodes
  /** Lists of pieces. */
  readonly lists: ChunkSet
  /** Those that were read, by their whole ids. */
  readonly readLists: ChunkSet
  /** Lists of failures. */
  readonly failures: ChunkSet
  /** Content of files. */
  readonly content: ChunkSet

  constructor(cipher: Pick<Cipher, 'random'>) {
    this.nodes = new TreeNodes(cipher)
    this.lists = new ChunkSet(cipher)
    this.readLists = new ChunkSet(cipher, chunkIdBytes)
    this.failures = new ChunkSet(cipher)
    this.content = new ChunkSet(cipher)
  }

  has(ids: Uint8Array, at = 0): boolean {
    return this.content.has(ids, at) || this.namesOthers(ids, at) || this.failures.has(ids, at)
  }

  /** Nodes and lists of pieces: what a tree is made of. */
  namesOthers(ids: Uint8Array, at = 0): boolean {
    return this.nodes.has(ids, at) || this.lists.has(ids, at)
  }
}

/** Called once for each chunk in each of its parts, with 16 bytes of an id at `at`. */
export type VisitChunk = (ids: Uint8Array, at: number) => void

type Tools = {
  readonly reader: ChunkReader
  readonly own: OwnChunks
  readonly visit: VisitChunk
}

/**
 * Marks all chunks of a point as own, as far as its tree can be read.
 * @returns the first damage that it met: what lies below is not marked
 */
export async function ownPoint(
  tools: Tools,
  point: Pick<Point, 'tree' | 'failureLists'>,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const { own, visit } = tools
  let damage: Error | undefined
  for (const id of point.failureLists) if (own.failures.add(id)) visit(id, 0)
  for (const root of rootsOf(point.tree)) damage = (await ownTree(tools, root, signal)) ?? damage
  return damage
}

export function rootsOf({ base, overlay }: PointTree): readonly ChunkId[] {
  return overlay === undefined ? [base.id] : [base.id, overlay.id]
}

async function ownTree(
  tools: Tools,
  root: ChunkId,
  signal: AbortSignal,
): Promise<Error | undefined> {
  const { own, visit } = tools
  let damage: Error | undefined
  const waiting: { readonly id: ChunkId; readonly below: number | undefined }[] = [
    { id: root, below: undefined },
  ]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!own.nodes.add(next.id)) continue
    visit(next.id, 0)
    try {
      const node = await tools.reader.get(next.id, signal)
      if (isLeaf(node)) {
        own.nodes.setLevel(next.id, 0)
        for (const list of ownRows(node, tools))
          damage = (await ownList(tools, list, signal)) ?? damage
        continue
      }
      const { level: below, children } = decodeBranch(node, next.below)
      own.nodes.setLevel(next.id, below)
      for (const { id } of children.toReversed()) waiting.push({ id, below })
    } catch (problem) {
      if (!isDamage(problem)) throw problem
      damage ??= problem
    }
  }
  return damage
}

async function ownList(
  { reader, own, visit }: Tools,
  list: ChunkId,
  signal: AbortSignal,
): Promise<Error | undefined> {
  if (!own.lists.add(list)) return undefined
  visit(list, 0)
  try {
    everyPieceRef(await reader.get(list, signal), (bytes, at) => {
      if (own.content.add(bytes, at)) visit(bytes, at)
      return true
    })
    own.readLists.add(list)
    return undefined
  } catch (problem) {
    if (isDamage(problem)) return problem
    throw problem
  }
}

/** @returns the lists of pieces that rows of this leaf name */
function ownRows(leaf: Uint8Array, { own, visit }: Tools): readonly ChunkId[] {
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
