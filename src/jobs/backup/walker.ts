/**
 * Walks a source depth first, names in bytewise order: the order of the entry tree. Directories that come next are listed
 * ahead by the source's own threads, a bounded number of them, so the walk never waits for one directory at a time.
 */
import { type ByteString, byteString, checkAborted, joinPath } from '#base'
import { childDirectoryKey, LISTING_AT, nextListingRecord, type PointFailure } from '#engine'
import type { ListingPage, SourceTree } from '#ports'

const listedAheadMax = 24

export type WalkDirectory = {
  /** Where it is in the file system. */
  readonly path: ByteString
  /** Its key in the tree. */
  readonly key: ByteString
  readonly expected: { readonly dev: bigint; readonly ino: bigint } | undefined
}

/** Records of one directory, in name order; a huge directory comes in several pages. */
export type WalkPage = {
  readonly directory: WalkDirectory
  readonly records: Uint8Array
  readonly view: DataView
  /** No further page of this directory follows. */
  readonly isLast: boolean
}

type Upcoming = WalkDirectory & { listing: Promise<ListingPage> | undefined }

export class Walker {
  readonly #source: SourceTree
  readonly #signal: AbortSignal
  readonly #failed: (problem: PointFailure) => void
  /** The next directory is the last. */
  readonly #stack: Upcoming[] = []
  #children: Upcoming[] = []
  #more:
    | { readonly directory: WalkDirectory; readonly next: () => Promise<ListingPage> }
    | undefined

  constructor(source: SourceTree, failed: (problem: PointFailure) => void, signal: AbortSignal) {
    this.#source = source
    this.#failed = failed
    this.#signal = signal
  }

  /** Enters a directory after everything of the present one; call it in name order. */
  enter(directory: WalkDirectory): void {
    this.#children.push({ ...directory, listing: undefined })
  }

  /** The child at `at` of a page, as a directory to enter. */
  static childOf(page: WalkPage, at: number): WalkDirectory {
    const name = nameAt(page.view, page.records, at)
    return {
      path: joinPath(page.directory.path, name),
      key: childDirectoryKey(page.directory.key, name),
      expected: {
        dev: page.view.getBigUint64(at + LISTING_AT.dev, true),
        ino: page.view.getBigUint64(at + LISTING_AT.ino, true),
      },
    }
  }

  async next(): Promise<WalkPage | undefined> {
    for (;;) {
      checkAborted(this.#signal)
      const more = this.#more
      if (more !== undefined) {
        const page = this.#accept(more.directory, await more.next())
        if (page !== undefined) return page
        continue
      }
      this.#pushChildren()
      const directory = this.#stack.pop()
      if (directory === undefined) return undefined
      const listing = directory.listing ?? this.#list(directory)
      this.#listAhead()
      const page = this.#accept(directory, await listing)
      if (page !== undefined) return page
    }
  }

  #accept(directory: WalkDirectory, page: ListingPage): WalkPage | undefined {
    this.#more = undefined
    if (page.kind === 'failed') {
      this.#failed({ path: directory.path, reason: page.reason, detail: page.detail })
      return undefined
    }
    if (page.next !== undefined) this.#more = { directory, next: page.next }
    const { records } = page
    return {
      directory,
      records,
      view: new DataView(records.buffer, records.byteOffset, records.byteLength),
      isLast: page.next === undefined,
    }
  }

  #pushChildren(): void {
    for (let i = this.#children.length - 1; i >= 0; i--) {
      const child = this.#children[i]
      if (child !== undefined) this.#stack.push(child)
    }
    this.#children = []
    this.#listAhead()
  }

  #listAhead(): void {
    const from = Math.max(0, this.#stack.length - listedAheadMax)
    for (let i = this.#stack.length - 1; i >= from; i--) {
      const directory = this.#stack[i]
      if (directory !== undefined) directory.listing ??= this.#list(directory)
    }
  }

  #list(directory: WalkDirectory): Promise<ListingPage> {
    const listing = this.#source.list(
      { path: directory.path, expected: directory.expected },
      this.#signal,
    )
    // It is awaited when its turn comes; until then a failure must not count as unhandled.
    listing.catch(() => undefined)
    return listing
  }
}

export function nameAt(view: DataView, records: Uint8Array, at: number): ByteString {
  return byteString(records.subarray(at + LISTING_AT.name, nextListingRecord(view, at)))
}
