/** A vault in memory with guests that tests steer block by block: honest ones and liars. */
import { assert, byteStringFromText } from '#base'
import {
  admitBlock,
  type BlockKind,
  type ChunkId,
  type Cipher,
  chunkIdOf,
  deriveSessionKeys,
  type Extras,
  encodeExtras,
  type KnownPoint,
  type PointTree,
  releaseBlock,
  type SessionSecrets,
  sealBlock,
  TreeBuilder,
  type TreeRoot,
  type VaultKeys,
} from '#engine'
import {
  type BlockExchange,
  MemoryStore,
  memoryCipher,
  memoryClock,
  memoryLeases,
  type PointDraft,
  SeededRandom,
} from '#ports'
import { ChunkReader } from '../chunk-reader.ts'
import { loadIndex } from '../load-index.ts'
import { openSession } from '../open-session.ts'
import { Ownership } from '../ownership.ts'
import { plainConfig } from '../plain-config.fixture.ts'
import { createVault, type Vault } from '../vault.ts'
import {
  type GuestRequest,
  GuestSession,
  type SentBlock,
  type StoredBlock,
} from './guest-session.ts'

export const signal = new AbortController().signal

export class GuestWorld {
  readonly vault: Vault
  readonly store: MemoryStore
  readonly ownership: Ownership
  readonly exchange: BlockExchange
  /** Called before each block is admitted; a test may let it wait. */
  beforeAdmit: (() => Promise<void>) | undefined
  #sessions = 0

  private constructor(vault: Vault, store: MemoryStore, ownership: Ownership) {
    this.vault = vault
    this.store = store
    this.ownership = ownership
    const { cipher } = vault.ports
    this.exchange = {
      admit: async (change, block) => {
        await this.beforeAdmit?.()
        return admitBlock(cipher, change, block)
      },
      release: async (change, block) => releaseBlock(cipher, change, block),
    }
  }

  static async make(cipher: Cipher = memoryCipher(new SeededRandom(1))): Promise<GuestWorld> {
    const store = new MemoryStore(new Map())
    const clock = memoryClock()
    const ports = { store, leases: memoryLeases(clock), clock, cipher }
    const vault = await createVault(ports, plainConfig, new Uint8Array(32).fill(1), signal)
    return new GuestWorld(vault, store, await Ownership.take(vault, 'test', signal))
  }

  async open(more: Partial<GuestRequest> = {}): Promise<TestGuest> {
    const session = await openSession(this.ownership, signal)
    const secrets = this.newSecrets()
    const { exchange } = this
    const usual = { secrets, exchange, parent: undefined, earlierPacks: [], sharesAll: false }
    return new TestGuest(this.vault, new GuestSession(session, { ...usual, ...more }), secrets)
  }

  newSecrets(): SessionSecrets {
    const number = ++this.#sessions
    return { sessionId: new Uint8Array(16).fill(number), master: new Uint8Array(32).fill(number) }
  }

  /** As anybody reads who owns the vault. */
  async reader(): Promise<ChunkReader> {
    const { index } = await loadIndex(this.vault, this.ownership.state, signal)
    return new ChunkReader(this.vault, index)
  }

  get pointCount(): number {
    return this.ownership.state.points.size
  }
}

export type TestFile = Extras & { readonly size?: number }

export class TestGuest implements AsyncDisposable {
  readonly session: GuestSession
  readonly keys: VaultKeys
  readonly secrets: SessionSecrets
  readonly #cipher: Cipher
  blocks = 0

  constructor(vault: Vault, session: GuestSession, secrets: SessionSecrets) {
    this.session = session
    this.secrets = secrets
    this.#cipher = vault.ports.cipher
    this.keys = deriveSessionKeys(this.#cipher, vault.keys, secrets)
  }

  idOf(bytes: Uint8Array): ChunkId {
    return chunkIdOf(this.#cipher, this.keys, bytes)
  }

  block(kind: BlockKind, chunks: readonly Uint8Array[], number = this.blocks++): SentBlock {
    const ids = chunks.map((chunk) => this.idOf(chunk))
    const { bytes } = sealBlock(this.#cipher, this.keys, { kind, ids, chunks, level: 0 })
    return { kind, number, ids, lengths: chunks.map(({ length }) => length), sealed: bytes }
  }

  async send(kind: BlockKind, chunks: readonly Uint8Array[]): Promise<StoredBlock> {
    return await this.session.takeBlock(this.block(kind, chunks), signal)
  }

  /** The nodes of a tree of these files, in one folder. */
  tree(files: Readonly<Record<string, TestFile>>): { root: TreeRoot; nodes: Uint8Array[] } {
    const nodes: Uint8Array[] = []
    const builder = new TreeBuilder((node) => {
      nodes.push(node)
      return this.idOf(node)
    })
    for (const name of Object.keys(files).sort()) {
      const { size = 1, ...extras } = files[name] ?? {}
      builder.add({ kind: 'entry', entry: entryOf(name, size, extras), replacesBytes: undefined })
    }
    const root = builder.finish()
    assert(root !== undefined, 'a tree of a test has files')
    return { root, nodes }
  }

  /** Sends the nodes of these files and commits; their content must have been sent. */
  async commitFiles(
    files: Readonly<Record<string, TestFile>>,
    more: Partial<PointDraft> = {},
  ): Promise<KnownPoint> {
    const { root, nodes } = this.tree(files)
    await this.send('tree', nodes)
    return await this.commit({ base: root, overlay: undefined, overlayRows: 0 }, more)
  }

  async commit(
    tree: PointTree,
    more: Partial<PointDraft> = {},
    blocks = this.blocks,
  ): Promise<KnownPoint> {
    return await this.session.commit(draftOf(tree, more), { blocks }, signal)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.session[Symbol.asyncDispose]()
  }
}

export function treeOf(root: TreeRoot): PointTree {
  return { base: root, overlay: undefined, overlayRows: 0 }
}

/** A file whose content stands in one chunk. */
export function fileOf(id: ChunkId, size: number): TestFile {
  return { size, pieces: [{ kind: 'chunk', id, bytes: size }] }
}

function entryOf(name: string, size: number, extras: Extras) {
  const stat = { mode: 0o644, uid: 0, gid: 0, nlink: 1, mtimeSec: 1, mtimeNsec: 0, ctimeSec: 1 }
  const rest = { ctimeNsec: 0, inoLow: 1, inoHigh: 0, user: '', group: '', inconsistent: false }
  const dir = byteStringFromText('')
  const key = { dir, name: byteStringFromText(name), kind: 'file', size } as const
  return { ...key, ...stat, ...rest, extra: encodeExtras(extras) }
}

function draftOf(tree: PointTree, more: Partial<PointDraft>): PointDraft {
  const counts = { files: 1, directories: 0, others: 0, filesRead: 1, excluded: 0 }
  return {
    createdAt: 0,
    startedAt: 0,
    retainForMs: undefined,
    host: 'h',
    user: 'u',
    tags: [],
    sources: [{ path: byteStringFromText('/x'), prefix: byteStringFromText('') }],
    status: 'complete',
    tree,
    summary: { ...counts, sourceBytes: 0, newBytes: 0, storedBytes: 0 },
    failureCount: 0,
    failures: [],
    failureLists: [],
    ...more,
  }
}
