/**
 * A backup point: the state of one source at one time, complete by itself. It is the commit: everything it names is
 * durable before it exists. JSON inside an envelope of kind "point". See docs/format/point.md.
 */
import { type ByteString, byteString, bytesOf, toHex } from '#base'
import { type ChunkId, chunkId, chunkIdBytes } from '../sealing/vault-keys.ts'
import type { TreeRoot } from '../tree/tree-builder.ts'
import { encodeJson, JsonFields, type JsonValue } from './json-record.ts'

/** A source path and where its tree stands in the point: '' for the only source, else a folder of that name. */
export type PointSource = { readonly path: ByteString; readonly prefix: ByteString }

/** The base, and what changed since; the overlay wins. */
export type PointTree = {
  readonly base: TreeRoot
  readonly overlay: TreeRoot | undefined
  /** Rows of the overlay, tombstones among them: when they are many, the next backup writes a new base. */
  readonly overlayRows: number
}

export const failureReasons = [
  'changed',
  'vanished',
  'denied',
  'unreadable',
  'unsupported',
  'disconnected',
] as const
export type FailureReason = (typeof failureReasons)[number]

/** A file that did not get into the point as it should (B6). */
export type PointFailure = {
  readonly path: ByteString
  readonly reason: FailureReason
  readonly detail: string
}

/** `sourceBytes` protected, `newBytes` after deduplication, `storedBytes` after compression and sealing. */
export type PointSummary = {
  readonly files: number
  readonly directories: number
  readonly others: number
  readonly sourceBytes: number
  readonly newBytes: number
  readonly storedBytes: number
  readonly filesRead: number
  readonly excluded: number
}

export type Point = {
  readonly createdAt: number
  /** When the job began, wall clock, for people. */
  readonly startedAt: number
  /** Trusted time of the commit (milliseconds of the vault's own clock). */
  readonly trustedAt: number
  /** Trusted time before which nobody can delete it; undefined: for ever. */
  readonly retainUntil: number | undefined
  readonly epoch: number
  /** Number of the ledger entry that commits it; undefined in points from before it was recorded. */
  readonly entry: number | undefined
  /** Counts up by one with each point of the vault. */
  readonly sequence: number
  /** Id of the point before it in the vault: a dropped or replayed point breaks the chain. */
  readonly previous: string | undefined
  readonly host: string
  readonly user: string
  readonly tags: readonly string[]
  readonly sources: readonly PointSource[]
  readonly status: 'complete' | 'partial'
  readonly tree: PointTree
  readonly summary: PointSummary
  readonly failureCount: number
  /** At most `failuresInPointMax` of them; the rest stand in `failureLists`. */
  readonly failures: readonly PointFailure[]
  readonly failureLists: readonly ChunkId[]
}

export const failuresInPointMax = 200

export function encodePoint(point: Point): Uint8Array {
  return encodeJson({
    format: 1,
    createdAt: point.createdAt,
    startedAt: point.startedAt,
    trustedAt: point.trustedAt,
    retainUntil: point.retainUntil ?? null,
    epoch: point.epoch,
    entry: point.entry ?? null,
    sequence: point.sequence,
    previous: point.previous ?? null,
    host: point.host,
    user: point.user,
    tags: point.tags,
    sources: point.sources.map((s) => ({
      path: bytesToJson(s.path),
      prefix: bytesToJson(s.prefix),
    })),
    status: point.status,
    base: rootToJson(point.tree.base),
    overlay: point.tree.overlay === undefined ? null : rootToJson(point.tree.overlay),
    overlayRows: point.tree.overlayRows,
    summary: { ...point.summary },
    failureCount: point.failureCount,
    failures: point.failures.map(failureToJson),
    failureLists: point.failureLists.map((id) => toHex(id)),
  })
}

/** @throws object.damaged */
export function decodePoint(bytes: Uint8Array, object: string): Point {
  const fields = JsonFields.decode(bytes, object)
  const list = <T>(key: string, read: (item: JsonFields) => T) =>
    fields.list(key, (item) => read(new JsonFields(item, object)))
  const summary = fields.record('summary')
  return {
    createdAt: fields.integer('createdAt'),
    startedAt: fields.integer('startedAt'),
    trustedAt: fields.integer('trustedAt'),
    retainUntil: fields.has('retainUntil') ? fields.integer('retainUntil') : undefined,
    epoch: fields.integer('epoch'),
    entry: fields.has('entry') ? fields.integer('entry') : undefined,
    sequence: fields.integer('sequence'),
    previous: fields.has('previous') ? fields.text('previous') : undefined,
    host: fields.text('host'),
    user: fields.text('user'),
    tags: fields.texts('tags'),
    sources: list('sources', (s) => ({
      path: bytesFromJson(s, 'path'),
      prefix: bytesFromJson(s, 'prefix'),
    })),
    status: fields.oneOf('status', ['complete', 'partial']),
    tree: {
      base: rootFromJson(fields.record('base')),
      overlay: fields.has('overlay') ? rootFromJson(fields.record('overlay')) : undefined,
      overlayRows: fields.integer('overlayRows'),
    },
    summary: {
      files: summary.integer('files'),
      directories: summary.integer('directories'),
      others: summary.integer('others'),
      sourceBytes: summary.integer('sourceBytes'),
      newBytes: summary.integer('newBytes'),
      storedBytes: summary.integer('storedBytes'),
      filesRead: summary.integer('filesRead'),
      excluded: summary.integer('excluded'),
    },
    failureCount: fields.integer('failureCount'),
    failures: list('failures', failureFromJson),
    failureLists: fields.hexes('failureLists', chunkIdBytes).map(chunkId),
  }
}

/** The failures beyond the first, as the content of chunks. */
export function encodeFailureList(failures: readonly PointFailure[]): Uint8Array {
  return encodeJson({ failures: failures.map(failureToJson) })
}

export function decodeFailureList(bytes: Uint8Array): PointFailure[] {
  const object = 'a list of failures'
  return JsonFields.decode(bytes, object).list('failures', (item) =>
    failureFromJson(new JsonFields(item, object)),
  )
}

function rootToJson(root: TreeRoot): JsonValue {
  return { id: toHex(root.id), entries: root.sums.entries, bytes: root.sums.bytes }
}

function rootFromJson(fields: JsonFields): TreeRoot {
  return {
    id: chunkId(fields.hex('id', chunkIdBytes)),
    sums: { entries: fields.integer('entries'), bytes: fields.integer('bytes') },
  }
}

function failureToJson(problem: PointFailure): JsonValue {
  return { path: bytesToJson(problem.path), reason: problem.reason, detail: problem.detail }
}

function failureFromJson(fields: JsonFields): PointFailure {
  return {
    path: bytesFromJson(fields, 'path'),
    reason: fields.oneOf('reason', failureReasons),
    detail: fields.text('detail'),
  }
}

/** Bytes in JSON: UTF-8 text where it is valid, else `hex:` and the bytes in hexadecimal. */
function bytesToJson(text: ByteString): string {
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(text))
    if (!decoded.startsWith('hex:')) return decoded
  } catch (problem) {
    if (!(problem instanceof TypeError)) throw problem
  }
  return `hex:${toHex(bytesOf(text))}`
}

function bytesFromJson(fields: JsonFields, key: string): ByteString {
  const text = fields.text(key)
  if (!text.startsWith('hex:')) return byteString(new TextEncoder().encode(text))
  return byteString(new JsonFields({ [key]: text.slice(4) }, fields.object).hex(key))
}
