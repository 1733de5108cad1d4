/**
 * Nodes of trees, with the level of each. Levels must fall on the way down; a tree in which they do not could not be walked,
 * and a collection that cannot walk a living point ends for the whole vault.
 */
import { type ChunkId, type Cipher, chunkIdBytes } from '#engine'
import { ChunkSet } from './chunk-set.ts'

export class TreeNodes {
  readonly #cipher: Pick<Cipher, 'random'>
  readonly #all: ChunkSet
  /** By level, leaves first. Whole ids: of one that is right in its first half only nobody could read anything. */
  readonly #levels: ChunkSet[] = []

  constructor(cipher: Pick<Cipher, 'random'>) {
    this.#cipher = cipher
    this.#all = new ChunkSet(cipher)
  }

  has(ids: Uint8Array, at = 0): boolean {
    return this.#all.has(ids, at)
  }

  /** @returns false when it was there */
  add(id: ChunkId): boolean {
    return this.#all.add(id)
  }

  /** Said when it was read. */
  setLevel(id: ChunkId, level: number): void {
    for (let at = this.#levels.length; at <= level; at++)
      this.#levels.push(new ChunkSet(this.#cipher, chunkIdBytes))
    this.#levels[level]?.add(id)
  }

  /** Whether it was read, and may stand below a node of this level; undefined: it is a root. */
  mayStand(id: ChunkId, below: number | undefined): boolean {
    return this.#levels.slice(0, below).some((nodes) => nodes.has(id))
  }
}
