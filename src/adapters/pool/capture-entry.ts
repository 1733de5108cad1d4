// One entry of the source into a slot, as it was at one moment: what was read counts only if the entry
// afterwards is what it was before (B6). Else it is read again, a few times; a file that never holds
// still is taken as last read and marked inconsistent. Who replaces a directory by a link while we
// read must not make us keep a file from elsewhere: another file under the name is taken only from the
// very place.
import { readlinkSync } from 'node:fs'
import type { ByteString } from '#base'
import {
  type Extras,
  encodeExtras,
  KIND_CODE,
  LISTING_AT,
  listingUint64,
  nextListingRecord,
} from '#engine'
import {
  closeEntry,
  compareWithListing,
  examineDescriptor,
  findRecord,
  type OpenEntry,
  openEntry,
  readInodeFlags,
  readLinkTarget,
  readXattrs,
  type SinceListed,
  SystemCallError,
} from '../linux/index.ts'
import type { Finding, RecordPlace } from './capture-records.ts'
import type { SourceFailure } from './jobs.ts'
import { sourceFailure } from './source-failure.ts'

/** Readings after the first. */
export const retriesMax = 3

/** What becomes of the content of a regular file. */
export interface ContentTaker {
  /** How many bytes it took of a file that should have `size`. @throws SystemCallError */
  take(entry: OpenEntry, size: number): number | SourceFailure
  /** Whether it keeps the entry open beyond the reading. */
  holds(entry: OpenEntry): boolean
  /** Forgets what it took: the entry is read again. */
  release(): void
}

/** What is known of an entry before it is read: its record, and whether it is another than was listed. */
type Listed = {
  readonly view: DataView
  readonly at: number
  readonly fresh: Uint8Array | undefined
  readonly isReplaced: boolean
}

type Reading = {
  readonly since: SinceListed
  /** Content taken. */
  readonly bytes: number
  readonly extra: Uint8Array
  readonly notes: readonly string[]
  /** As of the end of the read, when it is not as listed. */
  readonly record: Uint8Array | undefined
}

export type EntryFinding = { readonly finding: Finding; readonly bytes: number }

/** Of a file, `content` has then taken `bytes`. */
export function captureEntry(place: RecordPlace, content: ContentTaker): EntryFinding {
  let listed: Listed = { view: place.view, at: place.at, fresh: undefined, isReplaced: false }
  for (let retriesLeft = retriesMax; ; retriesLeft--) {
    const reading = readOrFail(place.path, listed, content)
    if ('kind' in reading) return { finding: reading, bytes: 0 }
    if (reading.since === 'same' || (reading.since === 'changed' && retriesLeft === 0)) {
      return accept(reading, listed)
    }
    if (retriesLeft === 0) return { finding: changed('it was replaced on every try'), bytes: 0 }
    const fresh = reading.record ?? findRecord(place.path)
    if (fresh === undefined) return { finding: vanished, bytes: 0 }
    listed = {
      ...recordPlace(fresh),
      isReplaced: listed.isReplaced || reading.since === 'replaced',
    }
  }
}

const vanished: SourceFailure = { kind: 'failed', reason: 'vanished', detail: 'it is gone' }

export function changed(detail: string): SourceFailure {
  return { kind: 'failed', reason: 'changed', detail }
}

function recordPlace(fresh: Uint8Array) {
  return { fresh, view: new DataView(fresh.buffer, fresh.byteOffset, fresh.byteLength), at: 0 }
}

function accept(reading: Reading, listed: Listed): EntryFinding {
  const isFile = kindOf(listed) === KIND_CODE.file
  const isChanged = reading.since === 'changed'
  // Some file systems say a length that no read comes to, or a stale one: what was read is what there is.
  const isShort =
    isFile && reading.bytes !== listingUint64(listed.view, listed.at + LISTING_AT.size)
  const inconsistent = isFile && (isChanged || isShort)
  const record = isChanged ? reading.record : isShort ? copyOfRecord(listed) : listed.fresh
  if (inconsistent && record !== undefined) setSize(record, reading.bytes)
  const { bytes, extra, notes } = reading
  const finding = {
    kind: 'captured',
    inconsistent,
    record,
    extra,
    readBytes: bytes,
    notes,
  } as const
  return { finding, bytes }
}

function copyOfRecord({ view, at }: Listed): Uint8Array {
  const bytes = nextListingRecord(view, at) - at
  return new Uint8Array(view.buffer, view.byteOffset + at, bytes).slice()
}

/** What the point says of a torn file fits what it holds of it. */
export function setSize(record: Uint8Array, bytes: number): void {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
  view.setBigUint64(LISTING_AT.size, BigInt(bytes), true)
}

function readOrFail(
  path: ByteString,
  listed: Listed,
  content: ContentTaker,
): Reading | SourceFailure {
  content.release()
  try {
    const listedError = listed.view.getUint8(listed.at + LISTING_AT.error)
    if (listedError !== 0) throw new SystemCallError('stat', listedError, path)
    return read(path, listed, content)
  } catch (problem) {
    return explain(problem, path, listed)
  }
}

/** A call that failed because something else stands there now is a replacement, not a failure. */
function explain(problem: unknown, path: ByteString, listed: Listed): Reading | SourceFailure {
  const failed = sourceFailure(problem)
  try {
    const record = findRecord(path)
    if (record === undefined) return vanished
    if (isSameFile(recordPlace(record), listed)) return failed
    return { since: 'replaced', bytes: 0, extra: noExtra, notes: [], record }
  } catch (second) {
    return sourceFailure(second)
  }
}

function isSameFile(one: { view: DataView; at: number }, other: { view: DataView; at: number }) {
  const fields = [LISTING_AT.ino, LISTING_AT.dev]
  const isSame = (field: number) =>
    one.view.getBigUint64(one.at + field, true) === other.view.getBigUint64(other.at + field, true)
  return fields.every(isSame) && kindOf(one) === kindOf(other)
}

function read(path: ByteString, listed: Listed, content: ContentTaker): Reading | SourceFailure {
  const { view, at } = listed
  const entry = openEntry(path, kindOf(listed))
  try {
    if (listed.isReplaced && !standsAt(entry)) return changed('its directory was replaced')
    const size = kindOf(listed) === KIND_CODE.file ? listingUint64(view, at + LISTING_AT.size) : 0
    const bytes = size === 0 ? 0 : content.take(entry, size)
    if (typeof bytes !== 'number') return bytes
    const { extra, notes } = readExtra(entry, listed)
    const found = compareWithListing(entry, view, at)
    // Virtual files may have less content than they say, and never change.
    const since = found === 'same' && bytes !== size ? 'changed' : found
    const record = since === 'changed' ? examineDescriptor(entry.fd, nameOf(path)) : undefined
    return { since, bytes, extra, notes, record }
  } finally {
    if (!content.holds(entry)) closeEntry(entry)
  }
}

/** Whether the path, with no link on its way, leads to what was opened. */
function standsAt({ fd, path }: OpenEntry): boolean {
  return readlinkSync(`/proc/self/fd/${fd}`, 'latin1') === path
}

const noExtra = new Uint8Array(0)
const noNotes: readonly string[] = []

/** Everything beside content and stat. Four system calls and no garbage for the many that have none of it. */
export function readExtra(
  entry: OpenEntry,
  { view, at }: { readonly view: DataView; readonly at: number },
): { readonly extra: Uint8Array; readonly notes: readonly string[] } {
  const kind = view.getUint8(at + LISTING_AT.kind)
  const extras: { -readonly [K in keyof Extras]: Extras[K] } = {}
  const notes: string[] = []
  if (kind === KIND_CODE.symlink) extras.linkTarget = readLinkTarget(entry)
  if (kind === KIND_CODE.charDevice || kind === KIND_CODE.blockDevice) {
    extras.rdev = deviceNumbers(view, at + LISTING_AT.rdev)
  }
  noteFailure(notes, 'attributes', () => {
    const { bytes, unread } = readXattrs(entry)
    if (bytes.length > 0) extras.xattrs = bytes
    for (const { name, problem } of unread) notes.push(`attribute ${name}: ${problem.message}`)
  })
  if (!entry.byPath) {
    noteFailure(notes, 'inode flags', () => {
      const flags = readInodeFlags(entry.fd, entry.path)
      if (flags !== undefined && flags !== 0) extras.inodeFlags = flags
    })
  }
  for (const _ in extras) return { extra: encodeExtras(extras), notes }
  return { extra: noExtra, notes: notes.length === 0 ? noNotes : notes }
}

/** What cannot be read beside the content is said in the report; the content is kept. */
function noteFailure(notes: string[], what: string, work: () => void): void {
  try {
    work()
  } catch (problem) {
    notes.push(`${what}: ${sourceFailure(problem).detail}`)
  }
}

/** The kernel's 64-bit device number in its two parts. */
function deviceNumbers(view: DataView, at: number) {
  const low = view.getUint32(at, true)
  const high = view.getUint32(at + 4, true)
  const major = (((low >>> 8) & 0xfff) | (high & 0xfffff000)) >>> 0
  const minor = ((low & 0xff) | ((low >>> 12) & 0xfff00) | ((high & 0xfff) << 20)) >>> 0
  return { major, minor }
}

function kindOf({ view, at }: { readonly view: DataView; readonly at: number }): number {
  return view.getUint8(at + LISTING_AT.kind)
}

function nameOf(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1) as ByteString
}
