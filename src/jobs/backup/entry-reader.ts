/**
 * Entries that have to be read: each takes its place in line, is read with others or by itself, and becomes a row of the
 * new tree, or none when it could not be read as it should (B6).
 */
import type { ByteString } from '#base'
import {
  type Entry,
  type EntryKey,
  fileBytesMax,
  joinExtras,
  KIND_CODE,
  type LeafItem,
  LISTING_AT,
  listingUint64,
  type PointFailure,
  statOfRecord,
} from '#engine'
import type { CapturedEntry } from '#ports'
import { type CaptureTask, type ContentPorts, ContentWriter } from './content-writer.ts'
import type { EntryFlow, Place } from './entry-flow.ts'
import { LinkedFiles } from './linked-files.ts'
import type { PointBefore } from './point-before.ts'

/** An entry of the walk. */
export type Found = {
  readonly key: EntryKey
  readonly path: ByteString
  /** Its listing record stands there. */
  readonly view: DataView
  readonly at: number
}

export type OldRow = ReturnType<PointBefore['take']>

export class EntryCounts {
  files = 0
  directories = 0
  others = 0
  filesRead = 0
  excluded = 0

  count(kindCode: number, by: 1 | -1 = 1): void {
    if (kindCode === KIND_CODE.file) this.files += by
    else if (kindCode === KIND_CODE.directory) this.directories += by
    else this.others += by
  }
}

export type EntryReaderParts = Omit<ContentPorts<CaptureTask>, 'onDone'> & {
  readonly flow: EntryFlow
  readonly counts: EntryCounts
  readonly failed: (problem: PointFailure) => void
}

export class EntryReader {
  readonly #content: ContentWriter<Pending>
  readonly #flow: EntryFlow
  readonly #counts: EntryCounts
  readonly #failed: (problem: PointFailure) => void
  readonly #linked = new LinkedFiles()

  constructor({ flow, counts, failed, ...ports }: EntryReaderParts, signal: AbortSignal) {
    this.#flow = flow
    this.#counts = counts
    this.#failed = failed
    const onDone = (pending: Pending, found: CapturedEntry) => this.#finish(pending, found)
    this.#content = new ContentWriter({ ...ports, onDone }, signal)
  }

  /** Whether an entry can be taken without waiting. */
  hasRoomFor(found: Found): boolean {
    return this.#content.hasRoomFor(contentBytes(found))
  }

  async makeRoomFor(found: Found): Promise<void> {
    await this.#content.makeRoomFor(contentBytes(found))
  }

  /**
   * Takes an entry, for which there is room; its row goes to the flow when it was read.
   * @param old what the point before has under its key
   */
  take(found: Found, old: OldRow | undefined): void {
    const { key, path, view, at } = found
    const place = this.#flow.reserve()
    const pending = { key, path, view, at, bytes: contentBytes(found), place, old }
    const known = isTooLarge(view, at) ? tooLarge : this.#findLinked(pending)
    if (known === undefined) this.#content.add(pending)
    else this.#settle(pending, known)
  }

  /** What was read of the file under another of its names. */
  #findLinked({ view, at }: Pending): CapturedEntry | undefined {
    if (!hasOtherNames(view, at)) return undefined
    return this.#linked.find(deviceOf(view, at), statOfRecord(view, at))
  }

  #finish(pending: Pending, captured: CapturedEntry): void {
    const { view, at } = pending
    const isFile = view.getUint8(at + LISTING_AT.kind) === KIND_CODE.file
    if (isFile && captured.kind !== 'failed') this.#counts.filesRead++
    const named = hasOtherNames(view, at)
      ? this.#linked.name(deviceOf(view, at), statOfRecord(view, at), captured)
      : captured
    this.#settle(pending, named)
  }

  #settle(pending: Pending, captured: CapturedEntry): void {
    const { key, view, at, place, old } = pending
    const entry = this.#entryOf(pending, captured)
    // It was counted when it was listed, and is not of the point.
    if (entry === undefined) this.#counts.count(view.getUint8(at + LISTING_AT.kind), -1)
    this.#flow.fill(place, itemOf(key, entry, old))
  }

  #entryOf({ key, path, view, at }: Pending, captured: CapturedEntry): Entry | undefined {
    if (captured.kind === 'failed') {
      this.#failed({ path, reason: captured.reason, detail: captured.detail })
      return undefined
    }
    if (captured.inconsistent)
      this.#failed({ path, reason: 'changed', detail: 'it changed while it was read' })
    const wasDirectory = isDirectory(view, at)
    if (wasDirectory !== (captured.stat.kind === 'directory')) {
      // What is in it was not taken, or was taken of the directory that stood here.
      const detail = wasDirectory ? 'it is no directory any more' : 'it has become a directory'
      this.#failed({ path, reason: 'changed', detail })
      return undefined
    }
    if (captured.notes.length === 0) return entryOf(key, captured, captured.extra)
    for (const detail of captured.notes) this.#failed({ path, reason: 'unreadable', detail })
    return entryOf(key, captured, joinExtras(captured.extra, { incomplete: true }))
  }

  /** Until something that is under way has ended. */
  async waitForAny(): Promise<void> {
    await this.#content.sendNow()
    await this.#content.waitForAny()
  }

  /** Until everything that was taken has been read. */
  async finish(): Promise<void> {
    await this.#content.finish()
  }
}

/** An entry that is being read, and where in the tree it goes. */
type Pending = Found & CaptureTask & { readonly place: Place; readonly old: OldRow | undefined }

function isDirectory(view: DataView, at: number): boolean {
  return view.getUint8(at + LISTING_AT.kind) === KIND_CODE.directory
}

function hasOtherNames(view: DataView, at: number): boolean {
  return view.getUint32(at + LISTING_AT.nlink, true) > 1 && !isDirectory(view, at)
}

export function deviceOf(view: DataView, at: number): bigint {
  return view.getBigUint64(at + LISTING_AT.dev, true)
}

function contentBytes({ view, at }: Found): number {
  if (view.getUint8(at + LISTING_AT.kind) !== KIND_CODE.file || isTooLarge(view, at)) return 0
  return listingUint64(view, at + LISTING_AT.size)
}

/** Field by field: a million entries pass through here, and a spread takes ten times as long. */
function entryOf(
  { dir, name }: EntryKey,
  { stat, user, group, inconsistent }: Extract<CapturedEntry, { kind: 'captured' }>,
  extra: Uint8Array,
): Entry {
  const { kind, mode, uid, gid, nlink, size, inoLow, inoHigh } = stat
  const { mtimeSec, mtimeNsec, ctimeSec, ctimeNsec } = stat
  return {
    dir,
    name,
    kind,
    mode,
    uid,
    gid,
    nlink,
    size,
    mtimeSec,
    mtimeNsec,
    ctimeSec,
    ctimeNsec,
    inoLow,
    inoHigh,
    user,
    group,
    inconsistent,
    extra,
  }
}

const tooLarge: CapturedEntry = {
  kind: 'failed',
  reason: 'unsupported',
  detail: `it is larger than ${fileBytesMax / 2 ** 40} TiB`,
}

/** Asked before the size is read as a number: sparse files can be larger than numbers are exact. */
function isTooLarge(view: DataView, at: number): boolean {
  if (view.getUint8(at + LISTING_AT.kind) !== KIND_CODE.file) return false
  return view.getBigUint64(at + LISTING_AT.size, true) > BigInt(fileBytesMax)
}

/** The row of a captured entry: nothing when the base has the same, a tombstone when it could not be read. */
function itemOf(
  key: EntryKey,
  entry: Entry | undefined,
  old: OldRow | undefined,
): LeafItem | undefined {
  const replacesBytes = old?.replacesBytes
  if (entry === undefined)
    return replacesBytes === undefined ? undefined : { kind: 'tombstone', key, replacesBytes }
  return old?.isSame(entry) ? undefined : { kind: 'entry', entry, replacesBytes }
}
