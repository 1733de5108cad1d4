/**
 * The files to protect, and the machinery that reads, cuts, hashes, compresses and seals them: in the product a pool of
 * worker threads, in the simulator a tree in memory. Small files travel in batches; a large file in parts. The vault is
 * asked between hashing and compressing which chunks it lacks, so what it has is never compressed or sent.
 */
import type { ByteString } from '#base'
import type { ChunkId, EntryStat, FailureReason, SealedBlock } from '#engine'

export type ListRequest = {
  readonly path: ByteString
  /** Device and inode that the parent's listing saw, as decimal text; another one is `changed` (swapped meanwhile). */
  readonly expected: { readonly dev: bigint; readonly ino: bigint } | undefined
}

/** Records as src/engine/format/listing.ts has them, in name order; a huge directory comes in several pages. */
export type ListingPage =
  | {
      readonly kind: 'records'
      readonly records: Uint8Array
      readonly next: (() => Promise<ListingPage>) | undefined
    }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly detail: string }

/** One new or changed entry to take into the point. */
export type CaptureRequest = {
  readonly path: ByteString
  /** Its listing record stands at `at`; against it a change during the read is seen. */
  readonly view: DataView
  readonly at: number
}

export type CapturedChunk = { readonly id: ChunkId; readonly bytes: number }

export type CapturedEntry =
  | {
      readonly kind: 'captured'
      /** As of the end of the read. */
      readonly stat: EntryStat
      readonly user: string
      readonly group: string
      /** Changed while it was read, on every try. */
      readonly inconsistent: boolean
      /** Encoded extras: link target, device numbers, attributes and, of an entry of a batch, its content. */
      readonly extra: Uint8Array
      /** Of its content, with a batch. */
      readonly readBytes: number
      /** What could not be read beside the content (an attribute, say). */
      readonly notes: readonly string[]
    }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly detail: string }

/** `thorough` takes two to three times the time of `usual` for a tenth less: worth it where little is new. */
export type CompressionEffort = 'usual' | 'thorough'

export interface CapturedBatch {
  readonly entries: readonly CapturedEntry[]
  readonly chunks: readonly CapturedChunk[]
  /** Compresses, seals and verifies the chunks of these numbers (ascending), as one or more blocks. */
  encode(
    keep: readonly number[],
    signal: AbortSignal,
    effort?: CompressionEffort,
  ): Promise<SealedBlock[]>
  /** Gives the memory back, that of the sealed blocks too; call it always. */
  release(): void
}

export type LargePiece =
  | { readonly kind: 'zeros'; readonly bytes: number }
  /** Index into the chunks of the part. */
  | { readonly kind: 'chunk'; readonly chunk: number }

export interface LargePart {
  readonly pieces: readonly LargePiece[]
  readonly chunks: readonly CapturedChunk[]
  encode(keep: readonly number[], signal: AbortSignal): Promise<SealedBlock[]>
  release(): void
}

export interface LargeFile {
  /** The next part in order; undefined at the end of the file. */
  next(signal: AbortSignal): Promise<LargePart | undefined>
  /** After the last part: metadata as of the end of the read, and the CRC-32 of all content. */
  finish(signal: AbortSignal): Promise<{ readonly entry: CapturedEntry; readonly crc32: number }>
  close(): Promise<void>
}

export type SourceLimits = {
  /** Files of at least this size come as `LargeFile`. */
  readonly largeFileBytes: number
  /** A batch holds at most this much content and this many entries. */
  readonly batchBytesMax: number
  readonly batchEntriesMax: number
  /** Batches and parts that may be under way at once. */
  readonly inFlightMax: number
}

export interface SourceTree {
  readonly limits: SourceLimits
  /** The record of one path, not following a link at its end. */
  stat(path: ByteString, signal: AbortSignal): Promise<Uint8Array | undefined>
  list(request: ListRequest, signal: AbortSignal): Promise<ListingPage>
  capture(batch: readonly CaptureRequest[], signal: AbortSignal): Promise<CapturedBatch>
  open(request: CaptureRequest, signal: AbortSignal): Promise<LargeFile>
  /** Names of mounted foreign or virtual file systems below a path are not this port's business: the walk sees `dev`. */
  close(): Promise<void>
}
