/** How much one call may do before it answers with what it has: nodes of trees, and time. */
import type { Clock } from '#ports'

const nodesMax = 1_500
const timeMaxMs = 120
/** The clock is asked for every so many nodes. */
const nodesPerLook = 16

export class WorkBudget {
  readonly #clock: Clock
  readonly #startedMs: number
  #nodes = 0
  #isSpent = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#startedMs = clock.now().upMs
  }

  /** A node was read or passed. */
  countNode(): void {
    this.#nodes++
    if (this.#nodes >= nodesMax) this.#isSpent = true
    else if (this.#nodes % nodesPerLook === 0) this.look()
  }

  look(): void {
    if (this.#clock.now().upMs - this.#startedMs >= timeMaxMs) this.#isSpent = true
  }

  get isSpent(): boolean {
    return this.#isSpent
  }
}
