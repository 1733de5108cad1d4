/** Bounded concurrency. Every queue in the product has a maximum with a name, and slots are given back in `finally`. */
import { assert } from './assert.ts'

export class Gate {
  readonly #limit: number
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(limit: number) {
    assert(limit >= 1, 'a gate lets at least one through')
    this.#limit = limit
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running >= this.#limit) await new Promise<void>((open) => this.#waiting.push(open))
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }
}

/** Runs `work` over all items, at most `limit` at a time; the first failure stops new ones and is thrown at the end. */
export async function forEachLimited<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>()
  let problem: { readonly error: unknown } | undefined
  for (const item of items) {
    if (problem !== undefined) break
    const step: Promise<void> = work(item)
      .catch((error: unknown) => {
        problem ??= { error }
      })
      .finally(() => running.delete(step))
    running.add(step)
    if (running.size >= limit) await Promise.race(running)
  }
  await Promise.all(running)
  if (problem !== undefined) throw problem.error
}
