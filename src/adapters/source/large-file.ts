// A large file on the pool. Reading and cutting must go from front to back, so one part follows the
// other; hashing and encoding of a part run on any thread meanwhile. Parts are read ahead within what
// the whole tree may hold in advance, so the slots that are asked for explicitly never run out by it.
import { closeSync } from 'node:fs'
import { assert, failure } from '#base'
import type { CapturedEntry, LargeFile, LargePart, LargePiece } from '#ports'
import { decodeFindings, type OwnerNames, splitIds } from '../pool/capture-records.ts'
import type { OpenedFile, SourceFailure } from '../pool/jobs.ts'
import type { Pool } from '../pool/pool.ts'
import type { SlotLease } from '../pool/slots.ts'
import { SlotContent } from './slot-content.ts'

/** What the files of one tree share. */
export type LargeFileRoom = {
  readonly pool: Pool
  readonly names: OwnerNames
  /** Fires when the tree is closed. */
  readonly closing: AbortSignal
  /** Parts that may still be read before they are asked for. */
  partsAhead: number
}

/** How far reading has come. */
type Cursor = {
  readonly position: number
  readonly crc32: number
  readonly isEnd: boolean
  readonly failed: SourceFailure | undefined
}

type Scheduled = {
  readonly part: Promise<LargePart | undefined>
  readonly isAhead: boolean
}

export class PooledLargeFile implements LargeFile {
  readonly #room: LargeFileRoom
  readonly #file: OpenedFile
  readonly #scheduled: Scheduled[] = []
  #cursor: Promise<Cursor>
  #isClosed = false

  constructor(room: LargeFileRoom, file: OpenedFile) {
    this.#room = room
    this.#file = file
    this.#cursor = Promise.resolve({ position: 0, crc32: 0, isEnd: false, failed: undefined })
  }

  async next(signal: AbortSignal): Promise<LargePart | undefined> {
    assert(!this.#isClosed, 'a closed file is not read')
    if (this.#scheduled.length === 0) this.#schedule(this.#room.pool.slots.get(signal), false)
    const next = this.#scheduled.shift()
    if (next?.isAhead) this.#room.partsAhead++
    this.#readAhead()
    return abortable(next?.part ?? Promise.resolve(undefined), signal)
  }

  async finish(
    signal: AbortSignal,
  ): Promise<{ readonly entry: CapturedEntry; readonly crc32: number }> {
    const { position, crc32, isEnd, failed } = await this.#cursor
    assert(isEnd, 'a file is finished after its last part')
    if (failed !== undefined) return { entry: failed, crc32 }
    const { pool, names } = this.#room
    const ask = { file: this.#file, bytesRead: position }
    const { answer } = await pool.run('finish', ask, { signal })
    const { path, record } = this.#file
    const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
    const [entry] = decodeFindings(answer, [{ path, view, at: 0 }], names).entries
    assert(entry !== undefined, 'a finished file is one entry')
    return { entry, crc32 }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const { part, isAhead } of this.#scheduled) {
      if (isAhead) this.#room.partsAhead++
      await releaseLate(part)
    }
    closeSync(this.#file.fd)
  }

  #readAhead(): void {
    while (this.#room.partsAhead > 0) {
      const lease = this.#room.pool.slots.find()
      if (lease === undefined) return
      this.#room.partsAhead--
      this.#schedule(Promise.resolve(lease), true)
    }
  }

  #schedule(slot: Promise<SlotLease>, isAhead: boolean): void {
    const cut = this.#cut(this.#cursor, slot)
    this.#cursor = cut.then(({ cursor }) => cursor)
    const part = cut.then((result) => this.#hash(result))
    // Who asks for the part, or for the end, gets the problem; until then it is not unhandled.
    this.#cursor.catch(() => {})
    part.catch(() => {})
    this.#scheduled.push({ part, isAhead })
  }

  async #cut(before: Promise<Cursor>, slot: Promise<SlotLease>): Promise<CutResult> {
    const lease = await slot
    try {
      const cursor = await before
      if (cursor.isEnd) return { cursor, lease, pieces: nothing }
      const { position, crc32 } = cursor
      const ask = { slot: lease.number, file: this.#file, position, crc32 }
      const { pool, closing } = this.#room
      const { answer } = await pool.run('cut', ask, { signal: closing, onSettled: lease.use() })
      if (answer.kind === 'failed') {
        return { cursor: { position, crc32, isEnd: true, failed: answer }, lease, pieces: nothing }
      }
      return { cursor: { ...answer, failed: undefined }, lease, pieces: answer.pieces }
    } catch (problem) {
      lease.release()
      throw problem
    }
  }

  async #hash({ lease, pieces }: CutResult): Promise<LargePart | undefined> {
    try {
      const lengths = pieces.filter((bytes) => bytes > 0)
      const ids = lengths.length === 0 ? [] : await this.#hashChunks(lease, lengths.length)
      if (pieces.length === 0) lease.release()
      if (pieces.length === 0) return undefined
      const chunks = ids.map((id, i) => ({ id, bytes: lengths[i] ?? 0 }))
      return partOf(new SlotContent(this.#room.pool, lease, { content: 'parts', chunks }), pieces)
    } catch (problem) {
      lease.release()
      throw problem
    }
  }

  async #hashChunks(lease: SlotLease, count: number) {
    const { pool, closing } = this.#room
    const ask = { slot: lease.number, count }
    const { answer } = await pool.run('hash', ask, { signal: closing, onSettled: lease.use() })
    return splitIds(answer)
  }
}

type CutResult = {
  readonly cursor: Cursor
  readonly lease: SlotLease
  readonly pieces: Float64Array
}

const nothing = new Float64Array(0)

function partOf(content: SlotContent, lengths: Float64Array): LargePart {
  let chunk = 0
  const pieces: LargePiece[] = Array.from(lengths, (bytes) =>
    bytes < 0 ? { kind: 'zeros', bytes: -bytes } : { kind: 'chunk', chunk: chunk++ },
  )
  return {
    pieces,
    chunks: content.chunks,
    encode: (keep, signal) => content.encode(keep, signal),
    release: () => content.release(),
  }
}

/** What a large file is when there is nothing to read: it failed, or is no file any more. */
export function emptyLargeFile(entry: CapturedEntry): LargeFile {
  return {
    next: async () => undefined,
    finish: async () => ({ entry, crc32: 0 }),
    close: async () => {},
  }
}

/** The part, unless the signal fires first; then the part is given back when it comes. */
function abortable(
  part: Promise<LargePart | undefined>,
  signal: AbortSignal,
): Promise<LargePart | undefined> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      void releaseLate(part)
      reject(failure('job.aborted'))
    }
    if (signal.aborted) {
      stop()
      return
    }
    signal.addEventListener('abort', stop, { once: true })
    part.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

async function releaseLate(part: Promise<LargePart | undefined>): Promise<void> {
  const [late] = await Promise.allSettled([part])
  if (late.status === 'fulfilled') late.value?.release()
}
