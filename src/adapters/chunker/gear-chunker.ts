// Cuts content where it lies, in memory that worker threads share: the compiled form of cutPoints()
// in the engine, equal to it by test. Addresses and lengths are bytes of that memory. Measured: 4.1
// GB/s on one core (2.8 before V8 optimises it), where the plain JavaScript does 0.2; a zero test
// reads 20 GB/s. See docs/format/chunker.md.

import { assert } from '#base'
import { type ChunkerParams, cutMasks, gearTableBytes } from '#engine'
import { gearWasm } from './gear-wasm.ts'

export type GearPlace = {
  /** Shared, with a maximum of at most 1 GiB: the compiled import names that limit. */
  readonly memory: WebAssembly.Memory
  /** Where writeGearTable() has put the table. */
  readonly tableAt: number
  readonly params: ChunkerParams
}

export type Region = {
  readonly at: number
  readonly length: number
}

export type GearChunker = {
  /** Writes the chunk lengths of a stretch to `outAt` and returns their number; see outputBytes(). */
  cuts(stretch: Region & { readonly isLast: boolean }, outAt: number): number
  /** The length of the chunk that begins at `at`, as if the content ended after `length` bytes. */
  nextCut(at: number, length: number): number
  isZero(at: number, length: number): boolean
}

/** Once for a memory, by whoever made it; `bytes` is the key stream that gearTable() would read. */
export function writeGearTable(
  memory: WebAssembly.Memory,
  tableAt: number,
  bytes: Uint8Array,
): void {
  assert(bytes.length === gearTableBytes, `a gear table is made of ${gearTableBytes} bytes`)
  assert(isWithin(memory, { at: tableAt, length: gearTableBytes }), 'the gear table lies in memory')
  new Uint8Array(memory.buffer, tableAt, gearTableBytes).set(bytes)
}

/** The room that the chunk lengths of a stretch can take. */
export function outputBytes(length: number, params: ChunkerParams): number {
  return 4 * Math.ceil(length / params.minBytes)
}

/** Cheap (0.5 ms): every thread opens its own over the same memory. */
export function openGearChunker({ memory, tableAt, params }: GearPlace): GearChunker {
  assert(isWithin(memory, { at: tableAt, length: gearTableBytes }), 'the gear table lies in memory')
  const module = new WebAssembly.Module(Buffer.from(gearWasm, 'base64'))
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  assert(isGear(exports), 'gear-wasm.ts is built from gear.wat')
  const { cuts, next_cut, is_zero } = exports
  const { minBytes: min, averageBytes: average, maxBytes: max } = params
  const { small, large } = cutMasks(params)
  return {
    cuts({ at, length, isLast }, outAt) {
      const out = { at: outAt, length: outputBytes(length, params) }
      assert(isWithin(memory, { at, length }), 'what is cut lies in memory')
      assert(isWithin(memory, out) && outAt % 4 === 0, 'the lengths lie in memory, aligned')
      assert(isApart({ at, length }, out), 'the lengths are not written over what is cut')
      const last = isLast ? 1 : 0
      return cuts(at, length, tableAt, min, average, max, small, large, outAt, last)
    },
    nextCut: (at, length) => next_cut(at, length, tableAt, min, average, max, small, large) >>> 0,
    isZero: (at, length) => is_zero(at, length) === 1,
  }
}

type Gear = {
  readonly cuts: (...words: readonly number[]) => number
  readonly next_cut: (...words: readonly number[]) => number
  readonly is_zero: (...words: readonly number[]) => number
}

function isGear(exports: object): exports is Gear {
  return 'cuts' in exports && 'next_cut' in exports && 'is_zero' in exports
}

function isWithin(memory: WebAssembly.Memory, { at, length }: Region): boolean {
  return at >= 0 && length >= 0 && at + length <= memory.buffer.byteLength
}

function isApart(one: Region, other: Region): boolean {
  return one.at + one.length <= other.at || other.at + other.length <= one.at
}
