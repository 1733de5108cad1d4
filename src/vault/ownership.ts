/**
 * Ownership: one process at a time commits, expires and collects. The lease keeps honest processes apart; the ledger
 * makes it safe when that fails (another host, a process that was asleep): whoever lost the vault is refused at its next
 * entry, since that number is taken (reliability F08, F09). Liveness rests on no clock.
 */
import { failure, Gate, isFailure } from '#base'
import {
  type IndexedPack,
  isPromise,
  type LedgerAction,
  type LedgerState,
  trustedTimeAt,
} from '#engine'
import type { Lease } from '#ports'
import { append, claim, isCurrent, readLedger } from './ledger.ts'
import { assertNoLostEntries } from './lost-entries.ts'
import type { Session } from './session.ts'
import type { Vault } from './vault.ts'

const claimTriesMax = 8

type Decide = (state: LedgerState) => LedgerAction | undefined | Promise<LedgerAction | undefined>

export class Ownership implements AsyncDisposable {
  readonly vault: Vault
  /** Sessions under way; what they rely on is not collected. */
  readonly sessions = new Set<Session>()
  /** Told of packs that a session stored, once a durable segment names them: from then on others may rely on them. */
  readonly indexListeners = new Set<(packs: readonly IndexedPack[]) => void>()
  /** One collection at a time: two would condemn what the other is writing. */
  readonly collections = new Gate(1)
  readonly #lease: Lease
  #state: LedgerState
  #line: Promise<unknown> = Promise.resolve()

  private constructor(vault: Vault, lease: Lease, state: LedgerState) {
    this.vault = vault
    this.#lease = lease
    this.#state = state
  }

  /** @throws vault.leased, vault.reverted, or vault.fenced when others keep taking it. */
  static async take(vault: Vault, holder: string, signal: AbortSignal): Promise<Ownership> {
    const lease = await vault.ports.leases.acquire('owner', holder, signal)
    try {
      for (let tries = 0; tries < claimTriesMax; tries++) {
        const state = await claimOnce(vault, holder, signal)
        if (state !== undefined) return new Ownership(vault, lease, state)
      }
      throw failure('vault.fenced', { found: 'newer', ours: 'none' })
    } catch (problem) {
      await lease.release()
      throw problem
    }
  }

  /** What is true of the vault, as of our last entry. */
  get state(): LedgerState {
    return this.#state
  }

  get epoch(): number {
    return this.#state.epoch
  }

  /** The vault's own time; see src/engine/retention/trusted-time.ts. */
  trustedNow(): number {
    return trustedTimeAt(this.#state, this.vault.ports.clock.now())
  }

  wallNow(): number {
    return Math.floor(this.vault.ports.clock.now().wallMs)
  }

  /** @throws vault.fenced when somebody took the vault over. Ask directly before every deletion. */
  async assertOwned(signal: AbortSignal): Promise<void> {
    await this.#inLine(async () => {
      if (await isCurrent(this.vault, this.#state, signal)) return
      const { number } = this.#state
      throw failure('vault.fenced', { found: number + 1, ours: number })
    })
  }

  /**
   * Decides something: durable on return. Decisions are put in line; `decide` sees the state that its entry will follow,
   * and returns undefined when there is nothing to decide any more.
   * @throws vault.fenced
   */
  async append(decide: LedgerAction | Decide, signal: AbortSignal): Promise<LedgerState> {
    return await this.#inLine(async () => {
      const action = typeof decide === 'function' ? await decide(this.#state) : decide
      if (action === undefined) return this.#state
      this.#state = await append(this.vault, this.#state, action, signal)
      // A promise is never the last entry: lost alone, it would leave no gap behind.
      if (isPromise(action)) {
        const repeated = { kind: 'lock', to: this.#state.lock } as const
        this.#state = await append(this.vault, this.#state, repeated, signal)
      }
      return this.#state
    })
  }

  /** One at a time, so that nobody takes an entry of our own that is on its way for one of another owner. */
  async #inLine<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#line.then(work)
    this.#line = turn.catch(() => undefined)
    return await turn
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lease.release()
  }
}

/** Undefined when another process wrote the next entry first. */
async function claimOnce(
  vault: Vault,
  holder: string,
  signal: AbortSignal,
): Promise<LedgerState | undefined> {
  try {
    const state = await readLedger(vault, signal)
    await assertNoLostEntries(vault, state, signal)
    return await claim(vault, { state, holder }, signal)
  } catch (problem) {
    if (isFailure(problem, 'vault.fenced')) return undefined
    throw problem
  }
}
