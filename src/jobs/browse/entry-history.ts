/** One path over all points: which versions of it there were, and in which points. */
import type { ByteString } from '#base'
import { type Entry, type EntryKey, entryKey, type KnownPoint, type TreeRoot } from '#engine'
import type { ChunkReader } from '#vault'
import { changeBetween, type EntryChange } from './entry-change.ts'
import { PointPaths } from './point-paths.ts'
import { TreeSeeker } from './tree-seeker.ts'
import { UnreadPaths } from './unread-paths.ts'

/** What a point shows of a path. */
export type EntryFinding = {
  /** Undefined: it does not have it. */
  readonly entry: Entry | undefined
  /** It does not have it since it could not be read: it may have been there. */
  readonly isUnread: boolean
}

/** A run of points, one after another, that show the same. */
export type EntryVersion = EntryFinding & {
  /** What changed against the version before; undefined for the first, and after and for an absence. */
  readonly change: EntryChange | undefined
  readonly first: KnownPoint
  readonly last: KnownPoint
  readonly count: number
}

/**
 * Points of other sources say nothing about the path and are passed over.
 * @param points oldest first, of one host; @returns the versions, oldest first. Empty when no point has it.
 */
export async function historyOf(
  reader: ChunkReader,
  request: { readonly points: readonly KnownPoint[]; readonly path: ByteString },
  signal: AbortSignal,
): Promise<readonly EntryVersion[]> {
  const lookup = new PathLookup(reader, request.path)
  const versions: EntryVersion[] = []
  for (const known of request.points) {
    const finding = await lookup.find(known, signal)
    if (finding === undefined) continue
    const { entry } = finding
    const before = versions.at(-1)
    if (before !== undefined && showsSame(before, finding))
      versions[versions.length - 1] = { ...before, last: known, count: before.count + 1 }
    else if (entry !== undefined || before !== undefined)
      versions.push({
        ...finding,
        change: changeOf(before, entry),
        first: known,
        last: known,
        count: 1,
      })
  }
  return versions
}

/** One path in many points. */
export class PathLookup {
  readonly #reader: ChunkReader
  readonly #path: ByteString
  readonly #trees: SharedLookup

  constructor(reader: ChunkReader, path: ByteString) {
    this.#reader = reader
    this.#path = path
    this.#trees = new SharedLookup(reader)
  }

  /** Undefined: a point of other sources, which says nothing about the path. */
  async find(known: KnownPoint, signal: AbortSignal): Promise<EntryFinding | undefined> {
    const paths = new PointPaths(known.point)
    if (!paths.covers(this.#path)) return undefined
    const key = entryKey(paths.pointPath(this.#path))
    const entry = await this.#trees.find(known, key, signal)
    if (entry !== undefined) return { entry, isUnread: false }
    const unread = await UnreadPaths.of(this.#reader, known, signal)
    return { entry, isUnread: unread.find(paths.sourcePath(key)) !== undefined }
  }
}

/** Whether points with these findings are of one run. */
export function showsSame(a: EntryFinding, b: EntryFinding): boolean {
  if (a.entry === undefined || b.entry === undefined)
    return a.entry === b.entry && a.isUnread === b.isUnread
  return changeBetween(a.entry, b.entry) === undefined
}

function changeOf(before: EntryVersion | undefined, entry: Entry | undefined) {
  if (before?.entry === undefined || entry === undefined) return undefined
  return changeBetween(before.entry, entry)
}

/** Trees that many points share are asked once. */
class SharedLookup {
  readonly #reader: ChunkReader
  readonly #answers = new Map<string, Answer>()

  constructor(reader: ChunkReader) {
    this.#reader = reader
  }

  async find(known: KnownPoint, key: EntryKey, signal: AbortSignal): Promise<Entry | undefined> {
    const { base, overlay } = known.point.tree
    const over = overlay === undefined ? 'none' : await this.#ask(overlay, key, signal)
    const answer = over === 'none' ? await this.#ask(base, key, signal) : over
    return typeof answer === 'string' ? undefined : answer
  }

  async #ask(root: TreeRoot, key: EntryKey, signal: AbortSignal): Promise<Answer> {
    const question = `${root.id.join()} ${key.dir}${key.name}`
    const known = this.#answers.get(question)
    if (known !== undefined) return known
    const row = await new TreeSeeker(this.#reader, root).find(key, signal)
    const item = row?.item()
    const answer: Answer =
      item === undefined ? 'none' : item.kind === 'tombstone' ? 'gone' : item.entry
    this.#answers.set(question, answer)
    return answer
  }
}

/** `none`: the tree does not speak of it; `gone`: it says that the base's is no more. */
type Answer = Entry | 'none' | 'gone'
