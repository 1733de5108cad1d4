/**
 * Where every chunk lies, in memory: dense typed arrays and one hash table, about 24 bytes a chunk (16 of the id's prefix,
 * the rest a slot). Ids are HMACs, so their first word is as good as any hash. Block facts are kept once per block.
 *
 * 128 bits of a keyed id are compared here; the full id stands in the tree and is checked when the block is opened.
 */
import { assert, toHex } from '#base'
import {
  type BlockKind,
  type ChunkId,
  hashedName,
  type IndexedPack,
  idPrefixBytes,
  type ObjectName,
} from '#engine'

/** Whether a pack may be relied on. Only `live` packs are offered for deduplication (invariant I3). */
export type PackState = 'live' | 'condemned' | 'missing' | 'quarantined'

export type PackFacts = {
  readonly number: number
  readonly name: ObjectName
  readonly bytes: number
  readonly firstBlock: number
  readonly blockCount: number
}

export type BlockLocation = {
  readonly block: number
  readonly pack: PackFacts
  readonly kind: BlockKind
  readonly offset: number
  readonly storedBytes: number
  readonly rawBytes: number
}

const packHeaderBytes = 16
const loadMax = 0.7

export class ChunkIndex {
  #words = new Uint32Array(4 * 1024)
  #entryCount = 0
  #slots = new Uint32Array(2048)
  readonly #packs: PackFacts[] = []
  readonly #states: PackState[] = []
  /** Of condemned packs: the number of the ledger entry that condemned them. */
  readonly #condemnedBy: number[] = []
  readonly #packNumbers = new Map<ObjectName, number>()
  #blockFirstEntry = new Uint32Array(256)
  #blockPack = new Uint32Array(256)
  #blockOffset = new Float64Array(256)
  #blockStored = new Uint32Array(256)
  #blockRaw = new Uint32Array(256)
  #blockIsTree = new Uint8Array(256)
  #blockCount = 0

  /** The same, for somebody who adds to it: typed arrays are copied, some milliseconds for a million chunks. */
  clone(): ChunkIndex {
    const copy = new ChunkIndex()
    copy.#words = this.#words.slice()
    copy.#entryCount = this.#entryCount
    copy.#slots = this.#slots.slice()
    for (const [i, pack] of this.#packs.entries()) {
      copy.#packs.push(pack)
      copy.#states.push(this.#states[i] ?? 'missing')
      copy.#condemnedBy.push(this.#condemnedBy[i] ?? 0)
    }
    for (const [name, number] of this.#packNumbers) copy.#packNumbers.set(name, number)
    copy.#blockFirstEntry = this.#blockFirstEntry.slice()
    copy.#blockPack = this.#blockPack.slice()
    copy.#blockOffset = this.#blockOffset.slice()
    copy.#blockStored = this.#blockStored.slice()
    copy.#blockRaw = this.#blockRaw.slice()
    copy.#blockIsTree = this.#blockIsTree.slice()
    copy.#blockCount = this.#blockCount
    return copy
  }

  get entryCount(): number {
    return this.#entryCount
  }

  get packs(): readonly PackFacts[] {
    return this.#packs
  }

  hasPack(name: ObjectName): boolean {
    return this.#packNumbers.has(name)
  }

  pack(name: ObjectName): PackFacts | undefined {
    const number = this.#packNumbers.get(name)
    return number === undefined ? undefined : this.#packs[number]
  }

  stateOf(pack: PackFacts): PackState {
    return this.#states[pack.number] ?? 'missing'
  }

  setState(pack: PackFacts, state: Exclude<PackState, 'condemned'>): void {
    this.#states[pack.number] = state
  }

  /** @param entry number of the ledger entry that condemns it */
  condemn(pack: PackFacts, entry: number): void {
    this.#states[pack.number] = 'condemned'
    this.#condemnedBy[pack.number] = entry
  }

  /** Makes room at once for so many entries more, instead of growing step by step. */
  reserve(entries: number): void {
    const wanted = this.#entryCount + entries
    if (wanted * 4 > this.#words.length)
      this.#words = grow(this.#words, new Uint32Array(wanted * 4))
    let slots = this.#slots.length
    while (wanted > slots * loadMax) slots *= 2
    if (slots > this.#slots.length) this.#rehash(slots)
  }

  /** Adds a pack as live; a pack that is known already is left as it is. */
  addPack(pack: IndexedPack): PackFacts {
    const name = hashedName('pack', pack.id)
    const known = this.pack(name)
    if (known !== undefined) return known
    const facts: PackFacts = {
      number: this.#packs.length,
      name,
      bytes: pack.bytes,
      firstBlock: this.#blockCount,
      blockCount: pack.blocks.length,
    }
    this.#packs.push(facts)
    this.#states.push('live')
    this.#condemnedBy.push(0)
    this.#packNumbers.set(name, facts.number)
    let offset = packHeaderBytes
    for (const block of pack.blocks) {
      this.#addBlock(facts, offset, block)
      offset += block.storedBytes
    }
    return facts
  }

  /**
   * The entry of a chunk: in a live pack if there is one, else in one that can still be read, a quarantined one last of
   * all: most of what it holds is good, and who reads checks. Undefined when no pack of the vault holds it.
   *
   * Of condemned packs the one condemned last: whoever came to need the chunk was offered a pack that still lived, so
   * one condemned before may be announced, its deletion on the way, and that is not to be called back.
   * @param offering only live packs will do: the answer is used for deduplication
   */
  find(id: Uint8Array, offering: boolean, at = 0): number | undefined {
    const w0 = word(id, at)
    const w1 = word(id, at + 4)
    const w2 = word(id, at + 8)
    const w3 = word(id, at + 12)
    const mask = this.#slots.length - 1
    let readable: number | undefined
    for (let slot = w0 & mask; ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot] ?? 0
      if (held === 0) return offering ? undefined : readable
      const entry = held - 1
      const base = entry * 4
      const words = this.#words
      if (
        words[base] !== w0 ||
        words[base + 1] !== w1 ||
        words[base + 2] !== w2 ||
        words[base + 3] !== w3
      )
        continue
      const pack = this.#packNumberOf(entry)
      const state = this.#states[pack]
      if (state === 'live') return entry
      if (state === 'condemned') readable = this.#condemnedLater(readable, entry)
      else if (state === 'quarantined') readable ??= entry
    }
  }

  #packNumberOf(entry: number): number {
    return this.#blockPack[this.blockOf(entry)] ?? 0
  }

  #condemnedLater(known: number | undefined, entry: number): number {
    if (known === undefined) return entry
    const [before, after] = [this.#packNumberOf(known), this.#packNumberOf(entry)]
    if (this.#states[before] !== 'condemned') return entry
    return (this.#condemnedBy[before] ?? 0) > (this.#condemnedBy[after] ?? 0) ? known : entry
  }

  /** Every entry of a chunk, whatever is known of the packs. */
  copiesOf(id: Uint8Array, at = 0): number[] {
    const copies: number[] = []
    const mask = this.#slots.length - 1
    for (let slot = word(id, at) & mask; ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot] ?? 0
      if (held === 0) return copies
      if (this.#holds(held - 1, id, at)) copies.push(held - 1)
    }
  }

  /** The prefix of the id of an entry. */
  prefixOf(entry: number): Uint8Array {
    const prefix = new Uint8Array(idPrefixBytes)
    const view = new DataView(prefix.buffer)
    for (let i = 0; i < 4; i++) view.setUint32(i * 4, this.#words[entry * 4 + i] ?? 0, true)
    return prefix
  }

  #holds(entry: number, id: Uint8Array, at: number): boolean {
    for (let i = 0; i < 4; i++)
      if (this.#words[entry * 4 + i] !== word(id, at + i * 4)) return false
    return true
  }

  /** The block that holds an entry: the last whose first entry is not after it. */
  blockOf(entry: number): number {
    let low = 0
    let high = this.#blockCount - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if ((this.#blockFirstEntry[middle] ?? 0) <= entry) low = middle
      else high = middle - 1
    }
    return low
  }

  ordinalOf(entry: number): number {
    return entry - (this.#blockFirstEntry[this.blockOf(entry)] ?? 0)
  }

  packOf(entry: number): PackFacts {
    return this.#packAt(this.#blockPack[this.blockOf(entry)] ?? 0)
  }

  block(number: number): BlockLocation {
    assert(number < this.#blockCount, 'a block number is within the index')
    return {
      block: number,
      pack: this.#packAt(this.#blockPack[number] ?? 0),
      kind: this.#blockIsTree[number] === 1 ? 'tree' : 'data',
      offset: this.#blockOffset[number] ?? 0,
      storedBytes: this.#blockStored[number] ?? 0,
      rawBytes: this.#blockRaw[number] ?? 0,
    }
  }

  /** First entry and number of entries of a block. */
  entriesOf(block: number): { readonly first: number; readonly count: number } {
    const first = this.#blockFirstEntry[block] ?? 0
    const end =
      block + 1 < this.#blockCount ? (this.#blockFirstEntry[block + 1] ?? 0) : this.#entryCount
    return { first, count: end - first }
  }

  /** A pack as an index segment describes it, for segments that supersede others. */
  describePack(pack: PackFacts): IndexedPack {
    const blocks = Array.from({ length: pack.blockCount }, (_, i) => {
      const location = this.block(pack.firstBlock + i)
      const { first, count } = this.entriesOf(location.block)
      const prefixes = new Uint8Array(count * idPrefixBytes)
      const view = new DataView(prefixes.buffer)
      for (let n = 0; n < count * 4; n++)
        view.setUint32(n * 4, this.#words[first * 4 + n] ?? 0, true)
      return {
        kind: location.kind,
        storedBytes: location.storedBytes,
        rawBytes: location.rawBytes,
        prefixes,
      }
    })
    return { id: idBytes(pack.name), bytes: pack.bytes, blocks }
  }

  #packAt(number: number): PackFacts {
    const pack = this.#packs[number]
    assert(pack !== undefined, 'a block belongs to a pack of the index')
    return pack
  }

  #addBlock(pack: PackFacts, offset: number, block: IndexedPack['blocks'][number]): void {
    this.#growBlocks()
    const number = this.#blockCount++
    this.#blockFirstEntry[number] = this.#entryCount
    this.#blockPack[number] = pack.number
    this.#blockOffset[number] = offset
    this.#blockStored[number] = block.storedBytes
    this.#blockRaw[number] = block.rawBytes
    this.#blockIsTree[number] = block.kind === 'tree' ? 1 : 0
    for (let at = 0; at < block.prefixes.length; at += idPrefixBytes)
      this.#addEntry(block.prefixes, at)
  }

  #addEntry(prefixes: Uint8Array, at: number): void {
    const entry = this.#entryCount++
    if (entry * 4 + 4 > this.#words.length) {
      const grown = new Uint32Array(Math.ceil(this.#words.length * 1.5) & ~3)
      grown.set(this.#words)
      this.#words = grown
    }
    for (let i = 0; i < 4; i++) this.#words[entry * 4 + i] = word(prefixes, at + i * 4)
    if (this.#entryCount > this.#slots.length * loadMax) this.#rehash(this.#slots.length * 2)
    else this.#place(entry)
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1
    let slot = (this.#words[entry * 4] ?? 0) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = entry + 1
  }

  #rehash(slots: number): void {
    this.#slots = new Uint32Array(slots)
    for (let entry = 0; entry < this.#entryCount; entry++) this.#place(entry)
  }

  #growBlocks(): void {
    if (this.#blockCount < this.#blockPack.length) return
    const length = this.#blockPack.length * 2
    this.#blockFirstEntry = grow(this.#blockFirstEntry, new Uint32Array(length))
    this.#blockPack = grow(this.#blockPack, new Uint32Array(length))
    this.#blockOffset = grow(this.#blockOffset, new Float64Array(length))
    this.#blockStored = grow(this.#blockStored, new Uint32Array(length))
    this.#blockRaw = grow(this.#blockRaw, new Uint32Array(length))
    this.#blockIsTree = grow(this.#blockIsTree, new Uint8Array(length))
  }
}

/** The id as text, for messages. */
export function chunkName(id: ChunkId): string {
  return toHex(id)
}

function idBytes(name: ObjectName): Uint8Array {
  const hex = name.slice('pack/'.length)
  return Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16))
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  )
}

function grow<T extends Uint32Array | Float64Array | Uint8Array>(from: T, into: T): T {
  into.set(from)
  return into
}
