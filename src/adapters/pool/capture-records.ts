// How a batch of small files travels: the question to a worker and its answer, each as one buffer, so
// that hundreds of entries cost the main thread a fraction of a millisecond. Both directions of both
// forms are here. What the main thread knows already (the listing record) does not come back.
import { ByteReader, type ByteString, ByteWriter } from '#base'
import {
  type ChunkId,
  chunkId,
  chunkIdBytes,
  type FailureReason,
  failureReasons,
  nextListingRecord,
  statOfRecord,
} from '#engine'
import type { CapturedEntry, CaptureRequest } from '#ports'
import type { SourceFailure } from './jobs.ts'

const lengthBytes = 4

/** Path length, path, record; one entry after the other. */
export function encodeRequests(batch: readonly CaptureRequest[]): Uint8Array<ArrayBuffer> {
  let size = 0
  for (const { path, view, at } of batch)
    size += lengthBytes + path.length + nextListingRecord(view, at) - at
  const buffer = Buffer.from(new ArrayBuffer(size))
  let at = 0
  for (const request of batch) {
    const { path } = request
    buffer.writeUInt32LE(path.length, at)
    buffer.write(path, at + lengthBytes, 'latin1')
    at += lengthBytes + path.length
    const record = recordOf(request)
    buffer.set(record, at)
    at += record.length
  }
  return buffer
}

/** The listing record of a request, as a view. */
function recordOf({ view, at }: CaptureRequest): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + at, nextListingRecord(view, at) - at)
}

/** What a worker is to capture: a path, and where its record lies in `view`. */
export type RecordPlace = {
  readonly path: ByteString
  readonly view: DataView
  readonly at: number
}

export function* decodeRequests(bytes: Uint8Array): Generator<RecordPlace> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at < bytes.length; ) {
    const start = at + lengthBytes
    const end = start + view.getUint32(at, true)
    yield { path: buffer.toString('latin1', start, end) as ByteString, view, at: end }
    at = nextListingRecord(view, end)
  }
}

/** What a worker found out about one entry. */
export type Finding =
  | {
      readonly kind: 'captured'
      readonly inconsistent: boolean
      /** Undefined when the entry is as it was listed. */
      readonly record: Uint8Array | undefined
      /** With its content, if that is of a batch. */
      readonly extra: Uint8Array
      readonly readBytes: number
      readonly notes: readonly string[]
    }
  | SourceFailure

const flagBits = {
  failed: 1,
  inconsistent: 2,
  record: 4,
  extra: 8,
  content: 16,
  notes: 32,
} as const

export class FindingWriter {
  readonly #writer = new ByteWriter(64 * 1024)
  readonly #text = new TextEncoder()

  put(finding: Finding): void {
    const writer = this.#writer
    if (finding.kind === 'failed') {
      writer.u8(flagBits.failed)
      writer.u8(failureReasons.indexOf(finding.reason))
      writer.block(this.#text.encode(finding.detail))
      return
    }
    const { inconsistent, record, extra, readBytes, notes } = finding
    const flags =
      (inconsistent ? flagBits.inconsistent : 0) |
      (record === undefined ? 0 : flagBits.record) |
      (extra.length === 0 ? 0 : flagBits.extra) |
      (readBytes === 0 ? 0 : flagBits.content) |
      (notes.length === 0 ? 0 : flagBits.notes)
    writer.u8(flags)
    if (record !== undefined) writer.block(record)
    if (extra.length > 0) writer.block(extra)
    if (readBytes > 0) writer.varint(readBytes)
    if (notes.length === 0) return
    writer.varint(notes.length)
    for (const note of notes) writer.block(this.#text.encode(note))
  }

  /** The answer: the chunks with their lengths and ids, then every finding in order. */
  finish(lengths: Uint32Array, ids: Uint8Array): Uint8Array<ArrayBuffer> {
    const head = 4 + lengths.byteLength + ids.length
    const answer = new Uint8Array(head + this.#writer.length)
    new DataView(answer.buffer).setUint32(0, lengths.length, true)
    new Uint32Array(answer.buffer, 4, lengths.length).set(lengths)
    answer.set(ids, 4 + lengths.byteLength)
    answer.set(this.#writer.view(), head)
    this.#writer.clear()
    return answer
  }
}

/** Names of a uid and a gid; empty when unknown. */
export type OwnerNames = {
  user(uid: number): string
  group(gid: number): string
}

export type FoundBatch = {
  readonly entries: readonly CapturedEntry[]
  readonly lengths: Uint32Array
  readonly ids: readonly ChunkId[]
}

export function decodeFindings(
  answer: Uint8Array,
  batch: readonly CaptureRequest[],
  names: OwnerNames,
): FoundBatch {
  const reader = new ByteReader(answer)
  const count = reader.u32()
  const lengths = new Uint32Array(count)
  for (let i = 0; i < count; i++) lengths[i] = reader.u32()
  const ids = splitIds(reader.bytes(count * chunkIdBytes))
  const entries = batch.map((listed) => decodeEntry(reader, listed, names))
  return { entries, lengths, ids }
}

/** A copy of its own for each: an id lives longer than the answer that brought it. */
export function splitIds(bytes: Uint8Array): ChunkId[] {
  return Array.from({ length: bytes.length / chunkIdBytes }, (_, i) =>
    chunkId(bytes.slice(i * chunkIdBytes, (i + 1) * chunkIdBytes)),
  )
}

const nothing = new Uint8Array(0)
const noNotes: readonly string[] = []

function decodeEntry(reader: ByteReader, listed: CaptureRequest, names: OwnerNames): CapturedEntry {
  const flags = reader.u8()
  if ((flags & flagBits.failed) !== 0) return decodeFailure(reader)
  const stat =
    (flags & flagBits.record) === 0
      ? statOfRecord(listed.view, listed.at)
      : statOfRecord(viewOf(reader.block(reader.remaining)), 0)
  return {
    kind: 'captured',
    stat,
    user: names.user(stat.uid),
    group: names.group(stat.gid),
    inconsistent: (flags & flagBits.inconsistent) !== 0,
    extra: (flags & flagBits.extra) === 0 ? nothing : reader.block(reader.remaining),
    readBytes: (flags & flagBits.content) === 0 ? 0 : reader.varint(),
    notes: (flags & flagBits.notes) === 0 ? noNotes : decodeNotes(reader),
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function decodeNotes(reader: ByteReader): readonly string[] {
  return Array.from({ length: reader.varint() }, () => decodeText(reader))
}

function decodeFailure(reader: ByteReader): CapturedEntry {
  const reason: FailureReason = failureReasons[reader.u8()] ?? 'unreadable'
  return { kind: 'failed', reason, detail: decodeText(reader) }
}

function decodeText(reader: ByteReader): string {
  return new TextDecoder().decode(reader.block(reader.remaining))
}
