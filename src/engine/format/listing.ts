// A directory listing as bytes: what the machine's file tree says about every name in one directory.
// It never reaches a vault; it travels from the thread that asked the kernel to the code that compares.
// Records follow one another, sorted by name bytes; each is a fixed part and then the name, all
// little-endian. The offsets are exported so that a hot loop can compare fields through a DataView
// without making one object per entry; `decodeListing` is for everything that is not hot.
import { assert, type ByteString, byteString } from '#base'

export type ListedKind =
  | 'file'
  | 'directory'
  | 'symlink'
  | 'fifo'
  | 'socket'
  | 'charDevice'
  | 'blockDevice'

export type ListingEntry = {
  readonly name: ByteString
  /** Undefined when the entry could not be examined and its kind is not known either. */
  readonly kind: ListedKind | undefined
  /** 0, or the kernel's error number: the entry exists but could not be examined. */
  readonly error: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly nlink: number
  readonly size: bigint
  readonly mtimeSec: bigint
  readonly mtimeNsec: number
  readonly ctimeSec: bigint
  readonly ctimeNsec: number
  readonly ino: bigint
  readonly dev: bigint
  readonly rdev: bigint
  readonly blocks: bigint
}

/** Kinds as the record's first byte holds them; 0 is unknown. */
export const KIND_CODE = {
  file: 1,
  directory: 2,
  symlink: 3,
  fifo: 4,
  socket: 5,
  charDevice: 6,
  blockDevice: 7,
} as const satisfies Record<ListedKind, number>

/** Where each field starts, and how wide it is, in declaration order. */
const FIELDS = [
  ['kind', 1],
  ['error', 1],
  ['nameLength', 2],
  ['mode', 4],
  ['uid', 4],
  ['gid', 4],
  ['nlink', 4],
  ['size', 8],
  ['mtimeSec', 8],
  ['mtimeNsec', 4],
  ['ctimeSec', 8],
  ['ctimeNsec', 4],
  ['ino', 8],
  ['dev', 8],
  ['rdev', 8],
  ['blocks', 8],
] as const

// Spelled out rather than computed, so that the compiler and V8 see constants in the hot loops; a
// test holds them equal to FIELDS.
export const LISTING_AT = {
  kind: 0,
  error: 1,
  nameLength: 2,
  mode: 4,
  uid: 8,
  gid: 12,
  nlink: 16,
  size: 20,
  mtimeSec: 28,
  mtimeNsec: 36,
  ctimeSec: 40,
  ctimeNsec: 48,
  ino: 52,
  dev: 60,
  rdev: 68,
  blocks: 76,
  name: 84,
} as const

/** Bytes of a record before its name. */
export const LISTING_FIXED_BYTES = LISTING_AT.name

/** The longest name a record can hold; Linux stops at 255. */
export const LISTING_NAME_BYTES_MAX = 0xffff

/** The offsets that FIELDS implies: what the test compares `LISTING_AT` with. */
export function listingOffsets(): Readonly<Record<string, number>> {
  const offsets: Record<string, number> = {}
  let at = 0
  for (const [name, width] of FIELDS) {
    offsets[name] = at
    at += width
  }
  offsets['name'] = at
  return offsets
}

export function encodeListing(entries: readonly ListingEntry[]): Uint8Array {
  let length = 0
  for (const entry of entries) length += LISTING_FIXED_BYTES + entry.name.length
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const entry of entries) {
    putRecord(view, at, entry)
    for (let i = 0; i < entry.name.length; i++) {
      const byte = entry.name.charCodeAt(i)
      assert(byte <= 0xff, 'a listed name is a byte string')
      bytes[at + LISTING_AT.name + i] = byte
    }
    at += LISTING_FIXED_BYTES + entry.name.length
  }
  return bytes
}

export function decodeListing(bytes: Uint8Array): readonly ListingEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries: ListingEntry[] = []
  let at = 0
  while (at < bytes.byteLength) {
    const next = nextListingRecord(view, at)
    entries.push(getRecord(view, at, byteString(bytes.subarray(at + LISTING_AT.name, next))))
    at = next
  }
  return entries
}

/** Where the record after the one at `at` starts; equal to the view's length after the last. */
export function nextListingRecord(view: DataView, at: number): number {
  assert(at + LISTING_FIXED_BYTES <= view.byteLength, 'a listing record has its fixed part')
  const next = at + LISTING_FIXED_BYTES + view.getUint16(at + LISTING_AT.nameLength, true)
  assert(next <= view.byteLength, 'a listing record has its whole name')
  return next
}

/** An unsigned 64-bit field as a number; for sizes and counts, which are safe integers. */
export function listingUint64(view: DataView, at: number): number {
  const value = view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
  assert(value <= Number.MAX_SAFE_INTEGER, 'a size in a listing is a safe integer')
  return value
}

/** A signed 64-bit field as a number; for seconds, which are safe integers. */
export function listingInt64(view: DataView, at: number): number {
  return view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true)
}

/** The kind of the record at `at`; undefined when it could not be examined. */
export function listedKindAt(view: DataView, at: number): ListedKind | undefined {
  return KIND_BY_CODE[view.getUint8(at + LISTING_AT.kind)]
}

function putRecord(view: DataView, at: number, entry: ListingEntry): void {
  assert(entry.name.length <= LISTING_NAME_BYTES_MAX, 'a listed name fits its length field')
  view.setUint8(at + LISTING_AT.kind, entry.kind === undefined ? 0 : KIND_CODE[entry.kind])
  view.setUint8(at + LISTING_AT.error, entry.error)
  view.setUint16(at + LISTING_AT.nameLength, entry.name.length, true)
  view.setUint32(at + LISTING_AT.mode, entry.mode, true)
  view.setUint32(at + LISTING_AT.uid, entry.uid, true)
  view.setUint32(at + LISTING_AT.gid, entry.gid, true)
  view.setUint32(at + LISTING_AT.nlink, entry.nlink, true)
  view.setBigUint64(at + LISTING_AT.size, entry.size, true)
  view.setBigInt64(at + LISTING_AT.mtimeSec, entry.mtimeSec, true)
  view.setUint32(at + LISTING_AT.mtimeNsec, entry.mtimeNsec, true)
  view.setBigInt64(at + LISTING_AT.ctimeSec, entry.ctimeSec, true)
  view.setUint32(at + LISTING_AT.ctimeNsec, entry.ctimeNsec, true)
  view.setBigUint64(at + LISTING_AT.ino, entry.ino, true)
  view.setBigUint64(at + LISTING_AT.dev, entry.dev, true)
  view.setBigUint64(at + LISTING_AT.rdev, entry.rdev, true)
  view.setBigUint64(at + LISTING_AT.blocks, entry.blocks, true)
}

function getRecord(view: DataView, at: number, name: ByteString): ListingEntry {
  return {
    name,
    kind: kindOf(view.getUint8(at + LISTING_AT.kind)),
    error: view.getUint8(at + LISTING_AT.error),
    mode: view.getUint32(at + LISTING_AT.mode, true),
    uid: view.getUint32(at + LISTING_AT.uid, true),
    gid: view.getUint32(at + LISTING_AT.gid, true),
    nlink: view.getUint32(at + LISTING_AT.nlink, true),
    size: view.getBigUint64(at + LISTING_AT.size, true),
    mtimeSec: view.getBigInt64(at + LISTING_AT.mtimeSec, true),
    mtimeNsec: view.getUint32(at + LISTING_AT.mtimeNsec, true),
    ctimeSec: view.getBigInt64(at + LISTING_AT.ctimeSec, true),
    ctimeNsec: view.getUint32(at + LISTING_AT.ctimeNsec, true),
    ino: view.getBigUint64(at + LISTING_AT.ino, true),
    dev: view.getBigUint64(at + LISTING_AT.dev, true),
    rdev: view.getBigUint64(at + LISTING_AT.rdev, true),
    blocks: view.getBigUint64(at + LISTING_AT.blocks, true),
  }
}

const KIND_BY_CODE: readonly (ListedKind | undefined)[] = [
  undefined,
  'file',
  'directory',
  'symlink',
  'fifo',
  'socket',
  'charDevice',
  'blockDevice',
]

function kindOf(code: number): ListedKind | undefined {
  assert(code < KIND_BY_CODE.length, 'a listing record has a known kind')
  return KIND_BY_CODE[code]
}
