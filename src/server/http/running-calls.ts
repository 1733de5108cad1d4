/** The calls that are under way, so that the server can end without cutting them off. */

/** A `stream` would never end by itself: it is told as soon as the server begins to end. */
export type RunKind = 'call' | 'stream'

export class RunningCalls {
  // Not one signal that all calls depend on: Node keeps a note for each of them with it, a million calls later too.
  readonly #running = new Map<AbortController, RunKind>()
  #isEnding = false
  #whenNone: (() => void) | undefined

  get isEnding(): boolean {
    return this.#isEnding
  }

  get count(): number {
    return this.#running.size
  }

  /** @param call given what aborts it: the server that ends, or whoever finds its caller gone */
  async during<Value>(
    kind: RunKind,
    call: (running: AbortController) => Promise<Value>,
  ): Promise<Value> {
    const running = new AbortController()
    this.#running.set(running, kind)
    try {
      return await call(running)
    } finally {
      this.#running.delete(running)
      if (this.#running.size === 0) this.#whenNone?.()
    }
  }

  /** New calls are refused from now on, and streams end. */
  beginEnding(): void {
    this.#isEnding = true
    this.#abort('stream')
  }

  /** @returns how many calls were still running after the time and were told to stop */
  async end(graceMs: number): Promise<number> {
    this.beginEnding()
    await this.#none(graceMs)
    const late = this.count
    this.#abort('call')
    await this.#none(lastMs)
    return late
  }

  #abort(which: RunKind): void {
    for (const [running, kind] of [...this.#running]) if (kind === which) running.abort()
  }

  async #none(milliseconds: number): Promise<void> {
    if (this.count === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    this.#whenNone = resolve
    await promise
    clearTimeout(timer)
    this.#whenNone = undefined
  }
}

/** For calls to write down that they were stopped. */
const lastMs = 1_000
