/** Little-endian reading and writing of bytes, with limits checked at the border. Sizes are safe integers. */
import { assert } from './assert.ts'

const hexDigits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += hexDigits[byte]
  return text
}

export function fromHex(text: string): Uint8Array {
  assert(/^(?:[0-9a-f]{2})*$/.test(text), 'hexadecimal text has pairs of lower-case digits')
  const bytes = new Uint8Array(text.length / 2)
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16)
  return bytes
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Bytes ended early, or a number in them is beyond its limit. Decoders turn it into an error of the catalogue. */
export class MalformedBytes extends Error {
  override readonly name = 'MalformedBytes'
}

/** Appends numbers and bytes to a growing buffer. Varints: LEB128, least significant group first. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  clear(): void {
    this.#length = 0
  }

  u8(value: number): void {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
  }

  u16(value: number): void {
    this.#reserve(2)
    this.#view.setUint16(this.#length, value, true)
    this.#length += 2
  }

  u32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#length, value, true)
    this.#length += 4
  }

  /** An unsigned safe integer as eight bytes. */
  u64(value: number): void {
    assert(
      Number.isSafeInteger(value) && value >= 0,
      'a 64-bit field holds an unsigned safe integer',
    )
    this.u32(value % 0x1_0000_0000)
    this.u32(Math.floor(value / 0x1_0000_0000))
  }

  varint(value: number): void {
    assert(value >= 0 && value <= Number.MAX_SAFE_INTEGER, 'a varint is an unsigned safe integer')
    this.#reserve(8)
    let rest = value
    while (rest > 0x7fff_ffff) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#length++] = rest
  }

  /** A signed safe integer below 2^52, small magnitudes short. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2)
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
  }

  /** The characters `from`… of a byte string, one byte each. */
  chars(text: string, from = 0): void {
    this.#reserve(text.length - from)
    for (let i = from; i < text.length; i++) this.#bytes[this.#length++] = text.charCodeAt(i)
  }

  /** Length and bytes. */
  block(value: Uint8Array): void {
    this.varint(value.length)
    this.bytes(value)
  }

  /** Length and characters of a byte string. */
  text(value: string): void {
    this.varint(value.length)
    this.chars(value)
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** What was written, valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(count: number): void {
    const wanted = this.#length + count
    if (wanted <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Reads what a ByteWriter wrote. @throws MalformedBytes when the bytes end early or a number is too large. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  at: number

  constructor(bytes: Uint8Array, at = 0) {
    const { buffer, byteOffset, byteLength } = bytes
    // `slice` of a Buffer is no copy: whoever keeps a part of what was read would keep what is freed.
    this.#bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(buffer, byteOffset, byteLength)
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.at = at
  }

  get remaining(): number {
    return this.#bytes.length - this.at
  }

  u8(): number {
    return this.#bytes[this.#take(1)] ?? 0
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  u64(): number {
    const low = this.u32()
    const value = this.u32() * 0x1_0000_0000 + low
    if (!Number.isSafeInteger(value)) throw new MalformedBytes('a 64-bit field exceeds 2^53')
    return value
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (let count = 0; count < 8; count++) {
      const byte = this.u8()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break
        return value
      }
      scale *= 128
    }
    throw new MalformedBytes('a varint exceeds 2^53')
  }

  zigzag(): number {
    const value = this.varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** `count` bytes as a view into the source. */
  bytes(count: number): Uint8Array {
    const from = this.#take(count)
    return this.#bytes.subarray(from, from + count)
  }

  /** `count` bytes into `target` from `at` on, without a view: for hot loops over short runs. */
  copyTo(target: Uint8Array, at: number, count: number): void {
    const from = this.#take(count)
    const bytes = this.#bytes
    for (let i = 0; i < count; i++) target[at + i] = bytes[from + i] ?? 0
  }

  /** Steps over `count` bytes; @returns where they begin. */
  skip(count: number): number {
    return this.#take(count)
  }

  block(lengthMax: number): Uint8Array {
    return this.bytes(this.#limited(lengthMax))
  }

  text(lengthMax: number): string {
    const bytes = this.block(lengthMax)
    let text = ''
    for (const byte of bytes) text += String.fromCharCode(byte)
    return text
  }

  #limited(max: number): number {
    const value = this.varint()
    if (value > max) throw new MalformedBytes(`a length of ${value} exceeds its limit of ${max}`)
    return value
  }

  #take(count: number): number {
    const from = this.at
    if (from + count > this.#bytes.length) throw new MalformedBytes('the bytes end early')
    this.at = from + count
    return from
  }
}
