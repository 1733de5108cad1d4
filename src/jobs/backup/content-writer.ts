/**
 * Takes the content of files into the vault: small files in batches, large files part by part. The vault is asked which
 * chunks it lacks after hashing and before compression.
 */
import { assert, type ByteString } from '#base'
import {
  type ChunkId,
  type Extras,
  encodePieces,
  joinExtras,
  type Piece,
  piecesInEntryMax,
} from '#engine'
import type {
  BackupSession,
  CapturedEntry,
  CaptureRequest,
  LargeFile,
  LargePart,
  SourceTree,
} from '#ports'

/** So much new content of small files an incremental backup compresses with more effort. */
const thoroughBytesMax = 64 * 1024 * 1024
const largeFilesAtOnceMax = 2
const partsAheadMax = 3
const piecesPerListMax = 1024

export type CaptureTask = CaptureRequest & {
  /** Of content, as listed. */
  readonly bytes: number
}

export type ContentPorts<Task extends CaptureTask> = {
  readonly source: SourceTree
  readonly session: BackupSession
  /** Called once for each task; the content of what was captured is then in the session and in `extra`. */
  readonly onDone: (task: Task, captured: CapturedEntry) => void
  /** Content that was read, a batch or a part of a large file at a time, and whose it was. */
  readonly onRead: (bytes: number, path: ByteString) => void
  /** Most of the source is in the vault already, so little of it will be new. */
  readonly isIncremental: boolean
}

export class ContentWriter<Task extends CaptureTask> {
  readonly #source: SourceTree
  readonly #session: BackupSession
  readonly #onDone: ContentPorts<Task>['onDone']
  readonly #onRead: ContentPorts<Task>['onRead']
  readonly #signal: AbortSignal
  readonly #thoroughBytes: number
  #batch: Task[] = []
  #batchBytes = 0
  readonly #batches = new Set<Promise<void>>()
  readonly #large = new Set<Promise<void>>()
  #problem: { readonly error: unknown } | undefined

  constructor(
    { source, session, onDone, onRead, isIncremental }: ContentPorts<Task>,
    signal: AbortSignal,
  ) {
    this.#onDone = onDone
    this.#thoroughBytes = isIncremental ? thoroughBytesMax : 0
    this.#source = source
    this.#session = session
    this.#onRead = onRead
    this.#signal = signal
  }

  /** Whether an entry with so much content can be taken at once. */
  hasRoomFor(bytes: number): boolean {
    const { largeFileBytes, batchBytesMax, batchEntriesMax } = this.#source.limits
    if (bytes >= largeFileBytes) return this.#large.size < largeFilesAtOnceMax
    return this.#batchBytes + bytes <= batchBytesMax && this.#batch.length < batchEntriesMax
  }

  /** Waits while too much is under way. */
  async makeRoomFor(bytes: number): Promise<void> {
    while (!this.hasRoomFor(bytes)) {
      if (bytes >= this.#source.limits.largeFileBytes) await Promise.race(this.#large)
      else await this.#send()
    }
  }

  /** Takes one entry, for which there is room. */
  add(task: Task): void {
    this.#throwProblem()
    assert(this.hasRoomFor(task.bytes), 'an entry is taken when there is room for it')
    if (task.bytes >= this.#source.limits.largeFileBytes) {
      this.#run(this.#large, this.#writeLarge(task))
      return
    }
    this.#batch.push(task)
    this.#batchBytes += task.bytes
  }

  /** Sends what is collected; for callers that must wait for it. */
  async sendNow(): Promise<void> {
    if (this.#batch.length > 0) await this.#send()
    this.#throwProblem()
  }

  /** Resolves when something that is under way ends; at once when nothing is. */
  async waitForAny(): Promise<void> {
    const all = [...this.#batches, ...this.#large]
    if (all.length > 0) await Promise.race(all)
    this.#throwProblem()
  }

  async finish(): Promise<void> {
    await this.sendNow()
    while (this.#batches.size + this.#large.size > 0)
      await Promise.all([...this.#batches, ...this.#large])
    this.#throwProblem()
  }

  async #send(): Promise<void> {
    while (this.#batches.size >= this.#source.limits.inFlightMax) await Promise.race(this.#batches)
    this.#throwProblem()
    const tasks = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    this.#run(this.#batches, this.#writeBatch(tasks))
  }

  /** The first problem stops the job; it is thrown to the walk, never lost. */
  #run(running: Set<Promise<void>>, work: Promise<void>): void {
    const step: Promise<void> = work
      .catch((error: unknown) => {
        this.#problem ??= { error }
      })
      .finally(() => running.delete(step))
    running.add(step)
  }

  #throwProblem(): void {
    if (this.#problem !== undefined) throw this.#problem.error
  }

  /** What has changed too much to be read among others, a file that has grown for one, is then read by itself. */
  async #writeBatch(tasks: readonly Task[]): Promise<void> {
    for (const task of await this.#writeTogether(tasks)) await this.#writeLarge(task)
  }

  /** Answers what is to be read by itself. The memory of the batch has been given back then. */
  async #writeTogether(tasks: readonly Task[]): Promise<readonly Task[]> {
    const batch = await this.#source.capture(tasks, this.#signal)
    try {
      assert(batch.entries.length === tasks.length, 'each request has its answer')
      const keep = await this.#session.claim(batch.chunks, this.#signal)
      if (keep.length > 0) {
        const effort = this.#session.newBytes < this.#thoroughBytes ? 'thorough' : 'usual'
        for (const block of await batch.encode(keep, this.#signal, effort)) {
          await this.#session.addBlock('data', block, this.#signal)
        }
      }
      const alone: Task[] = []
      for (const [i, task] of tasks.entries()) {
        const entry = batch.entries[i]
        assert(entry !== undefined, 'each request has its answer')
        if (entry.kind === 'failed' && entry.reason === 'changed') {
          alone.push(task)
          continue
        }
        if (entry.kind === 'captured') this.#onRead(entry.readBytes, task.path)
        this.#onDone(task, entry)
      }
      return alone
    } finally {
      batch.release()
    }
  }

  async #writeLarge(task: Task): Promise<void> {
    const file = await this.#source.open(task, this.#signal)
    try {
      const pieces = new PieceCollector((bytes) => this.#session.addNode(bytes))
      await this.#writeParts(file, pieces, task.path)
      const { entry, crc32 } = await file.finish(this.#signal)
      if (entry.kind === 'failed') return this.#onDone(task, entry)
      // It became a link, or something else, after it was listed: that has no content.
      if (entry.stat.kind !== 'file') return this.#onDone(task, entry)
      const content = pieces.finish()
      const extra = joinExtras(entry.extra, { ...content, crc32 })
      this.#onDone(task, { ...entry, extra, readBytes: pieces.bytes })
    } finally {
      await file.close()
    }
  }

  /** Cutting runs ahead; a bounded number of parts is being sealed meanwhile. */
  async #writeParts(file: LargeFile, pieces: PieceCollector, path: ByteString): Promise<void> {
    const sealing = new Set<Promise<void>>()
    const problems: unknown[] = []
    try {
      for (;;) {
        while (sealing.size >= partsAheadMax) await Promise.race(sealing)
        if (problems.length > 0) throw problems[0]
        const part = await file.next(this.#signal)
        if (part === undefined) break
        const before = pieces.bytes
        for (const piece of part.pieces) pieces.add(pieceOf(piece, part))
        this.#onRead(pieces.bytes - before, path)
        const step: Promise<void> = this.#sealPart(part)
          .catch((error: unknown) => {
            problems.push(error)
          })
          .finally(() => sealing.delete(step))
        sealing.add(step)
        if (this.#session.nodesWaiting) await this.#session.drainNodes(this.#signal)
      }
    } finally {
      await Promise.all(sealing)
    }
    if (problems.length > 0) throw problems[0]
    if (this.#session.nodesWaiting) await this.#session.drainNodes(this.#signal)
  }

  async #sealPart(part: LargePart): Promise<void> {
    try {
      const keep = await this.#session.claim(part.chunks, this.#signal)
      if (keep.length === 0) return
      for (const block of await part.encode(keep, this.#signal)) {
        await this.#session.addBlock('data', block, this.#signal)
      }
    } finally {
      part.release()
    }
  }
}

/** Collects pieces in order; many of them go into chunks of their own, cut where the content of the list says so. */
class PieceCollector {
  readonly #store: (bytes: Uint8Array) => ChunkId
  #pieces: Piece[] = []
  readonly #lists: ChunkId[] = []
  bytes = 0

  constructor(store: (bytes: Uint8Array) => ChunkId) {
    this.#store = store
  }

  add(piece: Piece): void {
    this.bytes += piece.bytes
    const last = this.#pieces.at(-1)
    if (piece.kind === 'zeros' && last?.kind === 'zeros') {
      this.#pieces[this.#pieces.length - 1] = { kind: 'zeros', bytes: last.bytes + piece.bytes }
      return
    }
    this.#pieces.push(piece)
    const ends =
      piece.kind === 'chunk' &&
      (piece.id[31] ?? 0) % 128 === 0 &&
      this.#pieces.length > piecesInEntryMax
    if (ends || this.#pieces.length >= piecesPerListMax) this.#endList()
  }

  finish(): Pick<Extras, 'pieces' | 'pieceLists'> {
    if (this.#lists.length === 0 && this.#pieces.length <= piecesInEntryMax)
      return { pieces: this.#pieces }
    if (this.#pieces.length > 0) this.#endList()
    return { pieceLists: this.#lists }
  }

  #endList(): void {
    this.#lists.push(this.#store(encodePieces(this.#pieces)))
    this.#pieces = []
  }
}

function pieceOf(piece: LargePart['pieces'][number], part: LargePart): Piece {
  if (piece.kind === 'zeros') return piece
  const chunk = part.chunks[piece.chunk]
  assert(chunk !== undefined, 'a piece names a chunk of its part')
  return { kind: 'chunk', id: chunk.id, bytes: chunk.bytes }
}
