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
  /** Its ctime: when its content, or the number of its names, last changed. */
  readonly statusAtMs: number
  readonly ino: number
  /** How many names it has. */
  readonly nlink: number
  /** Only in what a backup took: it changed while it was read, so its bytes are of no moment. */
  readonly isTorn?: true
}

export type ModelPiece = { readonly bytes: Uint8Array; readonly isZeros: boolean }

/** What a tree looked like: path (relative, '' for the root) to file. */
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
  state(): Map<string, ModelFile> {
    return new Map(this.#files)
  }

  /** Somebody changes a file while a backup is about to read it. @returns the file now; undefined when it is gone */
  disturb(path: string, how: 'rewrite' | 'remove'): ModelFile | undefined {
    this.nowMs += 1 + this.#random.below(50)
    if (how === 'remove') {
      this.#put(path, undefined)
      return undefined
    }
    const file = this.#newFile('file')
    this.#put(path, file)
    return file
  }

  change(): void {
    this.nowMs += this.#random.chance(0.2) ? 100 : 10_000
    const count = this.#random.below(4)
    for (let i = 0; i < count; i++) {
      const choice = this.#random.below(6)
      if (choice <= 1) this.#addFile()
      else if (choice === 2) this.#removeFile()
      else if (choice === 3) this.#linkFile()
      else this.#rewriteFile()
    }
    this.nowMs += this.#random.chance(0.2) ? 100 : 10_000
  }

  #addFile(): void {
    this.#put(this.#anyPath(), this.#newFile())
  }

  #anyPath(): string {
    const folder = this.#random.chance(0.5) ? '' : `d${this.#random.below(3)}`
    if (folder !== '' && !this.#files.has(folder)) this.#files.set(folder, this.#directory())
    const name = `f${this.#random.below(12)}`
    return folder === '' ? name : `${folder}/${name}`
  }

  #removeFile(): void {
    const path = this.#random.pick(this.#paths())
    if (path !== undefined) this.#put(path, undefined)
  }

  /** Another file takes its name; or the file itself is written anew, under all its names. */
  #rewriteFile(): void {
    const path = this.#random.pick(this.#paths())
    const file = path === undefined ? undefined : this.#files.get(path)
    if (path === undefined || file === undefined) return
    if (file.nlink === 1 || this.#random.chance(0.5)) {
      this.#put(path, this.#newFile())
      return
    }
    const { ino, nlink } = file
    const written = { ...this.#newFile('file'), ino, nlink }
    for (const name of this.#namesOf(file)) this.#files.set(name, written)
  }

  /** A file gets a further name. */
  #linkFile(): void {
    const path = this.#random.pick(this.#paths())
    const file = path === undefined ? undefined : this.#files.get(path)
    if (file?.kind !== 'file') return
    const other = this.#anyPath()
    if (this.#files.get(other)?.ino !== file.ino) this.#put(other, file)
  }

  /** Gives a name to a file, or takes the name away. Whoever had the name, and whoever has it now, counts his names. */
  #put(path: string, file: ModelFile | undefined): void {
    const before = this.#files.get(path)
    if (file === undefined) this.#files.delete(path)
    else this.#files.set(path, file)
    for (const one of [before, file]) {
      if (one?.kind !== 'file') continue
      const names = this.#namesOf(one)
      if (names.length === one.nlink) continue
      const counted = { ...one, nlink: names.length, statusAtMs: this.nowMs }
      for (const name of names) this.#files.set(name, counted)
    }
  }

  #namesOf({ ino }: ModelFile): string[] {
    return [...this.#files].flatMap(([path, file]) => (file.ino === ino ? [path] : []))
  }

  #paths(): string[] {
    return [...this.#files].filter(([, file]) => file.kind !== 'directory').map(([path]) => path)
  }

  #newFile(kind?: 'file'): ModelFile {
    const random = this.#random
    if (kind === undefined && random.chance(0.1)) {
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
      statusAtMs: changedAtMs,
      ino,
      nlink: 1,
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
  const seconds = (ms: number) => BigInt(Math.floor(ms / 1000))
  const nanoseconds = (ms: number) => (ms % 1000) * 1_000_000
  return {
    name: byteStringFromText(name),
    kind: file.kind,
    error: 0,
    mode: file.mode,
    uid: 1000,
    gid: 1000,
    nlink: file.nlink,
    size: BigInt(file.content.length),
    mtimeSec: seconds(file.changedAtMs),
    mtimeNsec: nanoseconds(file.changedAtMs),
    ctimeSec: seconds(file.statusAtMs),
    ctimeNsec: nanoseconds(file.statusAtMs),
    ino: BigInt(file.ino),
    dev: 7n,
    rdev: 0n,
    blocks: 1n,
  }
}
