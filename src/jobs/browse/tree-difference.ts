/**
 * The keys under which two trees hold different rows, in key order, in time proportional to the difference: subtrees of
 * equal id are equal and are stepped over unread. Nodes end where keys say so, so equal stretches find each other again.
 */
import { assert, checkAborted, equalBytes } from '#base'
import { compareKeys, type EntryKey, type LeafCursor, type TreeRoot } from '#engine'
import type { ChunkReader } from '#vault'
import { type FrontierHead, TreeFrontier } from './tree-frontier.ts'

const begin = { dir: '', name: '' } as EntryKey

export async function* differingKeys(
  reader: ChunkReader,
  trees: { readonly before: TreeRoot | undefined; readonly after: TreeRoot | undefined },
  signal: AbortSignal,
): AsyncIterable<EntryKey> {
  const a = new TreeFrontier(reader, trees.before, begin)
  const b = new TreeFrontier(reader, trees.after, begin)
  for (;;) {
    checkAborted(signal)
    const [x, y] = [a.head, b.head]
    if (x === undefined && y === undefined) return
    if (x?.kind === 'node' && y?.kind === 'node' && equalBytes(x.child.id, y.child.id)) {
      a.skip()
      b.skip()
      continue
    }
    const order = compareHeads(x, y)
    if (order <= 0 && x?.kind === 'node' && !(order === 0 && isLower(x, y))) await a.expand(signal)
    else if (order >= 0 && y?.kind === 'node') await b.expand(signal)
    else if (order === 0 && x?.kind === 'row' && y?.kind === 'row') {
      if (!isSameRow(x.row, y.row)) yield x.key
      a.skip()
      b.skip()
    } else if (order < 0 && x?.kind === 'row') {
      yield x.key
      a.skip()
    } else {
      assert(y?.kind === 'row', 'what comes first is a row by now')
      yield y.key
      b.skip()
    }
  }
}

function compareHeads(x: FrontierHead | undefined, y: FrontierHead | undefined): number {
  if (x === undefined) return 1
  return y === undefined ? -1 : compareKeys(x.key, y.key)
}

/** Of two nodes that begin alike, the higher one is opened first: its children may meet the other. */
function isLower(x: FrontierHead & { kind: 'node' }, y: FrontierHead | undefined): boolean {
  return y?.kind === 'node' && x.level < y.level
}

function isSameRow(a: LeafCursor, b: LeafCursor): boolean {
  return (
    a.tombstone === b.tombstone &&
    a.kindCode === b.kindCode &&
    a.inconsistent === b.inconsistent &&
    a.replacesBytes === b.replacesBytes &&
    (a.tombstone || hasSameStat(a, b)) &&
    equalBytes(a.extra, b.extra)
  )
}

function hasSameStat(a: LeafCursor, b: LeafCursor): boolean {
  return (
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.user === b.user &&
    a.group === b.group &&
    a.nlink === b.nlink &&
    a.size === b.size &&
    a.mtimeSec === b.mtimeSec &&
    a.mtimeNsec === b.mtimeNsec &&
    a.ctimeSec === b.ctimeSec &&
    a.ctimeNsec === b.ctimeNsec &&
    a.inoLow === b.inoLow &&
    a.inoHigh === b.inoHigh
  )
}
