import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type ByteString, byteStringFromText as text } from '#base'
import { encodeListing, KIND_CODE, LISTING_AT, type ListedKind, nextListingRecord } from '#engine'
import type { ListingPage, SourceTree } from '#ports'
import { pathOf, type WalkDirectory, Walker, type WalkPage, type WillEnter } from './walker.ts'

const signal = new AbortController().signal

/** Directory names, each to what is in it; a file is `undefined`. */
type Tree = { readonly [name: string]: Tree | undefined }

/** Answers after as many turns of the event loop as `delays` says, and remembers what it was asked for. */
class TreeInMemory {
  readonly asked: string[] = []
  readonly #tree: Tree
  readonly #delays: readonly number[]
  readonly #pageEntries: number

  constructor(tree: Tree, delays: readonly number[] = [0], pageEntries = 1000) {
    this.#tree = tree
    this.#delays = delays
    this.#pageEntries = pageEntries
  }

  async list({ path }: { readonly path: ByteString }): Promise<ListingPage> {
    this.asked.push(path)
    const turns = this.#delays[this.asked.length % this.#delays.length] ?? 0
    for (let i = 0; i < turns; i++) await new Promise(setImmediate)
    let at: Tree | undefined = this.#tree
    for (const name of path.split('/').slice(1)) at = at?.[name]
    if (at === undefined) return { kind: 'failed', reason: 'vanished', detail: 'it is gone' }
    return this.#page(Object.entries(at).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }

  #page(entries: readonly (readonly [string, Tree | undefined])[]): ListingPage {
    const rest = entries.slice(this.#pageEntries)
    return {
      kind: 'records',
      records: recordsOf(entries.slice(0, this.#pageEntries)),
      next: rest.length === 0 ? undefined : async () => this.#page(rest),
    }
  }
}

function recordsOf(entries: readonly (readonly [string, Tree | undefined])[]): Uint8Array {
  const numbers = { error: 0, mode: 0, uid: 0, gid: 0, nlink: 1, mtimeNsec: 0, ctimeNsec: 0 }
  const large = { size: 0n, mtimeSec: 0n, ctimeSec: 0n, ino: 0n, dev: 0n, rdev: 0n, blocks: 0n }
  return encodeListing(
    entries.map(([name, below]) => {
      const kind: ListedKind = below === undefined ? 'file' : 'directory'
      return { name: text(name), kind, ...numbers, ...large }
    }),
  )
}

const root: WalkDirectory = { path: text('/s'), key: text(''), expected: undefined }

async function walk(tree: TreeInMemory, enters: WillEnter, ahead = true): Promise<string[]> {
  const seen: string[] = []
  const source = { list: tree.list.bind(tree) } as unknown as SourceTree
  const failed = () => seen.push('failed')
  const willEnter = ahead ? enters : undefined
  const walker = new Walker(root, { source, failed, willEnter }, signal)
  for (let page = await walker.next(); page; page = await walker.next()) {
    for (let at = 0; at < page.records.length; at = nextListingRecord(page.view, at)) {
      seen.push(pathOf(page, at))
      if (isDirectory(page, at) && enters(page, at)) walker.enter(page, at)
    }
  }
  return seen
}

function isDirectory({ view }: WalkPage, at: number): boolean {
  return view.getUint8(at + LISTING_AT.kind) === KIND_CODE.directory
}

/** What a walk shows: all of a directory, then what is below it, in name order. */
function inOrder(tree: Tree, path: string): string[] {
  const names = Object.keys(tree).toSorted()
  const below = names.flatMap((name) => {
    const child = tree[name]
    return child === undefined ? [] : inOrder(child, `${path}/${name}`)
  })
  return [...names.map((name) => `${path}/${name}`), ...below]
}

const anyTree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
    fc.option(tie('tree'), { nil: undefined, freq: 3 }),
    { maxKeys: 8, depthIdentifier: 'walk', noNullPrototype: true },
  ),
})).tree

test('a walk shows a tree in its order, whatever comes ahead and however late answers come', async () => {
  const property = fc.asyncProperty(
    anyTree,
    fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
    fc.boolean(),
    fc.constantFrom(1, 2, 1000),
    async (tree, delays, ahead, pageEntries) => {
      const memory = new TreeInMemory({ s: tree }, delays, pageEntries)
      deepEqual(await walk(memory, () => true, ahead), inOrder(tree, '/s'))
      equal(new Set(memory.asked).size, memory.asked.length, 'each directory is listed once')
    },
  )
  await fc.assert(property, { numRuns: 300 })
})

test('B3 a directory that is left out is never asked for, not even ahead', async () => {
  const tree = { s: { keep: { deep: {} }, net: { big: { x: {} } }, other: { net: {} } } }
  const memory = new TreeInMemory(tree)
  await walk(memory, (page, at) => !pathOf(page, at).endsWith('/net'))
  deepEqual(memory.asked.toSorted(), ['/s', '/s/keep', '/s/keep/deep', '/s/other'])
})

test('B3 where only the turn of a directory shows what is left out of it, nothing below is asked for before', async () => {
  const memory = new TreeInMemory({ s: { a: { b: { c: {} } }, d: {} } })
  const walker = new Walker(
    root,
    {
      source: { list: memory.list.bind(memory) } as unknown as SourceTree,
      failed,
      willEnter: undefined,
    },
    signal,
  )
  await walker.next()
  await new Promise(setImmediate)
  deepEqual(memory.asked, ['/s'])
})

test('a bounded number of directories is asked for before one of them has arrived', async () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`d${i}`, {}]))
  const memory = new TreeInMemory({ s: many }, [0, ...Array.from({ length: 200 }, () => 5)])
  const source = { list: memory.list.bind(memory) } as unknown as SourceTree
  const walker = new Walker(root, { source, failed, willEnter: () => true }, signal)
  await walker.next()
  await new Promise(setImmediate)
  equal(memory.asked.length, 1 + 32)
})

test('a walk that is not taken on holds a bounded number of directories', async () => {
  const many = Object.fromEntries(Array.from({ length: 800 }, (_, i) => [`d${i}`, { x: {} }]))
  const memory = new TreeInMemory({ s: many })
  const source = { list: memory.list.bind(memory) } as unknown as SourceTree
  const walker = new Walker(root, { source, failed, willEnter: () => true }, signal)
  await walker.next()
  for (let i = 0; i < 50; i++) await new Promise(setImmediate)
  ok(memory.asked.length > 50 && memory.asked.length <= 193, `${memory.asked.length} were listed`)
})

function failed(): void {
  throw new Error('nothing fails here')
}
