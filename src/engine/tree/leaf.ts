/**
 * A leaf of the entry tree: consecutive entries, grouped by directory, names without the part they share with the name
 * before, numbers as differences. In an overlay a leaf also holds tombstones, and how many bytes an entry replaces.
 * Decoding walks the bytes without making objects: an unchanged backup reads a million entries this way.
 * See docs/format/tree.md.
 */
import { ByteReader, type ByteString, ByteWriter, byteString, failure, MalformedBytes } from '#base'
import { KIND_CODE, type ListedKind } from '../format/listing.ts'
import { assertKey, type Entry, type EntryKey, guardTree, keyBytesMax } from './entry.ts'

/** What a leaf holds: an entry, or in an overlay the news that one is gone. */
export type LeafItem =
  | { readonly kind: 'entry'; readonly entry: Entry; readonly replacesBytes: number | undefined }
  | { readonly kind: 'tombstone'; readonly key: EntryKey; readonly replacesBytes: number }

/** Signed sums: in an overlay they correct those of the base. */
export type TreeSums = { readonly entries: number; readonly bytes: number }

const leafCode = 1
const kindBits = 0x07
const flagInconsistent = 0x08
const flagTombstone = 0x10
const flagReplaces = 0x20
const flagExtra = 0x40
const nameBytesMax = 4096

export class LeafBuilder {
  readonly #rows = new ByteWriter(64 * 1024)
  readonly #owners = new Map<string, number>()
  readonly #ownerTable = new ByteWriter(256)
  /** Most entries have the owner of the one before. */
  #owner: Owner | undefined
  #ownerNumber = 0
  #count = 0
  #entries = 0
  #bytes = 0
  #dir: ByteString | undefined
  #name = '' as ByteString
  #mtimeSec = 0
  #inoLow = 0
  first: EntryKey | undefined

  get count(): number {
    return this.#count
  }

  get byteLength(): number {
    return this.#rows.length
  }

  get sums(): TreeSums {
    return { entries: this.#entries, bytes: this.#bytes }
  }

  add(item: LeafItem): void {
    const key = item.kind === 'entry' ? item.entry : item.key
    assertKey(key)
    this.first ??= { dir: key.dir, name: key.name }
    this.#count++
    this.#bytes -= item.replacesBytes ?? 0
    if (item.kind === 'tombstone') {
      this.#entries--
      this.#startRow(flagTombstone | flagReplaces, key)
      this.#rows.varint(item.replacesBytes)
      return
    }
    const { entry } = item
    this.#entries += item.replacesBytes === undefined ? 1 : 0
    this.#bytes += entry.size
    const flags =
      (entry.inconsistent ? flagInconsistent : 0) |
      (item.replacesBytes === undefined ? 0 : flagReplaces) |
      (entry.extra.length > 0 ? flagExtra : 0)
    this.#startRow(KIND_CODE[entry.kind] | flags, key)
    this.#addStat(entry)
    if (item.replacesBytes !== undefined) this.#rows.varint(item.replacesBytes)
    if (entry.extra.length > 0) this.#rows.block(entry.extra)
  }

  finish(): Uint8Array {
    const head = new ByteWriter(this.#ownerTable.length + this.#rows.length + 32)
    head.u8(leafCode)
    head.varint(this.#owners.size)
    head.bytes(this.#ownerTable.view())
    head.varint(this.#count)
    head.bytes(this.#rows.view())
    return head.finish()
  }

  /** Head byte with bit 7 set where a new directory begins; then the name. */
  #startRow(head: number, key: EntryKey): void {
    const sameDir = key.dir === this.#dir
    this.#rows.u8(sameDir ? head : head | 0x80)
    if (!sameDir) {
      this.#rows.text(key.dir)
      this.#dir = key.dir
      this.#name = '' as ByteString
    }
    const shared = sharedLength(this.#name, key.name)
    this.#rows.varint(shared)
    this.#rows.varint(key.name.length - shared)
    this.#rows.chars(key.name, shared)
    this.#name = key.name
  }

  #addStat(entry: Entry): void {
    const rows = this.#rows
    rows.u16(entry.mode)
    rows.varint(this.#ownerIndex(entry))
    rows.varint(entry.nlink)
    rows.varint(entry.size)
    rows.zigzag(entry.mtimeSec - this.#mtimeSec)
    rows.u32(entry.mtimeNsec)
    rows.zigzag(entry.ctimeSec - entry.mtimeSec)
    rows.zigzag(entry.ctimeNsec - entry.mtimeNsec)
    rows.zigzag(entry.inoLow - this.#inoLow)
    rows.varint(entry.inoHigh)
    this.#mtimeSec = entry.mtimeSec
    this.#inoLow = entry.inoLow
  }

  #ownerIndex(entry: Entry): number {
    if (this.#owner === undefined || !isSameOwner(this.#owner, entry)) {
      this.#ownerNumber = this.#findOwner(entry)
      this.#owner = entry
    }
    return this.#ownerNumber
  }

  #findOwner(entry: Entry): number {
    const owner = `${entry.uid}\0${entry.gid}\0${entry.user}\0${entry.group}`
    const known = this.#owners.get(owner)
    if (known !== undefined) return known
    const index = this.#owners.size
    this.#owners.set(owner, index)
    this.#ownerTable.varint(entry.uid)
    this.#ownerTable.varint(entry.gid)
    this.#ownerTable.block(new TextEncoder().encode(entry.user))
    this.#ownerTable.block(new TextEncoder().encode(entry.group))
    return index
  }
}

type Owner = {
  readonly uid: number
  readonly gid: number
  readonly user: string
  readonly group: string
}

function isSameOwner(a: Owner, b: Owner): boolean {
  return a.uid === b.uid && a.gid === b.gid && a.user === b.user && a.group === b.group
}

const nobody: Owner = { uid: 0, gid: 0, user: '', group: '' }
const noBytes = new Uint8Array(0)
const kindByCode: readonly (ListedKind | undefined)[] = Object.entries(KIND_CODE).reduce<
  (ListedKind | undefined)[]
>((kinds, [kind, code]) => {
  kinds[code] = kind as ListedKind
  return kinds
}, [])

/**
 * Walks the rows of a leaf. After each `next()` that returned true the fields describe one row; `nameBytes` up to
 * `nameLength` holds the name. About 0.3 µs a row here.
 * @throws tree.malformed
 */
export class LeafCursor {
  readonly #bytes: Uint8Array
  readonly #reader: ByteReader
  readonly #owners: readonly Owner[]
  readonly count: number
  #read = 0
  dir = '' as ByteString
  readonly nameBytes = new Uint8Array(nameBytesMax)
  nameLength = 0
  kindCode = 0
  tombstone = false
  inconsistent = false
  /** Undefined outside overlays and for entries that replace none of the base. */
  replacesBytes: number | undefined
  mode = 0
  nlink = 0
  size = 0
  mtimeSec = 0
  mtimeNsec = 0
  ctimeSec = 0
  ctimeNsec = 0
  inoLow = 0
  inoHigh = 0
  #extraAt = 0
  #extraLength = 0
  #owner = nobody
  #dirFollows = true

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#reader = new ByteReader(bytes)
    const { owners, count } = guardTree(() => readLeafHead(this.#reader))
    this.#owners = owners
    this.count = count
  }

  get uid(): number {
    return this.#owner.uid
  }

  get gid(): number {
    return this.#owner.gid
  }

  get user(): string {
    return this.#owner.user
  }

  get group(): string {
    return this.#owner.group
  }

  get isDirectory(): boolean {
    return this.kindCode === KIND_CODE.directory
  }

  /** Encoded extras as a view of the leaf; many readers never ask, so it is made only then. */
  get extra(): Uint8Array {
    if (this.#extraLength === 0) return noBytes
    return this.#bytes.subarray(this.#extraAt, this.#extraAt + this.#extraLength)
  }

  get name(): ByteString {
    return byteString(this.nameBytes.subarray(0, this.nameLength))
  }

  next(): boolean {
    if (this.#read === this.count) return false
    this.#read++
    try {
      this.#readRow()
    } catch (problem) {
      if (!(problem instanceof MalformedBytes)) throw problem
      throw failure('tree.malformed', { problem: problem.message }, problem)
    }
    return true
  }

  /** The row as a value of its own. */
  item(): LeafItem {
    const key = { dir: this.dir, name: this.name }
    if (this.tombstone) return { kind: 'tombstone', key, replacesBytes: this.replacesBytes ?? 0 }
    const kind = kindByCode[this.kindCode]
    if (kind === undefined)
      throw failure('tree.malformed', { problem: 'an entry has an unknown kind' })
    const entry: Entry = {
      ...key,
      kind,
      mode: this.mode,
      uid: this.#owner.uid,
      gid: this.#owner.gid,
      user: this.#owner.user,
      group: this.#owner.group,
      nlink: this.nlink,
      size: this.size,
      mtimeSec: this.mtimeSec,
      mtimeNsec: this.mtimeNsec,
      ctimeSec: this.ctimeSec,
      ctimeNsec: this.ctimeNsec,
      inoLow: this.inoLow,
      inoHigh: this.inoHigh,
      inconsistent: this.inconsistent,
      extra: this.extra,
    }
    return { kind: 'entry', entry, replacesBytes: this.replacesBytes }
  }

  #readRow(): void {
    const reader = this.#reader
    const head = reader.u8()
    if (head >= 0x80) {
      const dir = reader.text(keyBytesMax) as ByteString
      if (!this.#dirFollows && dir <= this.dir)
        throw new MalformedBytes('directories are out of order')
      this.dir = dir
      this.nameLength = 0
    } else if (this.#dirFollows) throw new MalformedBytes('a leaf begins without a directory')
    this.#dirFollows = false
    this.#readName()
    this.kindCode = head & kindBits
    this.tombstone = (head & flagTombstone) !== 0
    this.inconsistent = (head & flagInconsistent) !== 0
    if (!this.tombstone) this.#readStat()
    this.replacesBytes = (head & flagReplaces) === 0 ? undefined : reader.varint()
    this.#extraLength = (head & flagExtra) === 0 ? 0 : reader.varint()
    this.#extraAt = reader.skip(this.#extraLength)
  }

  #readName(): void {
    const shared = this.#reader.varint()
    const rest = this.#reader.varint()
    if (shared > this.nameLength || shared + rest > nameBytesMax)
      throw new MalformedBytes('a name is too long')
    this.#reader.copyTo(this.nameBytes, shared, rest)
    this.nameLength = shared + rest
  }

  #readStat(): void {
    const reader = this.#reader
    this.mode = reader.u16()
    const owner = this.#owners[reader.varint()]
    if (owner === undefined) throw new MalformedBytes('an owner is not in the table')
    this.#owner = owner
    this.nlink = reader.varint()
    this.size = reader.varint()
    this.mtimeSec += reader.zigzag()
    this.mtimeNsec = reader.u32()
    this.ctimeSec = this.mtimeSec + reader.zigzag()
    this.ctimeNsec = this.mtimeNsec + reader.zigzag()
    this.inoLow += reader.zigzag()
    this.inoHigh = reader.varint()
  }
}

function readLeafHead(reader: ByteReader): {
  readonly owners: readonly Owner[]
  readonly count: number
} {
  if (reader.u8() !== leafCode) throw new MalformedBytes('this is not a leaf')
  const ownerCount = reader.varint()
  if (ownerCount * 4 > reader.remaining) throw new MalformedBytes('the bytes end early')
  const decoder = new TextDecoder()
  const owners = Array.from({ length: ownerCount }, () => ({
    uid: reader.varint(),
    gid: reader.varint(),
    user: decoder.decode(reader.block(1024)),
    group: decoder.decode(reader.block(1024)),
  }))
  const count = reader.varint()
  if (count > reader.remaining) throw new MalformedBytes('the bytes end early')
  return { owners, count }
}

function sharedLength(a: string, b: string): number {
  const max = Math.min(a.length, b.length)
  let shared = 0
  while (shared < max && a.charCodeAt(shared) === b.charCodeAt(shared)) shared++
  return shared
}

export function isLeaf(bytes: Uint8Array): boolean {
  return bytes[0] === leafCode
}
