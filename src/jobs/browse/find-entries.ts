/**
 * Finds entries by pattern (rule B3, against the paths at the source) in many points at once. Each distinct node is read
 * once, whatever the number of points; the result names each version of an entry once, with the points that have it.
 */
import type { ByteString } from '#base'
import {
  compareKeys,
  type Entry,
  type EntryKey,
  type KnownPoint,
  type LeafItem,
  PathAutomaton,
  parsePattern,
  type TreeRoot,
} from '#engine'
import type { ChunkReader } from '#vault'
import { changeBetween } from './entry-change.ts'
import { MatchStream, NodeSearch } from './match-stream.ts'
import { PointPaths } from './point-paths.ts'

export type FoundEntry = {
  /** At the source. */
  readonly path: ByteString
  readonly entry: Entry
  /** In the order in which they were given. */
  readonly points: readonly KnownPoint[]
}

const foundPerBatch = 1000

/** Batches of what was found, in the order of paths within points of the same sources. @throws usage.invalid */
export async function* findEntries(
  reader: ChunkReader,
  request: { readonly points: readonly KnownPoint[]; readonly pattern: ByteString },
  signal: AbortSignal,
): AsyncIterable<readonly FoundEntry[]> {
  const pattern = parsePattern(request.pattern)
  for (const { paths, points } of realmsOf(request.points)) {
    const automaton = new PathAutomaton([pattern])
    const trees = new RealmTrees(new NodeSearch(reader, automaton, paths), points)
    let batch: FoundEntry[] = []
    for (
      let found = await trees.next(signal);
      found !== undefined;
      found = await trees.next(signal)
    ) {
      for (const { entry, points } of found) {
        if (pattern.directoriesOnly && entry.kind !== 'directory') continue
        batch.push({ path: paths.sourcePath(entry), entry, points })
      }
      if (batch.length < foundPerBatch) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }
}

type Realm = { readonly paths: PointPaths; readonly points: KnownPoint[] }

function realmsOf(points: readonly KnownPoint[]): Iterable<Realm> {
  const realms = new Map<string, Realm>()
  for (const known of points) {
    const paths = new PointPaths(known.point)
    const realm = realms.get(paths.realm)
    if (realm === undefined) realms.set(paths.realm, { paths, points: [known] })
    else realm.points.push(known)
  }
  return realms.values()
}

type PointStreams = {
  readonly known: KnownPoint
  readonly base: MatchStream
  readonly overlay: MatchStream | undefined
}

type Version = { readonly entry: Entry; readonly points: KnownPoint[] }

/** The trees of several points side by side, in key order. */
class RealmTrees {
  readonly #points: readonly PointStreams[]
  readonly #streams: readonly MatchStream[]

  constructor(search: NodeSearch, points: readonly KnownPoint[]) {
    const streams = new Map<string, MatchStream>()
    const streamOf = (root: TreeRoot): MatchStream => {
      const key = root.id.join()
      const known = streams.get(key)
      if (known !== undefined) return known
      const stream = new MatchStream(search, root)
      streams.set(key, stream)
      return stream
    }
    this.#points = points.map((known) => {
      const { base, overlay } = known.point.tree
      return {
        known,
        base: streamOf(base),
        overlay: overlay === undefined ? undefined : streamOf(overlay),
      }
    })
    this.#streams = [...streams.values()]
  }

  /** All versions under the next key; none when every point has deleted it. Undefined at the end. */
  async next(signal: AbortSignal): Promise<readonly Version[] | undefined> {
    let key: EntryKey | undefined
    for (const stream of this.#streams) {
      if (stream.head === undefined) await stream.fill(signal)
      const head = stream.headKey
      if (head !== undefined && (key === undefined || compareKeys(head, key) < 0)) key = head
    }
    if (key === undefined) return undefined
    const versions = this.#versionsAt(key)
    for (const stream of this.#streams) if (isAt(stream, key)) stream.next()
    return versions
  }

  #versionsAt(key: EntryKey): readonly Version[] {
    const versions: Version[] = []
    let last: { readonly item: LeafItem; readonly version: Version } | undefined
    for (const { known, base, overlay } of this.#points) {
      const stream = overlay !== undefined && isAt(overlay, key) ? overlay : base
      const item = isAt(stream, key) ? stream.head : undefined
      if (item?.kind !== 'entry') continue
      if (last?.item !== item) {
        const { entry } = item
        let version = versions.find((one) => changeBetween(one.entry, entry) === undefined)
        if (version === undefined) {
          version = { entry, points: [] }
          versions.push(version)
        }
        last = { item, version }
      }
      last.version.points.push(known)
    }
    return versions
  }
}

function isAt(stream: MatchStream, key: EntryKey): boolean {
  const head = stream.headKey
  return head !== undefined && compareKeys(head, key) === 0
}
