/**
 * A limit of bytes a second (D3), shared by whatever one job sends or fetches. Who takes more than there is waits as long
 * as the bytes need; nobody is refused, and waiters are served in the order in which they came.
 */
import { checkAborted } from '#base'
import type { Clock } from '#ports'

/** What may go at once after a pause: as much as in this time, so that a limit is kept over any second. */
const burstMs = 250
/** A sleep is never longer, so that a change of the limit counts soon. */
const napMsMax = 500

export class RateLimit {
  readonly #clock: Clock
  #bytesPerSecond: number | undefined
  /** Bytes that may go now; negative: so many were given in advance. */
  #credit = 0
  #countedAt: number
  #turn: Promise<void> = Promise.resolve()

  /** @param bytesPerSecond undefined: no limit */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock
    this.#bytesPerSecond = bytesPerSecond
    this.#countedAt = clock.now().upMs
    this.#credit = ((bytesPerSecond ?? 0) * burstMs) / 1_000
  }

  change(bytesPerSecond: number | undefined): void {
    this.#count()
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Resolves when `bytes` may go. @throws job.aborted */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const before = this.#turn
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turn = promise
    await before
    try {
      await this.#wait(bytes, signal)
    } finally {
      resolve()
    }
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      checkAborted(signal)
      this.#count()
      const rate = this.#bytesPerSecond
      if (rate === undefined || this.#credit > 0) break
      await this.#clock.sleep(
        Math.min(napMsMax, Math.ceil((-this.#credit / rate) * 1_000) + 1),
        signal,
      )
    }
    this.#credit -= bytes
  }

  #count(): void {
    const { upMs } = this.#clock.now()
    const passed = Math.max(0, upMs - this.#countedAt)
    this.#countedAt = upMs
    const rate = this.#bytesPerSecond
    // Without a limit nobody runs into debt that a later limit would make them pay.
    if (rate === undefined) this.#credit = 0
    else this.#credit = Math.min((rate * burstMs) / 1_000, this.#credit + (rate * passed) / 1_000)
  }
}
