/**
 * Listings of folders, a few at once and each for a few seconds only. A thread that hangs in the kernel cannot be ended: it
 * keeps its place until the disk answers, so a dead disk costs a bounded number of threads and holds up nobody else.
 */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { displayName, failure } from '#base'
import type { FolderReply, FolderTask } from './folder-messages.ts'
import type { FolderNames } from './list-folder.ts'

const atOnceMax = 3
const waitingMax = 32
const patienceMs = 5_000

/** Among the sources this is folders/folder-worker.ts, in the bundle folder-worker.js. */
const workerUrl = new URL(`./folder-worker${extname(import.meta.url)}`, import.meta.url)

export type FolderDeskOptions = { readonly patienceMs?: number; readonly program?: URL }

type Listing = {
  readonly task: FolderTask
  readonly resolve: (names: FolderNames) => void
  readonly reject: (problem: Error) => void
  soFar: FolderNames | undefined
  worker: Worker | undefined
  isOver: boolean
}

export class FolderDesk {
  readonly #patienceMs: number
  readonly #program: URL
  readonly #waiting: Listing[] = []
  /** Threads that have not ended, those that hang among them. */
  #running = 0

  constructor(options: FolderDeskOptions = {}) {
    this.#patienceMs = options.patienceMs ?? patienceMs
    this.#program = options.program ?? workerUrl
  }

  /** @throws agent.policy-refused, target.not-found, target.not-folder, folder.unreadable, agent.fault */
  async list(task: FolderTask): Promise<FolderNames> {
    if (this.#waiting.length >= waitingMax) {
      throw unreadable(task, 'too many others wait for theirs')
    }
    const { promise, resolve, reject } = Promise.withResolvers<FolderNames>()
    const rest = { soFar: undefined, worker: undefined, isOver: false }
    const listing: Listing = { task, resolve, reject, ...rest }
    const timer = setTimeout(() => this.#giveUp(listing), this.#patienceMs)
    this.#waiting.push(listing)
    this.#begin()
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      listing.isOver = true
    }
  }

  #begin(): void {
    while (this.#running < atOnceMax) {
      const listing = this.#waiting.shift()
      if (listing === undefined) return
      if (!listing.isOver) this.#start(listing)
    }
  }

  #start(listing: Listing): void {
    const worker = new Worker(this.#program, {
      workerData: listing.task,
      name: 'holdfast-folder',
      resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 },
    })
    listing.worker = worker
    this.#running++
    worker.on('message', (reply: FolderReply) => hear(listing, reply))
    worker.on('error', (problem) => {
      listing.reject(failure('agent.fault', { problem: String(problem) }, problem))
    })
    worker.on('exit', () => {
      this.#running--
      listing.reject(failure('agent.fault', { problem: 'a listing ended without an answer' }))
      this.#begin()
    })
    // Whoever waits for the answer keeps the process alive, not a thread that hangs.
    worker.unref()
  }

  #giveUp(listing: Listing): void {
    listing.isOver = true
    if (listing.soFar === undefined) {
      const seconds = this.#patienceMs / 1_000
      listing.reject(unreadable(listing.task, `the disk has not answered within ${seconds} s`))
    } else listing.resolve(listing.soFar)
    void listing.worker?.terminate()
  }
}

function hear(listing: Listing, reply: FolderReply): void {
  switch (reply.kind) {
    case 'so-far':
      listing.soFar = reply.names
      break
    case 'done':
      listing.resolve(reply.names)
      break
    case 'refused':
      listing.reject(failure(reply.code, reply.context))
      break
  }
}

function unreadable({ path }: FolderTask, problem: string): Error {
  return failure('folder.unreadable', { path: displayName(path), problem })
}
