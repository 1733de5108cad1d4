/**
 * Merges the walk with the point before it and writes the tree of the new one. Two ways: a full tree, or an overlay of
 * what changed over the base of the point before. Unchanged entries of the base then cost a comparison and nothing else.
 */
import { type ByteString, displayName, failure, joinPath } from '#base'
import {
  childDirectoryKey,
  entryKey,
  isLinkedAsListed,
  isUnchanged,
  KIND_CODE,
  type LeafCursor,
  type LeafItem,
  LISTING_AT,
  LISTING_FIXED_BYTES,
  nextListingRecord,
  type PointFailure,
  type PointSource,
  type PointTree,
  TreeBuilder,
} from '#engine'
import type { BackupPorts, BackupRequest } from './backup-request.ts'
import { EntryFlow, waitingMax } from './entry-flow.ts'
import { deviceOf, EntryCounts, EntryReader, type Found } from './entry-reader.ts'
import { type GoneRows, PointBefore } from './point-before.ts'
import { isKeyTooLong, isUnread, Selection } from './selection.ts'
import { nameAt, pathOf, type WalkDirectory, Walker, type WalkPage } from './walker.ts'

const reportBytes = 1024 * 1024

export class TreeWriter {
  readonly #ports: BackupPorts
  readonly #request: BackupRequest
  readonly #failed: (problem: PointFailure) => void
  readonly #signal: AbortSignal
  readonly #reader: EntryReader
  readonly #builder: TreeBuilder
  readonly #flow: EntryFlow
  readonly #before: PointBefore
  readonly #selection: Selection
  readonly #counts = new EntryCounts()
  #rows = 0
  #bytesSeen = 0

  constructor(
    ports: BackupPorts,
    request: BackupRequest,
    failed: (p: PointFailure) => void,
    signal: AbortSignal,
  ) {
    this.#ports = ports
    this.#request = request
    this.#failed = failed
    this.#signal = signal
    const onRead = (bytes: number, path: ByteString) => this.#noteRead(bytes, path)
    const isIncremental = request.parent !== undefined
    this.#builder = new TreeBuilder((bytes) => ports.session.addNode(bytes))
    this.#before = new PointBefore(ports.reader, ports.session, request.parent?.point)
    this.#selection = new Selection(request, ports.reporter)
    this.#flow = new EntryFlow((item) => {
      this.#rows++
      this.#builder.add(item)
    })
    const flow = this.#flow
    const { source, session } = ports
    const counts = this.#counts
    const parts = { source, session, onRead, isIncremental, flow, counts, failed }
    this.#reader = new EntryReader(parts, signal)
    const isFull = () => this.#isFull()
    this.#gone = {
      push: (item) => flow.push(item),
      get isFull() {
        return isFull()
      },
      makeRoom: () => this.#makeRoom(),
    }
  }

  /** Sources in the order of their prefixes. Their own entries come first: all of them stand in the root of the point. */
  async takeSources(sources: readonly PointSource[]): Promise<void> {
    const roots: WalkDirectory[] = []
    for (const source of sources) {
      const root = await this.#takeSourceEntry(source)
      if (root !== undefined) roots.push(root)
    }
    for (const root of roots) await this.#walk(root)
  }

  /** The directory to walk; undefined for a source that is a single file. */
  async #takeSourceEntry(source: PointSource): Promise<WalkDirectory | undefined> {
    const record = await this.#ports.source.stat(source.path, this.#signal)
    if (record === undefined)
      throw failure('source.unusable', {
        path: displayName(source.path),
        problem: 'it does not exist',
      })
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
    const isDirectory = view.getUint8(LISTING_AT.kind) === KIND_CODE.directory
    const key = entryKey(
      source.prefix === '' && !isDirectory ? nameAt(view, record, 0) : source.prefix,
    )
    await this.#takeEntry({ key, path: source.path, view, at: 0 })
    if (!isDirectory) return undefined
    return {
      path: source.path,
      key: childDirectoryKey(key.dir, key.name),
      expected: {
        dev: view.getBigUint64(LISTING_AT.dev, true),
        ino: view.getBigUint64(LISTING_AT.ino, true),
      },
    }
  }

  /** Ends what is under way, so that another writer can begin with the same session. */
  async abandon(): Promise<void> {
    await this.#reader.finish()
  }

  async finish(): Promise<{ readonly tree: PointTree; readonly counts: EntryCounts }> {
    this.#selection.report()
    await this.#before.dropRest(this.#gone, this.#signal)
    await this.#reader.finish()
    this.#flow.assertEmpty()
    const root = this.#builder.finish()
    const { base } = this.#before
    const tree: PointTree | undefined =
      base !== undefined
        ? { base, overlay: root, overlayRows: this.#rows }
        : root && { base: root, overlay: undefined, overlayRows: 0 }
    if (tree === undefined)
      throw failure('source.unusable', {
        path: this.#request.sources.map(({ path }) => displayName(path)).join(', '),
        problem: 'nothing of it could be read',
      })
    return { tree, counts: this.#counts }
  }

  async #walk(root: WalkDirectory): Promise<void> {
    // A directory can say of itself what of it is left out; that is known only when its turn comes.
    const willEnter =
      this.#request.marks === undefined
        ? (page: WalkPage, at: number) => this.#selection.mayEnter(page, at, root)
        : undefined
    const ports = { source: this.#ports.source, failed: this.#failed, willEnter }
    const walker = new Walker(root, ports, this.#signal)
    for (let page = await walker.next(); page !== undefined; page = await walker.next()) {
      await this.#takePage(walker, page, root)
    }
  }

  async #takePage(walker: Walker, page: WalkPage, root: WalkDirectory): Promise<void> {
    const { records, view, directory } = page
    await this.#selection.turnTo(page, this.#signal)
    for (let at = 0; at < records.length; at = nextListingRecord(view, at)) {
      const isDirectory = view.getUint8(at + LISTING_AT.kind) === KIND_CODE.directory
      if (isUnread(view, at)) {
        this.#failedRecord(page, at)
        continue
      }
      if (isKeyTooLong(page, at)) {
        const detail = 'its path is too long'
        this.#failed({ path: pathOf(page, at), reason: 'unsupported', detail })
        continue
      }
      if (this.#selection.excludes(page, at, isDirectory)) {
        this.#counts.excluded++
        continue
      }
      if (!this.#takeUnchanged(page, at)) {
        const name = nameAt(view, records, at)
        const path = joinPath(directory.path, name)
        const found = { key: { dir: directory.key, name }, path, view, at }
        if (!this.#takeNew(found)) await this.#takeEntry(found)
      }
      if (isDirectory && this.#selection.staysInside(view, at, root)) walker.enter(page, at)
    }
    this.#report(directory.path)
  }

  /**
   * The fast way, without a promise or a string: the old row under the cursor is this very entry, and it is unchanged.
   * 1.5 µs an entry here; a million unchanged files pass through it.
   */
  #takeUnchanged(page: WalkPage, at: number): boolean {
    const row = this.#before.peek()
    if (row === undefined || row.dir !== page.directory.key || !isNamed(row, page, at)) return false
    if (!isUnchanged(page.view, at, row) || !this.#before.isSafe(row)) return false
    if (!isLinkedAsListed(page.view, at, row)) return false
    this.#counts.count(row.kindCode)
    this.#keep(row, this.#before.keep())
    return true
  }

  async #isStillThere(row: LeafCursor): Promise<boolean> {
    return this.#before.isSafe(row) || (await this.#before.isWhole(row, this.#signal))
  }

  #keep(row: LeafCursor, item: LeafItem | undefined): void {
    this.#bytesSeen += row.size
    if (item !== undefined) this.#flow.push(item)
  }

  readonly #gone: GoneRows

  /** One entry of the walk, held against the point before. */
  async #takeEntry(found: Found): Promise<void> {
    const { view, at, key } = found
    this.#counts.count(view.getUint8(at + LISTING_AT.kind))
    const row = await this.#before.seek(key, this.#gone, this.#signal)
    if (row !== undefined && isUnchanged(view, at, row) && (await this.#isStillThere(row))) {
      const isAsListed = isLinkedAsListed(view, at, row)
      const device = String(deviceOf(view, at))
      this.#keep(row, isAsListed ? this.#before.keep() : this.#before.keepOn(device))
    } else {
      const old = row === undefined ? undefined : this.#before.take()
      await this.#reader.makeRoomFor(found)
      this.#reader.take(found, old)
    }
    await this.#makeRoom()
  }

  /** The fast way of a first backup: nothing is left of the point before, and nothing has to be waited for. */
  #takeNew(found: Found): boolean {
    if (!this.#before.isAtEnd || this.#isFull()) return false
    if (!this.#reader.hasRoomFor(found)) return false
    this.#counts.count(found.view.getUint8(found.at + LISTING_AT.kind))
    this.#reader.take(found, undefined)
    return true
  }

  #isFull(): boolean {
    return this.#flow.waiting >= waitingMax || this.#ports.session.nodesWaiting
  }

  /** Waits while too many rows stand in line, and stores the nodes that are ready. */
  async #makeRoom(): Promise<void> {
    while (this.#flow.waiting >= waitingMax) {
      await this.#reader.waitForAny()
    }
    if (this.#ports.session.nodesWaiting) await this.#ports.session.drainNodes(this.#signal)
  }

  #failedRecord(page: WalkPage, at: number): void {
    const path = pathOf(page, at)
    const error = page.view.getUint8(at + LISTING_AT.error)
    const reason = error === 2 ? 'vanished' : error === 1 || error === 13 ? 'denied' : 'unreadable'
    this.#failed({ path, reason, detail: `it could not be examined (errno ${error})` })
  }

  /** A report for each megabyte: a large file shows that it goes on, many small ones cost nothing. */
  #noteRead(bytes: number, path: ByteString): void {
    const before = this.#bytesSeen
    this.#bytesSeen += bytes
    if (Math.floor(before / reportBytes) !== Math.floor(this.#bytesSeen / reportBytes))
      this.#report(path)
  }

  #report(path: ByteString): void {
    this.#ports.reporter.progress({
      phase: 'backup',
      filesDone: this.#counts.files,
      filesTotal: undefined,
      bytesDone: this.#bytesSeen,
      bytesTotal: undefined,
      storedBytes: this.#ports.session.storedBytes,
      path,
    })
  }
}

function isNamed(row: LeafCursor, page: WalkPage, at: number): boolean {
  if (page.view.getUint16(at + LISTING_AT.nameLength, true) !== row.nameLength) return false
  const from = at + LISTING_FIXED_BYTES
  for (let i = 0; i < row.nameLength; i++)
    if (page.records[from + i] !== row.nameBytes[i]) return false
  return true
}
