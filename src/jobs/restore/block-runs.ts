/**
 * In which order content is read: by place in the vault, so each pack is read once and in large runs, and each block is
 * opened once for everything in the window that needs it.
 */
import { assert } from '#base'
import type { ObjectName } from '#engine'
import type { ChunkIndex } from '#vault'

/** Sealed bytes read at once, unless one block alone is larger. */
export const runBytesMax = 1024 * 1024
/** Reading so much that nobody wants is cheaper than asking twice. */
const gapBytesMax = 64 * 1024

/** Blocks of one pack that are fetched with one request and given to one hand. */
export type BlockRun = {
  readonly object: ObjectName
  readonly offset: number
  readonly length: number
  /** Offset within the run and length of each block. */
  readonly blocks: readonly { readonly at: number; readonly length: number }[]
  /** Refs of each block, and their rows one after the other. */
  readonly counts: Uint32Array
  readonly rows: Uint32Array
}

/** Rows of one window are fewer. */
export const rowsMax = 2 ** 20

/** A block number and a row as one number that sorts by place in the vault. */
export function refKey(block: number, row: number): number {
  assert(row < rowsMax && block < 2 ** 32, 'a ref key stays a safe integer')
  return block * rowsMax + row
}

/** @param keys sorted */
export function planRuns(index: ChunkIndex, keys: Float64Array): BlockRun[] {
  const runs: BlockRun[] = []
  let draft: RunDraft | undefined
  for (let at = 0; at < keys.length; ) {
    const block = Math.floor((keys[at] ?? 0) / rowsMax)
    let end = at + 1
    while (end < keys.length && Math.floor((keys[end] ?? 0) / rowsMax) === block) end++
    const { pack, offset, storedBytes } = index.block(block)
    if (draft === undefined || !draft.takes(pack.name, offset, storedBytes)) {
      if (draft !== undefined) runs.push(draft.finish())
      draft = new RunDraft(pack.name, offset)
    }
    draft.add(offset, storedBytes, keys.subarray(at, end))
    at = end
  }
  if (draft !== undefined) runs.push(draft.finish())
  return runs
}

class RunDraft {
  readonly #object: ObjectName
  readonly #offset: number
  readonly #blocks: { readonly at: number; readonly length: number }[] = []
  readonly #counts: number[] = []
  readonly #rows: number[] = []
  #end: number

  constructor(object: ObjectName, offset: number) {
    this.#object = object
    this.#offset = offset
    this.#end = offset
  }

  takes(object: ObjectName, offset: number, length: number): boolean {
    return (
      object === this.#object &&
      offset - this.#end <= gapBytesMax &&
      offset + length - this.#offset <= runBytesMax
    )
  }

  add(offset: number, length: number, keys: Float64Array): void {
    assert(offset >= this.#end, 'blocks of a run follow one another')
    this.#blocks.push({ at: offset - this.#offset, length })
    this.#counts.push(keys.length)
    for (const key of keys) this.#rows.push(key % rowsMax)
    this.#end = offset + length
  }

  finish(): BlockRun {
    return {
      object: this.#object,
      offset: this.#offset,
      length: this.#end - this.#offset,
      blocks: this.#blocks,
      counts: Uint32Array.from(this.#counts),
      rows: Uint32Array.from(this.#rows),
    }
  }
}
