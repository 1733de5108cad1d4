/**
 * The rows of a point that a restore is about (F1), in key order: all, those below chosen paths, or all but those. Rows of
 * directories above a chosen path come too, since they must exist. Moving on is synchronous within a leaf, as in
 * src/vault/tree-cursor.ts.
 */
import { type ByteString, displayName, failure } from '#base'
import {
  compareKeys,
  directoryKey,
  directoryPath,
  type EntryKey,
  entryKey,
  type LeafCursor,
  type PointTree,
} from '#engine'
import { type ChunkReader, compareRow, PointCursor } from '#vault'

export type RestoreSelection =
  | { readonly kind: 'all' }
  /** Paths relative to the point, each with everything below it. */
  | {
      readonly kind: 'include'
      readonly paths: readonly ByteString[]
      /** Left out although a path holds them. */
      readonly except?: readonly ByteString[]
    }
  | { readonly kind: 'exclude'; readonly paths: readonly ByteString[] }

/** A stretch of rows: one entry, or everything whose directory begins with a key. */
type Span = {
  readonly from: EntryKey
  readonly kind: 'entry' | 'below'
  readonly role: 'above' | 'chosen'
}

const rootKey: EntryKey = { dir: '' as ByteString, name: '' as ByteString }

function leftOut(selection: RestoreSelection): readonly ByteString[] {
  if (selection.kind === 'all') return []
  return selection.kind === 'exclude' ? selection.paths : (selection.except ?? [])
}

export class SelectedRows {
  readonly #reader: ChunkReader
  readonly #tree: PointTree
  readonly #spans: Span[]
  readonly #excluded: ExcludedPaths | undefined
  #span: Span | undefined
  #cursor: PointCursor
  /** The directory is above a chosen path: it is needed, not asked for. */
  isAbove = false

  constructor(reader: ChunkReader, tree: PointTree, selection: RestoreSelection) {
    this.#reader = reader
    this.#tree = tree
    this.#spans = spansOf(selection)
    const without = leftOut(selection)
    this.#excluded = without.length === 0 ? undefined : new ExcludedPaths(without)
    this.#cursor = new PointCursor(reader, undefined)
  }

  get row(): LeafCursor {
    return this.#cursor.row
  }

  /** Moves to the next row in memory; false when `load` must be asked. */
  advance(): boolean {
    if (this.#span === undefined || this.#span.kind === 'entry') return false
    while (this.#cursor.advance()) {
      if (!this.#isInside(this.#span)) return false
      if (!this.#isExcluded()) return true
    }
    return false
  }

  /** @throws path.not-found for a chosen path that the point does not have. */
  async load(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      if (this.#span?.kind === 'below' && !this.#hasLeft) {
        while (await this.#next(signal)) {
          if (!this.#isInside(this.#span)) break
          if (!this.#isExcluded()) return true
        }
      }
      const span = this.#spans.shift()
      if (span === undefined) return false
      if (await this.#enter(span, signal)) return true
    }
  }

  #hasLeft = false

  async #next(signal: AbortSignal): Promise<boolean> {
    return this.#cursor.advance() || (await this.#cursor.load(signal))
  }

  /** True when the span begins with a row to be shown. */
  async #enter(span: Span, signal: AbortSignal): Promise<boolean> {
    this.#span = span
    this.#hasLeft = false
    this.isAbove = span.role === 'above'
    this.#cursor = new PointCursor(this.#reader, this.#tree, span.from)
    if (span.kind === 'below') return false
    if ((await this.#next(signal)) && compareRow(this.row, span.from) === 0) return true
    if (span.role === 'above') return false
    const path =
      span.from.dir === '' ? span.from.name : `${directoryPath(span.from.dir)}/${span.from.name}`
    throw failure('path.not-found', {
      path: displayName(path as ByteString),
      point: 'the backup point',
    })
  }

  #isInside(span: Span): boolean {
    if (this.row.dir.startsWith(span.from.dir)) return true
    this.#hasLeft = true
    return false
  }

  #isExcluded(): boolean {
    return this.#excluded?.has(this.row) ?? false
  }
}

function spansOf(selection: RestoreSelection): Span[] {
  if (selection.kind !== 'include') return [{ from: rootKey, kind: 'below', role: 'chosen' }]
  const chosen = outermost(selection.paths)
  if (chosen.includes('' as ByteString)) return [{ from: rootKey, kind: 'below', role: 'chosen' }]
  const above = new Set(['' as ByteString, ...chosen.flatMap(pathsAbove)])
  const spans: Span[] = [
    ...[...above].map((path): Span => ({ from: entryKey(path), kind: 'entry', role: 'above' })),
    ...chosen.flatMap((path): Span[] => [
      { from: entryKey(path), kind: 'entry', role: 'chosen' },
      { from: { dir: directoryKey(path), name: '' as ByteString }, kind: 'below', role: 'chosen' },
    ]),
  ]
  return spans.sort((a, b) => compareKeys(a.from, b.from))
}

/** Without those that lie below another one. */
function outermost(paths: readonly ByteString[]): ByteString[] {
  const wanted = new Set(paths)
  return [...wanted].filter(
    (path) => path === '' || !['', ...pathsAbove(path)].some((p) => wanted.has(p as ByteString)),
  )
}

function pathsAbove(path: ByteString): ByteString[] {
  const above: ByteString[] = []
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1))
    above.push(path.slice(0, at) as ByteString)
  return above
}

class ExcludedPaths {
  readonly #keys: readonly ByteString[]
  readonly #names = new Map<ByteString, Set<ByteString>>()
  #dir: ByteString | undefined
  #isDirExcluded = false
  #namesHere: ReadonlySet<ByteString> | undefined

  constructor(paths: readonly ByteString[]) {
    this.#keys = paths.map(directoryKey)
    for (const path of paths) {
      const { dir, name } = entryKey(path)
      const names = this.#names.get(dir) ?? new Set()
      this.#names.set(dir, names.add(name))
    }
  }

  has(row: LeafCursor): boolean {
    if (row.dir !== this.#dir) {
      this.#dir = row.dir
      this.#isDirExcluded = this.#keys.some((key) => row.dir.startsWith(key))
      this.#namesHere = this.#names.get(row.dir)
    }
    return this.#isDirExcluded || (this.#namesHere?.has(row.name) ?? false)
  }
}
