// One worker thread as the pool sees it: how much it has to do, and whether it is alive.
import { extname } from 'node:path'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { BrokenInvariant } from '#base'
import { type JobMessage, type PoolSetup, type ReplyMessage, urgentKinds } from './jobs.ts'

export type ThreadEvents = {
  readonly reply: (thread: Thread, message: ReplyMessage) => void
  /** The thread ended though nobody asked it to. */
  readonly broken: (problem: Error) => void
}

/** How long an ending thread may still read from a source that does not answer. */
const endTimeoutMs = 5000

/** Among the sources this is pool/worker.ts, in the bundle worker.js beside the file that runs. */
const workerUrl = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

export class Thread {
  readonly #worker: Worker
  readonly #urgent: MessagePort
  readonly #events: ThreadEvents
  readonly #load = { long: 0, urgent: 0 }
  #isEnding = false

  constructor(setup: PoolSetup, events: ThreadEvents, program = workerUrl) {
    this.#events = events
    const { port1, port2 } = new MessageChannel()
    this.#urgent = port1
    this.#worker = new Worker(program, {
      workerData: { ...setup, urgent: port2 },
      transferList: [port2],
      name: 'holdfast',
      trackUnmanagedFds: false,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    })
    this.#worker.on('message', (message: ReplyMessage) => this.#takeReply(message))
    this.#worker.on('error', (problem) => this.#break(problem))
    this.#worker.on('messageerror', (problem) => this.#break(problem))
    this.#worker.on('exit', () => this.#break(undefined))
    // An idle thread does not keep the process alive.
    this.#worker.unref()
  }

  /** Long jobs that it has not finished. */
  get load(): number {
    return this.#load.long
  }

  /** For comparison between threads: a long job counts as many short ones. */
  get delay(): number {
    return this.#load.long * 64 + this.#load.urgent
  }

  give(message: JobMessage, transfer: readonly ArrayBuffer[]): void {
    if (this.delay === 0) this.#worker.ref()
    const isUrgent = urgentKinds.includes(message.kind)
    this.#load[isUrgent ? 'urgent' : 'long']++
    const port = isUrgent ? this.#urgent : this.#worker
    port.postMessage(message, [...transfer])
  }

  async end(): Promise<void> {
    this.#isEnding = true
    const ended = new Promise<void>((resolve) => this.#worker.once('exit', () => resolve()))
    if (this.#worker.threadId < 0) return
    this.#worker.ref()
    this.give({ number: 0, kind: 'end', ask: undefined }, [])
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, endTimeoutMs)
    })
    await Promise.race([ended, late])
    clearTimeout(timer)
    // No effect on a thread that ended; one that hangs in the kernel must not hold up the others.
    void this.#worker.terminate()
  }

  #takeReply(message: ReplyMessage): void {
    this.#load[urgentKinds.includes(message.kind) ? 'urgent' : 'long']--
    if (this.delay === 0) this.#worker.unref()
    this.#events.reply(this, message)
  }

  #break(cause: unknown): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#events.broken(
      new BrokenInvariant('a worker thread of the pool ended by itself', { cause }),
    )
  }
}
