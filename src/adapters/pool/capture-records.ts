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
import type { CapturedContent, CapturedEntry, CaptureRequest } from '#ports'
import type { SourceFailure } from './jobs.ts'

const lengthBytes = 4

/** Path length, path, record; one entry after the other. */
export function encodeRequests(batch: readonly CaptureRequest[]): Uint8Array<ArrayBuffer> {
  let size = 0
  for (const { path, record } of batch) size += lengthBytes + path.length + record.length
  const buffer = Buffer.from(new ArrayBuffer(size))
  let at = 0
  for (const { path, record } of batch) {
    buffer.writeUInt32LE(path.length, at)
    buffer.write(path, at + lengthBytes, 'latin1')
    at += lengthBytes + path.length
    buffer.set(record, at)
    at += record.length
  }
  return buffer
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
      readonly extra: Uint8Array
      /** A chunk is the next of the batch. */
      readonly content: 'none' | 'chunk' | Uint8Array
      readonly notes: readonly string[]
    }
  | SourceFailure

const flagBits = {
  failed: 1,
  inconsistent: 2,
  record: 4,
  extra: 8,
  inline: 16,
  chunk: 32,
  notes: 64,
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
    const { inconsistent, record, extra, content, notes } = finding
    const flags =
      (inconsistent ? flagBits.inconsistent : 0) |
      (record === undefined ? 0 : flagBits.record) |
      (extra.length === 0 ? 0 : flagBits.extra) |
      (content === 'none' ? 0 : content === 'chunk' ? flagBits.chunk : flagBits.inline) |
      (notes.length === 0 ? 0 : flagBits.notes)
    writer.u8(flags)
    if (record !== undefined) writer.block(record)
    if (extra.length > 0) writer.block(extra)
    if (content instanceof Uint8Array) writer.block(content)
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
  const chunks = { next: 0 }
  const entries = batch.map(({ record }) => decodeEntry(reader, record, { names, chunks }))
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
const noContent: CapturedContent = { kind: 'none' }

function decodeEntry(
  reader: ByteReader,
  listed: Uint8Array,
  { names, chunks }: { readonly names: OwnerNames; readonly chunks: { next: number } },
): CapturedEntry {
  const flags = reader.u8()
  if ((flags & flagBits.failed) !== 0) return decodeFailure(reader)
  const record = (flags & flagBits.record) === 0 ? listed : reader.block(reader.remaining)
  const extra = (flags & flagBits.extra) === 0 ? nothing : reader.block(reader.remaining).slice()
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
  const stat = statOfRecord(view, 0)
  return {
    kind: 'captured',
    stat,
    user: names.user(stat.uid),
    group: names.group(stat.gid),
    inconsistent: (flags & flagBits.inconsistent) !== 0,
    extra,
    content: decodeContent(reader, flags, chunks),
    notes: (flags & flagBits.notes) === 0 ? noNotes : decodeNotes(reader),
  }
}

function decodeContent(
  reader: ByteReader,
  flags: number,
  chunks: { next: number },
): CapturedContent {
  if ((flags & flagBits.chunk) !== 0) return { kind: 'chunk', chunk: chunks.next++ }
  if ((flags & flagBits.inline) === 0) return noContent
  return { kind: 'inline', bytes: reader.block(reader.remaining).slice() }
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
