/**
 * The point before, walked beside the source. It answers what the old point has under a key, and what its rows become in
 * the new one: nothing at all where the base keeps them, a row to carry over, or a tombstone.
 */
import { assert, type ByteString, equalBytes } from '#base'
import {
  type ChunkId,
  chunkId,
  chunkIdBytes,
  type Entry,
  type EntryKey,
  everyChunkRef,
  everyPieceRef,
  extraTags,
  isIncomplete,
  KIND_CODE,
  type LeafCursor,
  type LeafItem,
  type Point,
  type PointTree,
  type TreeRoot,
  withLinkDevice,
} from '#engine'
import type { BackupSession } from '#ports'
import { type ChunkReader, compareRow, isDamage, PointCursor } from '#vault'

/** A base smaller than this is simply written anew. */
const overlayBaseEntriesMin = 4096
/** An overlay of more than this share of its base is merged into a new base. */
const overlayShareMax = 1 / 8
/** A file changed so shortly before the last backup began could have changed again within one tick of its clock. */
const racyMs = 2000

/** Takes the rows that are gone: a million of them when a directory was removed, so it says when it wants a pause. */
export type GoneRows = {
  readonly push: (item: LeafItem) => void
  readonly isFull: boolean
  readonly makeRoom: () => Promise<void>
}

export class PointBefore {
  /** The base that the new point keeps; undefined when it gets a tree of its own. */
  readonly base: TreeRoot | undefined
  readonly #cursor: PointCursor
  readonly #reader: ChunkReader
  readonly #session: BackupSession
  /** Packs are missing or in quarantine: what was stored once need not be there. */
  readonly #hasLosses: boolean
  readonly #racySince: number
  #hasRow = false
  #ended: boolean

  constructor(reader: ChunkReader, session: BackupSession, point: Point | undefined) {
    this.#reader = reader
    this.#session = session
    this.#hasLosses = session.hasLosses
    this.#cursor = new PointCursor(reader, point?.tree, undefined, 'shown')
    this.#ended = point === undefined
    // After a loss the tree is written anew, so that no node of it rests on a pack that is not relied on.
    const keeps = point !== undefined && !this.#hasLosses && keepsBase(point.tree)
    this.base = keeps ? point.tree.base : undefined
    this.#racySince = point === undefined ? Number.POSITIVE_INFINITY : point.startedAt - racyMs
  }

  /** Nothing of the point before is left; false while that is not known. */
  get isAtEnd(): boolean {
    return this.#ended && !this.#hasRow
  }

  /** The row under the cursor that was not dealt with yet; undefined when one must be awaited: then `move`. */
  peek(): LeafCursor | undefined {
    if (!this.#hasRow) this.#hasRow = !this.#ended && this.#cursor.advance()
    return this.#hasRow ? this.#cursor.row : undefined
  }

  /** Like `peek`, but undefined only at the end. */
  async move(signal: AbortSignal): Promise<LeafCursor | undefined> {
    const row = this.peek()
    if (row !== undefined || this.#ended) return row
    this.#hasRow = await this.#cursor.load(signal)
    this.#ended = !this.#hasRow
    return this.#hasRow ? this.#cursor.row : undefined
  }

  /** Moves up to `key` and hands over what lies before it as gone. The row of this very key, if there is one. */
  async seek(key: EntryKey, gone: GoneRows, signal: AbortSignal): Promise<LeafCursor | undefined> {
    for (let row = await this.move(signal); row !== undefined; row = await this.move(signal)) {
      const order = compareRow(row, key)
      if (order >= 0) return order === 0 ? row : undefined
      this.#drop(gone)
      if (gone.isFull) await gone.makeRoom()
    }
    return undefined
  }

  /** The rest of the old point is gone. */
  async dropRest(gone: GoneRows, signal: AbortSignal): Promise<void> {
    while ((await this.move(signal)) !== undefined) {
      this.#drop(gone)
      if (gone.isFull) await gone.makeRoom()
    }
  }

  /** The row has no successor: a tombstone where the base shows it, nothing elsewhere. */
  #drop(gone: GoneRows): void {
    this.#hasRow = false
    const { row } = this.#cursor
    const tombstone = this.tombstone(row)
    if (tombstone !== undefined) gone.push(tombstone)
  }

  tombstone(key: EntryKey): LeafItem | undefined {
    const replacesBytes = this.replacesBytes
    if (replacesBytes === undefined) return undefined
    return { kind: 'tombstone', key: { dir: key.dir, name: key.name as ByteString }, replacesBytes }
  }

  /** The row stays as it is: undefined where the base holds it already. */
  keep(): LeafItem | undefined {
    this.#hasRow = false
    if (this.base !== undefined)
      return this.#cursor.source === 'base' ? undefined : this.#cursor.item()
    const item = this.#cursor.item()
    assert(item.kind === 'entry', 'what is kept is there')
    return { ...item, replacesBytes: undefined }
  }

  /**
   * The row stays, and says of a file of several names which device it is on today. To read the content again would be
   * terabytes after a boot that numbers devices anew.
   */
  keepOn(device: string): LeafItem {
    this.#hasRow = false
    const item = this.#cursor.item()
    assert(item.kind === 'entry', 'what is kept is there')
    const extra = withLinkDevice(item.entry.extra, device)
    return { kind: 'entry', entry: { ...item.entry, extra }, replacesBytes: this.replacesBytes }
  }

  /** The row is replaced by what is being read now. */
  take(): {
    readonly replacesBytes: number | undefined
    readonly isSame: (entry: Entry) => boolean
  } {
    this.#hasRow = false
    const item = this.#cursor.item()
    const inBase = this.base !== undefined && this.#cursor.source === 'base'
    return {
      replacesBytes: this.replacesBytes,
      isSame: (entry) => inBase && item.kind === 'entry' && isSameEntry(item.entry, entry),
    }
  }

  /** Bytes that the kept base shows under the row's key; undefined when it has no such entry or is not kept. */
  get replacesBytes(): number | undefined {
    return this.base === undefined ? undefined : this.#cursor.baseBytes
  }

  /**
   * Unchanged is not enough: the file must have been read as it should, not within the tick of its own change, and every
   * chunk it names must still be there; else it is read again, and so the vault heals.
   */
  isSafe(row: LeafCursor): boolean {
    if (!this.#isCalm(row)) return false
    return row.extra.length === 0 || everyChunkRef(row.extra, this.#isHere)
  }

  /** The same where it takes a look into the lists of a large file's pieces; asked only where `isSafe` said no. */
  async isWhole(row: LeafCursor, signal: AbortSignal): Promise<boolean> {
    if (row.extra.length === 0 || !this.#isCalm(row)) return false
    const lists: ChunkId[] = []
    const isHere = everyChunkRef(row.extra, (bytes, at, tag) => {
      if (tag === extraTags.pieceLists) lists.push(chunkId(bytes.slice(at, at + chunkIdBytes)))
      return this.#session.has(bytes, at)
    })
    if (!isHere) return false
    for (const id of lists) {
      const pieces = await this.#readList(id, signal)
      if (pieces === undefined) return false
      if (!everyPieceRef(pieces, (bytes, at) => this.#session.has(bytes, at))) return false
    }
    return true
  }

  /** Undefined when it is damaged: then the file is read again. */
  async #readList(id: ChunkId, signal: AbortSignal): Promise<Uint8Array | undefined> {
    try {
      return await this.#reader.get(id, signal)
    } catch (problem) {
      if (isDamage(problem)) return undefined
      throw problem
    }
  }

  #isCalm(row: LeafCursor): boolean {
    if (row.inconsistent || isIncomplete(row.extra)) return false
    const isRacy = row.ctimeSec * 1000 + row.ctimeNsec / 1e6 >= this.#racySince
    return !(isRacy && row.kindCode === KIND_CODE.file)
  }

  /** That a list is there says nothing of the pieces in it: a pack can be lost together with all that knew of it. */
  readonly #isHere = (bytes: Uint8Array, at: number, tag: number): boolean =>
    tag !== extraTags.pieceLists && this.#session.has(bytes, at)
}

function keepsBase(tree: PointTree): boolean {
  const { entries } = tree.base.sums
  return entries >= overlayBaseEntriesMin && tree.overlayRows <= entries * overlayShareMax
}

/** Read again and found to be what the base has: nothing to write. */
function isSameEntry(a: Entry, b: Entry): boolean {
  const { extra: aExtra, ...aFacts } = a
  const { extra: bExtra, ...bFacts } = b
  const others: Readonly<Record<string, unknown>> = bFacts
  return (
    Object.entries(aFacts).every(([key, value]) => value === others[key]) &&
    equalBytes(aExtra, bExtra)
  )
}
