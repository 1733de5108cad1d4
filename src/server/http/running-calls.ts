/** The calls that are under way, so that the server can end without cutting them off. */
export class RunningCalls {
  readonly #calls = new AbortController()
  readonly #streams = new AbortController()
  #count = 0
  #isEnding = false
  #whenNone: (() => void) | undefined

  /** Aborted when a call may go on no longer. */
  get callsEnding(): AbortSignal {
    return this.#calls.signal
  }

  /** Aborted as soon as the server begins to end: for streams, which would never end by themselves. */
  get streamsEnding(): AbortSignal {
    return this.#streams.signal
  }

  get isEnding(): boolean {
    return this.#isEnding
  }

  get count(): number {
    return this.#count
  }

  async during<Value>(call: () => Promise<Value>): Promise<Value> {
    this.#count += 1
    try {
      return await call()
    } finally {
      this.#count -= 1
      if (this.#count === 0) this.#whenNone?.()
    }
  }

  /** New calls are refused from now on, and streams end. */
  beginEnding(): void {
    this.#isEnding = true
    this.#streams.abort()
  }

  /** @returns how many calls were still running after the time and were told to stop */
  async end(graceMs: number): Promise<number> {
    this.beginEnding()
    await this.#none(graceMs)
    const late = this.#count
    this.#calls.abort()
    await this.#none(lastMs)
    return late
  }

  async #none(milliseconds: number): Promise<void> {
    if (this.#count === 0) return
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
