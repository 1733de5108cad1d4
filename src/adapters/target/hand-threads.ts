// The threads of a restore. A task goes to the thread that has least to do. A task that was begun is
// always awaited, also after an abort: its temporary files are gone only when it has ended.
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { assert, BrokenInvariant } from '#base'
import { unpackError } from '../pool/travelling-error.ts'
import type { HandReply, HandTask } from './hand-messages.ts'
import type { HandsSetup } from './hands.ts'

/** Among the sources this is target/restore-worker.ts, in the bundle restore-worker.js. */
const workerUrl = new URL(`./restore-worker${extname(import.meta.url)}`, import.meta.url)

type Waiting = {
  readonly succeed: (answer: unknown) => void
  readonly fail: (problem: unknown) => void
}

type Thread = { readonly worker: Worker; readonly waiting: Map<number, Waiting> }

export class HandThreads {
  readonly #threads: readonly Thread[]
  #lastNumber = 0
  #problem: Error | undefined
  #isEnding = false

  constructor(setup: Omit<HandsSetup, 'hand'>, count: number) {
    assert(count >= 1 && count < 36, 'each hand has a letter of its own')
    this.#threads = Array.from({ length: count }, (_, i) => {
      const thread = {
        worker: startWorker({ ...setup, hand: (i + 1).toString(36) }),
        waiting: new Map(),
      }
      this.#listen(thread)
      return thread
    })
  }

  async run(
    kind: HandTask['kind'],
    ask: HandTask['ask'],
    transfer: readonly ArrayBuffer[],
  ): Promise<unknown> {
    if (this.#problem !== undefined) throw this.#problem
    const number = ++this.#lastNumber
    const thread = this.#leastLoaded()
    return await new Promise((succeed, fail) => {
      if (thread.waiting.size === 0) thread.worker.ref()
      thread.waiting.set(number, { succeed, fail })
      thread.worker.postMessage({ number, kind, ask }, [...transfer])
    })
  }

  /** After what they are doing. */
  async end(): Promise<void> {
    this.#isEnding = true
    await Promise.all(
      this.#threads.map(async ({ worker }) => {
        if (worker.threadId < 0) return
        const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
        worker.ref()
        worker.postMessage('end')
        await ended
      }),
    )
  }

  #leastLoaded(): Thread {
    let [least] = this.#threads
    for (const thread of this.#threads) {
      if (least === undefined || thread.waiting.size < least.waiting.size) least = thread
    }
    assert(least !== undefined, 'there is a thread')
    return least
  }

  #listen(thread: Thread): void {
    const { worker, waiting } = thread
    worker.on('message', (reply: HandReply) => {
      const task = waiting.get(reply.number)
      waiting.delete(reply.number)
      if (waiting.size === 0) worker.unref()
      if (reply.ok) task?.succeed(reply.answer)
      else task?.fail(unpackError(reply.problem))
    })
    const broken = (cause: unknown) => this.#break(cause)
    worker.on('error', broken)
    worker.on('messageerror', broken)
    worker.on('exit', () => broken(undefined))
  }

  #break(cause: unknown): void {
    if (this.#isEnding) return
    this.#problem ??= new BrokenInvariant('a thread of the restore ended by itself', { cause })
    for (const { waiting } of this.#threads) {
      for (const { fail } of waiting.values()) fail(this.#problem)
      waiting.clear()
    }
  }
}

function startWorker(setup: HandsSetup): Worker {
  const worker = new Worker(workerUrl, {
    workerData: setup,
    name: 'holdfast-restore',
    trackUnmanagedFds: false,
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  })
  // An idle thread does not keep the process alive.
  worker.unref()
  return worker
}
