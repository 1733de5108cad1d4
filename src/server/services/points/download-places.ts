/**
 * How many downloads run at once, each with the vault that it reads; a place is free again when its download is over. Whoever
 * reads slowly keeps one for long, so no account gets all of them.
 */
import { failure } from '#base'
import type { AccountId, VaultId } from '#contract'
import type { ServerKernel } from '../../kernel.ts'
import type { VaultReading } from '../../vault-host.ts'

const downloadsMax = 16
const ofAccountMax = 12
const retryAfterSeconds = 30

export type DownloadPlace = AsyncDisposable & { readonly reading: VaultReading }

export class DownloadPlaces {
  /** The account of each that runs. */
  readonly #running: AccountId[] = []

  /** @throws server.busy */
  async enter(
    kernel: ServerKernel,
    { vaultId, accountId }: { readonly vaultId: VaultId; readonly accountId: AccountId },
    signal: AbortSignal,
  ): Promise<DownloadPlace> {
    const own = this.#running.filter((one) => one === accountId).length
    if (this.#running.length >= downloadsMax || own >= ofAccountMax)
      throw failure('server.busy', { seconds: retryAfterSeconds })
    this.#running.push(accountId)
    let isOver = false
    let reading: VaultReading | undefined
    const leave = async (): Promise<void> => {
      if (isOver) return
      isOver = true
      this.#running.splice(this.#running.indexOf(accountId), 1)
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
