/** A folder of its own, a pool and a source tree on it, for the tests of this room. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type ByteString, byteStringFromText, toHex } from '#base'
import {
  chunkIdOf,
  decodeExtras,
  defaultChunkerParams,
  deriveVaultKeys,
  openBlock,
  type SealedBlock,
} from '#engine'
import type { CapturedEntry, CaptureRequest, LargeFile, SourceTree } from '#ports'
import { nodeCipher } from '../cipher/node-cipher.ts'
import { openPool, type Pool } from '../pool/index.ts'
import { linuxSourceTree } from './linux-source-tree.ts'

export const { signal } = new AbortController()
export const cipher = nodeCipher()
export const keys = deriveVaultKeys(cipher, new Uint8Array(16).fill(3), new Uint8Array(32).fill(5))

export type World = {
  readonly folder: string
  readonly pool: Pool
  readonly tree: SourceTree
}

export function openWorld(t: TestContext, threads = 2): World {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-source-'))
  const pool = openPool({ keys, compressionLevel: 3, params: defaultChunkerParams, threads })
  const tree = linuxSourceTree(pool)
  t.after(async () => {
    await tree.close()
    await pool.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, pool, tree }
}

export async function request(tree: SourceTree, path: string): Promise<CaptureRequest> {
  const bytes: ByteString = byteStringFromText(path)
  const record = await tree.stat(bytes, signal)
  ok(record !== undefined, `${path} is there`)
  return { path: bytes, view: new DataView(record.buffer, record.byteOffset), at: 0 }
}

export function captured(entry: CapturedEntry | undefined) {
  ok(entry?.kind === 'captured', `captured, not ${JSON.stringify(entry)}`)
  return entry
}

/** Opens sealed blocks as a restore would, and holds every chunk against its id. */
export function readChunks(blocks: readonly SealedBlock[]): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>()
  for (const { bytes, ids, lengths } of blocks) {
    const chunks = openBlock(cipher, keys, { kind: 'data', sealed: bytes, object: 'a block' })
    equal(chunks.length, ids.length)
    for (const [i, chunk] of chunks.entries()) {
      const id = ids[i] ?? new Uint8Array(0)
      deepEqual(chunkIdOf(cipher, keys, chunk), id)
      equal(chunk.length, lengths[i])
      found.set(toHex(id), Buffer.from(chunk))
    }
  }
  return found
}

/** All content of a small file that was captured alone, by way of its sealed block. */
export async function captureOne(tree: SourceTree, asked: CaptureRequest) {
  const batch = await tree.capture([asked], signal)
  try {
    const entry = batch.entries[0]
    const chunks = readChunks(await batch.encode([...batch.chunks.keys()], signal))
    const [chunk] = batch.chunks
    const sealed = chunk === undefined ? undefined : chunks.get(toHex(chunk.id))
    const { inline, pieces } = entry?.kind === 'captured' ? decodeExtras(entry.extra) : {}
    const [piece] = pieces ?? []
    if (piece?.kind === 'chunk') deepEqual(piece, { kind: 'chunk', ...chunk })
    const content = inline ?? sealed
    return { entry, content: content === undefined ? undefined : Buffer.from(content) }
  } finally {
    batch.release()
  }
}

export type ReadFile = {
  readonly content: Buffer
  readonly zeros: number
  readonly parts: number
  readonly entry: CapturedEntry
  readonly crc32: number
}

/** Takes a large file part by part, `during` after each, and puts it together again. */
export async function readLarge(
  file: LargeFile,
  during: (part: number) => void = () => {},
): Promise<ReadFile> {
  const pieces: Buffer[] = []
  let zeros = 0
  let parts = 0
  for (let part = await file.next(signal); part !== undefined; part = await file.next(signal)) {
    const found = readChunks(await part.encode([...part.chunks.keys()], signal))
    for (const piece of part.pieces) {
      const chunk = piece.kind === 'chunk' ? part.chunks[piece.chunk] : undefined
      if (piece.kind === 'zeros') zeros += piece.bytes
      pieces.push(
        piece.kind === 'zeros'
          ? Buffer.alloc(piece.bytes)
          : (found.get(toHex(chunk?.id ?? new Uint8Array(0))) ?? Buffer.alloc(0)),
      )
    }
    part.release()
    during(parts++)
  }
  const { entry, crc32 } = await file.finish(signal)
  await file.close()
  return { content: Buffer.concat(pieces), zeros, parts, entry, crc32 }
}
