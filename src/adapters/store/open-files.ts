/**
 * Files kept open for reading, so that a range of a pack costs one system call. Objects never change, so an open file
 * never goes stale. A file is closed only when nobody reads from it: its number would be another file's the next moment.
 */
import { close, constants, open, read } from 'node:fs'

const openFilesMax = 64

type OpenFile = { readonly fd: number; readers: number; dropped: boolean }

export class OpenFiles {
  /** In order of last use. */
  readonly #files = new Map<string, Promise<OpenFile>>()

  /** Reads at a position; fewer bytes than asked for only at the end of the file. @throws ENOENT and other errnos */
  async read(path: string, offset: number, length: number): Promise<Uint8Array> {
    const file = await this.#open(path)
    try {
      return await readRange(file.fd, offset, length)
    } finally {
      file.readers--
      await closeUnused(file)
    }
  }

  async drop(path: string): Promise<void> {
    const opening = this.#files.get(path)
    if (opening === undefined) return
    this.#files.delete(path)
    const file = await opening
    file.dropped = true
    await closeUnused(file)
  }

  async close(): Promise<void> {
    for (const path of [...this.#files.keys()]) await this.drop(path)
  }

  async #open(path: string): Promise<OpenFile> {
    const known = this.#files.get(path)
    if (known !== undefined) {
      this.#files.delete(path)
      this.#files.set(path, known)
      const file = await known
      // Dropped while we waited: open it anew.
      if (file.dropped) return this.#open(path)
      file.readers++
      return file
    }
    const opening = openFile(path)
    this.#files.set(path, opening)
    try {
      const file = await opening
      file.readers++
      const oldest = this.#files.keys().next().value
      if (this.#files.size > openFilesMax && oldest !== undefined) await this.drop(oldest)
      return file
    } catch (problem) {
      if (this.#files.get(path) === opening) this.#files.delete(path)
      throw problem
    }
  }
}

function openFile(path: string): Promise<OpenFile> {
  return new Promise((resolve, reject) => {
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW, (problem, fd) => {
      if (problem === null) resolve({ fd, readers: 0, dropped: false })
      else reject(problem)
    })
  })
}

async function readRange(fd: number, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(length)
  const bytes = new Uint8Array(buffer.buffer, 0, length)
  let at = 0
  while (at < length) {
    const count = await readOnce(fd, bytes.subarray(at), offset + at)
    if (count === 0) break
    at += count
  }
  return bytes.subarray(0, at)
}

function readOnce(fd: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, target, 0, target.length, position, (problem, count) => {
      if (problem === null) resolve(count)
      else reject(problem)
    })
  })
}

function closeUnused(file: OpenFile): Promise<void> {
  if (!file.dropped || file.readers > 0) return Promise.resolve()
  return new Promise((resolve, reject) => {
    close(file.fd, (problem) =>
      problem === null || problem === undefined ? resolve() : reject(problem),
    )
  })
}
