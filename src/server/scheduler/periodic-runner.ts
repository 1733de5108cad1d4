/** Runs periodic work: each at its own pace by the time that passes, never two runs of the same at once. */
import type { Log } from '../kernel.ts'
import type { PeriodicWork } from './periodic-work.ts'

export class PeriodicRunner {
  readonly #log: Log
  readonly #entries: {
    readonly work: PeriodicWork
    dueAtUpMs: number
    run: Promise<void> | undefined
  }[]

  constructor(works: readonly PeriodicWork[], log: Log) {
    this.#log = log
    this.#entries = works.map((work) => ({
      work,
      dueAtUpMs: Number.NEGATIVE_INFINITY,
      run: undefined,
    }))
  }

  /** Begins what is due and does not wait for it. */
  look(upMs: () => number, signal: AbortSignal): void {
    for (const entry of this.#entries) {
      if (entry.run !== undefined || entry.dueAtUpMs > upMs()) continue
      entry.run = this.#run(entry.work, signal).finally(() => {
        entry.run = undefined
        entry.dueAtUpMs = upMs() + entry.work.everyMs
      })
    }
  }

  async #run(work: PeriodicWork, signal: AbortSignal): Promise<void> {
    try {
      await work.run(signal)
    } catch (problem) {
      if (!signal.aborted) this.#log.error({ work: work.name, problem }, 'periodic work failed')
    }
  }

  /** How long until something is due. */
  waitMs(upMs: number): number {
    const waits = this.#entries.map(({ run, dueAtUpMs, work }) =>
      run === undefined ? Math.max(0, dueAtUpMs - upMs) : work.everyMs,
    )
    return Math.min(...waits, Number.POSITIVE_INFINITY)
  }

  async idle(): Promise<void> {
    await Promise.all(this.#entries.map(({ run }) => run))
  }
}
