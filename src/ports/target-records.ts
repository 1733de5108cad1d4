/**
 * Entries and content of one window of a restore as bytes in shared memory: the thread that plans writes them once, the
 * threads that create files read them in place, so hundreds of thousands of files cost no object and no copy. Fixed part,
 * then name and extras; the path of the directory stands once before its entries. Layouts live in one process only.
 */
import { assert, type ByteString, byteString } from '#base'
import { chunkIdBytes, type EntryKind, KIND_CODE } from '#engine'

/** Where each field of an entry record stands. Seconds and sizes are doubles: exact below 2^53. */
const at = {
  kind: 0,
  /** 0: nothing may stand there, 1: what stands there is replaced. */
  placing: 1,
  mode: 2,
  uid: 4,
  gid: 8,
  mtimeNsec: 12,
  mtimeSec: 16,
  size: 24,
  directory: 32,
  nameLength: 36,
  flags: 38,
  extraLength: 40,
  /** Above 0 the entry goes under another name, see `suffixedName`. */
  suffix: 44,
  name: 48,
} as const

const flagIdentify = 1

export type EntryFacts = {
  readonly kindCode: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeSec: number
  readonly mtimeNsec: number
  readonly size: number
  /** As the tree has them. */
  readonly extra: Uint8Array
}

export type RecordPlace = {
  /** From `addDirectory`. */
  readonly directory: number
  readonly name: Uint8Array
}

/** Fills a window; what does not fit is refused, so windows keep to their size. */
export class RecordWriter {
  readonly bytes: Uint8Array
  readonly #view: DataView
  #length = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = viewOf(bytes)
  }

  get length(): number {
    return this.#length
  }

  hasRoom(bytes: number): boolean {
    return this.#length + bytes + at.name + 16 <= this.bytes.length
  }

  /** The path of a directory relative to the root of the target. */
  addDirectory(path: ByteString): number {
    const from = this.#take(4 + path.length)
    this.#view.setUint32(from, path.length, true)
    for (let i = 0; i < path.length; i++) this.bytes[from + 4 + i] = path.charCodeAt(i)
    return from
  }

  /** @returns where the record stands: its number within the window. */
  add(facts: EntryFacts, { directory, name }: RecordPlace): number {
    const { extra } = facts
    const from = this.#take(at.name + name.length + extra.length)
    const view = this.#view
    view.setUint8(from + at.kind, facts.kindCode)
    view.setUint8(from + at.placing, 0)
    view.setUint16(from + at.mode, facts.mode, true)
    view.setUint32(from + at.uid, facts.uid, true)
    view.setUint32(from + at.gid, facts.gid, true)
    view.setUint32(from + at.mtimeNsec, facts.mtimeNsec, true)
    view.setFloat64(from + at.mtimeSec, facts.mtimeSec, true)
    view.setFloat64(from + at.size, facts.size, true)
    view.setUint32(from + at.directory, directory, true)
    view.setUint16(from + at.nameLength, name.length, true)
    view.setUint16(from + at.flags, 0, true)
    view.setUint32(from + at.extraLength, extra.length, true)
    view.setUint32(from + at.suffix, 0, true)
    this.bytes.set(name, from + at.name)
    this.bytes.set(extra, from + at.name + name.length)
    return from
  }

  setReplacing(record: number): void {
    this.#view.setUint8(record + at.placing, 1)
  }

  setSuffix(record: number, suffix: number): void {
    this.#view.setUint32(record + at.suffix, suffix, true)
  }

  /** Whoever makes this file tells its identity: further names will be linked to it. */
  setIdentify(record: number): void {
    this.#view.setUint16(record + at.flags, flagIdentify, true)
  }

  #take(bytes: number): number {
    const from = this.#length
    const aligned = (bytes + 7) & ~7
    assert(from + aligned <= this.bytes.length, 'a window holds what was put into it')
    this.#length = from + aligned
    return from
  }
}

/** Reads the records of a window in place. */
export class RecordReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  #directoryAt = -1
  #directory = '' as ByteString

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = viewOf(bytes)
  }

  kind(record: number): EntryKind {
    const kind = kindNames[this.#view.getUint8(record + at.kind)]
    assert(kind !== undefined, 'a record has a known kind')
    return kind
  }

  /** The directory it goes into; one string for all entries that follow one another there. */
  directory(record: number): ByteString {
    const from = this.#view.getUint32(record + at.directory, true)
    if (from !== this.#directoryAt) {
      const length = this.#view.getUint32(from, true)
      this.#directory = byteString(this.bytes.subarray(from + 4, from + 4 + length))
      this.#directoryAt = from
    }
    return this.#directory
  }

  /** The name it gets at the target. */
  name(record: number): ByteString {
    const length = this.#view.getUint16(record + at.nameLength, true)
    const from = record + at.name
    const name = byteString(this.bytes.subarray(from, from + length))
    const suffix = this.#view.getUint32(record + at.suffix, true)
    return suffix === 0 ? name : suffixedName(name, suffix)
  }

  path(record: number): ByteString {
    const directory = this.directory(record)
    const name = this.name(record)
    return (directory === '' ? name : `${directory}/${name}`) as ByteString
  }

  facts(record: number): Omit<EntryFacts, 'extra'> {
    const view = this.#view
    return {
      kindCode: view.getUint8(record + at.kind),
      mode: view.getUint16(record + at.mode, true),
      uid: view.getUint32(record + at.uid, true),
      gid: view.getUint32(record + at.gid, true),
      mtimeSec: view.getFloat64(record + at.mtimeSec, true),
      mtimeNsec: view.getUint32(record + at.mtimeNsec, true),
      size: view.getFloat64(record + at.size, true),
    }
  }

  /** The name as the tree has it. */
  nameBytes(record: number): Uint8Array {
    const length = this.#view.getUint16(record + at.nameLength, true)
    return this.bytes.subarray(record + at.name, record + at.name + length)
  }

  size(record: number): number {
    return this.#view.getFloat64(record + at.size, true)
  }

  isReplacing(record: number): boolean {
    return this.#view.getUint8(record + at.placing) === 1
  }

  isIdentified(record: number): boolean {
    return (this.#view.getUint16(record + at.flags, true) & flagIdentify) !== 0
  }

  extra(record: number): Uint8Array {
    const from = record + at.name + this.#view.getUint16(record + at.nameLength, true)
    return this.bytes.subarray(from, from + this.#view.getUint32(record + at.extraLength, true))
  }
}

/** The name beside an existing one, for the conflict rule `rename`. */
export function suffixedName(name: ByteString, suffix: number): ByteString {
  return `${name}.restored${suffix === 1 ? '' : `-${suffix}`}` as ByteString
}

const kindNames: readonly (EntryKind | undefined)[] = Object.entries(KIND_CODE).reduce<
  (EntryKind | undefined)[]
>((names, [kind, code]) => {
  // The entries of KIND_CODE have its keys, which the type of Object.entries forgets.
  names[code] = kind as EntryKind
  return names
}, [])

/** One stretch of content: a chunk of a block that goes to one place of one file. */
export type ContentRef = {
  readonly id: Uint8Array
  /** The entry's record in the same window. */
  readonly record: number
  /** Which chunk of its block. */
  readonly ordinal: number
  readonly position: number
  readonly length: number
  /** Descriptor of an opened file of many pieces; undefined: this chunk is the whole file. */
  readonly file: number | undefined
}

export const refBytes = 64
const refAt = {
  id: 0,
  record: 32,
  ordinal: 36,
  position: 40,
  length: 48,
  file: 52,
  crc32: 56,
  state: 60,
}
const noFile = 0xffff_ffff

export type RefState = 'waiting' | 'written' | 'failed'
const refStates = ['waiting', 'written', 'failed'] as const

/** A table of content refs in memory that the threads share; each row is written to by one of them. */
export class RefTable {
  readonly bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = viewOf(bytes)
  }

  get capacity(): number {
    return Math.floor(this.bytes.length / refBytes)
  }

  put(row: number, ref: ContentRef): void {
    const from = row * refBytes
    const view = this.#view
    this.bytes.set(ref.id, from + refAt.id)
    view.setUint32(from + refAt.record, ref.record, true)
    view.setUint32(from + refAt.ordinal, ref.ordinal, true)
    view.setFloat64(from + refAt.position, ref.position, true)
    view.setUint32(from + refAt.length, ref.length, true)
    view.setUint32(from + refAt.file, ref.file ?? noFile, true)
    view.setUint32(from + refAt.crc32, 0, true)
    view.setUint32(from + refAt.state, 0, true)
  }

  /** Its block is another one now. */
  setOrdinal(row: number, ordinal: number): void {
    this.#view.setUint32(row * refBytes + refAt.ordinal, ordinal, true)
  }

  setFile(row: number, file: number): void {
    this.#view.setUint32(row * refBytes + refAt.file, file, true)
  }

  /** What became of the stretch, and the CRC-32 of its bytes. */
  settle(row: number, state: RefState, crc32: number): void {
    this.#view.setUint32(row * refBytes + refAt.crc32, crc32, true)
    this.#view.setUint32(row * refBytes + refAt.state, refStates.indexOf(state), true)
  }

  id(row: number): Uint8Array {
    const from = row * refBytes + refAt.id
    return this.bytes.subarray(from, from + chunkIdBytes)
  }

  record(row: number): number {
    return this.#view.getUint32(row * refBytes + refAt.record, true)
  }

  ordinal(row: number): number {
    return this.#view.getUint32(row * refBytes + refAt.ordinal, true)
  }

  position(row: number): number {
    return this.#view.getFloat64(row * refBytes + refAt.position, true)
  }

  length(row: number): number {
    return this.#view.getUint32(row * refBytes + refAt.length, true)
  }

  file(row: number): number | undefined {
    const file = this.#view.getUint32(row * refBytes + refAt.file, true)
    return file === noFile ? undefined : file
  }

  crc32(row: number): number {
    return this.#view.getUint32(row * refBytes + refAt.crc32, true)
  }

  state(row: number): RefState {
    const state = refStates[this.#view.getUint32(row * refBytes + refAt.state, true)]
    assert(state !== undefined, 'a ref is waiting, written or failed')
    return state
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
