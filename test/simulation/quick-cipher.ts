/**
 * The cipher of the simulator: what the engine relies on (other bytes, other digest; tampering is seen; a wrong key opens
 * nothing), at a twentieth of the cost of the memory cipher, which a run of 3 ms cannot afford. Nothing is hidden by it.
 */
import { crc32 } from 'node:zlib'
import { concatBytes, equalBytes } from '#base'
import type { Cipher } from '#engine'
import type { SeededRandom } from '#ports'

const tagBytes = 16
const noBytes = new Uint8Array()

export function quickCipher(random: SeededRandom): Cipher {
  return {
    digest: (bytes) => digestOf(bytes, noBytes, noBytes),
    digester() {
      const parts: Uint8Array[] = []
      return {
        update(bytes) {
          parts.push(bytes.slice())
        },
        finish: () => digestOf(concatBytes(parts), noBytes, noBytes),
      }
    },
    mac: (key, bytes) => digestOf(key, bytes, noBytes),
    expand,
    encrypt(key, plaintext, associated) {
      const sealed = new Uint8Array(plaintext.length + tagBytes)
      sealed.set(plaintext)
      sealed.set(digestOf(key, associated, plaintext).subarray(0, tagBytes), plaintext.length)
      return sealed
    },
    decrypt(key, sealed, associated) {
      if (sealed.length < tagBytes) return undefined
      const plaintext = sealed.subarray(0, -tagBytes)
      const tag = digestOf(key, associated, plaintext).subarray(0, tagBytes)
      return equalBytes(tag, sealed.subarray(-tagBytes)) ? plaintext : undefined
    },
    compress: (bytes) => bytes,
    decompress: (bytes, length) => (bytes.length === length ? bytes : undefined),
    crc32,
    random: (length) => random.bytes(length),
  }
}

function expand(key: Uint8Array, label: string, length: number): Uint8Array {
  const name = new TextEncoder().encode(label)
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += 32) {
    const part = digestOf(key, name, new Uint8Array([at & 255, at >> 8]))
    bytes.set(part.subarray(0, length - at), at)
  }
  return bytes
}

/** 32 bytes out of two 32-bit states that each word, and each end of a part, is mixed into. */
function digestOf(a: Uint8Array, b: Uint8Array, c: Uint8Array): Uint8Array {
  let h = 0x811c9dc5
  let g = 0x9747b28c
  for (const part of [a, b, c]) {
    const whole = part.length & ~3
    for (let i = 0; i < whole; i += 4) {
      const low = (part[i] ?? 0) | ((part[i + 1] ?? 0) << 8)
      const word = low | ((part[i + 2] ?? 0) << 16) | ((part[i + 3] ?? 0) << 24)
      h = Math.imul(h ^ word ^ (h >>> 15), 0x0100_0193)
      g = Math.imul(((g << 5) | (g >>> 27)) ^ word, 0x85eb_ca6b)
    }
    for (let i = whole; i < part.length; i++) {
      h = Math.imul(h ^ (part[i] ?? 0) ^ (h >>> 15), 0x0100_0193)
      g = Math.imul(((g << 5) | (g >>> 27)) ^ (part[i] ?? 0), 0x85eb_ca6b)
    }
    h = Math.imul(h ^ part.length ^ (g >>> 15), 0x2c1b_3c6d)
    g = Math.imul(g ^ (h >>> 13), 0x297a_2d39)
  }
  const words = new Uint32Array(8)
  for (let i = 0; i < 8; i++) {
    h = Math.imul(h ^ (g >>> 16) ^ i, 0x9e37_79b1)
    g = Math.imul(g ^ (h >>> 15), 0x85eb_ca77)
    words[i] = h ^ (g >>> 13)
  }
  return new Uint8Array(words.buffer)
}
