// A vault in memory whose trees a test writes node by node, also such as no writer of ours would write.
import { nodeCipher } from '#adapters/cipher'
import { assert, type ByteString, byteStringFromText } from '#base'
import {
  type ChunkId,
  chunkIdOf,
  encodeBranch,
  LeafBuilder,
  type LeafItem,
  type TreeRoot,
} from '#engine'
import { performVerify, type VerifyReport } from '#jobs'
import {
  type BlockOpener,
  MemoryStore,
  memoryClock,
  memoryLeases,
  memoryStore,
  silentReporter,
} from '#ports'
import {
  ChunkIndex,
  ChunkReader,
  createVault,
  Ownership,
  openSession,
  PointCursor,
  Session,
  type Vault,
} from '#vault'
import { configOf, master, signal } from './real-vault.ts'

export const noOpener: BlockOpener = {
  check: async () => [],
  digest: async () => new Uint8Array(32),
  close: async () => {},
}

export const text = (value: string): ByteString => byteStringFromText(value)

export type Child = TreeRoot & { readonly bytes?: number }

export function key(name: string) {
  return { dir: text(''), name: text(name) }
}

export function entryItem(name: string, size: number, extra: Uint8Array = new Uint8Array(0)) {
  const entry = {
    ...key(name),
    kind: 'file' as const,
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: '',
    group: '',
    nlink: 1,
    size,
    mtimeSec: 0,
    mtimeNsec: 0,
    ctimeSec: 0,
    ctimeNsec: 0,
    inoLow: 0,
    inoHigh: 0,
    inconsistent: false,
    extra,
  }
  return { kind: 'entry' as const, entry, replacesBytes: undefined }
}

export class CraftedVault implements AsyncDisposable {
  readonly vault: Vault
  readonly ownership: Ownership
  session: Session

  private constructor(vault: Vault, ownership: Ownership, session: Session) {
    this.vault = vault
    this.ownership = ownership
    this.session = session
  }

  static async open(): Promise<CraftedVault> {
    const clock = memoryClock()
    const ports = {
      store: memoryStore(),
      leases: memoryLeases(clock),
      clock,
      cipher: nodeCipher(),
    }
    const vault = await createVault(ports, configOf(9), master, signal)
    const ownership = await Ownership.take(vault, 'test', signal)
    return new CraftedVault(vault, ownership, await openSession(ownership, signal))
  }

  get reader(): ChunkReader {
    return new ChunkReader(this.vault, this.session.index)
  }

  node(bytes: Uint8Array): ChunkId {
    this.session.addNode(bytes)
    return chunkIdOf(this.vault.ports.cipher, this.vault.keys, bytes)
  }

  /** The id of a chunk that the vault does not hold. */
  unstored(bytes: Uint8Array): ChunkId {
    return chunkIdOf(this.vault.ports.cipher, this.vault.keys, bytes)
  }

  /** Another pack with the same chunk, as two jobs side by side write them. */
  async storeAgain(bytes: Uint8Array): Promise<void> {
    const session = new Session(this.ownership, new ChunkIndex())
    session.addNode(bytes)
    await session.flush(signal)
    await session[Symbol.asyncDispose]()
  }

  leaf(name: string): Child {
    return this.leafOf([entryItem(name, 0)])
  }

  leafOf(items: readonly LeafItem[]): TreeRoot {
    const builder = new LeafBuilder()
    for (const item of items) builder.add(item)
    return { id: this.node(builder.finish()), sums: builder.sums }
  }

  branch(level: number, children: readonly Child[]): Child {
    const sums = { entries: 1, bytes: children[0]?.bytes ?? 0 }
    const id = this.node(
      encodeBranch({
        level,
        children: children.map((child) => ({ first: key('x'), ...child, sums })),
      }),
    )
    return { id, sums }
  }

  get store(): MemoryStore {
    const { store } = this.vault.ports
    assert(store instanceof MemoryStore, 'a crafted vault lies in memory')
    return store
  }

  async commit(base: TreeRoot, overlay?: TreeRoot) {
    const point = await this.session.commit(
      {
        createdAt: 0,
        startedAt: 0,
        retainForMs: 0,
        host: 'h',
        user: 'u',
        tags: [],
        sources: [],
        status: 'complete',
        tree: { base, overlay, overlayRows: 0 },
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
      },
      signal,
    )
    this.session = await openSession(this.ownership, signal)
    return point
  }

  async walk(tree: ConstructorParameters<typeof PointCursor>[1]): Promise<void> {
    const cursor = new PointCursor(this.reader, tree)
    while (cursor.advance() || (await cursor.load(signal))) cursor.item()
  }

  async verify(): Promise<VerifyReport> {
    const ports = { vault: this.vault, opener: noOpener, reporter: silentReporter }
    return await performVerify(ports, { holder: 'test', readData: undefined }, signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ownership[Symbol.asyncDispose]()
  }
}
