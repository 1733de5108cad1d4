/**
 * How many entries and bytes stand below a directory, in O(log n): whole subtrees count by the sums that their parents
 * keep, only the nodes at the two ends of the range are read. The sums of an overlay correct those of its base.
 */
import { assert, type ByteString } from '#base'
import {
  type ChunkId,
  compareKeys,
  decodeBranch,
  directoryKey,
  type EntryKey,
  isLeaf,
  LeafCursor,
  type Point,
  type TreeRoot,
  type TreeSums,
} from '#engine'
import { type ChunkReader, compareRow } from '#vault'

/** Keys from `from` on and before `end`; no end is the end of the tree. */
type KeyRange = { readonly from: EntryKey; readonly end: EntryKey | undefined }

/** Everything below a directory, itself not counted. Bytes are those of regular files. */
export async function folderSums(
  reader: ChunkReader,
  point: Point,
  path: ByteString,
  signal: AbortSignal,
): Promise<TreeSums> {
  const range = rangeBelow(directoryKey(path))
  const base = await rangeSums(reader, { root: point.tree.base, range }, signal)
  const overlay = await rangeSums(reader, { root: point.tree.overlay, range }, signal)
  return { entries: base.entries + overlay.entries, bytes: base.bytes + overlay.bytes }
}

function rangeBelow(dir: ByteString): KeyRange {
  // The smallest possible name: the root itself (an entry without a name) is not below the root.
  const from = { dir, name: '\0' as ByteString }
  if (dir === '') return { from, end: undefined }
  // A directory in key form ends with NUL, so what follows its subtree begins where that NUL is a 1.
  const end = { dir: `${dir.slice(0, -1)}\x01` as ByteString, name: '' as ByteString }
  return { from, end }
}

async function rangeSums(
  reader: ChunkReader,
  { root, range }: { readonly root: TreeRoot | undefined; readonly range: KeyRange },
  signal: AbortSignal,
): Promise<TreeSums> {
  const sums = { entries: 0, bytes: 0 }
  const waiting: ChunkId[] = root === undefined ? [] : [root.id]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const bytes = await reader.get(id, signal)
    if (isLeaf(bytes)) {
      addRows(sums, new LeafCursor(bytes), range)
      continue
    }
    const { children } = decodeBranch(bytes)
    for (const [i, child] of children.entries()) {
      const next = children[i + 1]?.first
      if (isAtOrBeyond(child.first, range.end)) break
      if (next !== undefined && compareKeys(next, range.from) <= 0) continue
      const isWhole = compareKeys(child.first, range.from) >= 0 && endsInside(next, range)
      if (isWhole) {
        sums.entries += child.sums.entries
        sums.bytes += child.sums.bytes
      } else waiting.push(child.id)
    }
  }
  assert(Number.isSafeInteger(sums.bytes), 'sums are safe integers')
  return sums
}

function isAtOrBeyond(key: EntryKey, end: EntryKey | undefined): boolean {
  return end !== undefined && compareKeys(key, end) >= 0
}

/** A last child may reach beyond the range unless the range has no end. */
function endsInside(next: EntryKey | undefined, range: KeyRange): boolean {
  if (range.end === undefined) return true
  return next !== undefined && compareKeys(next, range.end) <= 0
}

function addRows(
  sums: { entries: number; bytes: number },
  row: LeafCursor,
  { from, end }: KeyRange,
): void {
  while (row.next()) {
    if (compareRow(row, from) < 0) continue
    if (end !== undefined && compareRow(row, end) >= 0) return
    if (row.tombstone) sums.entries--
    else if (row.replacesBytes === undefined) sums.entries++
    sums.bytes += (row.tombstone ? 0 : row.size) - (row.replacesBytes ?? 0)
  }
}
