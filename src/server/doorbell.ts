/** Wakes who waits for something that belongs to a key: an agent that asked for assignments, say. Holds no messages. */
export class Doorbell {
  readonly #waiting = new Map<string, Set<() => void>>()

  ring(key: string): void {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) return
    this.#waiting.delete(key)
    for (const wake of waiting) wake()
  }

  /** Resolves at the next ring, after `milliseconds`, or when `signal` aborts; ask for what is new afterwards. */
  async wait(key: string, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = this.#waiting.get(key) ?? new Set()
    this.#waiting.set(key, waiting)
    waiting.add(resolve)
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => resolve(), { once: true })
    try {
      await promise
    } finally {
      clearTimeout(timer)
      waiting.delete(resolve)
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key)
    }
  }
}
