/** Codes that were refused, by where they came from: whoever guesses is made to wait (A22). */
import { failure, isFailure } from '#base'

const guessesMax = 10
const windowMs = 60_000
const addressesMax = 10_000

type Guesses = { since: number; count: number }

export class FailedGuesses {
  readonly #wallMs: () => number
  readonly #guesses = new Map<string, Guesses>()

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs
  }

  /** @throws auth.too-many-attempts */
  async guard<T>(address: string, attempt: () => Promise<T>): Promise<T> {
    const now = this.#wallMs()
    const before = this.#guesses.get(address)
    const age = before === undefined ? windowMs : Math.abs(now - before.since)
    if (before !== undefined && age < windowMs && before.count >= guessesMax) {
      const seconds = Math.ceil((windowMs - age) / 1_000)
      throw failure('auth.too-many-attempts', { seconds })
    }
    try {
      return await attempt()
    } catch (problem) {
      if (isFailure(problem, 'activation.code-refused')) this.#count(address, now)
      throw problem
    }
  }

  #count(address: string, now: number): void {
    const before = this.#guesses.get(address)
    if (before !== undefined && Math.abs(now - before.since) < windowMs) {
      before.count++
      return
    }
    if (this.#guesses.size >= addressesMax) this.#forgetOld(now)
    this.#guesses.set(address, { since: now, count: 1 })
  }

  #forgetOld(now: number): void {
    for (const [address, { since }] of this.#guesses) {
      if (Math.abs(now - since) >= windowMs) this.#guesses.delete(address)
    }
    if (this.#guesses.size >= addressesMax) this.#guesses.clear()
  }
}
