/**
 * Lists of a vault folder, complete or an error: only a kind whose folder does not exist is empty. Foreign files are no
 * objects and stay unmentioned; a file that goes away while we list is left out.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { forEachLimited } from '#base'
import { kindOf, type ObjectKind, type ObjectName } from '#engine'
import type { ObjectEntry } from '#ports'
import { copiedBytes, copiesPath, isShard, objectAt } from './directory-layout.ts'
import { fileBytes } from './durable-folder.ts'
import { isErrno } from './storage-error.ts'

/** As many as libuv has threads for. */
const statsAtOnce = 4

export async function* listFolder(root: string, kind: ObjectKind): AsyncIterable<ObjectEntry> {
  if (kind === 'pack') {
    const shards = (await filesIn(join(root, kind))).filter(isShard).sort()
    for (const shard of shards)
      yield* await entriesOf({ folder: join(root, kind, shard), kind, shard })
    return
  }
  const primaries = await entriesOf({ folder: join(root, kind), kind, shard: '' })
  const copies = copiesPath(kind)
  if (copies === undefined) yield* primaries
  else yield* merge(primaries, await entriesOf({ folder: join(root, copies), kind, shard: '' }))
}

type Place = { readonly folder: string; readonly kind: ObjectKind; readonly shard: string }

async function entriesOf({ folder, kind, shard }: Place): Promise<ObjectEntry[]> {
  const found: { readonly name: ObjectName; readonly file: string }[] = []
  for (const file of await filesIn(folder)) {
    const name = objectAt(kind, shard, file)
    if (name !== undefined) found.push({ name, file })
  }
  found.sort((a, b) => (a.name < b.name ? -1 : 1))
  const sizes = new Map<ObjectName, number>()
  await forEachLimited(found, statsAtOnce, async ({ name, file }) => {
    const bytes = await fileBytes(join(folder, file))
    // What is empty is no object.
    if (bytes !== undefined && bytes > 0) sizes.set(name, bytes)
  })
  return found.flatMap(({ name }) => {
    const bytes = sizes.get(name)
    return bytes === undefined ? [] : [{ name, bytes }]
  })
}

/** An object is there when either of its two files is. */
function merge(primaries: readonly ObjectEntry[], copies: readonly ObjectEntry[]): ObjectEntry[] {
  const sizes = new Map(primaries.map(({ name, bytes }) => [name, bytes]))
  for (const { name, bytes } of copies) {
    if (!sizes.has(name)) sizes.set(name, copiedBytes(kindOf(name), bytes))
  }
  return [...sizes]
    .map(([name, bytes]) => ({ name, bytes }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (problem) {
    if (isErrno(problem, 'ENOENT')) return []
    throw problem
  }
}
