// How large chunks are meant to be. The three sizes are part of a vault's format: they are fixed
// when it is made, since the same content cut otherwise shares nothing. See docs/format/chunker.md.

import { assert } from '#base'

export type ChunkerParams = {
  readonly minBytes: number
  readonly averageBytes: number
  readonly maxBytes: number
}

export const defaultChunkerParams: ChunkerParams = chunkerParams(128 * 1024)

/** A vault records the average alone: at most a quarter is skipped, and hardly any cut is forced. */
export function chunkerParams(averageBytes: number): ChunkerParams {
  return { minBytes: averageBytes / 4, averageBytes, maxBytes: averageBytes * 4 }
}

/** A place is judged by the 64 bytes before it: as many as a 64-bit hash can remember. */
export const windowBytes = 64

/** Below this, a step of the compiled scan and the window would no longer fit into a chunk. */
const minBytesLeast = 256
const maxBytesMost = 16 * 1024 * 1024

/**
 * Normalisation level 2 of FastCDC: before the average a cut is four times as rare, behind it four
 * times as frequent as sizes spread evenly would have it. That draws sizes to the average.
 */
const normalisationBits = 2

/** Why the sizes cannot be used, in words for the cause of an error; undefined if they can. */
export function findChunkerParamsProblem(params: ChunkerParams): string | undefined {
  const { minBytes, averageBytes, maxBytes } = params
  for (const [name, bytes] of Object.entries({ minBytes, averageBytes, maxBytes })) {
    if (!isPowerOfTwo(bytes)) return `${name} is ${bytes}, not a power of two`
  }
  if (minBytes < minBytesLeast) return `minBytes is ${minBytes}, below ${minBytesLeast}`
  if (maxBytes > maxBytesMost) return `maxBytes is ${maxBytes}, above ${maxBytesMost}`
  if (averageBytes <= minBytes) return `averageBytes is ${averageBytes}, not above minBytes`
  if (maxBytes <= averageBytes) return `maxBytes is ${maxBytes}, not above averageBytes`
  return undefined
}

export type CutMasks = {
  /** For cuts up to the average size: more bits, hence rarer. */
  readonly small: number
  /** For cuts beyond the average size. */
  readonly large: number
}

/** The upper 32 bits of the masks; the lower 32 are zero. */
export function cutMasks(params: ChunkerParams): CutMasks {
  const problem = findChunkerParamsProblem(params)
  assert(problem === undefined, `chunk sizes were checked where they came in: ${problem}`)
  const averageBits = Math.log2(params.averageBytes)
  return {
    small: topBits(averageBits + normalisationBits),
    large: topBits(averageBits - normalisationBits),
  }
}

function topBits(count: number): number {
  assert(count > 0 && count < 32, 'a mask of the upper half has 1 to 31 bits')
  return (0xffff_ffff << (32 - count)) >>> 0
}

function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && Number.isInteger(Math.log2(value))
}
