// What the main thread asks of a worker, and what it answers. Content stays in the arena; what is here
// travels as a structured clone, so it is numbers, byte strings and few large buffers.
import type { ByteString, ErrorCode, ErrorContext } from '#base'
import type { BlockKind, FailureReason, VaultKeys } from '#engine'
import type { Arena } from './arena.ts'

/** What a worker is born with. */
export type WorkerSetup = {
  readonly arena: Arena
  readonly keys: VaultKeys
  readonly compressionLevel: number
}

export type SourceFailure = {
  readonly kind: 'failed'
  readonly reason: FailureReason
  readonly detail: string
}

export type ListAnswer =
  | {
      readonly kind: 'records'
      readonly records: Uint8Array
      /** The directory has more pages, which only the worker that answered can give. */
      readonly directory: number | undefined
    }
  | SourceFailure

/** A large file that stands open in this process: descriptors are good on every thread. */
export type OpenedFile = {
  readonly fd: number
  readonly path: ByteString
  /** Its listing record as of the opening. */
  readonly record: Uint8Array
}

export type OpenAnswer =
  | { readonly kind: 'opened'; readonly file: OpenedFile }
  /** No file any more, or nothing at all: an answer as `capture` gives it. */
  | { readonly kind: 'other'; readonly entry: Uint8Array }

export type CutAsk = {
  readonly slot: number
  readonly file: OpenedFile
  readonly position: number
  /** CRC-32 of all content before `position`. */
  readonly crc32: number
}

export type CutAnswer =
  | {
      readonly kind: 'part'
      /** Lengths in order; a run of zeros is negative, all others are chunks of the slot. */
      readonly pieces: Float64Array
      readonly position: number
      readonly crc32: number
      readonly isEnd: boolean
    }
  | SourceFailure

export type EncodedBlock = {
  readonly bytes: Uint8Array
  readonly rawLength: number
  /** It holds the next so many of the chunks asked for. */
  readonly chunks: number
}

export type Jobs = {
  readonly stat: Job<{ readonly path: ByteString }, Uint8Array | undefined>
  readonly list: Job<
    {
      readonly path: ByteString
      readonly expected: { readonly dev: bigint; readonly ino: bigint } | undefined
    },
    ListAnswer
  >
  readonly page: Job<{ readonly directory: number }, ListAnswer>
  /** Reads a batch into a slot; see capture-records.ts for both forms. */
  readonly capture: Job<{ readonly slot: number; readonly requests: Uint8Array }, Uint8Array>
  readonly open: Job<{ readonly request: Uint8Array }, OpenAnswer>
  readonly cut: Job<CutAsk, CutAnswer>
  /** The ids of the first `count` chunks of a slot, one after the other. */
  readonly hash: Job<{ readonly slot: number; readonly count: number }, Uint8Array>
  readonly encode: Job<
    { readonly slot: number; readonly keep: Uint32Array; readonly ids: Uint8Array },
    readonly EncodedBlock[]
  >
  /** The entry of a large file after its last part, in the form of `capture`. */
  readonly finish: Job<{ readonly file: OpenedFile; readonly bytesRead: number }, Uint8Array>
  /** Why the block is not what it should be. */
  readonly check: Job<
    {
      readonly kind: BlockKind
      readonly sealed: Uint8Array
      readonly ids: Uint8Array
      readonly object: string
    },
    string | undefined
  >
  readonly digest: Job<{ readonly bytes: Uint8Array }, Uint8Array>
  /** The last one: gives back what this thread keeps open. */
  readonly end: Job<undefined, undefined>
}

type Job<Ask, Answer> = { readonly ask: Ask; readonly answer: Answer }

export type JobKind = keyof Jobs

export type JobMessage = {
  [K in JobKind]: { readonly number: number; readonly kind: K; readonly ask: Jobs[K]['ask'] }
}[JobKind]

/** Errors of our own machinery; what goes wrong with the source is an answer. */
export type ReplyMessage =
  | { readonly number: number; readonly ok: true; readonly answer: Jobs[JobKind]['answer'] }
  | { readonly number: number; readonly ok: false; readonly problem: TravellingError }

export type TravellingError = {
  readonly code: ErrorCode | undefined
  readonly context: ErrorContext
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
}
