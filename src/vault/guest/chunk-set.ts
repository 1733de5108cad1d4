/**
 * A set of chunk ids in 8 bytes each: of an id only a fingerprint is kept. What a machine may read rests on it, and such a
 * machine can make ids by the billion, so the fingerprint is a keyed function with a secret of this set alone (Chaskey's
 * permutation): two ids share one once in 2^64, and nobody can look for such a pair. 0.2 µs a question.
 */
import { type Cipher, type chunkIdBytes, idPrefixBytes } from '#engine'

const loadMax = 0.6
const slotsMin = 1024
const blockBytes = 16
const rounds = 8

export class ChunkSet {
  readonly #key: Uint8Array
  readonly #idBytes: number
  /** Two words a slot; the first one zero: empty. */
  #slots = new Uint32Array(2 * slotsMin)
  #size = 0
  /** The fingerprint that was made last. */
  #low = 0
  #high = 0

  /** @param idBytes how much of an id counts: what the index knows, or all that a tree says */
  constructor(
    cipher: Pick<Cipher, 'random'>,
    idBytes: typeof idPrefixBytes | typeof chunkIdBytes = idPrefixBytes,
  ) {
    this.#key = cipher.random(blockBytes).slice()
    this.#idBytes = idBytes
  }

  get size(): number {
    return this.#size
  }

  /** @param at where the bytes of an id stand */
  has(ids: Uint8Array, at = 0): boolean {
    this.#print(ids, at)
    return this.#slots[this.#slotOf(this.#low, this.#high)] !== 0
  }

  /** @returns false when it was there */
  add(ids: Uint8Array, at = 0): boolean {
    if ((this.#size + 1) * 2 > this.#slots.length * loadMax) this.#grow()
    this.#print(ids, at)
    const slot = this.#slotOf(this.#low, this.#high)
    if (this.#slots[slot] !== 0) return false
    this.#slots[slot] = this.#low
    this.#slots[slot + 1] = this.#high
    this.#size++
    return true
  }

  #print(ids: Uint8Array, at: number): void {
    const key = this.#key
    const [k0, k1] = [word(key, 0), word(key, 4)]
    let [v0, v1, v2, v3] = [k0, k1, word(key, 8), word(key, 12)]
    for (let from = at; from < at + this.#idBytes; from += blockBytes) {
      v0 ^= word(ids, from)
      v1 ^= word(ids, from + 4)
      v2 ^= word(ids, from + 8)
      v3 ^= word(ids, from + 12)
      for (let round = 0; round < rounds; round++) {
        v0 = (v0 + v1) | 0
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
        v0 = (v0 << 16) | (v0 >>> 16)
        v2 = (v2 + v3) | 0
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
        v0 = (v0 + v3) | 0
        v3 = ((v3 << 13) | (v3 >>> 19)) ^ v0
        v2 = (v2 + v1) | 0
        v1 = ((v1 << 7) | (v1 >>> 25)) ^ v2
        v2 = (v2 << 16) | (v2 >>> 16)
      }
    }
    // Zero means empty.
    this.#low = (v0 ^ k0) >>> 0 || 1
    this.#high = (v1 ^ k1) >>> 0
  }

  #slotOf(low: number, high: number): number {
    const mask = this.#slots.length / 2 - 1
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const held = this.#slots[2 * at] ?? 0
      if (held === 0 || (held === low && this.#slots[2 * at + 1] === high)) return 2 * at
    }
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Uint32Array(old.length * 2)
    for (let i = 0; i < old.length; i += 2) {
      const [low, high] = [old[i] ?? 0, old[i + 1] ?? 0]
      if (low === 0) continue
      const slot = this.#slotOf(low, high)
      this.#slots[slot] = low
      this.#slots[slot + 1] = high
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  )
}
