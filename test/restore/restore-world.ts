// A vault in memory with the product's own cipher, points of real folders and of hand-made trees, and the
// product's own hands below a folder of their own.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCipher } from '#adapters/cipher'
import { openPool } from '#adapters/pool'
import { linuxSourceTree } from '#adapters/source'
import { linuxTargetTree } from '#adapters/target'
import { byteStringFromText, failure } from '#base'
import {
  type ChunkId,
  chunkerParams,
  chunkIdOf,
  everything,
  type KnownPoint,
  type PointSource,
  sealBlock,
  type TreeRoot,
  type VaultConfig,
} from '#engine'
import { performBackup, performRestore, type RestoreOutcome, type RestoreRequest } from '#jobs'
import {
  type MemoryStore,
  memoryClock,
  memoryLeases,
  memoryStore,
  type Reporter,
  silentReporter,
} from '#ports'
import {
  ChunkReader,
  createVault,
  loadIndex,
  Ownership,
  openSession,
  type Session,
  type Vault,
} from '#vault'

const averageBytes = 4096
const config: VaultConfig = {
  vaultId: new Uint8Array(16).fill(5),
  mode: 'managed',
  createdAt: 0,
  compressionLevel: 3,
  chunkAverageBytes: averageBytes,
  retentionMinMs: 0,
  retentionMaxMs: undefined,
  gcGraceMs: 0,
  features: [],
}

export const neverAborted = new AbortController().signal
export const isRoot = process.getuid?.() === 0
export const needsRoot = isRoot ? false : 'needs root'

export type RestoreOptions = Partial<Omit<RestoreRequest, 'point'>> & {
  readonly reporter?: Reporter
  readonly signal?: AbortSignal
  readonly threads?: number
}

/** Whoever knows when a world is no longer needed: a test, or a program. */
type Lifetime = { readonly after: (end: () => void) => void }

export class RestoreWorld {
  readonly vault: Vault
  readonly store: MemoryStore
  /** Everything of this test lies below. */
  readonly folder: string
  readonly #ownership: Ownership

  private constructor(vault: Vault, store: MemoryStore, ownership: Ownership, folder: string) {
    this.vault = vault
    this.store = store
    this.#ownership = ownership
    this.folder = folder
  }

  static async make(context: Lifetime, room = tmpdir()): Promise<RestoreWorld> {
    const folder = mkdtempSync(join(room, 'holdfast-restore-'))
    context.after(() => {
      spawnSync('chattr', ['-R', '-f', '-i', '-a', folder], { stdio: 'ignore' })
      rmSync(folder, { recursive: true, force: true })
    })
    const clock = memoryClock()
    const store = memoryStore()
    const ports = { store, clock, leases: memoryLeases(clock), cipher: nodeCipher() }
    const vault = await createVault(ports, config, new Uint8Array(32).fill(3), neverAborted)
    const ownership = await Ownership.take(vault, 'a test', neverAborted)
    return new RestoreWorld(vault, store, ownership, folder)
  }

  /** A new folder of this test. */
  makeFolder(name: string): string {
    const path = join(this.folder, name)
    if (existsSync(path)) rmSync(path, { recursive: true })
    mkdirSync(path, { recursive: true })
    return path
  }

  /** A point of folders or files of this machine, by the product's own backup. */
  async backup(...paths: readonly string[]): Promise<KnownPoint> {
    const params = chunkerParams(averageBytes)
    const pool = openPool({ keys: this.vault.keys, compressionLevel: 3, params, threads: 1 })
    try {
      await using session = await openSession(this.#ownership, neverAborted)
      const sources: PointSource[] = paths.map((path, i) => ({
        path: byteStringFromText(path),
        prefix: byteStringFromText(paths.length === 1 ? '' : `source${i}`),
      }))
      const reader = new ChunkReader(this.vault, session.index)
      const { point } = await performBackup(
        { source: linuxSourceTree(pool), session, reader, reporter: silentReporter },
        { ...backupFacts, sources },
        neverAborted,
      )
      return point
    } finally {
      await pool.close()
    }
  }

  /** A point whose tree and content the test makes itself. */
  async handMade(
    make: (hand: PointHand) => Promise<TreeRoot>,
    sources: readonly PointSource[] = [
      { path: byteStringFromText('/srv'), prefix: byteStringFromText('') },
    ],
  ): Promise<KnownPoint> {
    await using session = await openSession(this.#ownership, neverAborted)
    const base = await make(new PointHand(this.vault, session))
    const tree = { base, overlay: undefined, overlayRows: 0 }
    return await session.commit({ ...commitFacts, sources, tree }, neverAborted)
  }

  async reader(): Promise<ChunkReader> {
    const { index } = await loadIndex(this.vault, this.#ownership.state, neverAborted)
    return new ChunkReader(this.vault, index)
  }

  /** Restores into a folder, all of it and skipping what is there unless told otherwise. */
  async restore(
    point: KnownPoint,
    target: string,
    { reporter = silentReporter, signal = neverAborted, threads, ...request }: RestoreOptions = {},
  ): Promise<RestoreOutcome> {
    const hands = linuxTargetTree(threads === undefined ? {} : { threads })
    return await performRestore(
      { reader: await this.reader(), target: hands, reporter },
      {
        point,
        selection: { kind: 'all' },
        destination: { kind: 'directory', path: byteStringFromText(target) },
        onConflict: 'skip',
        verifyExisting: false,
        fidelity: 'full',
        dryRun: false,
        ...request,
      },
      signal,
    )
  }
}

/** Stores chunks and nodes for a hand-made point. */
export class PointHand {
  readonly #vault: Vault
  readonly #session: Session

  constructor(vault: Vault, session: Session) {
    this.#vault = vault
    this.#session = session
  }

  /** Each chunk in a block of its own. */
  async chunk(bytes: Uint8Array): Promise<ChunkId> {
    const { cipher } = this.#vault.ports
    const id = chunkIdOf(cipher, this.#vault.keys, bytes)
    if (this.#session.claim([{ id }]).length === 0) return id
    const request = { kind: 'data', ids: [id], chunks: [bytes], level: 0 } as const
    const block = sealBlock(cipher, this.#vault.keys, request)
    await this.#session.addBlock('data', block, neverAborted)
    return id
  }

  node(bytes: Uint8Array): ChunkId {
    return this.#session.addNode(bytes)
  }
}

const backupFacts = {
  filter: everything,
  skipped: [],
  oneFileSystem: false,
  tags: [],
  host: 'h',
  user: 'u',
  retainForMs: 0,
  parent: undefined,
  startedAt: 0,
}

const commitFacts = {
  createdAt: 0,
  startedAt: 0,
  retainForMs: undefined,
  host: 'h',
  user: 'u',
  tags: [],
  status: 'complete',
  summary: {
    files: 0,
    directories: 0,
    others: 0,
    sourceBytes: 0,
    newBytes: 0,
    storedBytes: 0,
    filesRead: 0,
    excluded: 0,
  },
  failureCount: 0,
  failures: [],
  failureLists: [],
} as const

/** A tree as tools that are not ours see it: kind, mode, owner, times, size, links, and the sums of contents. */
export function pictureOf(folder: string): string {
  const format = '%P\\0%y %m %U:%G %T@ %l\\n'
  const entries = execFileSync('find', [folder, '-mindepth', '1', '-printf', format], {
    encoding: 'latin1',
  })
  const sums = execFileSync(
    'sh',
    ['-c', 'cd "$1" && find . -type f -print0 | sort -z | xargs -0 -r sha256sum', 'sh', folder],
    { encoding: 'latin1' },
  )
  return `${entries.split('\n').sort().join('\n')}\n${sums}`
}

export function storageTrouble(): Error {
  return failure('storage.unavailable', { object: 'a pack', problem: 'no answer' })
}
