/**
 * A vault that this process owns. Its index and its points are read once for each state of the ledger and shared by all who
 * read; a lease keeps packs from being deleted while somebody does.
 */
import { checkAborted } from '#base'
import type { VaultId } from '#contract'
import type { KnownPoint } from '#engine'
import { ChunkReader, loadIndex, type Ownership, readPoints, type Vault } from '#vault'
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

  constructor(id: VaultId, ownership: Ownership, storage: OpenStorage) {
    this.id = id
    this.ownership = ownership
    this.vault = ownership.vault
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

  /** Points before the index: a point written in between would name what the index does not know. */
  async #loadNow(signal: AbortSignal): Promise<Loaded> {
    const { state } = this.ownership
    const { points, lost } = await readPoints(this.vault, state, signal)
    const { index } = await loadIndex(this.vault, state, signal)
    return { entry: state.number, reader: new ChunkReader(this.vault, index), points, lost }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ownership[Symbol.asyncDispose]()
    await this.#storage.close()
  }
}
