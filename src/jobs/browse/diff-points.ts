/**
 * What changed between two points. Points of the same base differ in their overlays only; what the base holds under such a
 * key is looked up. Of two bases the equal subtrees are stepped over unread.
 */
import type { ByteString } from '#base'
import { compareKeys, type Entry, type EntryKey, entryPath, type KnownPoint } from '#engine'
import type { ChunkReader } from '#vault'
import { changeBetween, type EntryChange } from './entry-change.ts'
import { PointPaths } from './point-paths.ts'
import { differingKeys } from './tree-difference.ts'
import { PointSeeker } from './tree-seeker.ts'
import { UnreadPaths } from './unread-paths.ts'

export type PointDifference = {
  /** Relative to the roots of the points. */
  readonly path: ByteString
} & (
  | { readonly kind: 'added'; readonly before: undefined; readonly after: Entry }
  | { readonly kind: 'removed'; readonly before: Entry; readonly after: undefined }
  /** One of them could not read it, so nobody knows whether it was there. */
  | {
      readonly kind: 'unread'
      readonly unreadIn: 'before' | 'after'
      readonly before: Entry | undefined
      readonly after: Entry | undefined
    }
  | { readonly kind: EntryChange; readonly before: Entry; readonly after: Entry }
)

const differencesPerBatch = 500

/** Batches of differences, in key order. */
export async function* diffPoints(
  reader: ChunkReader,
  { before, after }: { readonly before: KnownPoint; readonly after: KnownPoint },
  signal: AbortSignal,
): AsyncIterable<readonly PointDifference[]> {
  const [a, b] = [before.point.tree, after.point.tree]
  const seekers = { before: new PointSeeker(reader, a), after: new PointSeeker(reader, b) }
  const gaps = {
    before: await gapsOf(reader, before, signal),
    after: await gapsOf(reader, after, signal),
  }
  const keys = mergeKeys(
    differingKeys(reader, { before: a.base, after: b.base }, signal),
    differingKeys(reader, { before: a.overlay, after: b.overlay }, signal),
  )
  let batch: PointDifference[] = []
  for await (const key of keys) {
    const [old, now] = [
      await seekers.before.find(key, signal),
      await seekers.after.find(key, signal),
    ]
    const difference =
      unreadOf(key, { before: old, after: now }, gaps) ?? differenceOf(key, old, now)
    if (difference === undefined) continue
    batch.push(difference)
    if (batch.length < differencesPerBatch) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Whether a point could not read what it lacks. */
type IsGap = (key: EntryKey) => boolean

async function gapsOf(reader: ChunkReader, known: KnownPoint, signal: AbortSignal): Promise<IsGap> {
  const unread = await UnreadPaths.of(reader, known, signal)
  const paths = new PointPaths(known.point)
  return (key) => unread.find(paths.sourcePath(key)) !== undefined
}

function unreadOf(
  key: EntryKey,
  entries: { readonly before: Entry | undefined; readonly after: Entry | undefined },
  gaps: { readonly before: IsGap; readonly after: IsGap },
): PointDifference | undefined {
  const lacking = entries.before === undefined ? 'before' : 'after'
  if (entries[lacking] !== undefined || !gaps[lacking](key)) return undefined
  if (entries.before === undefined && entries.after === undefined) return undefined
  return { path: entryPath(key), kind: 'unread', unreadIn: lacking, ...entries }
}

function differenceOf(
  key: EntryKey,
  before: Entry | undefined,
  after: Entry | undefined,
): PointDifference | undefined {
  const path = entryPath(key)
  if (before === undefined)
    return after === undefined ? undefined : { path, kind: 'added', before, after }
  if (after === undefined) return { path, kind: 'removed', before, after }
  const kind = changeBetween(before, after)
  return kind === undefined ? undefined : { path, kind, before, after }
}

/** Two ordered runs of keys as one, each key once. */
async function* mergeKeys(
  a: AsyncIterable<EntryKey>,
  b: AsyncIterable<EntryKey>,
): AsyncIterable<EntryKey> {
  const [left, right] = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()]
  let [x, y] = [await left.next(), await right.next()]
  while (!x.done || !y.done) {
    const order = x.done ? 1 : y.done ? -1 : compareKeys(x.value, y.value)
    if (order <= 0 && !x.done) yield x.value
    else if (!y.done) yield y.value
    if (order <= 0) x = await left.next()
    if (order >= 0) y = await right.next()
  }
}
