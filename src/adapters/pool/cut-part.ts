// One part of a large file: read into a slot from where the last part ended, cut, and its CRC-32
// continued. Bytes behind the last cut are not part of it; the next part reads them again, so that
// cuts fall as if the file lay in memory whole. Holes and chunks of zeros become runs of zeros: neither
// read (holes), hashed nor stored.
import { assert } from '#base'
import { LISTING_AT, listingUint64 } from '#engine'
import { nextData, type OpenEntry, readAt } from '../linux/index.ts'
import { cutsMax, type Slot } from './arena.ts'
import { crc32Zeros } from './crc32-zeros.ts'
import type { CutAnswer, CutAsk } from './jobs.ts'
import { sourceFailure } from './source-failure.ts'
import { slotOf, type WorkerTools } from './worker-tools.ts'

const blockBytes = 512

export function cutPart(tools: WorkerTools, ask: CutAsk): CutAnswer {
  const part = new PartCutter(tools, ask)
  try {
    while (part.takeStretch());
  } catch (problem) {
    return sourceFailure(problem)
  }
  return part.answer()
}

class PartCutter {
  readonly #tools: WorkerTools
  readonly #slot: Slot
  readonly #entry: OpenEntry
  readonly #size: number
  readonly #isSparse: boolean
  readonly #pieces: number[] = []
  #chunks = 0
  #used = 0
  #position: number
  #crc32: number
  #isEnd = false

  constructor(tools: WorkerTools, { slot, file, position, crc32 }: CutAsk) {
    this.#tools = tools
    this.#slot = slotOf(tools, slot)
    this.#entry = { fd: file.fd, byPath: false, path: file.path }
    const view = new DataView(file.record.buffer, file.record.byteOffset, file.record.byteLength)
    this.#size = listingUint64(view, LISTING_AT.size)
    this.#isSparse = listingUint64(view, LISTING_AT.blocks) * blockBytes < this.#size
    this.#position = position
    this.#crc32 = crc32
  }

  /** Takes the file up to the next hole, its end, or the end of the slot; false when the part is full. */
  takeStretch(): boolean {
    const to = this.#skipHole()
    const room = this.#slot.content.length - this.#used
    const wanted = Math.min(room, to - this.#position)
    const into = this.#slot.content
    const request = { into, at: this.#used, length: wanted, position: this.#position }
    const length = readAt(this.#entry, request)
    // A file that was cut short meanwhile ends here; the comparison at its end will say so.
    const isShort = length < wanted
    const isLast = isShort || this.#position + length === to
    this.#takeChunks(length, isLast)
    this.#isEnd = isShort || this.#position >= this.#size
    return isLast && !this.#isEnd && this.#hasRoom()
  }

  answer(): CutAnswer {
    const pieces = Float64Array.from(this.#pieces)
    const { position, crc32, isEnd } = {
      position: this.#position,
      crc32: this.#crc32,
      isEnd: this.#isEnd,
    }
    return { kind: 'part', pieces, position, crc32, isEnd }
  }

  /** Where the data that begins at the position, then, ends. */
  #skipHole(): number {
    if (!this.#isSparse) return this.#size
    const data = nextData(this.#entry, this.#position, this.#size)
    const from = data?.from ?? this.#size
    if (from > this.#position) {
      this.#putZeros(from - this.#position)
      this.#crc32 = crc32Zeros(this.#crc32, from - this.#position)
      this.#position = from
    }
    return data?.to ?? this.#size
  }

  #takeChunks(length: number, isLast: boolean): void {
    const { chunker, cipher } = this.#tools
    const { at, content, cuts, cutsAt, offsets, lengths } = this.#slot
    const start = this.#used
    const count = chunker.cuts({ at: at + start, length, isLast }, cutsAt)
    for (let i = 0; i < count; i++) {
      const bytes = cuts[i] ?? 0
      if (chunker.isZero(at + this.#used, bytes)) {
        this.#putZeros(bytes)
      } else {
        offsets[this.#chunks] = this.#used
        lengths[this.#chunks] = bytes
        this.#chunks++
        this.#pieces.push(bytes)
      }
      this.#used += bytes
    }
    this.#crc32 = cipher.crc32(content.subarray(start, this.#used), this.#crc32)
    this.#position += this.#used - start
  }

  #putZeros(bytes: number): void {
    const last = this.#pieces.length - 1
    const before = this.#pieces[last]
    if (before !== undefined && before < 0) this.#pieces[last] = before - bytes
    else this.#pieces.push(-bytes)
  }

  /** Whether another stretch can be cut whole and its chunks find a place in the table. */
  #hasRoom(): boolean {
    const { content, offsets } = this.#slot
    assert(this.#chunks <= offsets.length, 'the chunks of a part fit their table')
    const room = content.length - this.#used
    return room > 0 && this.#chunks + cutsMax(room, this.#tools.params) <= offsets.length
  }
}
