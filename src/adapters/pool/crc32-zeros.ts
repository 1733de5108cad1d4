// The CRC-32 of content that goes on with zeros, without touching them: a hole of a terabyte costs as
// much as one of a kilobyte. A zero byte changes the register by a linear map over GF(2), so many of
// them are a power of that map, put together from its squares.

/** A map as the images of the 32 single bits. */
type BitMap = Uint32Array

const polynomial = 0xedb8_8320

/** `crc` continued by `count` zero bytes. */
export function crc32Zeros(crc: number, count: number): number {
  let register = ~crc >>> 0
  let map = oneZeroByte()
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) register = apply(map, register)
    map = square(map)
  }
  return ~register >>> 0
}

function oneZeroByte(): BitMap {
  const bit = Uint32Array.from({ length: 32 }, (_, i) => (i === 0 ? polynomial : 2 ** (i - 1)))
  return square(square(square(bit)))
}

function square(map: BitMap): BitMap {
  return map.map((image) => apply(map, image))
}

function apply(map: BitMap, value: number): number {
  let result = 0
  for (let i = 0; i < 32; i++) if ((value >>> i) & 1) result ^= map[i] ?? 0
  return result >>> 0
}
