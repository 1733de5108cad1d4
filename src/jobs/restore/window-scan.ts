/**
 * Reads the selection and fills windows with it: entries, directories to make and, when everything below them has come,
 * directories to finish. The rows of a leaf are taken without a promise: 2 µs an entry here.
 */
import {
  assert,
  type ByteString,
  byteString,
  bytesOf,
  displayName,
  isFailure,
  joinPath,
} from '#base'
import {
  childDirectoryKey,
  decodeExtras,
  directoryPath,
  entryPath,
  KIND_CODE,
  type LeafCursor,
  type Point,
} from '#engine'
import type { DirectoryMetadata, OpenTarget } from '#ports'
import { type ChunkReader, isDamage } from '#vault'
import type { Destinations } from './destinations.ts'
import { DirectoryStack, type RestoreDirectory } from './directory-stack.ts'
import { EntryPlanner, type EntrySpot, type Unfinished } from './entry-planner.ts'
import { findKeyProblem, findNameProblem } from './hostile-names.ts'
import type { RestoreReport } from './restore-report.ts'
import { type RestoreSelection, SelectedRows } from './selection.ts'
import { Window, windowEntriesMax, windowEntriesMin } from './window.ts'

export type ScanRequest = {
  readonly point: Point
  readonly selection: RestoreSelection
  readonly destinations: Destinations
  /** Whether a given target directory itself gets the metadata of the point's root. */
  readonly restoresRoot: boolean
}

const nowhere = '' as ByteString

export class WindowScan {
  readonly #target: OpenTarget
  readonly #request: ScanRequest
  readonly #report: RestoreReport
  readonly #planner: EntryPlanner
  readonly #rows: SelectedRows
  readonly #stack: DirectoryStack
  /** The roots of the target, above every source. */
  readonly #tops: readonly RestoreDirectory[]
  #window: Window | undefined
  #entriesMax = windowEntriesMin
  #unfinished: Unfinished | undefined
  /** The row under the cursor waits for the next window. */
  #hasRow = false
  #dir: ByteString | undefined
  #directory: RestoreDirectory | undefined
  #dirProblem: string | undefined
  /** The selection has been read to its end. */
  hasEnded = false

  constructor(
    ports: { readonly reader: ChunkReader; readonly target: OpenTarget },
    request: ScanRequest,
    report: RestoreReport,
  ) {
    this.#target = ports.target
    this.#request = request
    this.#report = report
    this.#planner = new EntryPlanner(ports.reader, report)
    this.#rows = new SelectedRows(ports.reader, request.point.tree, request.selection)
    this.#tops = request.destinations.roots.map((_, root) => topOf(root))
    this.#stack = new DirectoryStack((directory) => {
      this.#windowFor(directory.root).closed.push(directory)
    })
  }

  get planner(): EntryPlanner {
    return this.#planner
  }

  /** The next window; undefined after the last. */
  async next(signal: AbortSignal): Promise<Window | undefined> {
    while (!this.hasEnded) {
      const unfinished = this.#unfinished
      if (unfinished !== undefined) {
        const window = this.#windowFor(unfinished.file.directory.root)
        if (!(await this.#planner.planPieces(window, unfinished, signal))) return this.#takeWindow()
        this.#unfinished = undefined
      }
      if (this.#window?.isFull) return this.#takeWindow()
      if (!this.#hasRow && !(await this.#nextRow(signal))) {
        this.#stack.closeAll()
        this.hasEnded = true
        this.#report.endCounting()
        break
      }
      this.#hasRow = !this.#takeRow()
      if (this.#hasRow) return this.#takeWindow()
    }
    const last = this.#takeWindow()
    return last?.isEmpty === false ? last : undefined
  }

  #takeWindow(): Window | undefined {
    const window = this.#window
    this.#window = undefined
    this.#entriesMax = Math.min(this.#entriesMax * 2, windowEntriesMax)
    return window
  }

  #windowFor(root: number): Window {
    this.#window ??= new Window(this.#target, root, { entries: this.#entriesMax })
    return this.#window
  }

  async #nextRow(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      try {
        return this.#rows.advance() || (await this.#rows.load(signal))
      } catch (problem) {
        // Without a part of an overlay nobody knows which entries of the base are still true.
        if (!isFailure(problem) || !isDamage(problem) || this.#request.point.tree.overlay)
          throw problem
        const path = directoryPath(this.#dir ?? nowhere)
        const detail = `entries after this place are unreadable: ${problem.message}`
        this.#report.fail({ path, code: problem.code, detail })
      }
    }
  }

  /** False when the row must wait for the next window. */
  #takeRow(): boolean {
    const { row } = this.#rows
    if (row.dir === '' && row.nameLength === 0) {
      this.#takeRootRow(row)
      return true
    }
    const source = row.dir === '' ? this.#findSource(row) : undefined
    const directory = source?.directory ?? this.#enter(row.dir)
    const window = this.#windowFor(directory.root)
    if (window.root !== directory.root) return false
    if (!window.isEmpty && !window.hasRoomFor(directory.path.length, row.extra.length)) return false
    const problem = this.#dirProblem ?? findNameProblem(row.nameBytes, row.nameLength)
    if (problem !== undefined) {
      this.#refuse(row, problem)
      return true
    }
    const spot = source ?? { directory, name: row.nameBytes.subarray(0, row.nameLength) }
    try {
      if (row.kindCode === KIND_CODE.directory) this.#takeDirectory(window, row, spot)
      else {
        this.#count(row)
        this.#unfinished = this.#planner.plan(window, row, spot)
      }
    } catch (problem) {
      if (!isFailure(problem, 'tree.malformed')) throw problem
      const path = joinPath(directory.path, byteString(spot.name))
      this.#report.fail({ path, code: problem.code, detail: problem.message })
    }
    return true
  }

  #refuse(row: LeafCursor, problem: string): void {
    const path = entryPath({ dir: row.dir, name: row.name })
    const detail = `the name ${displayName(row.name)} is not allowed: ${problem}`
    this.#report.fail({ path, code: 'name.hostile', detail })
  }

  /** The entry of a source that goes back to its original place, whatever it is called in the point. */
  #findSource(row: LeafCursor): EntrySpot | undefined {
    const place = this.#request.destinations.findSource(row.dir, row.name)
    const directory = this.#tops[place?.root ?? -1]
    if (place === undefined || directory === undefined) return undefined
    return { directory, name: bytesOf(place.path) }
  }

  /** The directory of the rows that come now. */
  #enter(key: ByteString): RestoreDirectory {
    if (this.#directory !== undefined && this.#dir === key) return this.#directory
    this.#dirProblem = findKeyProblem(key)
    this.#dir = key
    this.#directory = this.#stack.enter(key, (above) => this.#makeMissing(key, above))
    return this.#directory
  }

  /** A directory that has entries and no row of its own: it is made, and nothing is known of it. */
  #makeMissing(key: ByteString, above: RestoreDirectory | undefined): RestoreDirectory {
    const parent = above ?? this.#tops[0]
    assert(parent !== undefined, 'a target has a root')
    const rest = directoryPath(key.slice(parent.key?.length ?? 0) as ByteString)
    const isLost =
      this.#dirProblem !== undefined || (above === undefined && key !== '' && this.#tops.length > 1)
    const directory: RestoreDirectory = {
      key,
      root: parent.root,
      path: isLost ? parent.path : joinPath(parent.path, rest),
      parent,
      metadata: undefined,
      isAbove: true,
      fact: isLost ? 'blocked' : key === '' ? 'found' : 'unknown',
      children: new Set(),
    }
    if (directory.fact === 'unknown') this.#windowFor(parent.root).directories.push(directory)
    return directory
  }

  /** The point's own root: the target itself or, in its original place, an entry of the directory above. */
  #takeRootRow(row: LeafCursor): void {
    const { destinations, restoresRoot } = this.#request
    const [top] = this.#tops
    assert(top !== undefined, 'a target has a root')
    if (!this.#rows.isAbove) this.#report.counts.directories++
    const place = destinations.findSource(row.dir, row.name)
    const path = place?.path ?? nowhere
    const isLeft = path === '' && (this.#rows.isAbove || (place === undefined && !restoresRoot))
    const directory: RestoreDirectory = {
      key: nowhere,
      root: top.root,
      path,
      parent: top,
      metadata: isLeft ? undefined : metadataOf(row, path),
      isAbove: this.#rows.isAbove,
      fact: path === '' ? 'found' : 'unknown',
      children: new Set(),
    }
    this.#stack.announce(directory)
    // Also one that is there: it may hold what an earlier run left.
    this.#windowFor(top.root).directories.push(directory)
  }

  #takeDirectory(window: Window, row: LeafCursor, { directory, name }: EntrySpot): void {
    const { isAbove } = this.#rows
    if (!isAbove) this.#report.counts.directories++
    const path = joinPath(directory.path, byteString(name))
    const child: RestoreDirectory = {
      key: childDirectoryKey(row.dir, row.name),
      root: directory.root,
      path,
      parent: directory,
      metadata: metadataOf(row, path),
      isAbove,
      fact: 'unknown',
      children: new Set(),
    }
    this.#stack.announce(child)
    window.directories.push(child)
  }

  #count(row: LeafCursor): void {
    const { counts } = this.#report
    if (row.kindCode === KIND_CODE.file) {
      counts.files++
      counts.bytes += row.size
    } else if (row.kindCode === KIND_CODE.symlink) counts.links++
    else counts.others++
  }
}

function topOf(root: number): RestoreDirectory {
  return {
    key: undefined,
    root,
    path: nowhere,
    parent: undefined,
    metadata: undefined,
    isAbove: true,
    fact: 'found',
    children: new Set(),
  }
}

function metadataOf(row: LeafCursor, path: ByteString): DirectoryMetadata {
  const { mode, uid, gid, mtimeSec, mtimeNsec, extra } = row
  const { xattrs, inodeFlags } = extra.length === 0 ? {} : decodeExtras(extra.slice())
  return { path, kind: 'directory', mode, uid, gid, mtimeSec, mtimeNsec, xattrs, inodeFlags }
}
