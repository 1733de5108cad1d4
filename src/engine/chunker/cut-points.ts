// Where content is cut: the specification, in plain JavaScript. The product cuts with WebAssembly
// (adapters/chunker/gear.wat), twenty times as fast, and a test holds the two equal. Whether a
// place may be cut depends on the 64 bytes before it and on its distance from the last cut, on
// nothing else: so cuts fall alike however the bytes arrive, and find each other again behind an
// edit. This is docs/format/chunker.md.

import { type ChunkerParams, cutMasks, windowBytes } from './chunker-params.ts'
import type { GearTable } from './gear-table.ts'

export type Stretch = {
  /** Begins where a chunk begins. */
  readonly bytes: Uint8Array
  /** False if the content goes on: the last chunk, which may still grow, is then not reported. */
  readonly isLast: boolean
}

/**
 * The ends of the chunks, ascending offsets into `bytes`. What lies behind the last one is to be
 * given again, at the head of the next stretch.
 */
export function cutPoints(
  { bytes, isLast }: Stretch,
  params: ChunkerParams,
  table: GearTable,
): readonly number[] {
  const points: number[] = []
  for (let start = 0; start < bytes.length; ) {
    const rest = bytes.subarray(start)
    const length = nextCut(rest, params, table)
    const mayGrow = length === rest.length && length < params.maxBytes
    if (mayGrow && !isLast) break
    start += length
    points.push(start)
  }
  return points
}

/** The length of the first chunk of `bytes`, as if the content ended with them. */
export function nextCut(bytes: Uint8Array, params: ChunkerParams, table: GearTable): number {
  const masks = cutMasks(params)
  const end = Math.min(bytes.length, params.maxBytes)
  const middle = Math.min(end, params.averageBytes)
  if (end <= params.minBytes) return end
  return (
    findCut({ bytes, from: params.minBytes, to: middle, mask: masks.small }, table) ??
    findCut({ bytes, from: middle, to: end, mask: masks.large }, table) ??
    end
  )
}

type Search = {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
  readonly mask: number
}

/**
 * The smallest length in (from, to] behind whose last byte the hash has no bit of the mask set.
 * The hash of 64 bits stands in two halves: hash = 2 · hash + word of the byte, modulo 2^64. A word
 * is shifted out after 64 bytes, which makes the hash one of the last 64 bytes alone.
 */
function findCut({ bytes, from, to, mask }: Search, { low, high }: GearTable): number | undefined {
  let hashLow = 0
  let hashHigh = 0
  for (let at = from - windowBytes; at < to; at++) {
    const byte = bytes[at] ?? 0
    const sum = ((hashLow << 1) >>> 0) + (low[byte] ?? 0)
    const carry = sum > 0xffff_ffff ? 1 : 0
    hashHigh = ((hashHigh << 1) + (hashLow >>> 31) + (high[byte] ?? 0) + carry) | 0
    hashLow = sum | 0
    if (at >= from && (hashHigh & mask) === 0) return at + 1
  }
  return undefined
}
