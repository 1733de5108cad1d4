/**
 * The content of one file of a point, from any place on. Every chunk is checked against its id when it is read; a chunk that
 * is damaged or missing is an error, never zeros. Read whole, the content is checked once more against its CRC-32.
 */
import { checkAborted, displayName, type Failure, failure } from '#base'
import {
  type ChunkId,
  decodeExtras,
  decodePieces,
  type Entry,
  type Extras,
  entryPath,
  type Piece,
} from '#engine'
import type { ChunkReader } from '#vault'

const zeros = new Uint8Array(256 * 1024)

export type ContentRange = { readonly offset: number; readonly length: number }

type PieceList = {
  readonly number: number
  readonly from: number
  readonly pieces: readonly Piece[]
}

export class FileContent {
  readonly #reader: ChunkReader
  readonly #entry: Entry
  readonly #extras: Extras
  readonly #lists: readonly (ChunkId | readonly Piece[])[]
  /** Where each list begins that is known so far: the first at 0. */
  readonly #listStarts: number[] = [0]
  #list: PieceList | undefined
  /** The last chunk that was read and checked: a reader of small parts comes back to it. */
  #last: { readonly piece: Piece; readonly chunk: Uint8Array } | undefined

  constructor(reader: ChunkReader, entry: Entry) {
    this.#reader = reader
    this.#entry = entry
    this.#extras = decodeExtras(entry.extra)
    const { inline, pieces = [], pieceLists } = this.#extras
    this.#lists = pieceLists ?? (inline === undefined ? [pieces] : [])
  }

  get size(): number {
    return this.#entry.size
  }

  /** All of it, in runs. @throws object.damaged, object.missing, chunk.missing */
  async *whole(signal: AbortSignal): AsyncIterable<Uint8Array> {
    const { cipher } = this.#reader.vault.ports
    let sum = 0
    let length = 0
    for await (const bytes of this.range({ offset: 0, length: this.size }, signal)) {
      if (this.#extras.crc32 !== undefined) sum = cipher.crc32(bytes, sum)
      length += bytes.length
      yield bytes
    }
    if (length !== this.size || !this.#endsAtSize())
      throw this.#damaged('its content has another length')
    if (this.#extras.crc32 !== undefined && sum !== this.#extras.crc32)
      throw this.#damaged('its content has another CRC-32')
  }

  /** A part of it; what lies beyond the end is not there. */
  async *range({ offset, length }: ContentRange, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const end = Math.min(offset + length, this.size)
    const { inline } = this.#extras
    if (inline !== undefined) {
      if (inline.length !== this.size) throw this.#damaged('its content has another length')
      if (offset < end) yield inline.subarray(offset, end)
      return
    }
    if (offset >= end) return
    let list = await this.#listAt(offset, signal)
    for (let at = offset; at < end; ) {
      let from = list.from
      for (const piece of list.pieces) {
        const start = from
        from += piece.bytes
        if (from <= at) continue
        if (start >= end) break
        const part = { offset: at - start, length: Math.min(end, from) - at }
        yield* this.#piece(piece, part, signal)
        at += part.length
      }
      if (at >= end) return
      list = await this.#listFrom(list.number + 1, signal)
    }
  }

  /** After the last byte was read: no piece is left over. */
  #endsAtSize(): boolean {
    const list = this.#list
    if (list === undefined) return true
    const isLast = list.number === this.#lists.length - 1
    return isLast && list.from + lengthOf(list.pieces) === this.size
  }

  async *#piece(piece: Piece, part: ContentRange, signal: AbortSignal): AsyncIterable<Uint8Array> {
    checkAborted(signal)
    const { offset, length } = part
    if (piece.kind === 'zeros') {
      for (let rest = length; rest > 0; rest -= zeros.length)
        yield zeros.subarray(0, Math.min(rest, zeros.length))
      return
    }
    const chunk =
      this.#last?.piece === piece ? this.#last.chunk : await this.#reader.get(piece.id, signal)
    if (chunk.length !== piece.bytes) throw this.#damaged('a chunk of it has another length')
    this.#last = { piece, chunk }
    yield chunk.subarray(offset, offset + length)
  }

  /** The list that holds the byte at `offset`. */
  async #listAt(offset: number, signal: AbortSignal): Promise<PieceList> {
    const known = this.#list
    if (known !== undefined && known.from <= offset && offset < known.from + lengthOf(known.pieces))
      return known
    let number = this.#listStarts.findLastIndex((start) => start <= offset)
    for (;;) {
      const list = await this.#listFrom(number, signal)
      if (offset < list.from + lengthOf(list.pieces)) return list
      number++
    }
  }

  async #listFrom(number: number, signal: AbortSignal): Promise<PieceList> {
    const source = this.#lists[number]
    const from = this.#listStarts[number]
    if (source === undefined || from === undefined) throw this.#damaged('its content ends early')
    if (this.#list?.number === number) return this.#list
    const pieces =
      source instanceof Uint8Array ? decodePieces(await this.#reader.get(source, signal)) : source
    this.#list = { number, from, pieces }
    this.#listStarts[number + 1] = from + lengthOf(pieces)
    return this.#list
  }

  #damaged(problem: string): Failure {
    return failure('object.damaged', {
      object: `The file ${displayName(entryPath(this.#entry))}`,
      problem,
    })
  }
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, piece) => sum + piece.bytes, 0)
}
