/**
 * One thread of chance for many jobs. A job that reaches a port gives its turn back here, and the seed decides whose turn
 * it is next; so the same seed is the same run, and every interleaving of port calls has its seed. A job of a process
 * that is dead never gets a turn again; one that is paused gets it when the process goes on.
 */
import { setImmediate } from 'node:timers/promises'
import type { SeededRandom } from '#ports'

export type SimulatedProcess = {
  readonly name: string
  state: 'running' | 'paused' | 'dead'
}

type Waiter = { readonly process: SimulatedProcess; readonly go: () => void }

export class Scheduler {
  readonly #random: SeededRandom
  readonly #onStep: () => void
  readonly #burst: number
  #waiting: Waiter[] = []
  #lookers = 0
  #accidents: (() => void)[] = []
  steps = 0

  /**
   * @param parts.burst how often a turn goes back to where it came from
   * @param onStep called at every turn: here the world has its accidents
   */
  constructor(
    parts: { readonly random: SeededRandom; readonly burst: number },
    onStep: () => void,
  ) {
    this.#random = parts.random
    this.#burst = parts.burst
    this.#onStep = onStep
  }

  /** Gives the turn back. Resolves when chance returns it; never for a dead process. */
  turn(process: SimulatedProcess): Promise<void> {
    return new Promise((resolve) => {
      if (process.state !== 'dead') this.#waiting.push({ process, go: resolve })
      if (this.#lookers > 0) return
      this.steps++
      this.#onStep()
      this.#giveTurn()
    })
  }

  forget(process: SimulatedProcess): void {
    this.#waiting = this.#waiting.filter((waiter) => waiter.process !== process)
  }

  /**
   * Runs everything until it is over, or until everybody waits for nobody.
   * @param onIdle then: true when it changed that
   */
  async run(isOver: () => boolean, onIdle: () => boolean): Promise<void> {
    while (this.#lookers > 0 || !isOver()) {
      await everybodyWaits()
      this.#haveAccidents()
      if (this.#lookers > 0) continue
      if (isOver()) return
      if (!this.#giveTurn() && !onIdle()) return
    }
  }

  /** Nobody moves while `look` looks, nothing happens, and the run does not end. */
  async standStill<T>(look: () => Promise<T>): Promise<T> {
    this.#lookers++
    await everybodyWaits()
    try {
      return await look()
    } finally {
      this.#lookers--
    }
  }

  /** Everybody comes to his next turn, then `accident` happens: so nobody is struck in the middle of a step. */
  strike(accident: () => void): void {
    this.#accidents.push(accident)
  }

  /** Who looks must not see what comes after it, so accidents wait for him: also for one that an accident brought in. */
  #haveAccidents(): void {
    while (this.#lookers === 0) {
      const accident = this.#accidents.shift()
      if (accident === undefined) return
      accident()
    }
  }

  #giveTurn(): boolean {
    if (this.#accidents.length > 0) return false
    if (this.#lookers > 0) return false
    const count = this.#waiting.length
    if (count === 0) return false
    // In a burst who has just given the turn back gets it again: so jobs also run at very different speeds.
    const start = this.#random.chance(this.#burst) ? count - 1 : this.#random.below(count)
    for (let i = 0; i < count; i++) {
      const at = (start + i) % count
      const waiter = this.#waiting[at]
      if (waiter === undefined || waiter.process.state !== 'running') continue
      const last = this.#waiting.pop()
      if (last !== undefined && last !== waiter) this.#waiting[at] = last
      waiter.go()
      return true
    }
    return false
  }
}

/** Whatever still runs comes to its next turn. Twice, since our own step is a part of the first round. */
async function everybodyWaits(): Promise<void> {
  await setImmediate()
  await setImmediate()
}
