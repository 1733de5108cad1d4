/**
 * A cipher for simulations: fast, the same in every run, and worthless against an attacker. Everything the engine relies
 * on holds all the same: other bytes have another digest, tampering is detected, a wrong key opens nothing, repeats
 * compress. Digests are MurmurHash3 x86_128 by Austin Appleby, run twice with different seeds.
 */
import { concatBytes, equalBytes } from '#base'
import type { Cipher } from '#engine'
import { packRuns, unpackRuns } from './byte-runs.ts'
import type { SeededRandom } from './seeded-random.ts'

const digestBytes = 32
const tagBytes = 16
const c1 = 0x239b_961b
const c2 = 0xab0e_9789
const c3 = 0x38b3_4ae5
const c4 = 0xa1e3_8b93

export function memoryCipher(random: SeededRandom): Cipher {
  return {
    digest,
    digester() {
      const parts: Uint8Array[] = []
      return {
        update(bytes) {
          parts.push(bytes.slice())
        },
        finish: () => digest(concatBytes(parts)),
      }
    },
    mac,
    expand,
    encrypt,
    decrypt,
    compress: (bytes) => packRuns(bytes),
    decompress: unpackRuns,
    crc32,
    random: (length) => random.bytes(length),
  }
}

function digest(bytes: Uint8Array): Uint8Array {
  const words = new Uint32Array(digestBytes / 4)
  murmur(bytes, 0x8f1b_bcdc, words, 0)
  murmur(bytes, 0x5be0_cd19, words, 4)
  return new Uint8Array(words.buffer)
}

function mac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  // Two digests, as in HMAC: key and bytes cannot be shifted into each other.
  return digest(concatBytes([digest(key), digest(bytes)]))
}

function expand(key: Uint8Array, label: string, length: number): Uint8Array {
  const name = new TextEncoder().encode(label)
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += digestBytes) {
    const part = mac(key, concatBytes([name, new Uint8Array([at & 255, (at >> 8) & 255])]))
    bytes.set(part.subarray(0, length - at), at)
  }
  return bytes
}

function encrypt(key: Uint8Array, plaintext: Uint8Array, associated: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(plaintext.length + tagBytes)
  sealed.set(plaintext)
  mask(key, sealed.subarray(0, plaintext.length))
  sealed.set(tagOf(key, sealed.subarray(0, plaintext.length), associated), plaintext.length)
  return sealed
}

function decrypt(
  key: Uint8Array,
  sealed: Uint8Array,
  associated: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < tagBytes) return undefined
  const body = sealed.slice(0, -tagBytes)
  if (!equalBytes(tagOf(key, body, associated), sealed.subarray(-tagBytes))) return undefined
  mask(key, body)
  return body
}

function tagOf(key: Uint8Array, body: Uint8Array, associated: Uint8Array): Uint8Array {
  return mac(key, concatBytes([digest(associated), digest(body)])).subarray(0, tagBytes)
}

/** The same call masks and unmasks: a stream of 32-bit words (xorshift) that the key starts. */
function mask(key: Uint8Array, bytes: Uint8Array): void {
  const start = new Uint32Array(8)
  murmur(key, 0x6a09_e667, start, 0)
  let word = (start[0] ?? 0) | 1
  for (let i = 0; i < bytes.length; i++) {
    if ((i & 3) === 0) {
      word ^= word << 13
      word ^= word >>> 17
      word ^= word << 5
    }
    bytes[i] = (bytes[i] ?? 0) ^ (word >>> ((i & 3) * 8))
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1
  return value
})

function crc32(bytes: Uint8Array, seed: number): number {
  let value = ~seed
  for (const byte of bytes) value = (value >>> 8) ^ (crcTable[(value ^ byte) & 255] ?? 0)
  return ~value >>> 0
}

/** Writes 128 bits at `words[at]`. */
function murmur(bytes: Uint8Array, seed: number, words: Uint32Array, at: number): void {
  let h1 = seed
  let h2 = seed
  let h3 = seed
  let h4 = seed
  const word = (from: number): number =>
    (bytes[from] ?? 0) |
    ((bytes[from + 1] ?? 0) << 8) |
    ((bytes[from + 2] ?? 0) << 16) |
    ((bytes[from + 3] ?? 0) << 24)
  // The last block may reach beyond the end: missing bytes are zero, and the length goes in at the end.
  for (let i = 0; i < bytes.length; i += 16) {
    h1 ^= Math.imul(rotate(Math.imul(word(i), c1), 15), c2)
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561c_cd1b) | 0
    h2 ^= Math.imul(rotate(Math.imul(word(i + 4), c2), 16), c3)
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bca_a747) | 0
    h3 ^= Math.imul(rotate(Math.imul(word(i + 8), c3), 17), c4)
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd_1c35) | 0
    h4 ^= Math.imul(rotate(Math.imul(word(i + 12), c4), 18), c1)
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac_3b17) | 0
  }
  h1 ^= bytes.length
  h2 ^= bytes.length
  h3 ^= bytes.length
  h4 ^= bytes.length
  h1 = (h1 + h2 + h3 + h4) | 0
  const last = [h1, (h2 + h1) | 0, (h3 + h1) | 0, (h4 + h1) | 0].map(avalanche)
  const sum = last.reduce((total, value) => (total + value) | 0, 0)
  for (const [i, value] of last.entries()) words[at + i] = i === 0 ? sum : (value + sum) | 0
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function avalanche(value: number): number {
  let mixed = value ^ (value >>> 16)
  mixed = Math.imul(mixed, 0x85eb_ca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2_ae35)
  return mixed ^ (mixed >>> 16)
}
