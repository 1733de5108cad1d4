/**
 * The socket of a source over one state of a tree: what the worker pool does in the product, done at once. Now and then a
 * file is changed or taken away just when it is read; then the state says what the backup must have taken of it.
 */
import { assert, type ByteString, bytesOf } from '#base'
import {
  type Cipher,
  chunkIdOf,
  type Extras,
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
import { listingOf, type ModelFile, recordOf } from './tree-model.ts'

export type Disturbance = 'rewrite' | 'remove' | 'tear'

export type SourceParts = {
  readonly path: ByteString
  /** As listed; changed to what is read where that is something else. */
  readonly state: Map<string, ModelFile>
  /** Draws what happens to a file that is about to be read. */
  readonly drawDisturbance: () => Disturbance | undefined
  /** Happens to the tree itself. */
  readonly disturb: (path: string, how: 'rewrite' | 'remove') => ModelFile | undefined
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
  /** Paths of which the backup must say that they failed. */
  readonly troubled = new Set<string>()

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
      const file = this.#read(request)
      if (file === undefined) return vanished
      if (file.content.length >= this.limits.largeFileBytes) return grown
      if (file.kind !== 'file' || file.content.length === 0 || this.#isInline(file))
        return captured(request, file, file.kind === 'file' ? { inline: file.content } : {})
      const chunk = { id: this.#idOf(file.content), bytes: file.content.length }
      chunks.push(chunk)
      contents.push(file.content)
      return captured(request, file, { pieces: [{ kind: 'chunk', ...chunk }] })
    })
    return { entries, chunks, encode: (keep) => this.#encode(keep, chunks, contents), release() {} }
  }

  async open(request: CaptureRequest): Promise<LargeFile> {
    await this.#parts.turn()
    const file = this.#read(request)
    const { cipher } = this.#parts
    let at = 0
    return {
      next: async () => {
        await this.#parts.turn()
        if (file === undefined || at >= file.pieces.length) return undefined
        const part = this.#partOf(file.pieces.slice(at, at + 2))
        at += 2
        return part
      },
      finish: async () => {
        await this.#parts.turn()
        if (file === undefined) return { entry: vanished, crc32: 0 }
        return { entry: captured(request, file, {}), crc32: cipher.crc32(file.content, 0) }
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

  /** The file as the backup gets it; undefined when it has gone meanwhile. */
  #read({ path }: CaptureRequest): ModelFile | undefined {
    const { state, disturb, drawDisturbance } = this.#parts
    const listed = this.#fileAt(path)
    // A file of several names would change under all of them.
    if (listed.kind !== 'file' || listed.nlink > 1 || listed.isTorn) return listed
    const what = drawDisturbance()
    if (what === undefined) return listed
    const at = this.#relative(path)
    const now = disturb(at, what === 'tear' ? 'rewrite' : what)
    if (now === undefined || what === 'tear') this.troubled.add(at)
    if (now === undefined) {
      state.delete(at)
      return undefined
    }
    // Its metadata as of the end of the read, its bytes from before.
    const { content, pieces } = listed
    const read: ModelFile = what === 'tear' ? { ...now, content, pieces, isTorn: true } : now
    state.set(at, read)
    return read
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

const vanished: CapturedEntry = { kind: 'failed', reason: 'vanished', detail: 'it is gone' }
/** Too large now to be read among others; then it is read by itself. */
const grown: CapturedEntry = { kind: 'failed', reason: 'changed', detail: 'it has grown' }

function captured(
  request: CaptureRequest,
  file: ModelFile,
  content: Extras,
): Extract<CapturedEntry, { kind: 'captured' }> {
  const record = recordOf(lastName(request.path), file)
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength)
  const isEmpty = file.kind === 'file' && file.content.length === 0
  const extras = file.kind === 'symlink' ? { linkTarget: file.content } : content
  return {
    kind: 'captured',
    stat: statOfRecord(view, 0),
    user: 'anna',
    group: 'users',
    inconsistent: file.isTorn === true,
    extra: encodeExtras(isEmpty ? {} : extras),
    readBytes: file.kind === 'file' ? file.content.length : 0,
    notes: [],
  }
}

function lastName(path: ByteString): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
