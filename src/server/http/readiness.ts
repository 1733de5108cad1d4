/**
 * Whether the server can do its work: the catalog answers, and vaults do. Anybody may ask, so an answer counts for a
 * while and says to strangers no more than yes or no; the log says the rest.
 */
import { listUsedVaults } from '../catalog/server-watch.ts'
import type { ServerKernel } from '../kernel.ts'

const countsMs = 5_000
const patienceMs = 5_000
/** Vaults that are asked at once; with more, the newest stand for all. */
const vaultsMax = 8

export class Readiness {
  readonly #kernel: ServerKernel
  #asked: { readonly atMs: number; readonly problems: Promise<readonly string[]> } | undefined

  constructor(kernel: ServerKernel) {
    this.#kernel = kernel
  }

  async problems(): Promise<readonly string[]> {
    if (this.#kernel.ending.aborted) return ['the server is ending']
    const now = performance.now()
    if (this.#asked === undefined || now - this.#asked.atMs > countsMs) {
      this.#asked = { atMs: now, problems: this.#ask() }
    }
    return await this.#asked.problems
  }

  async #ask(): Promise<readonly string[]> {
    const { catalog, vaults, log } = this.#kernel
    const signal = AbortSignal.timeout(patienceMs)
    try {
      await catalog.check()
      const ids = await listUsedVaults(catalog.db, vaultsMax)
      const problems = await Promise.all(
        ids.map(async (vaultId) => {
          try {
            await vaults.state(vaultId, signal)
            return []
          } catch (problem) {
            log.warn({ problem, vaultId }, 'A vault does not answer.')
            return [`the vault ${vaultId} does not answer`]
          }
        }),
      )
      return problems.flat()
    } catch (problem) {
      log.error({ problem }, 'The catalog does not answer.')
      return ['the catalog does not answer']
    }
  }
}
