/**
 * A source that lives in memory: a small tree that changes between backups, and the socket through which the real backup
 * reads it. Contents come from a small pool, so chunks are shared, die and come back: that is where collections err.
 */
import { type ByteString, byteStringFromText } from '#base'
import { encodeListing, type ListingEntry } from '#engine'
import type { SeededRandom } from '#ports'

export type ModelFile = {
  readonly kind: 'file' | 'directory' | 'symlink'
  /** Pieces of the pool, `zeros` for holes; the content of a link is its target. */
  readonly content: Uint8Array
  readonly pieces: readonly ModelPiece[]
  readonly mode: number
  readonly changedAtMs: number
  readonly ino: number
}

export type ModelPiece = { readonly bytes: Uint8Array; readonly isZeros: boolean }

/** What a tree looked like: path (relative, '' for the root) to file. Never changed after it is made. */
export type TreeState = ReadonlyMap<string, ModelFile>

export class TreeModel {
  readonly path: ByteString
  readonly #pool: readonly Uint8Array[]
  readonly #random: SeededRandom
  #files = new Map<string, ModelFile>()
  #inos = 1
  /** The clock of the source's file system. */
  nowMs = 1_700_000_000_000

  constructor(name: string, pool: readonly Uint8Array[], random: SeededRandom) {
    this.path = byteStringFromText(`/${name}`)
    this.#pool = pool
    this.#random = random
    this.#files.set('', this.#directory())
    for (let i = 0; i < 3 + random.below(5); i++) this.#addFile()
  }

  /** The tree as it is; later changes do not reach it. */
  state(): TreeState {
    return new Map(this.#files)
  }

  change(): void {
    this.nowMs += this.#random.chance(0.2) ? 100 : 10_000
    const count = this.#random.below(4)
    for (let i = 0; i < count; i++) {
      const choice = this.#random.below(5)
      if (choice <= 1) this.#addFile()
      else if (choice === 2) this.#removeFile()
      else this.#rewriteFile()
    }
    this.nowMs += this.#random.chance(0.2) ? 100 : 10_000
  }

  #addFile(): void {
    const folder = this.#random.chance(0.5) ? '' : `d${this.#random.below(3)}`
    if (folder !== '' && !this.#files.has(folder)) this.#files.set(folder, this.#directory())
    const name = `f${this.#random.below(12)}`
    this.#files.set(folder === '' ? name : `${folder}/${name}`, this.#newFile())
  }

  #removeFile(): void {
    const path = this.#random.pick(this.#paths())
    if (path !== undefined) this.#files.delete(path)
  }

  #rewriteFile(): void {
    const path = this.#random.pick(this.#paths())
    if (path !== undefined) this.#files.set(path, this.#newFile())
  }

  #paths(): string[] {
    return [...this.#files].filter(([, file]) => file.kind !== 'directory').map(([path]) => path)
  }

  #newFile(): ModelFile {
    const random = this.#random
    if (random.chance(0.1)) {
      const content = new TextEncoder().encode(`target-${random.below(4)}`)
      return { ...this.#directory(), kind: 'symlink', content, mode: 0o777 }
    }
    const count = random.chance(0.25) ? 2 + random.below(5) : 1
    const pieces: ModelPiece[] = []
    for (let i = 0; i < count; i++) {
      const isZeros = count > 1 && random.chance(0.15)
      const bytes = isZeros ? new Uint8Array(24) : random.pick(this.#pool)
      if (bytes !== undefined) pieces.push({ bytes, isZeros })
    }
    const content = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.bytes.length, 0))
    let at = 0
    for (const { bytes } of pieces) {
      content.set(bytes, at)
      at += bytes.length
    }
    return { ...this.#directory(), kind: 'file', content, pieces, mode: 0o644 }
  }

  #directory(): ModelFile {
    const ino = this.#inos++
    const changedAtMs = this.nowMs
    return {
      kind: 'directory',
      content: new Uint8Array(),
      pieces: [],
      mode: 0o755,
      changedAtMs,
      ino,
    }
  }
}

/** Contents that files are made of: some tiny ones that stand in the entry itself, most become chunks. */
export function contentPool(random: SeededRandom, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const bytes = random.bytes(24 + random.below(40))
    bytes[0] = i
    return bytes
  })
}

export function recordOf(name: string, file: ModelFile): Uint8Array {
  return encodeListing([listingOf(name, file)])
}

export function listingOf(name: string, file: ModelFile): ListingEntry {
  const seconds = BigInt(Math.floor(file.changedAtMs / 1000))
  const nanoseconds = (file.changedAtMs % 1000) * 1_000_000
  return {
    name: byteStringFromText(name),
    kind: file.kind,
    error: 0,
    mode: file.mode,
    uid: 1000,
    gid: 1000,
    nlink: 1,
    size: BigInt(file.content.length),
    mtimeSec: seconds,
    mtimeNsec: nanoseconds,
    ctimeSec: seconds,
    ctimeNsec: nanoseconds,
    ino: BigInt(file.ino),
    dev: 7n,
    rdev: 0n,
    blocks: 1n,
  }
}
