// Waiting for jobs without asking all the time: the stream of events says when to look.

import { setTimeout as delay } from 'node:timers/promises'
import { type ApiClient, finalJobStates, type Job, type RestoreJob, routes } from '#contract'

/** An event may be lost: then this is how late the end of a job is seen. */
const lookEveryMs = 250

export class JobWatch implements AsyncDisposable {
  readonly #closing = new AbortController()
  readonly #listening: Promise<void>
  #bell = Promise.withResolvers<void>()

  constructor(api: ApiClient) {
    this.#listening = this.#listen(api)
  }

  async #listen(api: ApiClient): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        for await (const { kind } of api.events(routes.server.events, {}, { signal })) {
          if (kind === 'job.progress') continue
          this.#bell.resolve()
          this.#bell = Promise.withResolvers()
        }
      } catch (problem) {
        if (!signal.aborted) process.stderr.write(`events: ${problem}\n`)
      }
      await delay(lookEveryMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** @throws Error unless the job comes to its end complete, with every file */
  async complete<Work extends Job | RestoreJob>(ask: () => Promise<Work>): Promise<Work> {
    for (;;) {
      // Taken before the look: what happens in between rings it.
      const bell = this.#bell.promise
      const work = await ask()
      if (finalJobStates.includes(work.state)) {
        const failed = work.counts?.failed ?? 0
        if (work.state === 'COMPLETE' && failed === 0) return work
        throw new Error(`the job ended ${work.state}, ${failed} failed: ${JSON.stringify(work)}`)
      }
      const given = new AbortController()
      await Promise.race([bell, delay(lookEveryMs, undefined, given).catch(() => undefined)])
      given.abort()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    await this.#listening
  }
}
