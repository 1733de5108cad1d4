/**
 * Points as trees to look around in. What was listed is kept, a bounded number of entries: a program that lists a directory
 * asks for each of its entries next.
 */
import {
  type ByteString,
  byteStringFromText,
  bytesOf,
  concatBytes,
  displayName,
  failure,
  Gate,
} from '#base'
import { type Entry, encodeExtras, entryKey, type KnownPoint, type Point } from '#engine'
import type { ReadableFile, ReadableTree } from '#ports'
import type { ChunkReader } from '#vault'
import { FileContent } from '../dump/file-content.ts'
import { entryOf, PointRows } from './point-rows.ts'
import { PointSeeker } from './tree-seeker.ts'

/** Entries of listed directories, over all directories. */
const listedMax = 100_000
/** Entries asked for one by one. */
const askedMax = 4096

/** One point. */
export class PointTree implements ReadableTree {
  readonly #reader: ChunkReader
  readonly #point: Point
  readonly #listed = new Map<ByteString, ReadonlyMap<string, Entry>>()
  #listedCount = 0
  readonly #asked = new Map<ByteString, Entry | undefined>()

  constructor(reader: ChunkReader, point: Point) {
    this.#reader = reader
    this.#point = point
  }

  async find(path: ByteString, signal: AbortSignal): Promise<Entry | undefined> {
    const { dir, name } = entryKey(path)
    const listed = path === '' ? undefined : this.#listed.get(dir)
    if (listed !== undefined) return listed.get(name)
    if (this.#asked.has(path)) return this.#asked.get(path)
    const found = await new PointSeeker(this.#reader, this.#point.tree).find({ dir, name }, signal)
    const entry = found ?? (path === '' ? folder(path, this.#point.createdAt) : undefined)
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size < askedMax) break
      this.#asked.delete(oldest)
    }
    this.#asked.set(path, entry)
    return entry
  }

  async *list(path: ByteString, signal: AbortSignal): AsyncIterable<readonly Entry[]> {
    const { dir } = entryKey((path === '' ? 'x' : `${path}/x`) as ByteString)
    const known = this.#listed.get(dir)
    if (known !== undefined) {
      yield [...known.values()]
      return
    }
    const rows = new PointRows(this.#reader, this.#point, { path, recursive: false })
    let kept: Map<string, Entry> | undefined = new Map()
    while (await rows.load(signal)) {
      const batch: Entry[] = []
      do batch.push(entryOf(rows.row))
      while (rows.advance())
      if (kept !== undefined) for (const entry of batch) kept.set(entry.name, ownBytes(entry))
      if (kept !== undefined && kept.size > listedMax) kept = undefined
      yield batch
    }
    if (kept !== undefined) this.#keep(dir, kept)
  }

  async open(path: ByteString, signal: AbortSignal): Promise<ReadableFile> {
    const entry = await this.find(path, signal)
    if (entry?.kind !== 'file')
      throw failure('path.not-found', { path: displayName(path), point: 'the backup point' })
    return new OpenedFile(new FileContent(this.#reader, entry))
  }

  #keep(dir: ByteString, entries: ReadonlyMap<string, Entry>): void {
    if (this.#listed.has(dir)) return
    this.#listed.set(dir, entries)
    this.#listedCount += entries.size
    for (const [oldest, old] of this.#listed) {
      if (this.#listedCount <= listedMax || oldest === dir) return
      this.#listed.delete(oldest)
      this.#listedCount -= old.size
    }
  }
}

/** Several points side by side, each in a folder of its time and id, and `latest` as a link to the last of them. */
export class PointsTree implements ReadableTree {
  readonly #folders = new Map<ByteString, { readonly tree: PointTree; readonly at: number }>()
  readonly #latest: ByteString | undefined

  constructor(reader: ChunkReader, points: readonly KnownPoint[]) {
    for (const { id, point } of points) {
      const name = pointFolderName(id, point)
      this.#folders.set(name, { tree: new PointTree(reader, point), at: point.createdAt })
    }
    this.#latest = [...this.#folders.keys()].at(-1)
  }

  async find(path: ByteString, signal: AbortSignal): Promise<Entry | undefined> {
    if (path === '') return folder(path, 0)
    const { name, inside } = splitFirst(path)
    if (name === latestName) return inside === '' ? this.#latestLink() : undefined
    const found = this.#folders.get(name)
    if (found === undefined) return undefined
    const entry = await found.tree.find(inside, signal)
    return inside === '' && entry !== undefined ? { ...entry, dir: '' as ByteString, name } : entry
  }

  async *list(path: ByteString, signal: AbortSignal): AsyncIterable<readonly Entry[]> {
    const { name, inside } = splitFirst(path)
    if (path !== '') {
      const found = this.#folders.get(name)
      if (found !== undefined) yield* found.tree.list(inside, signal)
      return
    }
    const entries: Entry[] = []
    for (const folderName of this.#folders.keys()) {
      const entry = await this.find(folderName, signal)
      if (entry !== undefined) entries.push(entry)
    }
    const latest = this.#latestLink()
    yield latest === undefined ? entries : [...entries, latest]
  }

  async open(path: ByteString, signal: AbortSignal): Promise<ReadableFile> {
    const { name, inside } = splitFirst(path)
    const found = this.#folders.get(name)
    if (found === undefined)
      throw failure('path.not-found', { path: displayName(path), point: 'the backup point' })
    return await found.tree.open(inside, signal)
  }

  #latestLink(): Entry | undefined {
    if (this.#latest === undefined) return undefined
    const extra = encodeExtras({ linkTarget: bytesOf(this.#latest) })
    return { ...folder(latestName, 0), kind: 'symlink', mode: 0o777, extra }
  }
}

const latestName = 'latest' as ByteString

/** `2026-11-22T05-27-13Z-1a2b3c4d`: sorts by time, and no character that a shell or another system minds. */
export function pointFolderName(id: string, point: Pick<Point, 'createdAt'>): ByteString {
  const time = new Date(point.createdAt).toISOString().slice(0, 19).replaceAll(':', '-')
  return byteStringFromText(`${time}Z-${id.slice(0, 8)}`)
}

class OpenedFile implements ReadableFile {
  readonly #content: FileContent
  /** Readers run ahead in parallel; one after another they find the chunk that the one before has opened. */
  readonly #gate = new Gate(1)

  constructor(content: FileContent) {
    this.#content = content
  }

  get size(): number {
    return this.#content.size
  }

  async read(
    range: { readonly offset: number; readonly length: number },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    return await this.#gate.run(async () => {
      const parts: Uint8Array[] = []
      for await (const part of this.#content.range(range, signal)) parts.push(part)
      const [only] = parts
      return parts.length === 1 && only !== undefined ? only : concatBytes(parts)
    })
  }
}

function splitFirst(path: ByteString): { readonly name: ByteString; readonly inside: ByteString } {
  const slash = path.indexOf('/')
  if (slash < 0) return { name: path, inside: '' as ByteString }
  return { name: path.slice(0, slash) as ByteString, inside: path.slice(slash + 1) as ByteString }
}

/** A directory that is in no point: the root over several sources, or over several points. */
function folder(name: ByteString, createdAt: number): Entry {
  const second = Math.floor(createdAt / 1000)
  return {
    dir: '' as ByteString,
    name,
    kind: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    nlink: 1,
    size: 0,
    mtimeSec: second,
    mtimeNsec: 0,
    ctimeSec: second,
    ctimeNsec: 0,
    inoLow: 0,
    inoHigh: 0,
    inconsistent: false,
    extra: new Uint8Array(),
  }
}

/** Rows show bytes of a block that may leave the cache; what is kept has its own. */
function ownBytes(entry: Entry): Entry {
  return entry.extra.length === 0 ? entry : { ...entry, extra: entry.extra.slice() }
}
