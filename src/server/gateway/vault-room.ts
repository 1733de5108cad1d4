/**
 * How much of the quota of a vault is used (A12, L14). Measured when its first session opens and after each maintenance;
 * in between what sessions store is added, so that many sessions together do not store more than one may.
 */
import { failure } from '#base'
import type { ChunkIndex } from '#vault'

/** What of a session was counted already. */
export type CountedSession = { countedBytes: number }

export class VaultRoom {
  #usedBytes: number | undefined

  get usedBytes(): number {
    return this.#usedBytes ?? 0
  }

  /** As the index of a session that opens has it. */
  measure(index: ChunkIndex): void {
    if (this.#usedBytes !== undefined) return
    this.#usedBytes = index.packs.reduce(
      (sum, pack) => sum + (index.stateOf(pack) === 'missing' ? 0 : pack.bytes),
      0,
    )
  }

  /** What lies in the storage, as somebody has just counted it. */
  set(usedBytes: number): void {
    this.#usedBytes = usedBytes
  }

  /** @param storedBytes of the session so far */
  count(session: CountedSession, storedBytes: number): void {
    this.#usedBytes = this.usedBytes + storedBytes - session.countedBytes
    session.countedBytes = storedBytes
  }

  /** @throws quota.exceeded */
  assertLeft(quotaBytes: number | null): void {
    if (quotaBytes === null || this.usedBytes < quotaBytes) return
    throw failure('quota.exceeded', { quota: 'quota of the vault', limit: quotaBytes })
  }
}
