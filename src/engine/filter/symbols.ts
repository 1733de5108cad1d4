/**
 * The characters of a byte string: the code points of UTF-8 where the bytes are valid, and for every other byte a symbol
 * of its own beyond Unicode. So `?` is one letter in a name of any language, and no name is beyond matching.
 */

export type SymbolRange = { readonly low: number; readonly high: number }

const beyondUnicode = 0x11_0000

export function symbolsOf(text: string): number[] {
  const symbols: number[] = []
  for (let at = 0; at < text.length; ) {
    const symbol = symbolAt(text, at)
    symbols.push(symbol)
    at += symbolBytes(symbol)
  }
  return symbols
}

/** The symbol that begins at `at` of a byte string. */
export function symbolAt(text: string, at: number): number {
  const first = text.charCodeAt(at)
  if (first < 0x80) return first
  return symbolOf(
    first,
    at + 1 < text.length ? text.charCodeAt(at + 1) : 0,
    at + 2 < text.length ? text.charCodeAt(at + 2) : 0,
    at + 3 < text.length ? text.charCodeAt(at + 3) : 0,
  )
}

/** The same for four bytes; zeros stand for what is beyond the end. */
export function symbolOf(a: number, b: number, c: number, d: number): number {
  if (a < 0x80) return a
  if (a >= 0xc2 && a < 0xe0 && isTail(b)) return ((a & 0x1f) << 6) | (b & 0x3f)
  if (a >= 0xe0 && a < 0xf0 && isTail(b) && isTail(c)) {
    const point = ((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f)
    if (point >= 0x800 && (point < 0xd800 || point > 0xdfff)) return point
  }
  if (a >= 0xf0 && a < 0xf5 && isTail(b) && isTail(c) && isTail(d)) {
    const point = ((a & 0x07) << 18) | ((b & 0x3f) << 12) | ((c & 0x3f) << 6) | (d & 0x3f)
    if (point >= 0x1_0000 && point < beyondUnicode) return point
  }
  return beyondUnicode + a
}

/** How many bytes a symbol was made of. */
export function symbolBytes(symbol: number): number {
  if (symbol < 0x80 || symbol >= beyondUnicode) return 1
  return symbol < 0x800 ? 2 : symbol < 0x1_0000 ? 3 : 4
}

export function isInRanges(ranges: readonly SymbolRange[], symbol: number): boolean {
  return ranges.some(({ low, high }) => low <= symbol && symbol <= high)
}

function isTail(byte: number): boolean {
  return (byte & 0xc0) === 0x80
}
