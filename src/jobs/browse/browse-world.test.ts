/** A vault in memory with points made of plain descriptions, for the tests of browsing and dumping. */
import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { type ByteString, byteStringFromText, bytesOf } from '#base'
import {
  type ChunkId,
  chunkIdOf,
  compareKeys,
  type Entry,
  type EntryKind,
  type Extras,
  encodeExtras,
  entryKey,
  entryPath,
  inlineBytesMax,
  type KnownPoint,
  type LeafItem,
  type PointTree,
  sealBlock,
  TreeBuilder,
  type TreeRoot,
  type VaultConfig,
} from '#engine'
import {
  type MemoryStore,
  memoryCipher,
  memoryClock,
  memoryLeases,
  memoryStore,
  SeededRandom,
} from '#ports'
import {
  ChunkReader,
  createVault,
  loadIndex,
  Ownership,
  openSession,
  readLedger,
  type Session,
  type Vault,
} from '#vault'

export const { signal } = new AbortController()

export type Described = Partial<Omit<Entry, 'dir' | 'name' | 'extra' | 'size'>> &
  Omit<Extras, 'inline' | 'pieces'> & {
    readonly content?: Uint8Array | string
    /** Pieces of the content instead: numbers are runs of zeros. */
    readonly pieces?: readonly (number | Uint8Array)[]
    readonly size?: number
  }

/** Path → what stands there; names as text or as byte strings. */
export type DescribedTree = ReadonlyMap<string, Described>

const chunkBytes = 64 * 1024

export class World {
  readonly vault: Vault
  readonly store: MemoryStore
  readonly #ownership: Ownership
  readonly #bases = new Map<string, Map<string, Entry>>()
  #last: KnownPoint | undefined

  private constructor(vault: Vault, store: MemoryStore, ownership: Ownership) {
    this.vault = vault
    this.store = store
    this.#ownership = ownership
  }

  static async make(): Promise<World> {
    const random = new SeededRandom(7)
    const store = memoryStore()
    const clock = memoryClock()
    const cipher = memoryCipher(random)
    const ports = { store, clock, cipher, leases: memoryLeases(clock) }
    const vault = await createVault(ports, config(random.bytes(16)), random.bytes(32), signal)
    return new World(vault, store, await Ownership.take(vault, 'a test', signal))
  }

  /** A point of its own tree, or with `over` an overlay on the base of that point. */
  async point(tree: DescribedTree, options: PointOptions = {}): Promise<KnownPoint> {
    await using session = await openSession(this.#ownership, signal)
    const entries = await this.#entriesOf(tree, session)
    const { over } = options
    const pointTree =
      over === undefined ? this.#fullTree(entries, session) : this.#overlay(entries, over, session)
    const list = [...entries.values()]
    const count = (kind: EntryKind) => list.filter((entry) => entry.kind === kind).length
    const sourceBytes = list.reduce((sum, entry) => sum + entry.size, 0)
    const directories = count('directory')
    const sources = options.sources ?? [{ path: '/srv/data', prefix: '' }]
    const known = await session.commit(
      {
        createdAt: 0,
        startedAt: 0,
        retainForMs: undefined,
        host: 'here',
        user: 'me',
        tags: [],
        sources: sources.map(({ path, prefix }) => ({ path: text(path), prefix: text(prefix) })),
        status: 'complete',
        tree: pointTree,
        summary: {
          files: count('file'),
          directories,
          others: list.length - count('file') - directories,
          sourceBytes,
          newBytes: session.newBytes,
          storedBytes: session.storedBytes,
          filesRead: 0,
          excluded: 0,
        },
        failureCount: 0,
        failures: [],
        failureLists: [],
      },
      signal,
    )
    this.#last = known
    return known
  }

  async reader(): Promise<CountingReader> {
    const { index } = await loadIndex(this.vault, await readLedger(this.vault, signal), signal)
    return new CountingReader(this.vault, index)
  }

  get last(): KnownPoint | undefined {
    return this.#last
  }

  async #entriesOf(tree: DescribedTree, session: Session): Promise<Map<string, Entry>> {
    const entries = new Map<string, Entry>()
    for (const [path, described] of tree) {
      const key = entryKey(/[^\0-\xff]/.test(path) ? text(path) : (path as ByteString))
      entries.set(entryPath(key), await this.#entryOf(key, described, session))
    }
    return entries
  }

  async #entryOf(
    key: ReturnType<typeof entryKey>,
    described: Described,
    session: Session,
  ): Promise<Entry> {
    const { content, pieces, size, ...rest } = described
    const { linkTarget, rdev, xattrs, inodeFlags, linkDevice, crc32, ...facts } = rest
    const bytes = typeof content === 'string' ? bytesOf(text(content)) : content
    const held =
      bytes === undefined && pieces === undefined ? {} : await this.#content(bytes, pieces, session)
    const extras = { linkTarget, rdev, xattrs, inodeFlags, linkDevice, crc32, ...held }
    const kept = Object.entries(extras).filter(
      ([name, value]) => value !== undefined && name !== 'size',
    )
    return {
      kind: 'file',
      mode: 0o644,
      uid: 0,
      gid: 0,
      user: 'root',
      group: 'root',
      nlink: 1,
      mtimeSec: 1_700_000_000,
      mtimeNsec: 0,
      ctimeSec: 1_700_000_000,
      ctimeNsec: 0,
      inoLow: 1,
      inoHigh: 0,
      inconsistent: false,
      ...facts,
      ...key,
      size: size ?? held.size ?? 0,
      extra: encodeExtras(Object.fromEntries(kept)),
    }
  }

  async #content(
    bytes: Uint8Array | undefined,
    pieces: readonly (number | Uint8Array)[] | undefined,
    session: Session,
  ): Promise<Extras & { readonly size?: number }> {
    if (bytes !== undefined && bytes.length <= inlineBytesMax)
      return bytes.length === 0 ? {} : { inline: bytes, size: bytes.length }
    const parts: (number | Uint8Array)[] = [...(pieces ?? [])]
    for (let at = 0; bytes !== undefined && at < bytes.length; at += chunkBytes)
      parts.push(bytes.subarray(at, at + chunkBytes))
    const stored = []
    let size = 0
    for (const part of parts) {
      size += typeof part === 'number' ? part : part.length
      if (typeof part === 'number') stored.push({ kind: 'zeros', bytes: part } as const)
      else
        stored.push({
          kind: 'chunk',
          bytes: part.length,
          id: await this.#chunk(part, session),
        } as const)
    }
    return { pieces: stored, size }
  }

  async #chunk(chunk: Uint8Array, session: Session): Promise<ChunkId> {
    const { cipher } = this.vault.ports
    const id = chunkIdOf(cipher, this.vault.keys, chunk)
    if (session.claim([{ id }]).length === 0) return id
    const request = { kind: 'data', ids: [id], chunks: [chunk], level: 1 } as const
    await session.addBlock('data', sealBlock(cipher, this.vault.keys, request), signal)
    return id
  }

  #fullTree(entries: Map<string, Entry>, session: Session): PointTree {
    const items = [...entries.values()].map((entry): LeafItem => {
      return { kind: 'entry', entry, replacesBytes: undefined }
    })
    const base = build(items, session)
    this.#bases.set(base.id.join(), entries)
    return { base, overlay: undefined, overlayRows: 0 }
  }

  #overlay(entries: Map<string, Entry>, over: KnownPoint, session: Session): PointTree {
    const { base } = over.point.tree
    const before = this.#bases.get(base.id.join()) ?? new Map<string, Entry>()
    const items: LeafItem[] = []
    for (const [path, entry] of entries) {
      const old = before.get(path)
      if (JSON.stringify(old) !== JSON.stringify(entry))
        items.push({ kind: 'entry', entry, replacesBytes: old?.size })
    }
    for (const [path, old] of before) {
      if (!entries.has(path))
        items.push({
          kind: 'tombstone',
          key: { dir: old.dir, name: old.name },
          replacesBytes: old.size,
        })
    }
    if (items.length === 0) return { base, overlay: undefined, overlayRows: 0 }
    return { base, overlay: build(items, session), overlayRows: items.length }
  }
}

export type PointOptions = {
  readonly over?: KnownPoint
  readonly sources?: readonly { readonly path: string; readonly prefix: string }[]
}

/** Counts what is asked for, by id. */
export class CountingReader extends ChunkReader {
  readonly asked: string[] = []

  override async get(id: ChunkId, until: AbortSignal): Promise<Uint8Array> {
    this.asked.push(id.join())
    return await super.get(id, until)
  }
}

export function text(value: string): ByteString {
  return byteStringFromText(value)
}

/** A tree of `folders` directories with `files` small files each, and its root. */
export function wideTree(folders: number, files: number): Map<string, Described> {
  const tree = new Map<string, Described>([['', { kind: 'directory', mode: 0o755 }]])
  for (let d = 0; d < folders; d++) {
    const folder = `d${String(d).padStart(4, '0')}`
    tree.set(folder, { kind: 'directory', mode: 0o755, inoLow: d })
    for (let f = 0; f < files; f++)
      tree.set(`${folder}/file-${f}.txt`, { size: f, inoLow: d * files + f })
  }
  return tree
}

function build(items: LeafItem[], session: Session): TreeRoot {
  const keyed = items.map((item) => ({ item, key: item.kind === 'entry' ? item.entry : item.key }))
  keyed.sort((a, b) => compareKeys(a.key, b.key))
  const builder = new TreeBuilder((bytes) => session.addNode(bytes))
  for (const { item } of keyed) builder.add(item)
  const root = builder.finish()
  if (root === undefined) throw new Error('a tree has entries')
  return root
}

function config(vaultId: Uint8Array): VaultConfig {
  return {
    vaultId,
    mode: 'managed',
    createdAt: 0,
    compressionLevel: 1,
    chunkAverageBytes: 256 * 1024,
    retentionMinMs: 0,
    retentionMaxMs: undefined,
    gcGraceMs: 0,
    features: [],
  }
}

test('the world keeps what it is told', async () => {
  const world = await World.make()
  const { point } = await world.point(
    new Map([
      ['', { kind: 'directory' }],
      ['a', { content: 'hi' }],
    ]),
  )
  equal(point.summary.sourceBytes, 2)
  equal(point.tree.base.sums.entries, 2)
})
