// The memory that all threads share: file bytes are read into a slot of it, cut, hashed, gathered and
// checked where they lie, by whichever thread is free. Messages name a slot by its number and carry
// no content. It is the memory of the chunker's WebAssembly, so its size is fixed when it is made;
// pages that no file ever reached take no room.
import { assert } from '#base'
import { type ChunkerParams, gearTableBytes } from '#engine'
import { outputBytes, writeGearTable } from '../chunker/index.ts'

/** Content of one batch of small files, or one part of a large file. */
export const slotContentBytes = 2 * 1024 * 1024
/** Room beyond it, for files that grew between the listing and the read. */
export const slotReserveBytes = 256 * 1024
/** Small files of a batch: limits what one message says and how long one thread is busy with it. */
export const slotEntriesMax = 512

const pageBytes = 64 * 1024
const memoryPagesMax = 16_384
const gearBytes = roundUp(gearTableBytes, pageBytes)
/** A count and the lengths of a block's chunks. */
const headBytes = roundUp(4 + 4 * slotEntriesMax, 4096)

export type ArenaLayout = {
  readonly slotCount: number
  readonly params: ChunkerParams
}

export type Arena = ArenaLayout & { readonly memory: WebAssembly.Memory }

/** Where the gear table lies. */
export const gearTableAt = 0

export function makeArena(layout: ArenaLayout, gear: Uint8Array): Arena {
  const { maxBytes } = layout.params
  assert(
    2 * maxBytes <= slotContentBytes,
    'every part of a large file has at least one whole chunk',
  )
  const pages = (gearBytes + layout.slotCount * slotBytes(layout.params)) / pageBytes
  assert(pages <= memoryPagesMax, 'the arena fits the limit that the chunker was compiled with')
  const memory = new WebAssembly.Memory({ initial: pages, maximum: memoryPagesMax, shared: true })
  writeGearTable(memory, gearTableAt, gear)
  return { ...layout, memory }
}

/** One slot as a thread sees it. */
export type Slot = {
  /** Where the content begins in the memory. */
  readonly at: number
  readonly content: Uint8Array
  /** Room before it for the table of a block: content need not be moved to be sealed. */
  readonly head: Uint8Array
  /** Offset and length of every chunk in the content. */
  readonly offsets: Uint32Array
  readonly lengths: Uint32Array
  /** Where the chunker writes its cuts. */
  readonly cutsAt: number
  readonly cuts: Uint32Array
}

/** The views of all slots, made once for each thread. */
export function openSlots({ memory, slotCount, params }: Arena): readonly Slot[] {
  const columnBytes = 4 * chunksMax(params)
  return Array.from({ length: slotCount }, (_, number) => {
    const start = gearBytes + number * slotBytes(params)
    const at = start + headBytes
    const column = (index: number) => at + contentBytes + index * columnBytes
    const words = (from: number) => new Uint32Array(memory.buffer, from, columnBytes / 4)
    return {
      at,
      content: new Uint8Array(memory.buffer, at, contentBytes),
      head: new Uint8Array(memory.buffer, start, headBytes),
      offsets: words(column(0)),
      lengths: words(column(1)),
      cutsAt: column(2),
      cuts: words(column(2)),
    }
  })
}

const contentBytes = slotContentBytes + slotReserveBytes

function chunksMax(params: ChunkerParams): number {
  return Math.max(slotEntriesMax, cutsMax(contentBytes, params))
}

/** Chunks that content of this length can fall into. */
export function cutsMax(length: number, params: ChunkerParams): number {
  return outputBytes(length, params) / 4
}

function slotBytes(params: ChunkerParams): number {
  return roundUp(headBytes + contentBytes + 3 * 4 * chunksMax(params), pageBytes)
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
