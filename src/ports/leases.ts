/**
 * Rights to a vault that end with their holder: the operating system gives them back when the process dies, so no clock
 * decides whether an owner is alive. Leases keep honest processes apart; what keeps a vault safe when they fail (another
 * host, a paused process) is the epoch, see src/vault/ownership.ts.
 */
export type LeaseKind =
  /** One at a time: may commit, expire and collect. */
  | 'owner'
  /** Any number: reads points, so that a sweep waits. */
  | 'reader'
  /** Excludes readers while a sweep deletes. */
  | 'sweep'

export interface Lease extends AsyncDisposable {
  release(): Promise<void>
}

export interface Leases {
  /** @throws vault.leased with who holds it, at once. A vault on read-only storage gives reader leases without a trace. */
  acquire(kind: LeaseKind, holder: string, signal: AbortSignal): Promise<Lease>
}
