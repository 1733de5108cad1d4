/**
 * One page of a folder of a point. It costs the way down the tree and the rows of the page, whatever the point and the
 * folder hold; the sizes of subfolders come from sums that the tree keeps.
 */
import { type ByteString, failure } from '#base'
import type { Entry as EntryRecord } from '#contract'
import { childDirectoryKey, directoryKey, type Entry, type EntryKey, type TreeSums } from '#engine'
import { type ChunkReader, PointCursor } from '#vault'
import { readCursor, writeCursor } from '../../cursor.ts'
import { findPlace, keyAt, placeOf, rootsOf } from './entry-cursor.ts'
import { entryRecord } from './entry-records.ts'
import { folderPath, type OpenPoint } from './open-point.ts'
import { TreePrefixSums } from './tree-prefix-sums.ts'
import type { WorkBudget } from './work-budget.ts'

export type FolderRequest = {
  readonly path: ByteString | undefined
  readonly limit: number
  readonly cursor: string | undefined
}

export type EntryPage<Item> = { readonly items: readonly Item[]; readonly next: string | undefined }

export async function browseFolder(
  opened: OpenPoint,
  request: FolderRequest,
  budget: WorkBudget,
  signal: AbortSignal,
): Promise<EntryPage<EntryRecord>> {
  const { reading, known, paths } = opened
  const { reader } = reading
  const roots = rootsOf(known.point.tree)
  const path = await folderPath(opened, request.path, signal)
  const call = ['browse', known.id, path]
  const dir = directoryKey(path)
  const from = await firstKey(reader, { call, request, roots }, signal)
  if (from !== undefined && from.dir !== dir) throw failure('page.cursor-refused')
  const found = await readRows(
    opened,
    { dir, from: from ?? { dir, name: noName } },
    request,
    signal,
  )
  const sums = new FolderSums(reader, roots)
  const items: EntryRecord[] = []
  let more = found.more
  for (const entry of found.entries) {
    if (items.length > 0 && budget.isSpent) {
      more = entry
      break
    }
    const below = entry.kind === 'directory' ? await sums.of(entry, signal) : undefined
    if (below !== undefined) budget.look()
    items.push(entryRecord(entry, paths, below))
  }
  if (more === undefined) return { items, next: undefined }
  const place = await findPlace(reader, roots, more, signal)
  if (place === undefined) throw failure('page.cursor-refused')
  return { items, next: writeCursor(call, [place.tree, place.path]) }
}

const noName = '' as ByteString

async function firstKey(
  reader: ChunkReader,
  of: {
    readonly call: unknown
    readonly request: FolderRequest
    readonly roots: ReturnType<typeof rootsOf>
  },
  signal: AbortSignal,
): Promise<EntryKey | undefined> {
  if (of.request.cursor === undefined) return undefined
  const [tree, path] = readCursor(of.call, of.request.cursor)
  return await keyAt(reader, of.roots, placeOf(tree, path), signal)
}

/** The entries of the page, and the one after them where there is one. */
async function readRows(
  { reading, known }: OpenPoint,
  { dir, from }: { readonly dir: ByteString; readonly from: EntryKey },
  { limit }: FolderRequest,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly Entry[]; readonly more: Entry | undefined }> {
  const cursor = new PointCursor(reading.reader, known.point.tree, from)
  const entries: Entry[] = []
  while (cursor.advance() || (await cursor.load(signal))) {
    const { row } = cursor
    if (row.dir !== dir) break
    // The root of a point is an entry without a name; nobody lists it as an entry of itself.
    if (row.nameLength === 0) continue
    const item = cursor.item()
    if (item.kind !== 'entry') continue
    if (entries.length === limit) return { entries, more: item.entry }
    // The row is a view of a block that may leave the cache before the answer is written.
    entries.push({ ...item.entry, extra: item.entry.extra.slice() })
  }
  return { entries, more: undefined }
}

/** Sums of everything below folders, which are asked for in the order of their names. */
class FolderSums {
  readonly #trees: readonly TreePrefixSums[]

  constructor(reader: ChunkReader, roots: ReturnType<typeof rootsOf>) {
    this.#trees = roots.map((root) => new TreePrefixSums(reader, root))
  }

  async of(folder: EntryKey, signal: AbortSignal): Promise<TreeSums> {
    const dir = childDirectoryKey(folder.dir, folder.name)
    // A directory in key form ends with NUL, so what follows its subtree begins where that NUL is a 1.
    const end = `${dir.slice(0, -1)}\x01` as ByteString
    let entries = 0
    let bytes = 0
    for (const tree of this.#trees) {
      const first = await tree.before({ dir, name: noName }, signal)
      const last = await tree.before({ dir: end, name: noName }, signal)
      entries += last.entries - first.entries
      bytes += last.bytes - first.bytes
    }
    return { entries, bytes }
  }
}
