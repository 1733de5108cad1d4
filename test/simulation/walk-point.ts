/** Reads a point with the code that a restore uses, and compares every byte with what the tree looked like. */
import { assert, equalBytes, toHex } from '#base'
import {
  decodeExtras,
  decodePieces,
  type Entry,
  type Extras,
  entryPath,
  type Piece,
  type Point,
} from '#engine'
import { type ChunkIndex, ChunkReader, PointCursor, type Vault } from '#vault'
import type { ModelFile, TreeState } from './tree-model.ts'

/** @returns the first difference, in words */
export async function walkPoint(
  request: {
    readonly vault: Vault
    readonly index: ChunkIndex
    readonly point: Point
    readonly expected: TreeState
  },
  signal: AbortSignal,
): Promise<string | undefined> {
  const { vault, index, point, expected } = request
  const reader = new ChunkReader(vault, index)
  const cursor = new PointCursor(reader, point.tree)
  let count = 0
  let difference: string | undefined
  while (cursor.advance() || (await cursor.load(signal))) {
    const item = cursor.item()
    assert(item.kind === 'entry', 'a visible row is an entry')
    count++
    const path = entryPath(item.entry)
    const file = expected.get(path)
    const content = await contentOf(reader, item.entry, signal)
    difference ??=
      file === undefined ? `${path} should not exist` : compare(item.entry, content, file)
  }
  if (count !== expected.size) difference ??= `${count} entries instead of ${expected.size}`
  for (const id of point.failureLists) await reader.get(id, signal)
  return difference
}

async function contentOf(
  reader: ChunkReader,
  entry: Entry,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const extras = decodeExtras(entry.extra)
  if (entry.kind === 'symlink') return extras.linkTarget ?? new Uint8Array()
  if (extras.inline !== undefined) return extras.inline
  const content = new Uint8Array(entry.size)
  let at = 0
  for (const piece of await piecesOf(reader, extras, signal)) {
    if (piece.kind === 'chunk') content.set(await reader.get(piece.id, signal), at)
    at += piece.bytes
  }
  assert(at === entry.size, 'the pieces of a file are as long as the file')
  return content
}

async function piecesOf(
  reader: ChunkReader,
  extras: Extras,
  signal: AbortSignal,
): Promise<Piece[]> {
  const pieces = [...(extras.pieces ?? [])]
  for (const id of extras.pieceLists ?? [])
    pieces.push(...decodePieces(await reader.get(id, signal)))
  return pieces
}

function compare(entry: Entry, content: Uint8Array, file: ModelFile): string | undefined {
  const path = entryPath(entry)
  if (entry.kind !== file.kind) return `${path} is a ${entry.kind}, not a ${file.kind}`
  if (entry.mode !== file.mode) return `${path} has another mode`
  if (entry.inconsistent !== (file.isTorn === true))
    return `${path} changed while it was read, or is said to have`
  const hasNames = decodeExtras(entry.extra).linkDevice !== undefined
  if (file.kind === 'file' && !file.isTorn && hasNames !== file.nlink > 1)
    return `${path} has ${file.nlink} names`
  if (entry.mtimeSec !== Math.floor(file.changedAtMs / 1000)) return `${path} has another time`
  if (!equalBytes(content, file.content) && !file.isTorn)
    return `${path} has other bytes: ${toHex(content)} instead of ${toHex(file.content)}`
  return undefined
}
