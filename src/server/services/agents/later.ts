/** Work that is done once for all who ask for it within a while. */
import { isFailure } from '#base'
import type { ServerKernel } from '../../kernel.ts'

export class Later {
  readonly #kernel: Pick<ServerKernel, 'clock' | 'ending'>
  readonly #pauseMs: number
  readonly #work: () => Promise<void>
  #isComing = false

  /** @param work never throws */
  constructor(
    kernel: Pick<ServerKernel, 'clock' | 'ending'>,
    pauseMs: number,
    work: () => Promise<void>,
  ) {
    this.#kernel = kernel
    this.#pauseMs = pauseMs
    this.#work = work
  }

  /** Resolves when the work was done; when the server ends first, whoever ends it does the work. */
  async run(): Promise<void> {
    if (this.#isComing || this.#kernel.ending.aborted) return
    this.#isComing = true
    try {
      await this.#kernel.clock.sleep(this.#pauseMs, this.#kernel.ending)
    } catch (problem) {
      if (isFailure(problem, 'job.aborted')) return
      throw problem
    } finally {
      this.#isComing = false
    }
    await this.#work()
  }
}
