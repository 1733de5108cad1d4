/**
 * A window: a stretch of the selection that is planned and restored together. It holds entries as records, content as
 * refs, and what is done when all of it is in place. Its size is bounded, so the memory of a restore is.
 */
import { type OpenTarget, RecordReader, RecordWriter, RefTable, refBytes } from '#ports'
import type { RestoreDirectory } from './directory-stack.ts'
import type { LinkGroup, LinkName } from './link-groups.ts'
import type { FilePart, PieceFile } from './piece-file.ts'

/** A first window is small, so that hands have something to do at once. */
export const windowEntriesMin = 256
export const windowEntriesMax = 8192
const refsPerEntry = 2
const recordBytesPerEntry = 320
/** A path and its extras can be long; one window holds at least the longest. */
const recordBytesMin = 1_500_000
/** Files of many pieces that one window opens. */
const openFilesMax = 96

/** Entries of one directory that follow one another among the window's records. */
export type EntryGroup = {
  readonly directory: RestoreDirectory
  readonly from: number
  to: number
}

export class Window {
  readonly root: number
  readonly records: RecordWriter
  readonly reader: RecordReader
  readonly refs: RefTable
  /** Records of all entries, in order; further names of files among them. */
  readonly entries: number[] = []
  readonly groups: EntryGroup[] = []
  /** Records of files whose content is in the record, and of FIFOs, devices and sockets. */
  readonly plain: number[] = []
  /** They come after all files (A14). */
  readonly symlinks: number[] = []
  /** See `refKey`: where each ref's block is. */
  readonly refKeys: number[] = []
  refCount = 0
  /** Chunks that no pack of the vault holds. */
  readonly lacking: { readonly record: number; readonly chunk: string }[] = []
  readonly starting: PieceFile[] = []
  readonly parts: FilePart[] = []
  /** By the record of the first name. */
  readonly begun = new Map<number, LinkGroup>()
  readonly links: LinkName[] = []
  /** Of any root, parents first. */
  readonly directories: RestoreDirectory[] = []
  readonly closed: RestoreDirectory[] = []
  /** Records that are not made: kept, there already, or failed before. */
  readonly dropped = new Set<number>()
  readonly failed = new Set<number>()
  readonly #entriesMax: number
  readonly #directoryRecords = new Map<RestoreDirectory, number>()

  constructor(target: OpenTarget, root: number, size: { readonly entries: number }) {
    this.root = root
    this.#entriesMax = size.entries
    const recordBytes = Math.max(size.entries * recordBytesPerEntry, recordBytesMin)
    this.records = new RecordWriter(target.memory(recordBytes))
    this.reader = new RecordReader(this.records.bytes)
    this.refs = new RefTable(target.memory(size.entries * refsPerEntry * refBytes))
  }

  get isEmpty(): boolean {
    return (
      this.entries.length + this.directories.length + this.closed.length + this.parts.length === 0
    )
  }

  get isFull(): boolean {
    return (
      this.entries.length >= this.#entriesMax ||
      this.directories.length >= this.#entriesMax ||
      this.closed.length >= this.#entriesMax ||
      this.starting.length >= openFilesMax ||
      this.refCount >= this.refs.capacity
    )
  }

  hasRoomFor(pathBytes: number, extraBytes: number): boolean {
    return this.records.hasRoom(pathBytes + extraBytes + 512)
  }

  /** Notes that the record just added belongs to a directory. */
  addEntry(directory: RestoreDirectory, record: number): void {
    const last = this.groups.at(-1)
    this.entries.push(record)
    if (last?.directory === directory) last.to = this.entries.length
    else this.groups.push({ directory, from: this.entries.length - 1, to: this.entries.length })
  }

  directoryRecord(directory: RestoreDirectory): number {
    const known = this.#directoryRecords.get(directory)
    if (known !== undefined) return known
    const record = this.records.addDirectory(directory.path)
    this.#directoryRecords.set(directory, record)
    return record
  }

  /** The part of a file of several pieces that a record stands for. */
  findPart(record: number): FilePart | undefined {
    return this.parts.find((part) => part.record === record)
  }

  isMade(record: number): boolean {
    return !this.dropped.has(record) && !this.failed.has(record)
  }
}
