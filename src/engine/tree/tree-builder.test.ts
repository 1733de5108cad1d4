import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ByteString, toHex } from '#base'
import type { ChunkId } from '../sealing/vault-keys.ts'
import { decodeBranch } from './branch.ts'
import { compareKeys, directoryKey, type Entry, entryKey, entryPath } from './entry.ts'
import { isLeaf, LeafCursor, type LeafItem } from './leaf.ts'
import { TreeBuilder, type TreeRoot } from './tree-builder.ts'

type Stored = { readonly root: TreeRoot | undefined; readonly nodes: Map<string, Uint8Array> }

const component = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => String.fromCharCode(...bytes).replaceAll(/[/\0]/g, '_') as ByteString)

const entryOf = fc
  .record({
    dir: fc
      .array(component, { maxLength: 3 })
      .map((parts) => directoryKey(parts.join('/') as ByteString)),
    name: component,
    kind: fc.constantFrom(
      'file',
      'directory',
      'symlink',
      'fifo',
      'socket',
      'charDevice',
      'blockDevice',
    ),
    mode: fc.nat(0o7777),
    uid: fc.nat(0xffffffff),
    gid: fc.nat(5),
    nlink: fc.nat(9),
    size: fc.nat(2 ** 31 - 1).map((n) => n * 2 ** 16),
    mtimeSec: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    mtimeNsec: fc.nat(999_999_999),
    ctimeSec: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    ctimeNsec: fc.nat(999_999_999),
    inoLow: fc.nat(0xffffffff),
    inoHigh: fc.nat(0xffffffff),
    user: fc.constantFrom('', 'root', 'jörg'),
    group: fc.constantFrom('', 'wheel'),
    inconsistent: fc.boolean(),
    extra: fc.uint8Array({ maxLength: 40 }),
  })
  .map((facts): Entry => ({ ...facts }) as Entry)

const entriesOf = fc
  .uniqueArray(entryOf, { maxLength: 200, selector: (e) => `${e.dir}\u0001${e.name}` })
  .map((entries) => entries.sort(compareKeys))

function build(items: readonly LeafItem[]): Stored {
  const nodes = new Map<string, Uint8Array>()
  const builder = new TreeBuilder((bytes) => {
    const id = new Uint8Array(createHash('sha256').update(bytes).digest()) as ChunkId
    nodes.set(toHex(id), bytes)
    return id
  })
  for (const item of items) builder.add(item)
  return { root: builder.finish(), nodes }
}

function readAll({ root, nodes }: Stored): LeafItem[] {
  const items: LeafItem[] = []
  const read = (id: ChunkId): void => {
    const bytes = nodes.get(toHex(id))
    ok(bytes !== undefined)
    if (!isLeaf(bytes)) {
      for (const child of decodeBranch(bytes).children) read(child.id)
      return
    }
    const row = new LeafCursor(bytes)
    while (row.next()) items.push(structuredClone(row.item()))
  }
  if (root !== undefined) read(root.id)
  return items
}

const fresh = (entry: Entry): LeafItem => ({ kind: 'entry', entry, replacesBytes: undefined })
const numbered = (n: number, size = n): Entry => ({
  dir: directoryKey(`d${Math.floor(n / 100)}` as ByteString),
  name: `f${String(n).padStart(7, '0')}` as ByteString,
  kind: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  nlink: 1,
  size,
  mtimeSec: 1_700_000_000 + n,
  mtimeNsec: n,
  ctimeSec: 1_700_000_000 + n,
  ctimeNsec: n,
  inoLow: n,
  inoHigh: 0,
  user: 'root',
  group: 'root',
  inconsistent: false,
  extra: new Uint8Array(0),
})

test('what is put into a tree comes out of it, every field and every byte of a name (B5)', () => {
  fc.assert(
    fc.property(entriesOf, (entries) => {
      const stored = build(entries.map(fresh))
      deepEqual(readAll(stored), entries.map(fresh))
      equal(stored.root?.sums.entries ?? 0, entries.length)
    }),
    { numRuns: 200 },
  )
})

test('tombstones and replacements carry their signed sums', () => {
  const items: LeafItem[] = [
    { kind: 'entry', entry: numbered(1, 10), replacesBytes: 7 },
    { kind: 'entry', entry: numbered(2, 5), replacesBytes: undefined },
    {
      kind: 'tombstone',
      key: { dir: numbered(3).dir, name: numbered(3).name },
      replacesBytes: 100,
    },
  ]
  const stored = build(items)
  deepEqual(readAll(stored), items)
  deepEqual(stored.root?.sums, { entries: 0, bytes: 3 + 5 - 100 })
})

test('a tree depends on its entries alone: one change rewrites one path of nodes', () => {
  const entries = Array.from({ length: 60_000 }, (_, n) => numbered(n)).sort(compareKeys)
  const before = build(entries.map(fresh))
  const after = build(entries.map((e, i) => fresh(i === 30_000 ? { ...e, mode: 0o600 } : e)))
  const added = [...after.nodes.keys()].filter((id) => !before.nodes.has(id))
  ok(before.nodes.size > 60, `${before.nodes.size} nodes`)
  ok(added.length <= 4, `${added.length} new nodes`)
  equal(before.root?.sums.entries, 60_000)
})

test('an insertion moves no boundary but its own', () => {
  const entries = Array.from({ length: 20_000 }, (_, n) => numbered(n * 2)).sort(compareKeys)
  const before = build(entries.map(fresh))
  const after = build([...entries, numbered(20_001)].sort(compareKeys).map(fresh))
  const added = [...after.nodes.keys()].filter((id) => !before.nodes.has(id))
  ok(added.length <= 5, `${added.length} new nodes`)
})

test('key order is the order of a depth-first walk, and paths and keys are one thing', () => {
  const paths = ['', 'a', 'a-b', 'a/x', 'a/x/y', 'a-b/c', 'b'] as ByteString[]
  const sorted = paths.map(entryKey).sort(compareKeys).map(entryPath)
  deepEqual(sorted, ['', 'a', 'a-b', 'b', 'a/x', 'a/x/y', 'a-b/c'])
  for (const path of paths) equal(entryPath(entryKey(path)), path)
})
