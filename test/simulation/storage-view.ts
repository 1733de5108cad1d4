/**
 * Looks into the storage of a simulated vault without the vault's own index: which packs hold a chunk, by their own
 * footers, and which chunks a point needs, by its own tree. It is written anew here so that it does not share the
 * mistakes of src/vault; only the decoders of single records are the product's.
 */
import { toHex } from '#base'
import {
  type Cipher,
  chunkId,
  decodeBranch,
  decodeFooter,
  decodeIndexSegment,
  decodePackTrailer,
  decodePoint,
  everyChunkRef,
  everyPieceRef,
  hashedName,
  isLeaf,
  LeafCursor,
  type ObjectName,
  objectName,
  open,
  openBlock,
  type PackedBlock,
  type Point,
  packTrailerBytes,
  type VaultKeys,
} from '#engine'
import type { SimulatedDisk } from './disks.ts'

type Place = { readonly pack: ObjectName; readonly block: PackedBlock; readonly ordinal: number }
type PackView = { readonly bytes: number; readonly places: ReadonlyMap<string, Place> }

const tagPieceLists = 3

export class StorageView {
  readonly #disk: SimulatedDisk
  readonly #cipher: Cipher
  readonly #keys: VaultKeys
  readonly #packs = new Map<ObjectName, PackView>()
  readonly #segments = new Map<ObjectName, readonly ObjectName[]>()
  readonly #lists = new Map<string, Uint8Array>()

  constructor(parts: {
    readonly disk: SimulatedDisk
    readonly cipher: Cipher
    readonly keys: VaultKeys
  }) {
    this.#disk = parts.disk
    this.#cipher = parts.cipher
    this.#keys = parts.keys
  }

  /** Undefined when there is no such record, or it is damaged. */
  point(id: string): Point | undefined {
    const name = objectName('point', id)
    const sealed = this.#disk.peek(name)
    if (sealed === undefined) return undefined
    return this.#try(() =>
      decodePoint(
        open(this.#cipher, this.#keys.meta, { kind: 'point', sealed, object: name }),
        name,
      ),
    )
  }

  /** Ids of all chunks a point needs. @returns a sentence when one of them is in no pack */
  needs(point: Point): ReadonlySet<string> | string {
    const places = this.#allPlaces()
    const needed = new Set<string>()
    const nodes = [toHex(point.tree.base.id)]
    if (point.tree.overlay !== undefined) nodes.push(toHex(point.tree.overlay.id))
    for (const id of point.failureLists) needed.add(toHex(id))
    for (let id = nodes.pop(); id !== undefined; id = nodes.pop()) {
      if (needed.has(id)) continue
      needed.add(id)
      const node = this.#chunk(places.get(id))
      if (node === undefined) return `its tree node ${id.slice(0, 8)} is in no pack`
      if (isLeaf(node)) this.#addLeaf(node, places, needed)
      else for (const child of decodeBranch(node).children) nodes.push(toHex(child.id))
    }
    const lost = [...needed].find((id) => !places.has(id))
    return lost === undefined ? needed : `its chunk ${lost.slice(0, 8)} is in no pack`
  }

  /** Ids of the chunks in a pack, by its own footer; none when it is not whole. */
  chunksIn(name: ObjectName): Iterable<string> {
    return this.#pack(name)?.places.keys() ?? []
  }

  /** Packs that some index segment names, beside `except`. */
  indexedPacks(except?: ObjectName): ReadonlySet<ObjectName> {
    const packs = new Set<ObjectName>()
    for (const name of this.#disk.names('index')) {
      if (name === except) continue
      for (const pack of this.packsOfSegment(name)) packs.add(pack)
    }
    return packs
  }

  packsOfSegment(name: ObjectName): readonly ObjectName[] {
    const known = this.#segments.get(name)
    if (known !== undefined) return known
    const sealed = this.#disk.peek(name)
    if (sealed === undefined) return []
    const opening = { kind: 'index', sealed, object: name } as const
    const segment = this.#try(() =>
      decodeIndexSegment(open(this.#cipher, this.#keys.meta, opening), name),
    )
    const packs = segment?.packs.map(({ id }) => hashedName('pack', id)) ?? []
    this.#segments.set(name, packs)
    return packs
  }

  #addLeaf(node: Uint8Array, places: ReadonlyMap<string, Place>, needed: Set<string>): void {
    const row = new LeafCursor(node)
    while (row.next()) {
      if (row.tombstone || row.extra.length === 0) continue
      everyChunkRef(row.extra, (bytes, at, tag) => {
        const id = toHex(bytes.subarray(at, at + 32))
        needed.add(id)
        const list = tag === tagPieceLists ? this.#chunk(places.get(id)) : undefined
        if (list !== undefined) this.#addList(list, needed)
        return true
      })
    }
  }

  #addList(list: Uint8Array, needed: Set<string>): void {
    everyPieceRef(list, (bytes, at) => {
      needed.add(toHex(bytes.subarray(at, at + 32)))
      return true
    })
  }

  #allPlaces(): ReadonlyMap<string, Place> {
    const places = new Map<string, Place>()
    for (const name of this.#disk.names('pack'))
      for (const [id, place] of this.#pack(name)?.places ?? []) places.set(id, place)
    return places
  }

  #chunk(place: Place | undefined): Uint8Array | undefined {
    if (place === undefined) return undefined
    const { pack, block, ordinal } = place
    const key = `${pack}/${block.offset}/${ordinal}`
    const known = this.#lists.get(key)
    if (known !== undefined) return known
    const sealed = this.#disk.peek(pack)?.subarray(block.offset, block.offset + block.storedBytes)
    if (sealed === undefined) return undefined
    const sealing = { kind: block.kind, sealed, object: pack }
    const chunk = this.#try(() => openBlock(this.#cipher, this.#keys, sealing)[ordinal])
    if (chunk !== undefined) this.#lists.set(key, chunk)
    return chunk
  }

  #pack(name: ObjectName): PackView | undefined {
    const bytes = this.#disk.peek(name)
    if (bytes === undefined) return undefined
    const known = this.#packs.get(name)
    if (known !== undefined && known.bytes === bytes.length) return known
    const view = this.#try(() => ({ bytes: bytes.length, places: this.#placesIn(name, bytes) }))
    if (view !== undefined) this.#packs.set(name, view)
    return view
  }

  #placesIn(name: ObjectName, bytes: Uint8Array): ReadonlyMap<string, Place> {
    const end = bytes.length - packTrailerBytes
    const footerBytes = decodePackTrailer(bytes.subarray(end), name)
    const sealed = bytes.subarray(end - footerBytes, end)
    const plain = open(this.#cipher, this.#keys.meta, { kind: 'footer', sealed, object: name })
    const places = new Map<string, Place>()
    for (const block of decodeFooter(plain, name)) {
      for (const [ordinal, id] of block.ids.entries())
        places.set(toHex(chunkId(id)), { pack: name, block, ordinal })
    }
    return places
  }

  #try<T>(read: () => T): T | undefined {
    try {
      return read()
    } catch (problem) {
      if (problem instanceof Error && 'code' in problem) return undefined
      throw problem
    }
  }
}
