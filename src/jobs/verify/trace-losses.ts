/**
 * Whom a loss hits: the files of each living point whose content is among the chunks that are lost, and how many entries
 * cannot even be named. Subtrees without a loss are looked at once, however many points share them.
 */
import { type ByteString, byteString, isFailure } from '#base'
import {
  type ChunkId,
  chunkId,
  compareKeys,
  decodeBranch,
  type EntryKey,
  entryPath,
  everyChunkRef,
  everyPieceRef,
  extraTags,
  idPrefixBytes,
  isLeaf,
  type KnownPoint,
  LeafCursor,
  type TreeRoot,
  treeLevelMax,
} from '#engine'
import { type ChunkReader, compareRow, isDamage, TreeCursor } from '#vault'
import type { AffectedPoint } from './findings.ts'

/** Per tree; beyond it the count says "at least". */
export const tracedFilesMax = 10_000
const pathsPerPointMax = 100

/** Prefix of a lost chunk's id → the object that lost it. */
export type LostChunks = ReadonlyMap<string, string>

type Hits = {
  readonly files: { readonly key: EntryKey; readonly owner: string }[]
  readonly unnamed: { readonly entries: number; readonly owner: string }[]
}

type Child = Pick<TreeRoot, 'id' | 'sums'>

/** For each object that lost something, the points that miss it. */
export async function traceLosses(
  reader: ChunkReader,
  lost: LostChunks,
  points: readonly KnownPoint[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, AffectedPoint[]>> {
  const trace = new LossTrace(reader, lost, signal)
  const affected = new Map<string, AffectedPoint[]>()
  for (const known of points) {
    for (const [owner, point] of await trace.affectedBy(known)) {
      const points = affected.get(owner)
      if (points === undefined) affected.set(owner, [point])
      else points.push(point)
    }
  }
  return affected
}

class LossTrace {
  readonly #reader: ChunkReader
  readonly #lost: LostChunks
  readonly #signal: AbortSignal
  /** Prefixes of nodes below which nothing is lost. */
  readonly #clean = new Set<string>()
  readonly #known = new Map<string, Hits>()

  constructor(reader: ChunkReader, lost: LostChunks, signal: AbortSignal) {
    this.#reader = reader
    this.#lost = lost
    this.#signal = signal
  }

  async affectedBy({ id, point }: KnownPoint): Promise<Map<string, AffectedPoint>> {
    const { base, overlay } = point.tree
    const inBase = await this.#hitsOf(base)
    const inOverlay = overlay === undefined ? noHits : await this.#hitsOf(overlay)
    const files = [...inOverlay.files]
    for (const hit of inBase.files)
      if (overlay === undefined || !(await this.#isHidden(overlay, hit.key))) files.push(hit)
    files.sort((a, b) => compareKeys(a.key, b.key))
    const unnamed = [...inBase.unnamed, ...inOverlay.unnamed]
    const owners = new Set([...files, ...unnamed].map(({ owner }) => owner))
    for (const list of point.failureLists) {
      const owner = this.#ownerOf(list, 0)
      if (owner !== undefined) owners.add(owner)
    }
    return new Map(
      [...owners].map((owner) => [owner, affectedPoint(id, { files, unnamed }, owner)]),
    )
  }

  async #hitsOf(root: Child): Promise<Hits> {
    const key = byteString(root.id)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const hits: Hits = { files: [], unnamed: [] }
    await this.#visit(root, treeLevelMax + 1, hits)
    this.#known.set(key, hits)
    return hits
  }

  /** @returns whether nothing is lost below */
  async #visit({ id, sums }: Child, below: number, hits: Hits): Promise<boolean> {
    const prefix = prefixAt(id, 0)
    if (this.#clean.has(prefix)) return true
    const owner = this.#lost.get(prefix)
    const node = owner === undefined ? await this.#read(id) : undefined
    if (node === undefined) {
      hits.unnamed.push({
        entries: Math.max(1, Math.abs(sums.entries)),
        owner: owner ?? unknownOwner,
      })
      return false
    }
    const isClean = isLeaf(node)
      ? await this.#visitLeaf(node, hits)
      : await this.#visitBranch(node, below, hits)
    if (isClean) this.#clean.add(prefix)
    return isClean
  }

  async #visitBranch(node: Uint8Array, below: number, hits: Hits): Promise<boolean> {
    const { level, children } = decodeBranch(node)
    if (level >= below) return true
    let isClean = true
    for (const child of children) if (!(await this.#visit(child, level, hits))) isClean = false
    return isClean
  }

  async #visitLeaf(node: Uint8Array, hits: Hits): Promise<boolean> {
    const before = hits.files.length
    const row = new LeafCursor(node)
    while (row.next()) {
      if (row.tombstone || row.extra.length === 0) continue
      const owner = await this.#ownerOfContent(row.extra)
      if (owner !== undefined && hits.files.length < tracedFilesMax)
        hits.files.push({ key: { dir: row.dir, name: row.name }, owner })
    }
    return hits.files.length === before && before < tracedFilesMax
  }

  /** Who lost a piece of this content; undefined when all of it is there. */
  async #ownerOfContent(extra: Uint8Array): Promise<string | undefined> {
    let owner: string | undefined
    const lists: ChunkId[] = []
    everyChunkRef(extra, (bytes, at, tag) => {
      owner ??= this.#ownerOf(bytes, at)
      if (tag === extraTags.pieceLists) lists.push(chunkId(bytes.slice(at, at + 32)))
      return owner === undefined
    })
    for (const id of lists) {
      if (owner !== undefined) return owner
      const list = await this.#read(id)
      if (list === undefined) return unknownOwner
      everyPieceRef(list, (bytes, at) => {
        owner = this.#ownerOf(bytes, at)
        return owner === undefined
      })
    }
    return owner
  }

  #ownerOf(bytes: Uint8Array, at: number): string | undefined {
    return this.#lost.get(prefixAt(bytes, at))
  }

  /** Undefined when it cannot be read, for whatever reason: the check of the trees has said so. */
  async #read(id: ChunkId): Promise<Uint8Array | undefined> {
    try {
      return await this.#reader.get(id, this.#signal)
    } catch (problem) {
      if (isDamage(problem) || isFailure(problem, 'storage.unavailable')) return undefined
      throw problem
    }
  }

  /** The overlay has something of its own under this key. */
  async #isHidden(overlay: TreeRoot, key: EntryKey): Promise<boolean> {
    const cursor = new TreeCursor(this.#reader, overlay, key)
    try {
      return (await cursor.load(this.#signal)) && compareRow(cursor.row, key) === 0
    } catch (problem) {
      if (isDamage(problem)) return false
      throw problem
    }
  }
}

const noHits: Hits = { files: [], unnamed: [] }
/** The owner of a loss that no block explains. */
export const unknownOwner = 'the index'

function affectedPoint(point: string, hits: Hits, owner: string): AffectedPoint {
  const files = hits.files.filter((hit) => hit.owner === owner)
  const unnamed = hits.unnamed.filter((hit) => hit.owner === owner)
  return {
    point,
    files: files.length,
    paths: files.slice(0, pathsPerPointMax).map(({ key }): ByteString => entryPath(key)),
    unnamed: unnamed.reduce((sum, { entries }) => sum + entries, 0),
  }
}

function prefixAt(bytes: Uint8Array, at: number): string {
  return byteString(bytes.subarray(at, at + idPrefixBytes))
}
