/** How much one call may do before it answers with what it has: nodes of trees, and time. */
import type { Clock } from '#ports'

export type WorkLimits = { readonly nodesMax: number; readonly timeMaxMs: number }

/** A page of a folder is there at once. */
export const browseLimits: WorkLimits = { nodesMax: 1_500, timeMaxMs: 60 }
/** A search goes on with the next page. */
export const searchLimits: WorkLimits = { nodesMax: 1_500, timeMaxMs: 90 }
/** The clock is asked for every so many nodes. */
const nodesPerLook = 8

export class WorkBudget {
  readonly #clock: Clock
  readonly #limits: WorkLimits
  readonly #startedMs: number
  #nodes = 0
  #isSpent = false

  constructor(clock: Clock, limits: WorkLimits) {
    this.#clock = clock
    this.#limits = limits
    this.#startedMs = clock.now().upMs
  }

  /** A node was read or passed. */
  countNode(): void {
    this.#nodes++
    if (this.#nodes >= this.#limits.nodesMax) this.#isSpent = true
    else if (this.#nodes % nodesPerLook === 0) this.look()
  }

  look(): void {
    if (this.#clock.now().upMs - this.#startedMs >= this.#limits.timeMaxMs) this.#isSpent = true
  }

  get isSpent(): boolean {
    return this.#isSpent
  }
}
