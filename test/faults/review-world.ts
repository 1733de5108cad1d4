// A real tree, a real vault, and a hand in between: the source can be changed by "another process" at the
// very moment between its listing and its reading.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCipher } from '#adapters/cipher'
import { openPool, type Pool } from '#adapters/pool'
import { linuxSourceTree, pooledBlockOpener } from '#adapters/source'
import { linuxTargetTree } from '#adapters/target'
import { byteStringFromText, displayName } from '#base'
import {
  chunkerParams,
  decodeExtras,
  decodePieces,
  deriveVaultKeys,
  type Entry,
  entryPath,
  everything,
  type KnownPoint,
  type PathFilter,
} from '#engine'
import {
  type BackupOutcome,
  parentOf,
  performBackup,
  performRestore,
  performVerify,
  type RestoreOutcome,
  type VerifyReport,
} from '#jobs'
import {
  type CaptureRequest,
  type Clock,
  type MemoryStore,
  memoryClock,
  memoryLeases,
  memoryStore,
  type SourceTree,
  silentReporter,
} from '#ports'
import {
  ChunkReader,
  createVault,
  loadIndex,
  Ownership,
  openSession,
  PointCursor,
  readLedger,
  readPoints,
  type Vault,
} from '#vault'

export const signal = new AbortController().signal
const averageBytes = 4096
const master = new Uint8Array(32).fill(3)
const host = 'h'

export type Hands = {
  /** Called before an entry is read, with the path below the source. */
  readonly beforeRead?: (path: string) => void
  /** The source as the backup sees it, changed. */
  readonly wrap?: (tree: SourceTree) => SourceTree
  readonly filter?: PathFilter
  /** Default: the folder of the test. */
  readonly source?: string
  /** Default: the present moment, as the command has it: what changed just before is read again by the next backup. */
  readonly startedAt?: number
}

/** Later than any change of a test: no file of such a backup is read again for being recent. */
export const afterAllChanges = (): number => Date.now() + 10_000

export class ReviewWorld implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'holdfast-review-'))
  readonly source = join(this.folder, 'source')
  readonly store: MemoryStore
  readonly vault: Vault
  readonly #pool: Pool

  private constructor(vault: Vault, store: MemoryStore, pool: Pool) {
    this.vault = vault
    this.store = store
    this.#pool = pool
    mkdirSync(this.source)
  }

  static async make(clock: Clock = memoryClock()): Promise<ReviewWorld> {
    const cipher = nodeCipher()
    const store = memoryStore()
    const ports = { store, leases: memoryLeases(clock), clock, cipher }
    const config = {
      vaultId: new Uint8Array(16).fill(5),
      mode: 'managed',
      createdAt: 0,
      compressionLevel: 3,
      chunkAverageBytes: averageBytes,
      retentionMinMs: 0,
      retentionMaxMs: undefined,
      gcGraceMs: 0,
      features: [],
    } as const
    const vault = await createVault(ports, config, master, signal)
    const keys = deriveVaultKeys(cipher, config.vaultId, master)
    const params = chunkerParams(averageBytes)
    const pool = openPool({ keys, compressionLevel: 3, params, threads: 1 })
    return new ReviewWorld(vault, store, pool)
  }

  at(path: string): string {
    return join(this.source, path)
  }

  write(path: string, content: string | Uint8Array): void {
    mkdirSync(join(this.at(path), '..'), { recursive: true })
    writeFileSync(this.at(path), content)
  }

  async backup(hands: Hands = {}): Promise<BackupOutcome> {
    const { vault } = this
    await using ownership = await Ownership.take(vault, 'review', signal)
    await using session = await openSession(ownership, signal)
    const { points } = await readPoints(vault, ownership.state, signal)
    const path = byteStringFromText(hands.source ?? this.source)
    const sources = [{ path, prefix: byteStringFromText('') }]
    const tree = handed(linuxSourceTree(this.#pool), this.source, hands)
    const source = hands.wrap === undefined ? tree : hands.wrap(tree)
    const reader = new ChunkReader(vault, session.index)
    return await performBackup(
      { source, session, reader, reporter: silentReporter },
      {
        sources,
        filter: hands.filter ?? everything,
        skipped: [],
        oneFileSystem: false,
        tags: [],
        host,
        user: 'u',
        retainForMs: 0,
        parent: parentOf(points, sources, host),
        startedAt: hands.startedAt ?? Date.now(),
      },
      signal,
    )
  }

  /** Restores all of a point into a new folder, and answers that. */
  async restore(point: KnownPoint): Promise<{ folder: string; outcome: RestoreOutcome }> {
    const folder = mkdtempSync(join(this.folder, 'restored-'))
    const outcome = await performRestore(
      {
        reader: await this.reader(),
        target: linuxTargetTree({ threads: 1 }),
        reporter: silentReporter,
      },
      {
        point,
        selection: { kind: 'all' },
        destination: { kind: 'directory', path: byteStringFromText(folder) },
        onConflict: 'skip',
        verifyExisting: false,
        fidelity: 'full',
        dryRun: false,
      },
      signal,
    )
    return { folder, outcome }
  }

  async verify(): Promise<VerifyReport> {
    const opener = pooledBlockOpener(this.#pool)
    const ports = { vault: this.vault, opener, reporter: silentReporter }
    return await performVerify(ports, { holder: 'review', readData: undefined }, signal)
  }

  /** Every entry of a point by its path. */
  async entries({ point }: KnownPoint): Promise<Map<string, Entry>> {
    const reader = await this.reader()
    const cursor = new PointCursor(reader, point.tree)
    const entries = new Map<string, Entry>()
    while (cursor.advance() || (await cursor.load(signal))) {
      const item = cursor.item()
      if (item.kind === 'entry') entries.set(displayName(entryPath(item.entry)), item.entry)
    }
    return entries
  }

  async contentOf(known: KnownPoint, path: string): Promise<string | undefined> {
    const entry = (await this.entries(known)).get(path)
    if (entry === undefined) return undefined
    const reader = await this.reader()
    const { inline, pieces = [], pieceLists = [] } = decodeExtras(entry.extra)
    const all = [...pieces]
    for (const list of pieceLists) all.push(...decodePieces(await reader.get(list, signal)))
    const parts = inline === undefined ? [] : [inline]
    for (const piece of all)
      parts.push(
        piece.kind === 'zeros' ? new Uint8Array(piece.bytes) : await reader.get(piece.id, signal),
      )
    return Buffer.concat(parts).toString('latin1')
  }

  /** Bytes of the largest block of tree nodes and lists, unpacked, in packs that are not among `others`. */
  async largestTreeBlock(others: ReadonlySet<string> = new Set()): Promise<number> {
    const reader = await this.reader()
    const { index } = reader
    let largest = 0
    for (const pack of index.packs.filter(({ name }) => !others.has(name)))
      for (let i = 0; i < pack.blockCount; i++) {
        const block = index.block(pack.firstBlock + i)
        if (block.kind === 'tree') largest = Math.max(largest, block.rawBytes)
      }
    return largest
  }

  /** Packs of this kind are gone from the storage. */
  async losePacks(kind: 'data' | 'tree'): Promise<void> {
    const reader = await this.reader()
    for (const pack of reader.index.packs)
      if (reader.index.block(pack.firstBlock).kind === kind) this.store.objects.delete(pack.name)
  }

  async reader(): Promise<ChunkReader> {
    const loaded = await loadIndex(this.vault, await readLedger(this.vault, signal), signal)
    return new ChunkReader(this.vault, loaded.index)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close()
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true, force: true })
  }
}

function handed(tree: SourceTree, root: string, { beforeRead }: Hands): SourceTree {
  const tell = ({ path }: CaptureRequest): void => {
    beforeRead?.(path === root ? '' : path.slice(root.length + 1))
  }
  return {
    limits: tree.limits,
    stat: (path, until) => tree.stat(path, until),
    list: (request, until) => tree.list(request, until),
    capture: async (batch, until) => {
      batch.forEach(tell)
      return await tree.capture(batch, until)
    },
    open: async (request, until) => {
      tell(request)
      return await tree.open(request, until)
    },
    close: () => tree.close(),
  }
}

/** One entry after the other, each finished before the next but one is asked for. */
export function slowly(tree: SourceTree): SourceTree {
  const limits = { ...tree.limits, batchEntriesMax: 1, inFlightMax: 1 }
  return {
    limits,
    stat: (path, until) => tree.stat(path, until),
    list: (request, until) => tree.list(request, until),
    capture: (batch, until) => tree.capture(batch, until),
    open: (request, until) => tree.open(request, until),
    close: () => tree.close(),
  }
}
