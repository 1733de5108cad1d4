/** What one try of a job tells while it runs: progress at a pace that the channel likes, warnings, and lines for the report. */
import type { Outbox } from '../channel/outbox.ts'
import { plainText } from '../channel/plain-text.ts'
import type { JobResult } from '../state/journal.ts'
import type { WorkObserver } from '../work.ts'
import type { SpoolWriter } from './spool.ts'

export const warningsPerTryMax = 100
const warningLengthMax = 500
const progressEveryMs = 1_000
/** Progress of a later try has higher numbers than all of the one before. */
const numbersPerTry = 100_000_000

type Progress = Parameters<WorkObserver['progress']>[0]

export type ObserverOptions = {
  readonly jobId: JobResult['jobId']
  readonly tries: number
  readonly outbox: Outbox
  readonly spool: SpoolWriter
  readonly upMs: () => number
}

export class JobObserver implements WorkObserver {
  readonly #options: ObserverOptions
  readonly #counts = { failed: 0, skipped: 0, inconsistent: 0 }
  #waiting: Progress | undefined
  #number: number
  #sentAt = Number.NEGATIVE_INFINITY
  #warnings = 0

  constructor(options: ObserverOptions) {
    this.#options = options
    this.#number = options.tries * numbersPerTry
  }

  get counts(): JobResult['counts'] {
    return { ...this.#counts }
  }

  readonly progress = (progress: Progress): void => {
    this.#waiting = progress
    if (this.#options.upMs() - this.#sentAt >= progressEveryMs) this.flush()
  }

  /** Sends the progress that waits; called with every heartbeat, so that none stays behind. */
  flush(): void {
    if (this.#waiting === undefined) return
    const { jobId, outbox } = this.#options
    this.#number++
    outbox.put({ kind: 'progress', jobId, progress: { ...this.#waiting, number: this.#number } })
    this.#waiting = undefined
    this.#sentAt = this.#options.upMs()
  }

  readonly warning = (text: string): void => {
    this.#warnings++
    if (this.#warnings > warningsPerTryMax) return
    const last = this.#warnings === warningsPerTryMax
    this.#send(last ? 'There are more warnings; see the log of the client.' : text)
  }

  readonly reported: WorkObserver['reported'] = (list, line) => {
    if (list !== 'overwritten') this.#counts[list]++
    this.#options.spool.add(list, line)
  }

  #send(text: string): void {
    const { jobId, outbox } = this.#options
    outbox.put({ kind: 'warning', jobId, text: plainText(text, warningLengthMax) })
  }
}
