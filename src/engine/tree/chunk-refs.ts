/** The chunk ids inside encoded extras, found without making objects: the hot path of an unchanged backup. */
import { failure } from '#base'
import { chunkIdBytes } from '../sealing/vault-keys.ts'
import { extraTags } from './entry.ts'

/** `tag` tells a chunk of content (`extraTags.pieces`) from a chunk that lists pieces (`extraTags.pieceLists`). */
export type VisitRef = (bytes: Uint8Array, at: number, tag: number) => boolean

/**
 * Calls `visit(extra, at)` for each id of 32 bytes at `at`; stops and returns false as soon as one visit does.
 * @throws tree.malformed when a length lies
 */
export function everyChunkRef(extra: Uint8Array, visit: VisitRef): boolean {
  let at = 0
  while (at < extra.length) {
    const tag = extra[at++]
    let length = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = extra[at++] ?? 0
      length += (byte & 0x7f) * scale
      if (byte < 0x80) break
    }
    const end = at + length
    if (end > extra.length) throw endsEarly()
    if (tag === extraTags.pieceLists) {
      if (length % chunkIdBytes !== 0) throw endsEarly()
      for (; at < end; at += chunkIdBytes) if (!visit(extra, at, tag)) return false
    } else if (tag === extraTags.pieces && !everyPiece(extra, { at, end }, visit)) return false
    at = end
  }
  return true
}

/** The same for encoded pieces standing alone, as a piece list chunk holds them. */
export function everyPieceRef(pieces: Uint8Array, visit: VisitRef): boolean {
  return everyPiece(pieces, { at: 0, end: pieces.length }, visit)
}

function everyPiece(
  bytes: Uint8Array,
  span: { readonly at: number; readonly end: number },
  visit: VisitRef,
): boolean {
  let at = span.at
  while (at < span.end) {
    const isZeros = ((bytes[at] ?? 0) & 1) === 1
    while ((bytes[at++] ?? 0) >= 0x80);
    if (isZeros) continue
    if (at + chunkIdBytes > span.end) throw endsEarly()
    if (!visit(bytes, at, extraTags.pieces)) return false
    at += chunkIdBytes
  }
  return true
}

function endsEarly(): Error {
  return failure('tree.malformed', { problem: 'the bytes end early' })
}
