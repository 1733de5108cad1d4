/** The socket of a source over one state of a tree: what the worker pool does in the product, done at once. */
import { assert, type ByteString, bytesOf } from '#base'
import {
  type Cipher,
  chunkIdOf,
  encodeExtras,
  encodeListing,
  type SealedBlock,
  sealBlock,
  statOfRecord,
  type VaultKeys,
} from '#engine'
import type {
  CapturedBatch,
  CapturedChunk,
  CapturedEntry,
  CaptureRequest,
  LargeFile,
  LargePart,
  LargePiece,
  ListingPage,
  ListRequest,
  SourceTree,
} from '#ports'
import { listingOf, type ModelFile, recordOf, type TreeState } from './tree-model.ts'

export type SourceParts = {
  readonly path: ByteString
  readonly state: TreeState
  readonly cipher: Cipher
  readonly keys: VaultKeys
  readonly turn: () => Promise<void>
}

const chunksPerBlock = 3
/** Of the pool's contents, each fourth stands in its entry. */
const inlineEvery = 4

export class MemorySource implements SourceTree {
  readonly limits = {
    largeFileBytes: 100,
    batchBytesMax: 150,
    batchEntriesMax: 3,
    inFlightMax: 2,
  }
  readonly #parts: SourceParts

  constructor(parts: SourceParts) {
    this.#parts = parts
  }

  async stat(path: ByteString): Promise<Uint8Array | undefined> {
    await this.#parts.turn()
    return recordOf(lastName(path), this.#fileAt(path))
  }

  async list({ path }: ListRequest): Promise<ListingPage> {
    await this.#parts.turn()
    const folder = this.#relative(path)
    const prefix = folder === '' ? '' : `${folder}/`
    const entries = [...this.#parts.state]
      .filter(
        ([at]) => at !== '' && at.startsWith(prefix) && !at.slice(prefix.length).includes('/'),
      )
      .map(([at, file]) => listingOf(at.slice(prefix.length), file))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
    return { kind: 'records', records: encodeListing(entries), next: undefined }
  }

  async capture(batch: readonly CaptureRequest[]): Promise<CapturedBatch> {
    await this.#parts.turn()
    const chunks: CapturedChunk[] = []
    const contents: Uint8Array[] = []
    const entries = batch.map((request): CapturedEntry => {
      const file = this.#fileAt(request.path)
      if (file.kind !== 'file' || file.content.length === 0 || this.#isInline(file))
        return captured(request, file)
      chunks.push({ id: this.#idOf(file.content), bytes: file.content.length })
      contents.push(file.content)
      return { ...captured(request, file), content: { kind: 'chunk', chunk: chunks.length - 1 } }
    })
    return { entries, chunks, encode: (keep) => this.#encode(keep, chunks, contents), release() {} }
  }

  async open(request: CaptureRequest): Promise<LargeFile> {
    await this.#parts.turn()
    const file = this.#fileAt(request.path)
    const { cipher } = this.#parts
    let at = 0
    return {
      next: async () => {
        await this.#parts.turn()
        if (at >= file.pieces.length) return undefined
        const part = this.#partOf(file.pieces.slice(at, at + 2))
        at += 2
        return part
      },
      finish: async () => {
        await this.#parts.turn()
        return { entry: captured(request, file, true), crc32: cipher.crc32(file.content, 0) }
      },
      close: async () => undefined,
    }
  }

  async close(): Promise<void> {
    await this.#parts.turn()
  }

  #partOf(pieces: ModelFile['pieces']): LargePart {
    const chunks: CapturedChunk[] = []
    const contents: Uint8Array[] = []
    const found = pieces.map(({ bytes, isZeros }): LargePiece => {
      if (isZeros) return { kind: 'zeros', bytes: bytes.length }
      chunks.push({ id: this.#idOf(bytes), bytes: bytes.length })
      contents.push(bytes)
      return { kind: 'chunk', chunk: chunks.length - 1 }
    })
    return {
      pieces: found,
      chunks,
      encode: (keep) => this.#encode(keep, chunks, contents),
      release() {},
    }
  }

  async #encode(
    keep: readonly number[],
    chunks: readonly CapturedChunk[],
    contents: readonly Uint8Array[],
  ): Promise<SealedBlock[]> {
    await this.#parts.turn()
    const { cipher, keys } = this.#parts
    const blocks: SealedBlock[] = []
    for (let at = 0; at < keep.length; at += chunksPerBlock) {
      const kept = keep.slice(at, at + chunksPerBlock)
      const ids = kept.flatMap((i) => chunks[i]?.id ?? [])
      const bytes = kept.flatMap((i) => contents[i] ?? [])
      assert(ids.length === kept.length, 'what is kept is in the batch')
      blocks.push(sealBlock(cipher, keys, { kind: 'data', ids, chunks: bytes, level: 0 }))
    }
    return blocks
  }

  #isInline(file: ModelFile): boolean {
    return (file.content[0] ?? 0) % inlineEvery === 0
  }

  #idOf(bytes: Uint8Array) {
    return chunkIdOf(this.#parts.cipher, this.#parts.keys, bytes)
  }

  #fileAt(path: ByteString): ModelFile {
    const file = this.#parts.state.get(this.#relative(path))
    assert(file !== undefined, 'a tree does not change while it is backed up')
    return file
  }

  #relative(path: ByteString): string {
    return new TextDecoder().decode(bytesOf(path)).slice(this.#parts.path.length + 1)
  }
}

function captured(
  request: CaptureRequest,
  file: ModelFile,
  isLarge = false,
): Extract<CapturedEntry, { kind: 'captured' }> {
  const { record } = request
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
  const isTiny = file.kind === 'file' && file.content.length > 0 && !isLarge
  return {
    kind: 'captured',
    stat: statOfRecord(view, 0),
    user: 'anna',
    group: 'users',
    inconsistent: false,
    extra: file.kind === 'symlink' ? encodeExtras({ linkTarget: file.content }) : new Uint8Array(),
    content: isTiny ? { kind: 'inline', bytes: file.content } : { kind: 'none' },
    notes: [],
  }
}

function lastName(path: ByteString): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
