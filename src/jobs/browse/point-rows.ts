/**
 * The rows of one directory of a point, or of everything below it, as a range of the tree: only the nodes of that range are
 * read, however large the point. Moving within a leaf is synchronous; 40,000 rows cost 80 promises:
 *
 *     while (await rows.load(signal)) {
 *       do use(rows.row)
 *       while (rows.advance())
 *       await flush()
 *     }
 */
import { type ByteString, checkAborted, displayName, failure } from '#base'
import {
  directoryKey,
  type Entry,
  type EntryKey,
  entryKey,
  type LeafCursor,
  type Point,
} from '#engine'
import { type ChunkReader, PointCursor } from '#vault'
import { PointSeeker } from './tree-seeker.ts'

export type RowsRequest = {
  /** Relative to the root of the point; '' is the root. */
  readonly path: ByteString
  /** Everything below, not only what stands in the directory itself. */
  readonly recursive: boolean
}

export class PointRows {
  readonly #cursor: PointCursor
  readonly #dir: ByteString
  readonly #recursive: boolean
  #checkedDir: ByteString | undefined
  #ended = false

  constructor(reader: ChunkReader, point: Point, request: RowsRequest) {
    this.#dir = directoryKey(request.path)
    this.#recursive = request.recursive
    const from = { dir: this.#dir, name: '' as ByteString }
    this.#cursor = new PointCursor(reader, point.tree, from)
  }

  /** The row; its fields are valid until the next move. */
  get row(): LeafCursor {
    return this.#cursor.row
  }

  /** Moves on within what is loaded; false when `load` must be asked. */
  advance(): boolean {
    while (!this.#ended && this.#cursor.advance()) if (this.#accepts()) return true
    return false
  }

  /** Loads more and moves to the first row of it; false at the end. */
  async load(signal: AbortSignal): Promise<boolean> {
    checkAborted(signal)
    while (!this.#ended && (await this.#cursor.load(signal)))
      if (this.#accepts() || this.advance()) return true
    return false
  }

  #accepts(): boolean {
    const { row } = this.#cursor
    if (row.dir !== this.#checkedDir) {
      this.#checkedDir = row.dir
      const isInside = this.#recursive ? row.dir.startsWith(this.#dir) : row.dir === this.#dir
      this.#ended = !isInside
    }
    // The root of a point is an entry without a name; nobody lists it as an entry of itself.
    return !this.#ended && row.nameLength > 0
  }
}

/** An entry by its path in the point; undefined when the point has none, as for the root of several sources. */
export async function findEntry(
  reader: ChunkReader,
  point: Point,
  path: ByteString,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  return await new PointSeeker(reader, point.tree).find(entryKey(path), signal)
}

/** @throws path.not-found */
export async function getEntry(
  reader: ChunkReader,
  point: Point,
  path: ByteString,
  signal: AbortSignal,
): Promise<Entry> {
  const entry = await findEntry(reader, point, path, signal)
  if (entry === undefined)
    throw failure('path.not-found', {
      path: path === '' ? '/' : displayName(path),
      point: 'the backup point',
    })
  return entry
}

/** The rows under a path. @throws path.not-found; rows of something that is no directory are none. */
export async function openRows(
  reader: ChunkReader,
  point: Point,
  request: RowsRequest,
  signal: AbortSignal,
): Promise<PointRows> {
  if (request.path !== '') await getEntry(reader, point, request.path, signal)
  return new PointRows(reader, point, request)
}

/** The same as entries, leaf by leaf. */
export async function* listEntries(
  reader: ChunkReader,
  point: Point,
  request: RowsRequest,
  signal: AbortSignal,
): AsyncIterable<readonly Entry[]> {
  const rows = await openRows(reader, point, request, signal)
  while (await rows.load(signal)) {
    const entries: Entry[] = []
    do entries.push(entryOf(rows.row))
    while (rows.advance())
    yield entries
  }
}

export function entryOf(row: LeafCursor): Entry {
  const item = row.item()
  if (item.kind !== 'entry')
    throw failure('tree.malformed', { problem: 'a visible row is a tombstone' })
  return item.entry
}

export function keyOf(row: LeafCursor): EntryKey {
  return { dir: row.dir, name: row.name }
}
