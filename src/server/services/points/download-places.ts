/** How many downloads run at once, each with the vault that it reads; a place is free again when its download is over. */
import { failure } from '#base'
import type { VaultId } from '#contract'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultReading } from '../../vault-host.ts'

const downloadsMax = 16
const retryAfterSeconds = 30

export type DownloadPlace = AsyncDisposable & { readonly reading: VaultReading }

export class DownloadPlaces {
  #taken = 0

  /** @throws server.busy */
  async enter(kernel: ServerKernel, vaultId: VaultId, signal: AbortSignal): Promise<DownloadPlace> {
    if (this.#taken >= downloadsMax) throw failure('server.busy', { seconds: retryAfterSeconds })
    this.#taken++
    let isOver = false
    let reading: VaultReading | undefined
    const leave = async (): Promise<void> => {
      if (isOver) return
      isOver = true
      this.#taken--
      await reading?.[Symbol.asyncDispose]()
    }
    try {
      reading = await kernel.vaults.read(vaultId, signal)
    } catch (problem) {
      await leave()
      throw problem
    }
    // The caller may go before the first byte was asked for; then nothing else would end it.
    signal.addEventListener('abort', () => void leave(), { once: true })
    return { reading, [Symbol.asyncDispose]: leave }
  }
}
