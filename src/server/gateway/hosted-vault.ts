/**
 * A vault that this process owns. Its index and its points are read once for each state of the ledger and shared by all who
 * read; a lease keeps packs from being deleted while somebody does.
 */
import type { VaultId } from '#contract'
import type { KnownPoint } from '#engine'
import type { Lease } from '#ports'
import { ChunkReader, loadIndex, type Ownership, readPoints, type Vault } from '#vault'
import type { VaultReading } from '../vault-host.ts'
import type { OpenStorage } from './gateway-ports.ts'

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
  readonly #storage: OpenStorage
  #loaded: Promise<Loaded> | undefined
  #readers = 0
  #lease: Promise<Lease> | undefined

  constructor(id: VaultId, ownership: Ownership, storage: OpenStorage) {
    this.id = id
    this.ownership = ownership
    this.vault = ownership.vault
    this.#storage = storage
  }

  async read(signal: AbortSignal): Promise<VaultReading> {
    this.#readers++
    this.#lease ??= this.vault.ports.leases.acquire('reader', this.ownership.state.holder, signal)
    const lease = this.#lease
    let isOver = false
    const end = async (): Promise<void> => {
      if (isOver) return
      isOver = true
      if (--this.#readers > 0) return
      if (this.#lease === lease) this.#lease = undefined
      await (await lease).release()
    }
    try {
      await lease
      const { reader, points, lost } = await this.#load(signal)
      return { vault: this.vault, reader, points, lost, [Symbol.asyncDispose]: end }
    } catch (problem) {
      if (this.#lease === lease) this.#lease = undefined
      await end().catch(() => {})
      throw problem
    }
  }

  async #load(signal: AbortSignal): Promise<Loaded> {
    const current = await this.#loaded?.catch(() => undefined)
    if (current !== undefined && current.entry === this.ownership.state.number) return current
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

  /** What was read is out of date, though the ledger did not change: packs were moved or deleted. */
  forget(): void {
    this.#loaded = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ownership[Symbol.asyncDispose]()
    await this.#storage.close()
  }
}
