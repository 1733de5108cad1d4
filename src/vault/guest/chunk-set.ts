/**
 * A set of chunk ids in 8 bytes each: of an id only a fingerprint is kept. What a machine may read rests on it, and such a
 * machine knows the key of the ids, so the fingerprint is mixed with secret numbers: two ids share one by accident once
 * in 2^64, and nobody can look for such a pair.
 */
import type { Cipher } from '#engine'

const loadMax = 0.6
const slotsMin = 1024
const factors = 8

export class ChunkSet {
  readonly #factors: Uint32Array
  /** Two words a slot; both zero: empty. */
  #slots = new Uint32Array(2 * slotsMin)
  #size = 0

  constructor(cipher: Pick<Cipher, 'random'>) {
    const random = cipher.random(4 * factors)
    const view = new DataView(random.buffer, random.byteOffset, random.byteLength)
    this.#factors = Uint32Array.from({ length: factors }, (_, i) => view.getUint32(4 * i, true) | 1)
  }

  get size(): number {
    return this.#size
  }

  /** @param at where 16 bytes of an id stand */
  has(ids: Uint8Array, at = 0): boolean {
    const low = this.#mix(ids, at, 0)
    const high = this.#mix(ids, at, 4)
    return this.#slots[this.#slotOf(low, high)] !== 0
  }

  /** @returns false when it was there */
  add(ids: Uint8Array, at = 0): boolean {
    if ((this.#size + 1) * 2 > this.#slots.length * loadMax) this.#grow()
    const low = this.#mix(ids, at, 0)
    const high = this.#mix(ids, at, 4)
    const slot = this.#slotOf(low, high)
    if (this.#slots[slot] !== 0) return false
    this.#slots[slot] = low
    this.#slots[slot + 1] = high
    this.#size++
    return true
  }

  /** A multiply-add over four words of the id, finished as in MurmurHash3; never 0 where 0 means empty. */
  #mix(ids: Uint8Array, at: number, from: number): number {
    let sum = this.#factors[from] ?? 1
    for (let i = 0; i < 4; i++) {
      sum = Math.imul(sum ^ word(ids, at + 4 * i), this.#factors[from + i] ?? 1)
      sum ^= sum >>> 15
    }
    sum = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
    sum = Math.imul(sum ^ (sum >>> 13), 0xc2b2ae35)
    return (sum ^ (sum >>> 16)) >>> 0 || 1
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
