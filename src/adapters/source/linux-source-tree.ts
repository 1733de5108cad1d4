// The files of this machine as a backup sees them: `SourceTree` on the worker threads. This side only
// deals out slots and turns answers into entries; every byte is read, hashed and sealed in the threads.
import { assert, checkAborted } from '#base'
import type {
  CapturedBatch,
  CaptureRequest,
  LargeFile,
  ListingPage,
  ListRequest,
  SourceLimits,
  SourceTree,
} from '#ports'
import { slotContentBytes, slotEntriesMax } from '../pool/arena.ts'
import { decodeFindings, encodeRequests } from '../pool/capture-records.ts'
import { type Pool, partsAheadMax } from '../pool/pool.ts'
import { DirectoryLister } from './directory-lister.ts'
import { emptyLargeFile, type LargeFileRoom, PooledLargeFile } from './large-file.ts'
import { ownerNames } from './owner-names.ts'
import { SlotContent } from './slot-content.ts'

/** Files from this size on are cut; below, a file is one chunk, and a change stores all of it anew. */
const largeFileBytes = 1024 * 1024

/** @param pool stays open when the tree is closed. */
export function linuxSourceTree(pool: Pool): SourceTree {
  return new LinuxSourceTree(pool)
}

class LinuxSourceTree implements SourceTree {
  readonly limits: SourceLimits
  readonly #pool: Pool
  readonly #closing = new AbortController()
  readonly #room: LargeFileRoom
  readonly #lister: DirectoryLister

  constructor(pool: Pool) {
    this.#pool = pool
    this.limits = {
      largeFileBytes,
      batchBytesMax: slotContentBytes,
      batchEntriesMax: slotEntriesMax,
      inFlightMax: pool.inFlightMax,
    }
    const closing = this.#closing.signal
    this.#room = { pool, names: ownerNames(), closing, partsAhead: partsAheadMax }
    this.#lister = new DirectoryLister(pool, closing)
  }

  async stat(path: ListRequest['path'], signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { answer } = await this.#pool.run('stat', { path }, { signal })
    return answer
  }

  list(request: ListRequest, signal: AbortSignal): Promise<ListingPage> {
    return this.#lister.list(request, signal)
  }

  async capture(batch: readonly CaptureRequest[], signal: AbortSignal): Promise<CapturedBatch> {
    assert(batch.length <= slotEntriesMax, 'a batch keeps to the limits of the source')
    checkAborted(signal)
    const lease = await this.#pool.slots.get(signal)
    try {
      const requests = encodeRequests(batch)
      const { answer } = await this.#pool.run(
        'capture',
        { slot: lease.number, requests },
        { signal, transfer: [requests.buffer], onSettled: lease.use() },
      )
      const { entries, lengths, ids } = decodeFindings(answer, batch, this.#room.names)
      const chunks = ids.map((id, i) => ({ id, bytes: lengths[i] ?? 0 }))
      const content = new SlotContent(this.#pool, lease, { content: 'files', chunks })
      return {
        entries,
        chunks,
        encode: (keep, until, effort) => content.encode(keep, until, effort),
        release: () => content.release(),
      }
    } catch (problem) {
      lease.release()
      throw problem
    }
  }

  async open(request: CaptureRequest, signal: AbortSignal): Promise<LargeFile> {
    const asked = encodeRequests([request])
    const { answer } = await this.#pool.run('open', { request: asked }, { signal })
    if (answer.kind === 'opened') return new PooledLargeFile(this.#room, answer.file)
    const [entry] = decodeFindings(answer.entry, [request], this.#room.names).entries
    assert(entry !== undefined, 'an opened file is one entry')
    return emptyLargeFile(entry)
  }

  async close(): Promise<void> {
    this.#closing.abort()
  }
}
