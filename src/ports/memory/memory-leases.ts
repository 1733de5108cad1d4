/** Leases of one vault among the jobs of one simulation. */
import { checkAborted, failure } from '#base'
import type { Clock } from '../clock.ts'
import type { Lease, LeaseKind, Leases } from '../leases.ts'

type Held = { readonly kind: LeaseKind; readonly holder: string; readonly since: string }

const excludes: Readonly<Record<LeaseKind, readonly LeaseKind[]>> = {
  owner: ['owner'],
  reader: ['sweep'],
  sweep: ['sweep', 'reader'],
}

export class MemoryLeases implements Leases {
  readonly #clock: Clock
  readonly #held = new Set<Held>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async acquire(kind: LeaseKind, holder: string, signal: AbortSignal): Promise<Lease> {
    checkAborted(signal)
    const other = [...this.#held].find((held) => excludes[kind].includes(held.kind))
    if (other !== undefined) {
      throw failure('vault.leased', { holder: other.holder, since: other.since })
    }
    const held = { kind, holder, since: new Date(this.#clock.now().wallMs).toISOString() }
    this.#held.add(held)
    const release = async () => {
      this.#held.delete(held)
    }
    return { release, [Symbol.asyncDispose]: release }
  }

  /** The process of this holder died; without a name, every process did. */
  drop(holder?: string): void {
    for (const held of this.#held) {
      if (holder === undefined || held.holder === holder) this.#held.delete(held)
    }
  }
}

export function memoryLeases(clock: Clock): MemoryLeases {
  return new MemoryLeases(clock)
}
