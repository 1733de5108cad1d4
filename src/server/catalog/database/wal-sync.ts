/**
 * Makes commits of SQLite durable without stopping the program: SQLite writes its log and leaves it to us to have it on the
 * disk before anybody is told that the commit was done. Commits that wait at the same time share one write to the disk.
 * What SQLite does itself (checkpoints, the reuse of the log) it orders by writes of its own: see `synchronous = normal`.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failure } from '#base'

export type WalFile = {
  /** What was written before this call is on the disk when it resolves. */
  sync(): Promise<void>
  close(): Promise<void>
}

export class WalSync {
  readonly #open: () => Promise<WalFile>
  #file: WalFile | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #problem: Error | undefined

  /** @param openFile called after the first commit: the log is there then */
  constructor(openFile: () => Promise<WalFile>) {
    this.#open = openFile
  }

  /** Resolves when what was committed before this call would survive a power cut. @throws catalog.unavailable */
  settle(): Promise<void> {
    // The one that runs may have begun before the commit: it counts for those that came before it.
    this.#next ??= this.#inTurn(this.#running)
    return this.#next
  }

  async #inTurn(before: Promise<void> | undefined): Promise<void> {
    await Promise.allSettled([before])
    this.#running = this.#next
    this.#next = undefined
    // After a write that failed, the next one may succeed without the pages of the first: nothing is certain any more.
    if (this.#problem !== undefined) throw this.#problem
    try {
      this.#file ??= await this.#open()
      await this.#file.sync()
    } catch (problem) {
      const said = problem instanceof Error ? problem.message : String(problem)
      this.#problem = failure('catalog.unavailable', { problem: said }, problem)
      throw this.#problem
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next])
    await this.#file?.close()
  }
}

/** The log beside a database, which stays the same file as long as the database is open. */
export async function openWalFile(databasePath: string): Promise<WalFile> {
  const file = await open(`${databasePath}-wal`, 'r')
  try {
    await syncFolder(dirname(databasePath))
  } catch (problem) {
    await file.close()
    throw problem
  }
  return { sync: () => file.datasync(), close: () => file.close() }
}

/** A file that is new is only found again when its folder is on the disk too. */
async function syncFolder(path: string): Promise<void> {
  const folder: FileHandle = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
