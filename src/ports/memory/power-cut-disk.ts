/**
 * A disk as POSIX promises it, and not a bit better. What a file holds is durable up to its last sync; what a folder
 * lists, up to the folder's last sync. At a power cut any subset of the other changes of folders is lost, and every
 * unsynced end of a file is cut, or full of zeros, or there. A sync that failed loses its pages for good: the next one
 * succeeds without them, as on Linux.
 */
import { assert, concatBytes } from '#base'
import type { SeededRandom } from './seeded-random.ts'

type File = {
  readonly kind: 'file'
  bytes: Uint8Array
  /** Bytes before this are on the platter. */
  syncedBytes: number
  /** Pages that a failed sync threw away: never durable, though still read back until the power goes. */
  lost: { readonly from: number; readonly to: number } | undefined
}

type Folder = {
  readonly kind: 'folder'
  readonly entries: Map<string, Entry>
  readonly durable: Map<string, Entry>
  /** Changes since the last sync, in order. */
  pending: Change[]
}

type Entry = File | Folder
type Change = { readonly name: string; readonly entry: Entry | undefined }

export class PowerCutDisk {
  /** Counts power cuts; a store of an earlier life can do nothing any more. */
  life = 1
  #root = newFolder()

  makeFolder(path: string): void {
    const { folder, name } = this.#place(path)
    if (!folder.entries.has(name)) change(folder, name, newFolder())
  }

  hasFolder(path: string): boolean {
    return path === '' || this.#find(path)?.kind === 'folder'
  }

  create(path: string): void {
    const { folder, name } = this.#place(path)
    assert(!folder.entries.has(name), 'a new file has a new name')
    change(folder, name, {
      kind: 'file',
      bytes: new Uint8Array(),
      syncedBytes: 0,
      lost: undefined,
    })
  }

  append(path: string, bytes: Uint8Array): void {
    const file = this.#file(path)
    file.bytes = concatBytes([file.bytes, bytes])
  }

  sync(path: string): void {
    const file = this.#file(path)
    file.syncedBytes = file.bytes.length
  }

  failSync(path: string): void {
    const file = this.#file(path)
    file.lost = { from: file.syncedBytes, to: file.bytes.length }
  }

  syncFolder(path: string): void {
    const folder = this.#folder(path)
    for (const { name, entry } of folder.pending) setOrDelete(folder.durable, name, entry)
    folder.pending = []
  }

  /** False when the name is taken. */
  link(from: string, to: string): boolean {
    const { folder, name } = this.#place(to)
    if (folder.entries.has(name)) return false
    change(folder, name, this.#file(from))
    return true
  }

  rename(from: string, to: string): void {
    const target = this.#place(to)
    change(target.folder, target.name, this.#file(from))
    this.unlink(from)
  }

  unlink(path: string): void {
    const { folder, name } = this.#place(path)
    if (folder.entries.has(name)) change(folder, name, undefined)
  }

  read(path: string): Uint8Array | undefined {
    const entry = this.#find(path)
    return entry?.kind === 'file' ? entry.bytes : undefined
  }

  /** Names in a folder, none when it does not exist. */
  names(path: string): string[] {
    const entry = path === '' ? this.#root : this.#find(path)
    return entry?.kind === 'folder' ? [...entry.entries.keys()].sort() : []
  }

  /** Rot: changes a bit of what is on the platter. */
  flip(path: string, bit: number): void {
    const file = this.#file(path)
    const at = Math.floor(bit / 8) % file.bytes.length
    file.bytes = file.bytes.slice()
    file.bytes[at] = (file.bytes[at] ?? 0) ^ (1 << (bit % 8))
  }

  /** Rot: the end of a file is lost. */
  truncate(path: string, length: number): void {
    const file = this.#file(path)
    file.bytes = file.bytes.slice(0, length)
    file.syncedBytes = Math.min(file.syncedBytes, length)
  }

  /** The power goes, and comes back. */
  crash(random: SeededRandom): void {
    const survivors = new Map<File, File>()
    this.#root = surviveFolder(this.#root, survivors, random)
    this.life++
  }

  #place(path: string): { readonly folder: Folder; readonly name: string } {
    const slash = path.lastIndexOf('/')
    return { folder: this.#folder(path.slice(0, Math.max(slash, 0))), name: path.slice(slash + 1) }
  }

  #folder(path: string): Folder {
    const entry = path === '' ? this.#root : this.#find(path)
    assert(entry?.kind === 'folder', 'a folder is made before it is used')
    return entry
  }

  #file(path: string): File {
    const entry = this.#find(path)
    assert(entry?.kind === 'file', 'a file is created before it is used')
    return entry
  }

  #find(path: string): Entry | undefined {
    let entry: Entry | undefined = this.#root
    for (const name of path.split('/')) {
      if (entry?.kind !== 'folder') return undefined
      entry = entry.entries.get(name)
    }
    return entry
  }
}

function newFolder(): Folder {
  return { kind: 'folder', entries: new Map(), durable: new Map(), pending: [] }
}

function change(folder: Folder, name: string, entry: Entry | undefined): void {
  setOrDelete(folder.entries, name, entry)
  folder.pending.push({ name, entry })
}

function setOrDelete(entries: Map<string, Entry>, name: string, entry: Entry | undefined): void {
  if (entry === undefined) entries.delete(name)
  else entries.set(name, entry)
}

function surviveFolder(folder: Folder, survivors: Map<File, File>, random: SeededRandom): Folder {
  const kept = new Map(folder.durable)
  for (const { name, entry } of folder.pending) {
    if (random.chance(0.5)) setOrDelete(kept, name, entry)
  }
  const after = newFolder()
  for (const [name, entry] of kept) {
    const survivor =
      entry.kind === 'folder'
        ? surviveFolder(entry, survivors, random)
        : (survivors.get(entry) ?? surviveFile(entry, random))
    if (entry.kind === 'file' && survivor.kind === 'file') survivors.set(entry, survivor)
    after.entries.set(name, survivor)
    after.durable.set(name, survivor)
  }
  return after
}

function surviveFile(file: File, random: SeededRandom): File {
  const tail = file.bytes.length - file.syncedBytes
  const fate = random.below(3)
  const length = fate === 0 ? file.syncedBytes + random.below(tail + 1) : file.bytes.length
  const bytes = file.bytes.slice(0, length)
  if (fate === 1 && tail > 0) bytes.fill(0, file.syncedBytes + random.below(tail))
  if (file.lost !== undefined) bytes.fill(0, file.lost.from, file.lost.to)
  return { kind: 'file', bytes, syncedBytes: bytes.length, lost: undefined }
}
