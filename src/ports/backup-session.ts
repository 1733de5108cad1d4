/**
 * What a backup writes into: a session on a vault in this process, or on one behind a server (decision 6). It keeps the
 * order of writes; a job says what is new and, once, that the point is whole.
 */
import type { BlockKind, ChunkId, KnownPoint, ObjectName, Point, SealedBlock } from '#engine'

/** What the job decides about a point; the session adds its place in the vault. */
export type PointDraft = Omit<
  Point,
  'epoch' | 'entry' | 'sequence' | 'previous' | 'trustedAt' | 'retainUntil'
> & {
  /** From the commit on, in trusted time; undefined: for ever. */
  readonly retainForMs: number | undefined
}

export interface BackupSession {
  /** Bytes of content, and of blocks, that this session added. */
  readonly newBytes: number
  readonly storedBytes: number
  /** Something that the vault stored once is missing or damaged: then a tree is written anew as a whole. */
  readonly hasLosses: boolean
  /** The wall clock of whoever makes the point. */
  wallNow(): number
  /**
   * The session builds on this point: its content is relied on without being asked for piece by piece.
   * @returns false when the point is no longer living: then nothing may be built on it
   */
  pinPoint(id: string): boolean
  /** Whether a chunk that the pinned point names is there; `ids` at `at`: 16 bytes of an id suffice. */
  has(ids: Uint8Array, at?: number): boolean
  /** The numbers of those chunks that the vault lacks and this session has not claimed yet; now it has. */
  claim(
    chunks: readonly { readonly id: ChunkId }[],
    signal: AbortSignal,
  ): Promise<readonly number[]> | readonly number[]
  /** Resolves when the block may be forgotten here. Several may be under way. */
  addBlock(kind: BlockKind, block: SealedBlock, signal: AbortSignal): Promise<void>
  /** Takes a tree node or another small record; it is stored with its neighbours. Call `drainNodes` now and then. */
  addNode(bytes: Uint8Array): ChunkId
  readonly nodesWaiting: boolean
  drainNodes(signal: AbortSignal): Promise<void>
  /** Everything added so far becomes durable and findable. */
  flush(signal: AbortSignal): Promise<void>
  /** Writes down which packs proved to be damaged, so that no later session relies on them either. */
  recordDamage(seen: ReadonlyMap<ObjectName, string>, signal: AbortSignal): Promise<void>
  /** The one step that makes a point. @throws vault.fenced, object.missing, and nothing of the point exists then. */
  commit(draft: PointDraft, signal: AbortSignal): Promise<KnownPoint>
}
