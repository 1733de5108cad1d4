// The pool of worker threads. A job goes to the thread that has least to do; short ones go first, and
// each thread has its next job before it has finished the last, so that it need not wait for the main
// thread. An aborted job is answered at once; the thread finishes it and nobody listens.
import { availableParallelism } from 'node:os'
import { assert, BrokenInvariant, checkAborted, failure } from '#base'
import type { ChunkerParams, VaultKeys } from '#engine'
import { makeArena } from './arena.ts'
import {
  type JobKind,
  type JobMessage,
  type Jobs,
  type PoolSetup,
  type ReplyMessage,
  urgentKinds,
} from './jobs.ts'
import { Slots } from './slots.ts'
import { Thread } from './thread.ts'
import { unpackError } from './travelling-error.ts'

export type PoolRequest = {
  readonly keys: VaultKeys
  /** zstd's. */
  readonly compressionLevel: number
  readonly params: ChunkerParams
  /** Default: true. False only where every block is opened and hashed by who receives it, before it counts. */
  readonly verifies?: boolean
  /** How much the threads yield to the rest of the process, as of nice(1). Default: not at all. */
  readonly nice?: number
  /** Default: as many as there are cores, within `threadsMax`. */
  readonly threads?: number
  /** Another program for the threads, for tests of what becomes of their ends. */
  readonly worker?: URL
}

export type RunOptions = {
  readonly signal: AbortSignal
  /** Buffers to hand over instead of copying. */
  readonly transfer?: readonly ArrayBuffer[]
  /** Only this thread will do. */
  readonly thread?: Thread | undefined
  /** Called when no thread works at the job any more, also if nobody waits for it any longer. */
  readonly onSettled?: (() => void) | undefined
}

export type PoolAnswer<K extends JobKind> = {
  readonly answer: Jobs[K]['answer']
  /** Who gave it. */
  readonly thread: Thread
}

/** Beyond this, memory grows and nothing else in a backup keeps pace. */
const threadsMax = 8
/** Jobs that a thread has at once: the one it does, and the next. */
const jobsPerThread = 2
/** Parts of large files that are read before somebody asks for them. */
export const partsAheadMax = 1

export function openPool(request: PoolRequest): Pool {
  const threads = Math.min(request.threads ?? availableParallelism(), threadsMax)
  const inFlightMax = jobsPerThread * threads + 1
  const slotCount = inFlightMax + partsAheadMax
  const arena = makeArena({ slotCount, params: request.params }, request.keys.gear)
  const { keys, compressionLevel, verifies = true, nice = 0 } = request
  return new Pool(
    { arena, keys, compressionLevel, verifies, nice },
    { threads, inFlightMax, worker: request.worker },
  )
}

/** Lower numbers first: what others wait for, then what frees slots, then what fills them. */
const urgency: Readonly<Record<JobKind, number>> = {
  stat: 0,
  list: 0,
  page: 0,
  open: 0,
  finish: 0,
  cut: 1,
  hash: 2,
  encode: 3,
  capture: 4,
  digest: 4,
  check: 4,
  recode: 4,
  authenticate: 4,
  admit: 4,
  release: 3,
  end: 5,
}

type Task = {
  readonly message: JobMessage
  readonly transfer: readonly ArrayBuffer[]
  readonly thread: Thread | undefined
  readonly succeed: (answer: PoolAnswer<JobKind>) => void
  readonly fail: (problem: unknown) => void
  readonly settle: () => void
}

type PoolSize = {
  readonly threads: number
  readonly inFlightMax: number
  readonly worker: URL | undefined
}

export class Pool {
  /** Batches and parts that may be under way at once. */
  readonly inFlightMax: number
  readonly slots: Slots
  readonly #threads: readonly Thread[]
  readonly #waiting: Task[][] = Array.from(
    { length: 1 + Math.max(...Object.values(urgency)) },
    () => [],
  )
  readonly #given = new Map<number, Task>()
  #lastNumber = 0
  #problem: Error | undefined

  constructor(setup: PoolSetup, size: PoolSize) {
    assert(size.threads >= 1, 'a pool has a thread')
    this.inFlightMax = size.inFlightMax
    this.slots = new Slots(setup.arena.slotCount)
    this.#threads = Array.from({ length: size.threads }, () => {
      return new Thread(
        setup,
        {
          reply: (thread, message) => this.#takeReply(thread, message),
          broken: (problem) => this.#breakDown(problem),
        },
        size.worker,
      )
    })
  }

  get threadCount(): number {
    return this.#threads.length
  }

  /** @throws job.aborted, what the job threw, or why the pool cannot work any more. */
  async run<K extends JobKind>(
    kind: K,
    ask: Jobs[K]['ask'],
    { signal, transfer = [], thread, onSettled }: RunOptions,
  ): Promise<PoolAnswer<K>> {
    const number = ++this.#lastNumber
    // The number, the kind and what is asked belong together, so the answer is that of the kind.
    const message = { number, kind, ask } as JobMessage
    let stop = () => {}
    try {
      checkAborted(signal)
      if (this.#problem !== undefined) throw this.#problem
    } catch (problem) {
      onSettled?.()
      throw problem
    }
    const answered = new Promise<PoolAnswer<JobKind>>((succeed, fail) => {
      const task = { message, transfer, thread, succeed, fail, settle: onSettled ?? (() => {}) }
      stop = () => this.#abandon(task)
      signal.addEventListener('abort', stop, { once: true })
      this.#waiting[urgency[kind]]?.push(task)
      this.#giveOut()
    })
    try {
      return (await answered) as PoolAnswer<K>
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Ends the threads after what they are doing; whoever still waits is told so. */
  async close(): Promise<void> {
    this.#failAll(failure('job.aborted'))
    this.#problem ??= new BrokenInvariant('the pool is closed')
    await Promise.all(this.#threads.map((thread) => thread.end()))
  }

  #giveOut(): void {
    for (const tasks of this.#waiting) {
      for (let i = 0; i < tasks.length; ) {
        const task = tasks[i]
        const thread = task === undefined ? undefined : (task.thread ?? this.#findThread(task))
        if (task === undefined || thread === undefined) break
        tasks.splice(i, 1)
        this.#given.set(task.message.number, task)
        thread.give(task.message, task.transfer)
      }
    }
  }

  /** The thread with least to do; undefined when all have enough. Short jobs never wait here. */
  #findThread({ message }: Task): Thread | undefined {
    let least: Thread | undefined
    for (const thread of this.#threads) {
      if (thread.load >= jobsPerThread && !urgentKinds.includes(message.kind)) continue
      if (least === undefined || thread.delay < least.delay) least = thread
    }
    return least
  }

  #takeReply(thread: Thread, reply: ReplyMessage): void {
    const task = this.#given.get(reply.number)
    this.#given.delete(reply.number)
    this.#giveOut()
    if (task === undefined) return
    if (reply.ok) task.succeed({ answer: reply.answer, thread })
    else task.fail(unpackError(reply.problem))
    task.settle()
  }

  #abandon(task: Task): void {
    task.fail(failure('job.aborted'))
    if (this.#given.has(task.message.number)) return
    const tasks = this.#waiting[urgency[task.message.kind]] ?? []
    const at = tasks.indexOf(task)
    if (at >= 0) tasks.splice(at, 1)
    task.settle()
  }

  #breakDown(problem: Error): void {
    this.#problem ??= problem
    this.#failAll(this.#problem)
    for (const task of this.#given.values()) task.settle()
    this.#given.clear()
  }

  #failAll(problem: Error): void {
    for (const task of this.#given.values()) task.fail(problem)
    for (const task of this.#waiting.flat()) {
      task.fail(problem)
      task.settle()
    }
    for (const tasks of this.#waiting) tasks.length = 0
  }
}
