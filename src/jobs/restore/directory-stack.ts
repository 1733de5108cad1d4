/**
 * The directories that a restore is in. Rows come in the order of a depth-first walk, so a directory is closed, and can
 * get its times, when a row of another branch comes; directories below it that had no rows of their own are closed before.
 */
import { assert, type ByteString } from '#base'
import type { DirectoryFact, DirectoryMetadata } from '#ports'

export type RestoreDirectory = {
  /** In the point; undefined for a root of the target that is no directory of the point. */
  readonly key: ByteString | undefined
  readonly root: number
  /** At the target, relative to the root. */
  readonly path: ByteString
  readonly parent: RestoreDirectory | undefined
  /** Undefined: it is left as it is. */
  metadata: DirectoryMetadata | undefined
  /** Only needed on the way to what was asked for. */
  readonly isAbove: boolean
  fact: DirectoryFact | 'unknown'
  /** Announced below it and not closed yet. */
  readonly children: Set<RestoreDirectory>
}

export class DirectoryStack {
  readonly #closed: (directory: RestoreDirectory) => void
  readonly #announced = new Map<ByteString, RestoreDirectory>()
  #stack: RestoreDirectory[] = []

  /** @param closed called for each directory after everything below it */
  constructor(closed: (directory: RestoreDirectory) => void) {
    this.#closed = closed
  }

  /** A directory that rows will follow for, or not. */
  announce(directory: RestoreDirectory): void {
    assert(directory.key !== undefined, 'a directory of the point has a key')
    this.#announced.set(directory.key, directory)
    directory.parent?.children.add(directory)
  }

  /** The directory of the rows that come now. */
  enter(
    key: ByteString,
    makeMissing: (above: RestoreDirectory | undefined) => RestoreDirectory,
  ): RestoreDirectory {
    for (let top = this.#stack.at(-1); top !== undefined; top = this.#stack.at(-1)) {
      if (top.key !== undefined && key.startsWith(top.key)) break
      this.#stack.pop()
      this.#close(top)
    }
    let directory = this.#announced.get(key)
    if (directory === undefined) {
      directory = makeMissing(this.#stack.at(-1))
      this.announce(directory)
    }
    if (this.#stack.at(-1) !== directory) this.#stack.push(directory)
    return directory
  }

  /** After the last row. */
  closeAll(): void {
    for (let top = this.#stack.pop(); top !== undefined; top = this.#stack.pop()) this.#close(top)
    for (const directory of [...this.#announced.values()]) this.#close(directory)
  }

  #close(directory: RestoreDirectory): void {
    if (directory.key === undefined || !this.#announced.delete(directory.key)) return
    for (const child of [...directory.children]) this.#close(child)
    directory.parent?.children.delete(directory)
    this.#closed(directory)
  }
}
