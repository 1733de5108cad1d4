/**
 * Walks a source depth first, names in bytewise order: the order of the entry tree. Directories that come next are listed
 * ahead by the source's own threads, down into what was listed ahead itself, so the walk does not stand still at every
 * directory that has others in it. How far is bounded in directories and in bytes.
 */
import { type ByteString, byteString, checkAborted, joinPath } from '#base'
import {
  childDirectoryKey,
  KIND_CODE,
  LISTING_AT,
  nextListingRecord,
  type PointFailure,
} from '#engine'
import type { ListingPage, SourceTree } from '#ports'

/** Of the directories that come next, so many are asked for. */
const listedAheadMax = 96
/** What came with them and stands behind what they turned out to hold is kept too, up to this. */
const heldMax = 2 * listedAheadMax
const heldBytesMax = 4 * 1024 * 1024
/** Under way at once: how large they are is not known before they arrive. */
const askedMax = 32

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
  readonly isFirst: boolean
  /** No further page of this directory follows. */
  readonly isLast: boolean
}

/** Whether the walk will enter the directory at `at` of a page, as far as can be said before the page's turn. */
export type WillEnter = (page: WalkPage, at: number) => boolean

type Upcoming = WalkDirectory & {
  /** Its place in the page that names it. */
  readonly at: number
  listing: Promise<ListingPage> | undefined
  /** Of its first page, when that has arrived and is held. */
  bytes: number
  /** Directories of its first page, in name order; undefined until it has arrived. */
  children: readonly Upcoming[] | undefined
}

export type WalkerPorts = {
  readonly source: SourceTree
  readonly failed: (problem: PointFailure) => void
  /** Undefined: only the turn of a page shows what of it is entered, and nothing is listed before. */
  readonly willEnter: WillEnter | undefined
}

export class Walker {
  readonly #ports: WalkerPorts
  readonly #signal: AbortSignal
  /** The next directory is the last. */
  readonly #stack: Upcoming[] = []
  /** Whose pages are being taken. */
  #present: Upcoming | undefined
  /** Directories of the present one that are to be entered. */
  #entered: Upcoming[] = []
  /** Of the children of the present directory, those before it are entered or passed over. */
  #nextChild = 0
  /** Asked for, and not yet taken. */
  #held = 0
  /** Of these, not yet arrived. */
  #asked = 0
  #heldBytes = 0
  #isAheadDue = false
  #more:
    | { readonly directory: WalkDirectory; readonly next: () => Promise<ListingPage> }
    | undefined

  constructor(root: WalkDirectory, ports: WalkerPorts, signal: AbortSignal) {
    this.#ports = ports
    this.#signal = signal
    this.#stack.push(upcoming(root, 0))
  }

  /** Enters the directory at `at` of the present page after everything of it; call it in name order. */
  enter(page: WalkPage, at: number): void {
    this.#entered.push(this.#childAt(page, at) ?? upcoming(childOf(page, at), at))
  }

  #childAt({ isFirst }: WalkPage, at: number): Upcoming | undefined {
    const children = this.#present?.children
    if (!isFirst || children === undefined) return undefined
    for (; ; this.#nextChild++) {
      const child = children[this.#nextChild]
      if (child === undefined || child.at > at) return undefined
      if (child.at === at) return child
    }
  }

  async next(): Promise<WalkPage | undefined> {
    for (;;) {
      checkAborted(this.#signal)
      const more = this.#more
      if (more !== undefined) {
        const page = this.#accept(more.directory, await more.next(), false)
        if (page !== undefined) return page
        continue
      }
      this.#pushEntered()
      const directory = this.#stack.pop()
      if (directory === undefined) return undefined
      this.#present = directory
      this.#nextChild = 0
      directory.listing ??= this.#list(directory)
      this.#listAhead()
      const listing = await directory.listing
      this.#held--
      this.#heldBytes -= directory.bytes
      const page = this.#accept(directory, listing, true)
      if (page !== undefined) return page
    }
  }

  #accept(directory: WalkDirectory, page: ListingPage, isFirst: boolean): WalkPage | undefined {
    this.#more = undefined
    if (page.kind === 'failed') {
      const { reason, detail } = page
      this.#ports.failed({ path: directory.path, reason, detail })
      return undefined
    }
    if (page.next !== undefined) this.#more = { directory, next: page.next }
    return walkPage(directory, page, isFirst)
  }

  #pushEntered(): void {
    for (const child of this.#entered.toReversed()) this.#stack.push(child)
    this.#entered = []
    this.#present = undefined
  }

  /** In the order of the walk, until enough is asked for or held. */
  #listAhead(): void {
    this.#isAheadDue = false
    let left = listedAheadMax
    const visit = (directory: Upcoming): boolean => {
      if (directory.listing === undefined) {
        if (!this.#mayAsk()) return false
        directory.listing = this.#list(directory)
      }
      left--
      return left > 0 && (directory.children ?? []).every(visit)
    }
    if (!(this.#present?.children ?? []).every(visit)) return
    for (let i = this.#stack.length - 1; i >= 0; i--) {
      const directory = this.#stack[i]
      if (directory !== undefined && !visit(directory)) return
    }
  }

  #list(directory: Upcoming): Promise<ListingPage> {
    this.#held++
    this.#asked++
    const listing = this.#listOne(directory)
    // It is awaited when its turn comes; until then a failure must not count as unhandled.
    listing.catch(() => undefined)
    return listing
  }

  async #listOne(directory: Upcoming): Promise<ListingPage> {
    const { path, expected } = directory
    const page = await this.#ports.source.list({ path, expected }, this.#signal)
    this.#asked--
    this.#listAheadSoon()
    if (page.kind === 'failed') return page
    directory.bytes = page.records.length
    this.#heldBytes += directory.bytes
    directory.children = this.#childrenOf(walkPage(directory, page, true))
    return page
  }

  #childrenOf(page: WalkPage): readonly Upcoming[] {
    const { willEnter } = this.#ports
    if (willEnter === undefined) return []
    const children: Upcoming[] = []
    const { records, view } = page
    for (let at = 0; at < records.length; at = nextListingRecord(view, at)) {
      const isDirectory = view.getUint8(at + LISTING_AT.kind) === KIND_CODE.directory
      if (isDirectory && willEnter(page, at)) children.push(upcoming(childOf(page, at), at))
    }
    return children
  }

  #mayAsk(): boolean {
    return this.#asked < askedMax && this.#held < heldMax && this.#heldBytes < heldBytesMax
  }

  /** Once for all the pages that arrive together. */
  #listAheadSoon(): void {
    if (this.#isAheadDue) return
    this.#isAheadDue = true
    void Promise.resolve().then(() => this.#listAhead())
  }
}

function upcoming(directory: WalkDirectory, at: number): Upcoming {
  return { ...directory, at, listing: undefined, bytes: 0, children: undefined }
}

/** The child at `at` of a page, as a directory to enter. */
function childOf({ directory, records, view }: WalkPage, at: number): WalkDirectory {
  const name = nameAt(view, records, at)
  return {
    path: joinPath(directory.path, name),
    key: childDirectoryKey(directory.key, name),
    expected: {
      dev: view.getBigUint64(at + LISTING_AT.dev, true),
      ino: view.getBigUint64(at + LISTING_AT.ino, true),
    },
  }
}

function walkPage(
  directory: WalkDirectory,
  { records, next }: Extract<ListingPage, { readonly kind: 'records' }>,
  isFirst: boolean,
): WalkPage {
  const view = new DataView(records.buffer, records.byteOffset, records.byteLength)
  return { directory, records, view, isFirst, isLast: next === undefined }
}

export function nameAt(view: DataView, records: Uint8Array, at: number): ByteString {
  return byteString(records.subarray(at + LISTING_AT.name, nextListingRecord(view, at)))
}

export function pathOf({ directory, records, view }: WalkPage, at: number): ByteString {
  return joinPath(directory.path, nameAt(view, records, at))
}
