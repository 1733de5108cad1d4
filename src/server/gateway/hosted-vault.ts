/**
 * A vault that this process owns. Its index and its points are read once and kept up to date, since nobody else changes
 * them: opening a session costs a copy of the index, however many points there are. While garbage is collected, packs come
 * and go, and everybody reads for himself. A lease keeps packs from being deleted while somebody reads.
 */
import { checkAborted } from '#base'
import type { VaultId } from '#contract'
import type { IndexedPack, KnownPoint, Point } from '#engine'
import {
  type ChunkIndex,
  ChunkReader,
  loadIndex,
  loadOwnIndex,
  type Ownership,
  openSession,
  openSessionOn,
  readPoints,
  type Session,
  type Vault,
} from '#vault'
import type { VaultReading } from '../vault-host.ts'
import type { OpenStorage } from './gateway-ports.ts'
import { VaultRoom } from './vault-room.ts'

type Loaded = {
  /** Number of the ledger entry that it is as of. */
  readonly entry: number
  readonly reader: ChunkReader
  readonly points: readonly KnownPoint[]
  readonly lost: VaultReading['lost']
}

export class HostedVault implements AsyncDisposable {
  readonly id: VaultId
  readonly vault: Vault
  readonly ownership: Ownership
  readonly room = new VaultRoom()
  readonly #storage: OpenStorage
  #loaded: Promise<Loaded> | undefined
  #index: Promise<ChunkIndex> | undefined
  /** Records of points never change. */
  readonly #records = new Map<string, Point>()
  #collections = 0

  constructor(id: VaultId, ownership: Ownership, storage: OpenStorage) {
    this.id = id
    this.ownership = ownership
    this.vault = ownership.vault
    ownership.indexListeners.add((packs) => this.#learn(packs))
    this.#storage = storage
  }

  /** Each reading has a lease of its own, so that none can be given back too early or never. */
  async read(signal: AbortSignal): Promise<VaultReading> {
    const { holder } = this.ownership.state
    const lease = await this.vault.ports.leases.acquire('reader', holder, signal)
    let isOver = false
    const end = async (): Promise<void> => {
      if (isOver) return
      isOver = true
      await lease.release()
    }
    try {
      const { reader, points, lost } = await this.#load(signal)
      return { vault: this.vault, reader, points, lost, [Symbol.asyncDispose]: end }
    } catch (problem) {
      await end()
      throw problem
    }
  }

  /** Many who come at once wait for one loading; of whoever gave up the next one takes over. */
  async #load(signal: AbortSignal): Promise<Loaded> {
    for (let before: Promise<Loaded> | undefined; ; ) {
      const known = this.#loaded
      if (known === undefined || known === before) break
      const loaded = await known.catch(() => undefined)
      if (loaded !== undefined && loaded.entry === this.ownership.state.number) return loaded
      checkAborted(signal)
      before = known
    }
    const loading = this.#loadNow(signal)
    this.#loaded = loading
    return await loading
  }

  /** A session that finds what every session before it has stored. */
  async openSession(signal: AbortSignal): Promise<Session> {
    const index = await this.#ownIndex(signal)
    if (index === undefined) return await openSession(this.ownership, signal)
    return openSessionOn(this.ownership, index)
  }

  /** The living points, as of this state of the ledger. */
  async points(state: Ownership['state'], signal: AbortSignal) {
    return await readPoints(this.vault, state, signal, this.#records)
  }

  /** Packs come and go during this work: nobody builds on what was known before. */
  async collecting<T>(work: () => Promise<T>): Promise<T> {
    this.#collections++
    this.#forget()
    try {
      return await work()
    } finally {
      this.#collections--
      this.#forget()
    }
  }

  /** What any session of ours has stored. */
  #learn(packs: readonly IndexedPack[]): void {
    const learn = (index: ChunkIndex) => {
      for (const pack of packs) index.addPack(pack)
    }
    // A loading that fails is begun anew by whoever asks next.
    this.#index?.then(learn, () => {})
  }

  #forget(): void {
    this.#index = undefined
    this.#loaded = undefined
  }

  /** Undefined while garbage is collected. */
  async #ownIndex(signal: AbortSignal): Promise<ChunkIndex | undefined> {
    if (this.#collections > 0) return undefined
    for (let before: Promise<ChunkIndex> | undefined; ; ) {
      const known = this.#index
      if (known === undefined || known === before) break
      const index = await known.catch(() => undefined)
      if (index !== undefined) return this.#index === known ? index : undefined
      checkAborted(signal)
      before = known
    }
    const loading = loadOwnIndex(this.ownership, signal)
    this.#index = loading
    const index = await loading
    return this.#index === loading ? index : undefined
  }

  /** Points before the index: a point written in between would name what the index does not know. */
  async #loadNow(signal: AbortSignal): Promise<Loaded> {
    const { state } = this.ownership
    const { points, lost } = await this.points(state, signal)
    const index =
      (await this.#ownIndex(signal)) ?? (await loadIndex(this.vault, state, signal)).index
    return { entry: state.number, reader: new ChunkReader(this.vault, index), points, lost }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ownership[Symbol.asyncDispose]()
    await this.#storage.close()
  }
}
