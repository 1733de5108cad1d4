/**
 * Merges the walk with the point before it and writes the tree of the new one. Two ways: a full tree, or an overlay of
 * what changed over the base of the point before. Unchanged entries of the base then cost a comparison and nothing else.
 */
import { assert, type ByteString, equalBytes, failure, joinPath } from '#base'
import {
  childDirectoryKey,
  type Entry,
  type EntryKey,
  entryKey,
  everyChunkRef,
  everything,
  fileBytesMax,
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
  statOfRecord,
  TreeBuilder,
  type TreeRoot,
} from '#engine'
import { compareRow, PointCursor } from '#vault'
import type { BackupPorts, BackupRequest } from './backup.ts'
import { type Captured, ContentWriter } from './content-writer.ts'
import { EntryFlow, waitingMax } from './entry-flow.ts'
import { nameAt, type WalkDirectory, Walker, type WalkPage } from './walker.ts'

/** A base smaller than this is simply written anew. */
const overlayBaseEntriesMin = 4096
/** An overlay of more than this share of its base is merged into a new base. */
const overlayShareMax = 1 / 8
/** A file changed so shortly before the last backup began could have changed again within one tick of its clock. */
const racyMs = 2000
const linkedFilesMax = 1_000_000

export type EntryCounts = {
  files: number
  directories: number
  others: number
  filesRead: number
  excluded: number
}

export class TreeWriter {
  readonly #ports: BackupPorts
  readonly #request: BackupRequest
  readonly #failed: (problem: PointFailure) => void
  readonly #signal: AbortSignal
  readonly #content: ContentWriter
  readonly #builder: TreeBuilder
  readonly #flow: EntryFlow
  readonly #before: PointCursor
  /** The base that the new point keeps; undefined when it gets a tree of its own. */
  readonly #base: TreeRoot | undefined
  readonly #racySince: number
  readonly #linked = new Map<string, Captured>()
  readonly #counts: EntryCounts = { files: 0, directories: 0, others: 0, filesRead: 0, excluded: 0 }
  /** The old row under the cursor has not been dealt with yet. */
  #hasBefore = false
  #beforeEnded: boolean
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
    this.#content = new ContentWriter(ports.source, ports.session, signal)
    this.#builder = new TreeBuilder((bytes) => ports.session.addNode(bytes))
    const parent = request.parent?.point
    this.#before = new PointCursor(ports.reader, parent?.tree)
    this.#beforeEnded = parent === undefined
    this.#base = parent !== undefined && keepsBase(parent.tree) ? parent.tree.base : undefined
    this.#racySince = parent === undefined ? Number.POSITIVE_INFINITY : parent.startedAt - racyMs
    this.#flow = new EntryFlow((item) => {
      this.#rows++
      this.#builder.add(item)
    })
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
      throw failure('source.unusable', { path: source.path, problem: 'it does not exist' })
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
    const isDirectory = view.getUint8(LISTING_AT.kind) === KIND_CODE.directory
    const key = entryKey(
      source.prefix === '' && !isDirectory ? nameAt(view, record, 0) : source.prefix,
    )
    await this.#takeEntry({ key, path: source.path, records: record, view, at: 0 })
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

  async finish(): Promise<{ readonly tree: PointTree; readonly counts: EntryCounts }> {
    while (await this.#moveBefore()) this.#dropBefore()
    this.#beforeEnded = true
    await this.#content.finish()
    this.#flow.assertEmpty()
    const root = this.#builder.finish()
    const tree: PointTree | undefined =
      this.#base !== undefined
        ? { base: this.#base, overlay: root, overlayRows: this.#rows }
        : root && { base: root, overlay: undefined, overlayRows: 0 }
    if (tree === undefined)
      throw failure('source.unusable', {
        path: this.#request.sources[0]?.path ?? '',
        problem: 'nothing of it could be read',
      })
    return { tree, counts: this.#counts }
  }

  async #walk(root: WalkDirectory): Promise<void> {
    const walker = new Walker(this.#ports.source, this.#failed, this.#signal)
    walker.enter(root)
    for (let page = await walker.next(); page !== undefined; page = await walker.next()) {
      await this.#takePage(walker, page, root)
    }
  }

  async #takePage(walker: Walker, page: WalkPage, root: WalkDirectory): Promise<void> {
    const { records, view, directory } = page
    for (let at = 0; at < records.length; at = nextListingRecord(view, at)) {
      const kindCode = view.getUint8(at + LISTING_AT.kind)
      const isDirectory = kindCode === KIND_CODE.directory
      if (view.getUint8(at + LISTING_AT.error) !== 0 || kindCode === 0) {
        this.#failedRecord(page, at)
        continue
      }
      if (this.#isExcluded(page, at, isDirectory)) {
        this.#counts.excluded++
        continue
      }
      if (!this.#takeUnchanged(page, at)) {
        const name = nameAt(view, records, at)
        await this.#takeEntry({
          key: { dir: directory.key, name },
          path: pathOf(page, at),
          records,
          view,
          at,
        })
      }
      if (isDirectory && this.#staysInside(view, at, root)) walker.enter(Walker.childOf(page, at))
    }
    this.#report(directory.path)
  }

  /**
   * The fast way, without a promise or a string: the old row under the cursor is this very entry, and it is unchanged.
   * 1.5 µs an entry here; a million unchanged files pass through it.
   */
  #takeUnchanged(page: WalkPage, at: number): boolean {
    if (!this.#hasBefore) this.#hasBefore = !this.#beforeEnded && this.#before.advance()
    if (!this.#hasBefore) return false
    const { row } = this.#before
    if (
      row.dir !== page.directory.key ||
      !isNamed(row, page, at) ||
      !isUnchanged(page.view, at, row)
    )
      return false
    if (!this.#isSafe()) return false
    this.#count(row.kindCode)
    this.#keepBefore()
    this.#hasBefore = false
    return true
  }

  #isExcluded(page: WalkPage, at: number, isDirectory: boolean): boolean {
    if (isDirectory && this.#isSkipped(page.view, at)) return true
    if (this.#request.filter === everything) return false
    return this.#request.filter.excludes(pathOf(page, at), isDirectory)
  }

  #count(kindCode: number): void {
    if (kindCode === KIND_CODE.file) this.#counts.files++
    else if (kindCode === KIND_CODE.directory) this.#counts.directories++
    else this.#counts.others++
  }

  /** One entry of the walk, held against the point before. */
  async #takeEntry(found: Found): Promise<void> {
    const { view, at, key } = found
    this.#count(view.getUint8(at + LISTING_AT.kind))
    const isThere = await this.#seekBefore(key)
    if (isThere && isUnchanged(view, at, this.#before.row) && this.#isSafe()) this.#keepBefore()
    else await this.#capture(found, isThere)
    if (isThere) this.#hasBefore = false
    while (this.#flow.waiting >= waitingMax) {
      await this.#content.sendNow()
      await this.#content.waitForAny()
    }
    if (this.#ports.session.nodesWaiting) await this.#ports.session.drainNodes(this.#signal)
  }

  /** Moves the old rows up to `key`; what lies between is gone. True when the old point has this very key. */
  async #seekBefore(key: EntryKey): Promise<boolean> {
    while (await this.#moveBefore()) {
      const order = compareRow(this.#before.row, key)
      if (order >= 0) return order === 0
      this.#dropBefore()
    }
    return false
  }

  /** True when an old row is under the cursor that has not been dealt with. */
  async #moveBefore(): Promise<boolean> {
    if (this.#hasBefore) return true
    if (this.#beforeEnded) return false
    this.#hasBefore = this.#before.advance() || (await this.#before.load(this.#signal))
    this.#beforeEnded = !this.#hasBefore
    return this.#hasBefore
  }

  /** The old row has no successor: a tombstone where the base shows it, nothing elsewhere. */
  #dropBefore(): void {
    this.#hasBefore = false
    const { row, baseBytes } = this.#before
    if (this.#base === undefined || baseBytes === undefined) return
    this.#flow.push({
      kind: 'tombstone',
      key: { dir: row.dir, name: row.name },
      replacesBytes: baseBytes,
    })
  }

  #keepBefore(): void {
    this.#bytesSeen += this.#before.row.size
    if (this.#base === undefined) {
      const item = this.#before.item()
      assert(item.kind === 'entry', 'a visible row is an entry')
      this.#flow.push({ ...item, replacesBytes: undefined })
    } else if (this.#before.source !== 'base') this.#flow.push(this.#before.item())
  }

  /**
   * Unchanged is not enough: the file must have been read as it should, not within the tick of its own change, and every
   * chunk it names must still be there; else it is read again, and so the vault heals.
   */
  #isSafe(): boolean {
    const { row } = this.#before
    if (row.inconsistent) return false
    if (
      row.kindCode === KIND_CODE.file &&
      row.ctimeSec * 1000 + row.ctimeNsec / 1e6 >= this.#racySince
    )
      return false
    return row.extra.length === 0 || everyChunkRef(row.extra, this.#isHere)
  }

  readonly #isHere = (bytes: Uint8Array, at: number): boolean => this.#ports.session.has(bytes, at)

  async #capture(found: Found, isThere: boolean): Promise<void> {
    const { key, path, records, view, at } = found
    const old = isThere ? this.#before.item() : undefined
    const baseBytes = isThere && this.#base !== undefined ? this.#before.baseBytes : undefined
    const inBase = isThere && this.#before.source === 'base'
    const place = this.#flow.reserve()
    const settle = (captured: Captured): void => {
      const entry = this.#entryOf(key, path, captured)
      const isSame =
        entry !== undefined && inBase && old?.kind === 'entry' && isSameEntry(old.entry, entry)
      if (isSame && this.#base !== undefined) this.#flow.fill(place, undefined)
      else if (entry !== undefined)
        this.#flow.fill(place, { kind: 'entry', entry, replacesBytes: baseBytes })
      else this.#flow.fill(place, tombstoneOf(key, baseBytes))
    }
    if (isTooLarge(view, at)) return settle(tooLarge)
    const stat = statOfRecord(view, at)
    const isLinked = stat.kind === 'file' && stat.nlink > 1
    const linkDevice = isLinked ? String(view.getBigUint64(at + LISTING_AT.dev, true)) : undefined
    const inode = `${linkDevice}:${stat.inoHigh}:${stat.inoLow}`
    const known = isLinked ? this.#linked.get(inode) : undefined
    if (known !== undefined) return settle(known)
    await this.#content.add({
      path,
      record: records.slice(at, nextListingRecord(view, at)),
      bytes: stat.size,
      linkDevice,
      done: (captured) => {
        // Another name of this file, found later in the walk, is not read again.
        if (isLinked && this.#linked.size < linkedFilesMax) this.#linked.set(inode, captured)
        if (stat.kind === 'file') this.#counts.filesRead++
        if (captured.kind === 'captured') this.#bytesSeen += captured.readBytes
        settle(captured)
      },
    })
  }

  #entryOf(key: EntryKey, path: ByteString, captured: Captured): Entry | undefined {
    if (captured.kind === 'failed') {
      this.#failed({ path, reason: captured.reason, detail: captured.detail })
      return undefined
    }
    if (captured.inconsistent)
      this.#failed({ path, reason: 'changed', detail: 'it changed while it was read' })
    for (const detail of captured.notes) this.#failed({ path, reason: 'unreadable', detail })
    const { user, group, inconsistent, extra } = captured
    return { ...key, ...captured.stat, user, group, inconsistent, extra }
  }

  #failedRecord(page: WalkPage, at: number): void {
    const path = pathOf(page, at)
    const error = page.view.getUint8(at + LISTING_AT.error)
    const reason = error === 2 ? 'vanished' : error === 1 || error === 13 ? 'denied' : 'unreadable'
    this.#failed({ path, reason, detail: `it could not be examined (errno ${error})` })
  }

  #isSkipped(view: DataView, at: number): boolean {
    const dev = view.getBigUint64(at + LISTING_AT.dev, true)
    const ino = view.getBigUint64(at + LISTING_AT.ino, true)
    return this.#request.skipped.some((skipped) => skipped.dev === dev && skipped.ino === ino)
  }

  #staysInside(view: DataView, at: number, root: WalkDirectory): boolean {
    return (
      !this.#request.oneFileSystem ||
      view.getBigUint64(at + LISTING_AT.dev, true) === root.expected?.dev
    )
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

type Found = {
  readonly key: EntryKey
  readonly path: ByteString
  readonly records: Uint8Array
  readonly view: DataView
  readonly at: number
}

const tooLarge: Captured = {
  kind: 'failed',
  reason: 'unsupported',
  detail: `it is larger than ${fileBytesMax / 2 ** 40} TiB`,
}

/** Asked before the size is read as a number: sparse files can be larger than numbers are exact. */
function isTooLarge(view: DataView, at: number): boolean {
  if (view.getUint8(at + LISTING_AT.kind) !== KIND_CODE.file) return false
  return view.getBigUint64(at + LISTING_AT.size, true) > BigInt(fileBytesMax)
}

function keepsBase(tree: PointTree): boolean {
  return (
    tree.base.sums.entries >= overlayBaseEntriesMin &&
    tree.overlayRows <= tree.base.sums.entries * overlayShareMax
  )
}

function tombstoneOf(key: EntryKey, baseBytes: number | undefined): LeafItem | undefined {
  return baseBytes === undefined ? undefined : { kind: 'tombstone', key, replacesBytes: baseBytes }
}

/** Read again and found to be what the base has: nothing to write. */
function isSameEntry(a: Entry, b: Entry): boolean {
  const { extra: aExtra, ...aFacts } = a
  const { extra: bExtra, ...bFacts } = b
  const isSameFacts = Object.entries(aFacts).every(
    ([key, value]) => value === (bFacts as Readonly<Record<string, unknown>>)[key],
  )
  return isSameFacts && equalBytes(aExtra, bExtra)
}

function pathOf(page: WalkPage, at: number): ByteString {
  return joinPath(page.directory.path, nameAt(page.view, page.records, at))
}

function isNamed(row: LeafCursor, page: WalkPage, at: number): boolean {
  if (page.view.getUint16(at + LISTING_AT.nameLength, true) !== row.nameLength) return false
  const from = at + LISTING_FIXED_BYTES
  for (let i = 0; i < row.nameLength; i++)
    if (page.records[from + i] !== row.nameBytes[i]) return false
  return true
}
