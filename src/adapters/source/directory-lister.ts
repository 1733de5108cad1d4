// Lists directories on the pool, several with one message: a message costs each side as much as the
// listing of a small directory. A walk asks ahead, so waiting until a few are asked for costs it
// nothing; when little is under way, nobody waits.
import { assert, failure } from '#base'
import type { ListingPage, ListRequest } from '#ports'
import type { ListAnswer } from '../pool/jobs.ts'
import type { Pool } from '../pool/pool.ts'
import type { Thread } from '../pool/thread.ts'

/** Directories that travel together. */
const togetherMax = 8
/** With fewer than this under way, what is asked for is asked at once. */
const underWayMin = 8

type Waiting = {
  readonly request: ListRequest
  readonly succeed: (page: ListingPage) => void
  readonly fail: (problem: unknown) => void
  readonly signal: AbortSignal
}

export class DirectoryLister {
  readonly #pool: Pool
  readonly #closing: AbortSignal
  #waiting: Waiting[] = []
  #underWay = 0
  #isScheduled = false

  constructor(pool: Pool, closing: AbortSignal) {
    this.#pool = pool
    this.#closing = closing
  }

  list(request: ListRequest, signal: AbortSignal): Promise<ListingPage> {
    return new Promise((succeed, fail) => {
      const stop = () => fail(failure('job.aborted'))
      if (signal.aborted) {
        stop()
        return
      }
      signal.addEventListener('abort', stop, { once: true })
      const end = () => signal.removeEventListener('abort', stop)
      this.#waiting.push({
        request,
        signal,
        succeed: (page) => {
          end()
          succeed(page)
        },
        fail: (problem) => {
          end()
          fail(problem)
        },
      })
      this.#schedule()
    })
  }

  /** What is asked for in one go travels together. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    queueMicrotask(() => {
      this.#isScheduled = false
      this.#send()
    })
  }

  #send(): void {
    while (this.#waiting.length > 0) {
      if (this.#underWay >= underWayMin && this.#waiting.length < togetherMax) return
      void this.#listTogether(this.#waiting.splice(0, togetherMax))
    }
  }

  async #listTogether(group: readonly Waiting[]): Promise<void> {
    this.#underWay += group.length
    try {
      const asks = group.map(({ request }) => request)
      const { answer, thread } = await this.#pool.run('list', { asks }, { signal: this.#closing })
      let from = 0
      for (const [i, { succeed, signal }] of group.entries()) {
        const list = answer.lists[i]
        assert(list !== undefined, 'every directory asked for is answered')
        const to = from + (list.kind === 'records' ? list.bytes : 0)
        succeed(this.#page(list, answer.records.subarray(from, to), { thread, signal }))
        from = to
      }
    } catch (problem) {
      for (const { fail } of group) fail(problem)
    } finally {
      this.#underWay -= group.length
      this.#send()
    }
  }

  #page(
    list: ListAnswer,
    records: Uint8Array,
    more: { readonly thread: Thread; readonly signal: AbortSignal },
  ): ListingPage {
    if (list.kind === 'failed') return list
    const { directory } = list
    if (directory === undefined) return { kind: 'records', records, next: undefined }
    const next = async () => {
      const { answer } = await this.#pool.run('page', { directory }, more)
      const [page] = answer.lists
      assert(page !== undefined, 'a page asked for is answered')
      return this.#page(page, answer.records, more)
    }
    return { kind: 'records', records, next }
  }
}
