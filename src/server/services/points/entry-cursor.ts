/**
 * Cursors into the trees of points. Trees never change, so a place in one is a path of numbers from its root down: short,
 * however long the names are, and nothing of a name gets into an address or a log. A cursor is bound to the call that made
 * it; whatever it says beyond that is checked against the tree, and leads nowhere but into points that the call names.
 */
import { byteString, failure, toHex } from '#base'
import {
  childFor,
  decodeBranch,
  type EntryKey,
  isLeaf,
  LeafCursor,
  type PointTree,
  type TreeRoot,
  treeLevelMax,
} from '#engine'
import { type ChunkReader, compareRow } from '#vault'

/** The beginning of the root's id, then which child of each branch, then which row of the leaf. */
export type TreePlace = { readonly tree: string; readonly path: readonly number[] }

const treeCharacters = 16
const rowsPerLeafMax = 8192 * 8

/** @throws page.cursor-refused when this is no place */
export function placeOf(tree: unknown, path: unknown): TreePlace {
  const isTree = typeof tree === 'string' && tree.length === treeCharacters
  if (!isTree || !Array.isArray(path) || path.length > treeLevelMax + 1)
    throw failure('page.cursor-refused')
  const numbers: number[] = []
  for (const number of path) {
    if (!Number.isSafeInteger(number) || number < 0 || number > rowsPerLeafMax)
      throw failure('page.cursor-refused')
    numbers.push(Number(number))
  }
  return { tree, path: numbers }
}

export function rootsOf({ base, overlay }: PointTree): readonly TreeRoot[] {
  return overlay === undefined ? [base] : [base, overlay]
}

/** Where the row of this key stands, in the first of the trees that has it; undefined: none has. */
export async function findPlace(
  reader: ChunkReader,
  roots: readonly TreeRoot[],
  key: EntryKey,
  signal: AbortSignal,
): Promise<TreePlace | undefined> {
  for (const root of roots) {
    const path = await findPath(reader, root, key, signal)
    if (path !== undefined) return { tree: tagOf(root), path }
  }
  return undefined
}

/** @throws page.cursor-refused when none of the trees has such a place */
export async function keyAt(
  reader: ChunkReader,
  roots: readonly TreeRoot[],
  place: TreePlace,
  signal: AbortSignal,
): Promise<EntryKey> {
  const root = roots.find((one) => tagOf(one) === place.tree)
  if (root === undefined) throw failure('page.cursor-refused')
  let bytes = await reader.get(root.id, signal)
  const steps = [...place.path]
  while (!isLeaf(bytes)) {
    const child = decodeBranch(bytes).children[steps.shift() ?? -1]
    if (child === undefined) throw failure('page.cursor-refused')
    bytes = await reader.get(child.id, signal)
  }
  const [number, ...more] = steps
  const row = new LeafCursor(bytes)
  if (number === undefined || more.length > 0 || number >= row.count)
    throw failure('page.cursor-refused')
  for (let at = 0; at <= number; at++) row.next()
  return { dir: row.dir, name: row.name }
}

async function findPath(
  reader: ChunkReader,
  root: TreeRoot,
  key: EntryKey,
  signal: AbortSignal,
): Promise<readonly number[] | undefined> {
  const path: number[] = []
  let bytes = await reader.get(root.id, signal)
  while (!isLeaf(bytes)) {
    const branch = decodeBranch(bytes)
    const number = childFor(branch, key)
    const child = branch.children[number]
    if (child === undefined) return undefined
    path.push(number)
    bytes = await reader.get(child.id, signal)
  }
  const row = new LeafCursor(bytes)
  for (let at = 0; row.next(); at++) {
    const order = compareRow(row, key)
    if (order === 0) return [...path, at]
    if (order > 0) return undefined
  }
  return undefined
}

function tagOf(root: TreeRoot): string {
  return toHex(root.id).slice(0, treeCharacters)
}

/** Trees by their whole id, where many points share few. */
export function treeKey(root: Pick<TreeRoot, 'id'>): string {
  return byteString(root.id)
}
