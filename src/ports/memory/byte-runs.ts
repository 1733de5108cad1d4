/** Run-length coding (PackBits): just enough compression for simulations. */

const runMin = 3
const stepMax = 128

export function packRuns(bytes: Uint8Array): Uint8Array {
  const packed: number[] = []
  let literals: number[] = []
  const flush = (): void => {
    if (literals.length > 0) packed.push(literals.length - 1, ...literals)
    literals = []
  }
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at] ?? 0
    let count = 1
    while (count < stepMax && bytes[at + count] === byte) count++
    if (count >= runMin) {
      flush()
      packed.push(127 + count, byte)
      at += count
    } else {
      literals.push(byte)
      at++
      if (literals.length === stepMax) flush()
    }
  }
  flush()
  return Uint8Array.from(packed)
}

/** Undefined unless just `length` bytes come out. */
export function unpackRuns(packed: Uint8Array, length: number): Uint8Array | undefined {
  const bytes = new Uint8Array(length)
  let end = 0
  for (let at = 0; at < packed.length; ) {
    const head = packed[at++] ?? 0
    const count = head < stepMax ? head + 1 : head - 127
    const used = head < stepMax ? count : 1
    if (end + count > length || at + used > packed.length) return undefined
    if (head < stepMax) bytes.set(packed.subarray(at, at + count), end)
    else bytes.fill(packed[at] ?? 0, end, end + count)
    at += used
    end += count
  }
  return end === length ? bytes : undefined
}
