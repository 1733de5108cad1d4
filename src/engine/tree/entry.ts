/**
 * An entry: what a point knows of one file, directory, link or device. Where it stands is its key: the directory in key
 * form (each component followed by a NUL, so that bytewise order is the order of a depth-first walk) and its name.
 * See docs/format/tree.md.
 */
import {
  assert,
  ByteReader,
  type ByteString,
  ByteWriter,
  byteString,
  failure,
  MalformedBytes,
} from '#base'
import type { ListedKind } from '../format/listing.ts'
import { type ChunkId, chunkId, chunkIdBytes } from '../sealing/vault-keys.ts'

export type EntryKind = ListedKind

export type EntryKey = { readonly dir: ByteString; readonly name: ByteString }

/** The facts of lstat that a point keeps; instants exact to the nanosecond, seconds may be negative. */
export type EntryStat = {
  readonly kind: EntryKind
  /** Permission bits, 07777. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly nlink: number
  readonly size: number
  readonly mtimeSec: number
  readonly mtimeNsec: number
  readonly ctimeSec: number
  readonly ctimeNsec: number
  readonly inoLow: number
  readonly inoHigh: number
}

export type Entry = EntryKey &
  EntryStat & {
    /** Names of uid and gid at the source; empty when unknown there. */
    readonly user: string
    readonly group: string
    /** The file changed while it was read, also on the retries (B6). */
    readonly inconsistent: boolean
    /** Encoded `Extras`; empty for a plain directory or an empty file. */
    readonly extra: Uint8Array
  }

/** A run of zeros (hole or not) or one chunk. */
export type Piece =
  | { readonly kind: 'zeros'; readonly bytes: number }
  | { readonly kind: 'chunk'; readonly bytes: number; readonly id: ChunkId }

export type Extras = {
  /**
   * Something of the entry could not be read, an attribute say: it is read again by the next backup, also when it has not
   * changed. Stands first, so that it is seen without decoding.
   */
  readonly incomplete?: true
  /** The whole content of a tiny file. */
  readonly inline?: Uint8Array
  readonly pieces?: readonly Piece[]
  /** Chunks that hold encoded pieces, for files of very many pieces. */
  readonly pieceLists?: readonly ChunkId[]
  /** CRC-32 over the whole content: an end-to-end check beside the ids of the pieces. */
  readonly crc32?: number
  readonly linkTarget?: Uint8Array
  readonly rdev?: { readonly major: number; readonly minor: number }
  /** Canonical encoding of extended attributes, POSIX ACLs and capabilities among them. */
  readonly xattrs?: Uint8Array
  readonly inodeFlags?: number
  /** Device number of a file with several names: entries of equal device and inode are one file. */
  readonly linkDevice?: string
}

/** Larger (sparse) files are refused, so that sizes and their sums stay exact. */
export const fileBytesMax = 2 ** 48
export const inlineBytesMax = 256
/** More pieces than this go into chunks of their own. */
export const piecesInEntryMax = 64
/** Far more than a writer puts into one list: a reader takes no more memory than this needs. */
export const piecesPerListMax = 65_536
export const keyBytesMax = 64 * 1024

/** Kinds of extras, as they stand before each in its encoding. */
export const extraTags = {
  incomplete: 0,
  inline: 1,
  pieces: 2,
  pieceLists: 3,
  crc32: 4,
  linkTarget: 5,
  rdev: 6,
  xattrs: 7,
  inodeFlags: 8,
  linkDevice: 9,
} as const

/** Whether encoded extras say that something of the entry is not in them. */
export function isIncomplete(extra: Uint8Array): boolean {
  return extra[0] === extraTags.incomplete
}

const noBytes = new Uint8Array(0)

/** Used again for every entry: two buffers less a file, and a million files pass through here. */
const extrasWriter = new ByteWriter(4096)
const valueWriter = new ByteWriter(4096)

export function encodeExtras(extras: Extras): Uint8Array {
  const writer = extrasWriter
  writer.clear()
  const put = (tag: keyof typeof extraTags, value: Uint8Array) => {
    writer.u8(extraTags[tag])
    writer.block(value)
  }
  const putNumber = (tag: keyof typeof extraTags, ...values: number[]) => {
    valueWriter.clear()
    for (const value of values) valueWriter.varint(value)
    put(tag, valueWriter.view())
  }
  if (extras.incomplete === true) put('incomplete', noBytes)
  if (extras.inline !== undefined) put('inline', extras.inline)
  if (extras.pieces !== undefined) put('pieces', writePieces(valueWriter, extras.pieces))
  if (extras.pieceLists !== undefined) {
    const inner = new ByteWriter(extras.pieceLists.length * chunkIdBytes)
    for (const id of extras.pieceLists) inner.bytes(id)
    put('pieceLists', inner.view())
  }
  if (extras.crc32 !== undefined) putNumber('crc32', extras.crc32)
  if (extras.linkTarget !== undefined) put('linkTarget', extras.linkTarget)
  if (extras.rdev !== undefined) putNumber('rdev', extras.rdev.major, extras.rdev.minor)
  if (extras.xattrs !== undefined) put('xattrs', extras.xattrs)
  if (extras.inodeFlags !== undefined) putNumber('inodeFlags', extras.inodeFlags)
  if (extras.linkDevice !== undefined)
    put('linkDevice', new TextEncoder().encode(extras.linkDevice))
  return writer.finish()
}

/** @throws tree.malformed. Tags unknown to this version are skipped: they may only add. */
export function decodeExtras(bytes: Uint8Array): Extras {
  return guardTree(() => {
    const reader = new ByteReader(bytes)
    const extras: { -readonly [K in keyof Extras]: Extras[K] } = {}
    while (reader.remaining > 0) {
      const tag = reader.u8()
      const value = reader.block(bytes.length)
      if (tag === extraTags.incomplete) extras.incomplete = true
      else if (tag === extraTags.inline) extras.inline = value
      else if (tag === extraTags.pieces) extras.pieces = decodePieces(value)
      else if (tag === extraTags.pieceLists) extras.pieceLists = decodeIds(value)
      else if (tag === extraTags.crc32) extras.crc32 = new ByteReader(value).varint()
      else if (tag === extraTags.linkTarget) extras.linkTarget = value
      else if (tag === extraTags.rdev) {
        const inner = new ByteReader(value)
        extras.rdev = { major: inner.varint(), minor: inner.varint() }
      } else if (tag === extraTags.xattrs) extras.xattrs = value
      else if (tag === extraTags.inodeFlags) extras.inodeFlags = new ByteReader(value).varint()
      else if (tag === extraTags.linkDevice) extras.linkDevice = byteString(value)
    }
    return extras
  })
}

/** Adds to encoded extras, in the one canonical order: equal facts are equal bytes, whoever collected them. */
export function joinExtras(encoded: Uint8Array, more: Extras): Uint8Array {
  return encodeExtras(encoded.length === 0 ? more : { ...decodeExtras(encoded), ...more })
}

/** Length × 2, plus one for zeros; then the id of a chunk. */
export function encodePieces(pieces: readonly Piece[]): Uint8Array {
  return writePieces(new ByteWriter(pieces.length * 36), pieces).slice()
}

/** Valid until the writer is used again. */
function writePieces(writer: ByteWriter, pieces: readonly Piece[]): Uint8Array {
  writer.clear()
  for (const piece of pieces) {
    writer.varint(piece.bytes * 2 + (piece.kind === 'zeros' ? 1 : 0))
    if (piece.kind === 'chunk') writer.bytes(piece.id)
  }
  return writer.view()
}

export function decodePieces(bytes: Uint8Array): Piece[] {
  return guardTree(() => {
    const reader = new ByteReader(bytes)
    const pieces: Piece[] = []
    while (reader.remaining > 0) {
      if (pieces.length === piecesPerListMax) throw new MalformedBytes('a list has too many pieces')
      const head = reader.varint()
      const length = Math.floor(head / 2)
      if (head % 2 === 1) pieces.push({ kind: 'zeros', bytes: length })
      else
        pieces.push({
          kind: 'chunk',
          bytes: length,
          id: chunkId(reader.bytes(chunkIdBytes).slice()),
        })
    }
    return pieces
  })
}

function decodeIds(bytes: Uint8Array): ChunkId[] {
  const reader = new ByteReader(bytes)
  const ids: ChunkId[] = []
  while (reader.remaining > 0) ids.push(chunkId(reader.bytes(chunkIdBytes).slice()))
  return ids
}

/** A relative path with slashes to the key form of a directory: "a/b" → "a\0b\0", "" → "". */
export function directoryKey(path: ByteString): ByteString {
  return (path === '' ? '' : `${path.replaceAll('/', '\0')}\0`) as ByteString
}

/** The key form of a directory to its relative path: "a\0b\0" → "a/b". */
export function directoryPath(key: ByteString): ByteString {
  return key.slice(0, -1).replaceAll('\0', '/') as ByteString
}

/** The key form of the directory `name` inside `dir`; the root entry (empty name) is the root itself. */
export function childDirectoryKey(dir: ByteString, name: ByteString): ByteString {
  return (name === '' ? dir : `${dir}${name}\0`) as ByteString
}

/** The path of an entry relative to the root of its point; empty for the root. */
export function entryPath(key: EntryKey): ByteString {
  return (key.dir === '' ? key.name : `${directoryPath(key.dir)}/${key.name}`) as ByteString
}

/** The key of an entry by its relative path. */
export function entryKey(path: ByteString): EntryKey {
  const slash = path.lastIndexOf('/')
  return {
    dir: directoryKey(path.slice(0, Math.max(slash, 0)) as ByteString),
    name: path.slice(slash + 1) as ByteString,
  }
}

/** Negative, zero or positive: the order of a depth-first walk with names in bytewise order. */
export function compareKeys(a: EntryKey, b: EntryKey): number {
  if (a.dir !== b.dir) return a.dir < b.dir ? -1 : 1
  return a.name === b.name ? 0 : a.name < b.name ? -1 : 1
}

/** Turns malformed bytes into the catalogue's error. */
export function guardTree<T>(decode: () => T): T {
  try {
    return decode()
  } catch (problem) {
    if (!(problem instanceof MalformedBytes)) throw problem
    throw failure('tree.malformed', { problem: problem.message }, problem)
  }
}

export function assertKey(key: EntryKey): void {
  assert(
    !key.name.includes('/') && !key.name.includes('\0'),
    'an entry name has no slash and no NUL',
  )
  assert(
    key.dir.length + key.name.length <= keyBytesMax,
    'an entry key is at most keyBytesMax long',
  )
}
