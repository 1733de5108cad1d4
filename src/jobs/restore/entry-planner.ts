/**
 * Puts one entry into a window: its record, and for a file where its content is. A file of one chunk, which most are, is
 * planned without decoding its extras.
 */
import { assert, byteString, isFailure, joinPath } from '#base'
import {
  type ChunkId,
  chunkId,
  chunkIdBytes,
  decodeExtras,
  decodePieces,
  type Extras,
  extraTags,
  KIND_CODE,
  type LinkedRow,
  oneFileKey,
  type Piece,
} from '#engine'
import type { EntryFacts } from '#ports'
import { type ChunkReader, chunkName, isDamage } from '#vault'
import { refKey } from './block-runs.ts'
import type { RestoreDirectory } from './directory-stack.ts'
import { type LinkGroup, LinkGroups } from './link-groups.ts'
import type { FilePart, PieceFile } from './piece-file.ts'
import type { RestoreReport } from './restore-report.ts'
import { listSpecials, setIds } from './special-entries.ts'
import type { Window } from './window.ts'

/** Facts of a row, or of a record. */
export type PlannedEntry = EntryFacts & {
  readonly nlink: number
} & LinkedRow

export type EntrySpot = { readonly directory: RestoreDirectory; readonly name: Uint8Array }

/** A file whose pieces have not all been planned. */
export type Unfinished = {
  readonly file: PieceFile
  /** Pieces to plan next, and lists of further ones. */
  pieces: readonly Piece[]
  next: number
  readonly lists: readonly ChunkId[]
  nextList: number
  part: FilePart
}

const noExtras: Extras = {}

export class EntryPlanner {
  readonly #reader: ChunkReader
  readonly #report: RestoreReport
  readonly #links = new LinkGroups()

  constructor(reader: ChunkReader, report: RestoreReport) {
    this.#reader = reader
    this.#report = report
  }

  /** Answers the file when its content must be planned with `planPieces`. */
  plan(window: Window, entry: PlannedEntry, spot: EntrySpot): Unfinished | undefined {
    const idAt = findSingleChunk(entry)
    if (idAt !== undefined) {
      const record = this.#addRecord(window, entry, spot)
      const id = entry.extra.subarray(idAt, idAt + chunkIdBytes)
      this.#addRef(window, { id, record, position: 0, length: entry.size })
      this.#note(entry, spot, noExtras)
      return undefined
    }
    // Malformed extras are found before anything is planned.
    const extras = entry.extra.length === 0 ? noExtras : decodeExtras(entry.extra)
    const group = this.#groupOf(entry, spot)
    if (group?.isFirst !== false) this.#note(entry, spot, extras)
    const record = this.#addRecord(window, entry, spot)
    if (entry.kindCode === KIND_CODE.symlink) {
      window.symlinks.push(record)
      return undefined
    }
    if (group?.isFirst === false) {
      const { directory } = spot
      window.links.push({ group: group.group, directory, record, isThere: false })
      // Its content is that of the first name, written once.
      this.#report.counts.bytes -= entry.size
      return undefined
    }
    if (group !== undefined) {
      window.records.setIdentify(record)
      window.begun.set(record, group.group)
    }
    return this.#planContent(window, { entry, spot, record, extras, group: group?.group })
  }

  /** A further name that gets content of its own, since there is no first name to link it to. */
  planAlone(
    window: Window,
    entry: PlannedEntry,
    { spot, group }: { readonly spot: EntrySpot; readonly group: LinkGroup },
  ): Unfinished | undefined {
    const record = this.#addRecord(window, entry, spot)
    window.records.setIdentify(record)
    window.begun.set(record, group)
    const extras = decodeExtras(entry.extra)
    return this.#planContent(window, { entry, spot, record, extras, group })
  }

  /** Plans pieces until all are, or the window is full; answers whether all are. */
  async planPieces(window: Window, unfinished: Unfinished, signal: AbortSignal): Promise<boolean> {
    this.#enterWindow(window, unfinished)
    for (;;) {
      const { pieces, lists } = unfinished
      for (; unfinished.next < pieces.length; unfinished.next++) {
        const piece = pieces[unfinished.next]
        assert(piece !== undefined, 'a piece is within its list')
        if (piece.kind === 'chunk' && window.refCount >= window.refs.capacity) return false
        this.#addPiece(window, unfinished.part, piece)
      }
      const list = lists[unfinished.nextList++]
      if (list === undefined || !(await this.#readList(unfinished, list, signal))) break
    }
    unfinished.part.isLast = true
    return true
  }

  /** False when the list is damaged: then the file fails, and no other. */
  async #readList(unfinished: Unfinished, list: ChunkId, signal: AbortSignal): Promise<boolean> {
    try {
      unfinished.pieces = decodePieces(await this.#reader.get(list, signal))
      unfinished.next = 0
      return true
    } catch (problem) {
      if (!isFailure(problem) || !isDamage(problem)) throw problem
      unfinished.file.problem ??= { code: problem.code, detail: problem.message }
      return false
    }
  }

  #addRecord(window: Window, entry: PlannedEntry, { directory, name }: EntrySpot): number {
    const record = window.records.add(entry, { directory: window.directoryRecord(directory), name })
    window.addEntry(directory, record)
    return record
  }

  #planContent(window: Window, planned: Planned): Unfinished | undefined {
    const { record, extras } = planned
    if (extras.pieces === undefined && extras.pieceLists === undefined) {
      window.plain.push(record)
      return undefined
    }
    const file = newPieceFile(window, planned)
    window.starting.push(file)
    const part: FilePart = { file, record, steps: [], refs: window.refs, isLast: false }
    window.parts.push(part)
    const lists = extras.pieceLists ?? []
    return { file, pieces: extras.pieces ?? [], next: 0, lists, nextList: 0, part }
  }

  /** A file that goes on in a further window gets a record there too, by which problems name it. */
  #enterWindow(window: Window, unfinished: Unfinished): void {
    const { file, part } = unfinished
    if (part.refs === window.refs) return
    const { window: first, record: firstRecord, directory } = file
    const facts = { ...first.reader.facts(firstRecord), extra: new Uint8Array(0) }
    const name = first.reader.nameBytes(firstRecord)
    const place = { directory: window.directoryRecord(directory), name }
    const record = window.records.add(facts, place)
    unfinished.part = { file, record, steps: [], refs: window.refs, isLast: false }
    window.parts.push(unfinished.part)
  }

  #addPiece(window: Window, part: FilePart, piece: Piece): void {
    const { file, record, steps } = part
    if (piece.kind === 'zeros') {
      if (piece.bytes > 0) steps.push(-piece.bytes)
    } else {
      const position = file.plannedBytes
      const row = this.#addRef(window, { id: piece.id, record, position, length: piece.bytes })
      steps.push(row)
    }
    file.plannedBytes += piece.bytes
  }

  #addRef(
    window: Window,
    ref: {
      readonly id: Uint8Array
      readonly record: number
      readonly position: number
      readonly length: number
    },
  ): number {
    const row = window.refCount++
    const { index } = this.#reader
    const entry = index.find(ref.id, false)
    const ordinal = entry === undefined ? 0 : index.ordinalOf(entry)
    window.refs.put(row, { ...ref, ordinal, file: undefined })
    if (entry !== undefined) window.refKeys.push(refKey(index.blockOf(entry), row))
    else {
      window.refs.settle(row, 'failed', 0)
      const name = chunkName(chunkId(ref.id.slice()))
      window.lacking.push({ record: ref.record, chunk: name })
    }
    return row
  }

  /** The group of a file with several names; its first name is restored, the others are linked. */
  #groupOf(
    entry: PlannedEntry,
    { directory, name }: EntrySpot,
  ): { readonly group: LinkGroup; readonly isFirst: boolean } | undefined {
    if (entry.extra.length === 0 || entry.kindCode !== KIND_CODE.file) return undefined
    const { ports, keys } = this.#reader.vault
    const file = oneFileKey({ cipher: ports.cipher, keys }, entry)
    if (file === undefined) return undefined
    const key = `${directory.root}:${file}`
    const known = this.#links.find(key)
    if (known !== undefined) return { group: known, isFirst: false }
    const path = joinPath(directory.path, byteString(name))
    const namesLeft = entry.nlink - 1
    const group: LinkGroup = { key, path, identity: undefined, state: 'waiting', namesLeft }
    this.#links.begin(group)
    return { group, isFirst: true }
  }

  /** What the report must say of an entry, whatever becomes of it. */
  #note(entry: PlannedEntry, { directory, name }: EntrySpot, extras: Extras): void {
    const { mode, inconsistent } = entry
    if (extras === noExtras && (mode & setIds) === 0 && !inconsistent) return
    const path = joinPath(directory.path, byteString(name))
    for (const note of listSpecials(path, entry, extras)) this.#report.note(note)
    if (!inconsistent) return
    const detail = 'it changed while it was backed up'
    this.#report.note({ path, what: 'content', reason: 'inconsistent', detail })
  }
}

type Planned = {
  readonly entry: PlannedEntry
  readonly spot: EntrySpot
  readonly record: number
  readonly extras: Extras
  readonly group: LinkGroup | undefined
}

function newPieceFile(window: Window, { entry, spot, record, extras, group }: Planned): PieceFile {
  return {
    directory: spot.directory,
    window,
    record,
    size: entry.size,
    crc32: extras.crc32,
    isInconsistent: entry.inconsistent,
    group,
    plannedBytes: 0,
    opened: Promise.withResolvers(),
    isPatched: false,
    problem: undefined,
    crc32SoFar: 0,
  }
}

/** Where the id stands in the extras of a file that is one chunk and nothing else; undefined for all others. */
function findSingleChunk({ kindCode, extra, size }: EntryFacts): number | undefined {
  if (kindCode !== KIND_CODE.file || extra[0] !== extraTags.pieces) return undefined
  // Tag, a length below 128, and the piece: twice its length as a varint, and the id.
  if (extra[1] !== extra.length - 2) return undefined
  let length = 0
  let at = 2
  for (let scale = 1; ; scale *= 128) {
    const byte = extra[at++] ?? 0
    length += (byte & 0x7f) * scale
    if (byte < 0x80) break
  }
  const isChunk = length % 2 === 0
  return isChunk && at + chunkIdBytes === extra.length && length / 2 === size ? at : undefined
}
