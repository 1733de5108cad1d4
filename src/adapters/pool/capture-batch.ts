// A batch of small files into a slot: read one behind the other, each hashed while it is warm. What is
// tiny leaves with the answer; the rest stays in the slot, a chunk for each file, until the vault has
// said which chunks it lacks.
import { chunkIdBytes, chunkIdOf, inlineBytesMax, joinExtras } from '#engine'
import { type OpenEntry, readAt } from '../linux/index.ts'
import { type ContentTaker, captureEntry, changed, type EntryFinding } from './capture-entry.ts'
import { decodeRequests, FindingWriter } from './capture-records.ts'
import type { SourceFailure } from './jobs.ts'
import { slotOf, type WorkerTools } from './worker-tools.ts'

/** Short jobs come in between two files of a batch, so they have a writer of their own. */
const writer = new FindingWriter()
const singleWriter = new FindingWriter()

/** Files that are read without a look at what else is asked: well below a millisecond. */
const filesPerStep = 16

export function captureBatch(
  tools: WorkerTools,
  ask: { readonly slot: number; readonly requests: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const { cipher, keys, betweenSteps } = tools
  const { content, offsets, lengths } = slotOf(tools, ask.slot)
  const ids = new Uint8Array(offsets.length * chunkIdBytes)
  const taker = new SlotTaker(content)
  let used = 0
  let count = 0
  let files = 0
  for (const place of decodeRequests(ask.requests)) {
    if (++files % filesPerStep === 0) betweenSteps()
    taker.at = used
    const { finding, bytes } = captureEntry(place, taker)
    const bytesRead = content.subarray(used, used + bytes)
    if (finding.kind === 'failed' || bytes === 0) {
      writer.put(finding)
    } else if (bytes <= inlineBytesMax) {
      writer.put({ ...finding, extra: joinExtras(finding.extra, { inline: bytesRead }) })
    } else {
      const id = chunkIdOf(cipher, keys, bytesRead)
      const pieces = [{ kind: 'chunk', bytes, id } as const]
      writer.put({ ...finding, extra: joinExtras(finding.extra, { pieces }) })
      offsets[count] = used
      lengths[count] = bytes
      ids.set(id, count * chunkIdBytes)
      used += bytes
      count++
    }
  }
  return writer.finish(lengths.subarray(0, count), ids.subarray(0, count * chunkIdBytes))
}

/** One entry that brings no content with it: what a large file turned out to be. */
export function writeFinding({ finding }: EntryFinding): Uint8Array<ArrayBuffer> {
  singleWriter.put(finding)
  return singleWriter.finish(new Uint32Array(0), new Uint8Array(0))
}

/** Reads content into a slot, from `at`. */
class SlotTaker implements ContentTaker {
  readonly #content: Uint8Array
  at = 0

  constructor(content: Uint8Array) {
    this.#content = content
  }

  take(entry: OpenEntry, size: number): number | SourceFailure {
    if (size > this.#content.length - this.at)
      return changed(`it grew to ${size} bytes since listed`)
    return readAt(entry, { into: this.#content, at: this.at, length: size, position: 0 })
  }

  holds(): boolean {
    return false
  }

  release(): void {
    // What was read is simply overwritten.
  }
}
