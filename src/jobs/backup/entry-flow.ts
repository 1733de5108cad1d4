/**
 * Brings entries to the tree in key order although their content arrives out of order: small files in batches, large ones
 * when they are done. Everything after an entry that is still being read waits in line, a bounded number of them.
 */
import { assert } from '#base'
import type { LeafItem } from '#engine'

/** Entries that may wait in line before the walk pauses. */
export const waitingMax = 16_384

/** A place in line. It is filled once: with an item, or with nothing when the entry fell out. */
export type Place = { isFilled: boolean; item: LeafItem | undefined }

export class EntryFlow {
  readonly #add: (item: LeafItem) => void
  #line: Place[] = []
  #head = 0

  constructor(add: (item: LeafItem) => void) {
    this.#add = add
  }

  get waiting(): number {
    return this.#line.length - this.#head
  }

  /** An item that is ready. */
  push(item: LeafItem): void {
    if (this.waiting === 0) this.#add(item)
    else this.#line.push({ isFilled: true, item })
  }

  /** A place to be filled later. */
  reserve(): Place {
    const place: Place = { isFilled: false, item: undefined }
    this.#line.push(place)
    return place
  }

  fill(place: Place, item: LeafItem | undefined): void {
    assert(!place.isFilled, 'a place is filled once')
    place.isFilled = true
    place.item = item
    this.#drain()
  }

  assertEmpty(): void {
    assert(this.waiting === 0, 'at the end every place is filled')
  }

  #drain(): void {
    for (;;) {
      const place = this.#line[this.#head]
      if (place === undefined || !place.isFilled) break
      this.#head++
      if (place.item !== undefined) this.#add(place.item)
    }
    if (this.#head === this.#line.length) {
      this.#line = []
      this.#head = 0
    } else if (this.#head > 4096) {
      this.#line = this.#line.slice(this.#head)
      this.#head = 0
    }
  }
}
