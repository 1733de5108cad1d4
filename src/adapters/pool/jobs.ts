// What the main thread asks of a worker, and what it answers. Content stays in the arena; what is here
// travels as a structured clone, so it is numbers, byte strings and few large buffers.
import type { MessagePort } from 'node:worker_threads'
import type { ByteString, ErrorCode, ErrorContext } from '#base'
import type { BlockKind, FailureReason, KeyChange, VaultKeys } from '#engine'
import type { BlockFinding, BlockRun, CompressionEffort } from '#ports'
import type { Arena } from './arena.ts'

/** What all workers of a pool have in common. */
export type PoolSetup = {
  readonly arena: Arena
  readonly keys: VaultKeys
  readonly compressionLevel: number
  /** Whether a new block is opened again before it leaves; false where who receives it does so. */
  readonly verifies: boolean
  /** How much the threads yield to the rest of the process, as of nice(1); 0: not at all. */
  readonly nice: number
}

/** What a worker is born with. */
export type WorkerSetup = PoolSetup & {
  /** Where short jobs come in, which are done in between the steps of long ones. */
  readonly urgent: MessagePort
}

export type SourceFailure = {
  readonly kind: 'failed'
  readonly reason: FailureReason
  readonly detail: string
}

export type ListAsk = {
  readonly path: ByteString
  readonly expected: { readonly dev: bigint; readonly ino: bigint } | undefined
}

export type ListAnswer =
  | {
      readonly kind: 'records'
      /** Length of its records in those of the answer. */
      readonly bytes: number
      /** The directory has more pages, which only the worker that answered can give. */
      readonly directory: number | undefined
    }
  | SourceFailure

/** Of several directories: their records one behind the other. */
export type ListsAnswer = {
  readonly kind: 'lists'
  readonly records: Uint8Array
  readonly lists: readonly ListAnswer[]
}

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

/** Small files that share blocks, or parts of large ones: what compression is set to. */
export type ContentKind = 'files' | 'parts'

export type RecodeAsk = {
  readonly kind: BlockKind
  readonly content: ContentKind
  readonly object: string
  readonly parts: readonly {
    readonly sealed: Uint8Array
    /** Ids of all its chunks, one after the other. */
    readonly ids: Uint8Array
    readonly keep: Uint32Array
  }[]
}

export type AuthenticateAsk = {
  readonly kind: BlockKind
  readonly object: string
  readonly sealed: Uint8Array
}

/** Both sides' keys come with it: one pool serves many vaults and sessions. */
export type AdmitAsk = {
  readonly keys: KeyChange
  readonly kind: BlockKind
  readonly content: ContentKind
  readonly sealed: Uint8Array
  /** Ids of all its chunks, one after the other. */
  readonly ids: Uint8Array
  readonly lengths: Uint32Array
  readonly keep: Uint32Array
  readonly level: number
}

export type ReleaseAsk = {
  readonly keys: KeyChange
  readonly kind: BlockKind
  readonly sealed: Uint8Array
  readonly show: Uint32Array
  readonly object: string
}

export type Jobs = {
  readonly stat: Job<{ readonly path: ByteString }, Uint8Array | undefined>
  readonly list: Job<{ readonly asks: readonly ListAsk[] }, ListsAnswer>
  readonly page: Job<{ readonly directory: number }, ListsAnswer>
  /** Reads a batch into a slot; see capture-records.ts for both forms. */
  readonly capture: Job<{ readonly slot: number; readonly requests: Uint8Array }, Uint8Array>
  readonly open: Job<{ readonly request: Uint8Array }, OpenAnswer>
  readonly cut: Job<CutAsk, CutAnswer>
  /** The ids of the first `count` chunks of a slot, one after the other. */
  readonly hash: Job<{ readonly slot: number; readonly count: number }, Uint8Array>
  readonly encode: Job<
    {
      readonly slot: number
      readonly content: ContentKind
      readonly effort: CompressionEffort
      /** Numbers of chunks, ascending. */
      readonly keep: Uint32Array
      /** What they are known by: they are hashed again, from the sealed block, against these. */
      readonly ids: Uint8Array
    },
    readonly EncodedBlock[]
  >
  /** The entry of a large file after its last part, in the form of `capture`. */
  readonly finish: Job<{ readonly file: OpenedFile; readonly bytesRead: number }, Uint8Array>
  /** What is wrong with blocks that a store gave back. */
  readonly check: Job<BlockRun, { readonly findings: readonly BlockFinding[] }>
  /** Blocks for a new pack; see src/engine/sealing/recode.ts. */
  readonly recode: Job<RecodeAsk, readonly EncodedBlock[]>
  readonly authenticate: Job<AuthenticateAsk, Uint8Array>
  /** Blocks that come from, and go to, machines without keys; see src/engine/sealing/exchange.ts. */
  readonly admit: Job<AdmitAsk, readonly EncodedBlock[]>
  readonly release: Job<ReleaseAsk, Uint8Array>
  readonly digest: Job<{ readonly bytes: Uint8Array }, Uint8Array>
  /** The last one: gives back what this thread keeps open. */
  readonly end: Job<undefined, undefined>
}

type Job<Ask, Answer> = { readonly ask: Ask; readonly answer: Answer }

export type JobKind = keyof Jobs

/** Short jobs, which others wait for: a walk that stands still starves all threads. */
export const urgentKinds: readonly JobKind[] = ['stat', 'list', 'page', 'open', 'finish']

export type JobMessage = {
  [K in JobKind]: { readonly number: number; readonly kind: K; readonly ask: Jobs[K]['ask'] }
}[JobKind]

/** Errors of our own machinery; what goes wrong with the source is an answer. */
export type ReplyMessage =
  | {
      readonly number: number
      readonly kind: JobKind
      readonly ok: true
      readonly answer: Jobs[JobKind]['answer']
    }
  | {
      readonly number: number
      readonly kind: JobKind
      readonly ok: false
      readonly problem: TravellingError
    }

export type TravellingError = {
  readonly code: ErrorCode | undefined
  readonly context: ErrorContext
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
}
