/**
 * How long to wait before the next try. The span doubles with every failure and the wait is anywhere in it, so that a
 * thousand agents whose server was restarted do not all come back in the same second.
 */

export type BackOffPlan = {
  /** The span of the first wait. */
  readonly firstMs: number
  readonly mostMs: number
  /** Not even the luckiest draw is shorter. */
  readonly leastMs: number
}

export const reconnecting: BackOffPlan = { firstMs: 4_000, mostMs: 60_000, leastMs: 250 }
/** A job that is begun again: what failed is rarely over at once. */
export const retrying: BackOffPlan = { firstMs: 10_000, mostMs: 600_000, leastMs: 1_000 }

/** The longest that an answer may make us wait. */
const askedMsMax = 3_600_000

/**
 * @param failures in a row, at least 1
 * @param chance from 0 to 1
 * @param askedMs what the server asked for; it is never shortened
 */
export function waitMs(plan: BackOffPlan, failures: number, chance: number, askedMs = 0): number {
  const span = Math.min(plan.mostMs, plan.firstMs * 2 ** Math.min(failures - 1, 30))
  const drawn = plan.leastMs + (span - plan.leastMs) * chance
  return Math.round(Math.min(askedMs, askedMsMax) + drawn)
}

export class BackOff {
  readonly #plan: BackOffPlan
  readonly #chance: () => number
  #failures = 0

  constructor(plan: BackOffPlan, chance: () => number) {
    this.#plan = plan
    this.#chance = chance
  }

  get failures(): number {
    return this.#failures
  }

  /** It worked: the next failure is a first one again. */
  reset(): void {
    this.#failures = 0
  }

  /** One more failure. @returns how long to wait now */
  next(askedMs?: number): number {
    this.#failures++
    return waitMs(this.#plan, this.#failures, this.#chance(), askedMs)
  }
}

/** A number from 0 to 1 out of four random bytes. */
export function chanceOf(random: (length: number) => Uint8Array): () => number {
  return () => {
    const [a = 0, b = 0, c = 0, d = 0] = random(4)
    return (a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) / 2 ** 32
  }
}
