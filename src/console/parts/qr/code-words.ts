/**
 * The code words of a QR code (ISO/IEC 18004): text as bytes, with what repairs a damaged code. Error correction is of level
 * M everywhere: screens are not scratched, but they shine.
 */

/** Of each version: how many words repair a block, and how many blocks there are. */
const blocks = [
  [10, 1],
  [16, 1],
  [26, 1],
  [18, 2],
  [24, 2],
  [16, 4],
  [18, 4],
  [22, 4],
  [22, 5],
  [26, 5],
  [30, 5],
  [22, 8],
  [22, 9],
  [24, 9],
  [24, 10],
] as const

export type CodeWords = {
  /** 1 to 15: the code is 17 + 4 × version wide. */
  readonly version: number
  readonly words: Uint8Array
}

/** @throws RangeError when the text is too long for a code that can still be photographed (about 400 bytes) */
export function codeWordsOf(text: string): CodeWords {
  const bytes = new TextEncoder().encode(text)
  for (const [i, [repairLength, blockCount]] of blocks.entries()) {
    const version = i + 1
    const total = Math.floor(moduleCount(version) / 8)
    const length = total - repairLength * blockCount
    if (bytes.length + headBytes(version) > length) continue
    const data = fill(bytes, version, length)
    return { version, words: interleave(data, { total, repairLength, blockCount }) }
  }
  throw new RangeError('the text is too long for a QR code')
}

/** How many modules are left for words. */
function moduleCount(version: number): number {
  const all = (16 * version + 128) * version + 64
  if (version === 1) return all
  const marks = alignmentsOf(version).length
  return all - (25 * marks - 10) * marks + 55 - (version < 7 ? 0 : 36)
}

/** Where the middles of the alignment marks are, in both directions. */
export function alignmentsOf(version: number): readonly number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const last = 4 * version + 10
  const step = Math.ceil((last - 6) / (count - 1) / 2) * 2
  return [6, ...Array.from({ length: count - 1 }, (_, i) => last - step * (count - 2 - i))]
}

/** Mode and length before the text, rounded up with the four bits that end it. */
function headBytes(version: number): number {
  return version < 10 ? 2 : 3
}

function fill(bytes: Uint8Array, version: number, length: number): Uint8Array {
  const bits: number[] = []
  const push = (value: number, width: number) => {
    for (let bit = width - 1; bit >= 0; bit--) bits.push((value >> bit) & 1)
  }
  push(0b0100, 4)
  push(bytes.length, version < 10 ? 8 : 16)
  for (const byte of bytes) push(byte, 8)
  push(0, 4)
  const data = new Uint8Array(length)
  for (const [i, bit] of bits.entries()) data[i >> 3] = ((data[i >> 3] ?? 0) << 1) | bit
  const used = bits.length / 8
  for (let i = used; i < length; i++) data[i] = (i - used) % 2 === 0 ? 0xec : 0x11
  return data
}

/** Words of all blocks by turns, so that a stain hurts each a little. */
function interleave(
  data: Uint8Array,
  sizes: { readonly total: number; readonly repairLength: number; readonly blockCount: number },
): Uint8Array {
  const { total, repairLength, blockCount } = sizes
  const shortLength = Math.floor(total / blockCount) - repairLength
  const longCount = total % blockCount
  let from = 0
  const parts = Array.from({ length: blockCount }, (_, i) => {
    const part = data.subarray(from, from + shortLength + (i < blockCount - longCount ? 0 : 1))
    from += part.length
    return { part, repair: repairWords(part, repairLength) }
  })
  const words: number[] = []
  const take = (rows: readonly Uint8Array[], length: number) => {
    for (let i = 0; i < length; i++)
      for (const row of rows) {
        const word = row[i]
        if (word !== undefined) words.push(word)
      }
  }
  take(
    parts.map(({ part }) => part),
    shortLength + 1,
  )
  take(
    parts.map(({ repair }) => repair),
    repairLength,
  )
  return Uint8Array.from(words)
}

/** Reed-Solomon: the remainder of the data by the generator of this degree, over GF(256). */
export function repairWords(data: Uint8Array, length: number): Uint8Array {
  const generator = generatorOf(length)
  const rest = new Uint8Array(length)
  for (const word of data) {
    const factor = word ^ (rest[0] ?? 0)
    rest.copyWithin(0, 1)
    rest[length - 1] = 0
    for (const [i, coefficient] of generator.entries())
      rest[i] = (rest[i] ?? 0) ^ multiply(coefficient, factor)
  }
  return rest
}

/** Coefficients of (x - 1)(x - 2)(x - 4)… without the leading 1, the highest first. */
function generatorOf(degree: number): Uint8Array {
  const product = new Uint8Array(degree)
  product[degree - 1] = 1
  let root = 1
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++)
      product[j] = multiply(product[j] ?? 0, root) ^ (product[j + 1] ?? 0)
    root = multiply(root, 2)
  }
  return product
}

function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    if ((b >> bit) & 1) product ^= a
  }
  return product
}
