// A real vault in a folder: real cipher, real store, backups of a small real tree by the real pool. It is
// made once; each test works on a copy of its folder, which it may damage as it likes.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCipher } from '#adapters/cipher'
import { directoryLeases } from '#adapters/leases'
import { openPool, type Pool } from '#adapters/pool'
import { linuxSourceTree, pooledBlockOpener } from '#adapters/source'
import { openDirectoryStore } from '#adapters/store'
import { byteStringFromText, isFailure } from '#base'
import {
  chunkerParams,
  decodeExtras,
  decodePieces,
  deriveVaultKeys,
  entryPath,
  everything,
  type KnownPoint,
  type PointSource,
  type VaultConfig,
} from '#engine'
import { parentOf, performBackup } from '#jobs'
import { type BlockOpener, memoryClock, SeededRandom, silentReporter } from '#ports'
import {
  ChunkReader,
  createVault,
  Ownership,
  openSession,
  openVault,
  PointCursor,
  readPoints,
  type Vault,
} from '#vault'

export const signal = new AbortController().signal
export const master = new Uint8Array(32).fill(7)
const averageBytes = 4096
const clock = memoryClock()

export function configOf(vaultId: number): VaultConfig {
  return {
    vaultId: new Uint8Array(16).fill(vaultId),
    mode: 'managed',
    createdAt: 0,
    compressionLevel: 3,
    chunkAverageBytes: averageBytes,
    retentionMinMs: 0,
    retentionMaxMs: undefined,
    gcGraceMs: 0,
    features: [],
  }
}

export type OpenedFolder = AsyncDisposable & { readonly vault: Vault }

export async function openFolder(path: string, config = configOf(9)): Promise<OpenedFolder> {
  const store = await openDirectoryStore(path, { createMissing: false })
  const ports = { store, leases: directoryLeases(path), clock, cipher: nodeCipher() }
  return { vault: openVault(ports, config, master), [Symbol.asyncDispose]: () => store.close() }
}

/** What every point must give back: path → SHA-256 of the content. */
export type Contents = ReadonlyMap<string, string>

export class RealVault implements AsyncDisposable {
  readonly folder: string
  readonly source: string
  readonly vaultPath: string
  readonly config: VaultConfig
  /** By id, in order. */
  readonly points = new Map<string, Contents>()
  readonly #pool: Pool
  readonly opener: BlockOpener

  private constructor(folder: string, config: VaultConfig) {
    this.folder = folder
    this.config = config
    this.source = join(folder, 'source')
    this.vaultPath = join(folder, 'vault')
    const keys = deriveVaultKeys(nodeCipher(), config.vaultId, master)
    const params = chunkerParams(averageBytes)
    this.#pool = openPool({ keys, compressionLevel: 3, params, threads: 1 })
    this.opener = pooledBlockOpener(this.#pool)
  }

  /** Three points: a first one, one with changes, one with more. */
  static async make(vaultId = 9): Promise<RealVault> {
    const made = new RealVault(mkdtempSync(join(tmpdir(), 'holdfast-faults-')), configOf(vaultId))
    mkdirSync(made.source)
    const store = await openDirectoryStore(made.vaultPath, { createMissing: true })
    const ports = { store, leases: directoryLeases(made.vaultPath), clock, cipher: nodeCipher() }
    await createVault(ports, made.config, master, signal)
    await store.close()
    const random = new SeededRandom(vaultId)
    for (let i = 0; i < 40; i++)
      made.write(`d${i % 4}/f${i}`, random.bytes(300 + random.below(9000)))
    // Cut into more pieces than an entry holds itself.
    made.write('large', random.bytes(1_300_000))
    made.write('tiny', random.bytes(20))
    symlinkSync('tiny', join(made.source, 'link'))
    await made.backup(made.vaultPath)
    for (let i = 0; i < 8; i++) made.write(`d1/new${i}`, random.bytes(5000))
    await made.backup(made.vaultPath)
    made.write('d0/f0', random.bytes(9000))
    await made.backup(made.vaultPath)
    return made
  }

  write(path: string, bytes: Uint8Array): void {
    mkdirSync(join(this.source, path, '..'), { recursive: true })
    writeFileSync(join(this.source, path), bytes)
  }

  /** A copy of the vault's folder to damage. */
  copy(): string {
    const path = mkdtempSync(join(this.folder, 'copy-'))
    cpSync(this.vaultPath, path, { recursive: true })
    return path
  }

  /** Backs the source up into a vault folder; remembers what the point must give back. */
  async backup(path: string): Promise<KnownPoint> {
    await using opened = await openFolder(path, this.config)
    const { vault } = opened
    await using ownership = await Ownership.take(vault, 'test', signal)
    await using session = await openSession(ownership, signal)
    const { points } = await readPoints(vault, ownership.state, signal)
    const source = byteStringFromText(this.source)
    const sources: PointSource[] = [{ path: source, prefix: byteStringFromText('') }]
    const tree = linuxSourceTree(this.#pool)
    const reader = new ChunkReader(vault, session.index)
    const { point } = await performBackup(
      { source: tree, session, reader, reporter: silentReporter },
      {
        sources,
        filter: everything,
        skipped: [],
        oneFileSystem: false,
        tags: [],
        host: 'h',
        user: 'u',
        retainForMs: 0,
        parent: parentOf(points, sources, 'h'),
        startedAt: Date.now() + 10_000,
      },
      signal,
    )
    this.points.set(point.id, await readContents(reader, point))
    return point
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Path → hash of every file of a point that can be read as a whole, `failed` for others; ends where the tree does. */
export async function readContents(reader: ChunkReader, { point }: KnownPoint): Promise<Contents> {
  const contents = new Map<string, string>()
  const cursor = new PointCursor(reader, point.tree)
  try {
    while (cursor.advance() || (await cursor.load(signal))) {
      const item = cursor.item()
      if (item.kind === 'entry' && item.entry.kind === 'file')
        contents.set(entryPath(item.entry), await hashOf(reader, item.entry.extra))
    }
  } catch (problem) {
    if (!isFailure(problem)) throw problem
    contents.set(cutOff, problem.message)
  }
  return contents
}

/** Key under which contents say that the tree could not be read any further. */
export const cutOff = '(cut off)'

async function hashOf(reader: ChunkReader, extra: Uint8Array): Promise<string> {
  const extras = decodeExtras(extra)
  const hash = createHash('sha256')
  try {
    if (extras.inline !== undefined) hash.update(extras.inline)
    const pieces = [...(extras.pieces ?? [])]
    for (const list of extras.pieceLists ?? [])
      pieces.push(...decodePieces(await reader.get(list, signal)))
    for (const piece of pieces) {
      const bytes = piece.kind === 'chunk' ? await reader.get(piece.id, signal) : zeros(piece.bytes)
      hash.update(bytes)
    }
  } catch (problem) {
    if (!isFailure(problem)) throw problem
    return 'failed'
  }
  return hash.digest('hex')
}

function zeros(count: number): Uint8Array {
  return new Uint8Array(count)
}
