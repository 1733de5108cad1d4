/**
 * Random trees with random overlays: whatever the pages, the limits and the work that one call may do, all pages together
 * are what the jobs say about the whole, each entry once and in order.
 */
import { deepEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import type { ByteString } from '#base'
import { compareKeys, type Entry, type EntryKey, encodeExtras, type LeafItem } from '#engine'
import { diffPoints, findEntries, folderSums, listEntries } from '#jobs'
import { SeededRandom } from '#ports'
import { browseFolder } from './browse-folder.ts'
import { openPoint } from './open-point.ts'
import { listChanges } from './point-changes.ts'
import { allPages, type MadePoint, type OpenMachine, PointsWorld } from './points-world.contract.ts'
import { searchPoint } from './search-point.ts'
import { WorkBudget } from './work-budget.ts'

const seed = 20_261_122
const rounds = 6
const entriesPerTree = 4_000
const letters = ['a', 'b', 'c', '-', 'z', '\xff', '\x01', 'A'] as const

type Tree = Map<string, Entry>

export function randomTreesContract(open: OpenMachine): void {
  test(`pages of random trees are the whole, in every order of work (seed ${seed})`, async () => {
    await using world = await PointsWorld.make(open)
    const vaultId = await world.addVault()
    const random = new SeededRandom(seed)
    const first = randomTree(random)
    const base = await world.plant(vaultId, itemsOf(first))
    const made = [base]
    for (let round = 0; round < rounds; round++) {
      const changed = changedTree(random, first)
      const over = overlayOf(first, changed)
      made.push(
        round % 2 === 0
          ? await world.plant(vaultId, over, { known: base.known, rows: over.length })
          : await world.plant(vaultId, itemsOf(changed)),
      )
    }
    await using reading = await world.gateway.read(vaultId, world.as().signal)
    const look = new Look(world, reading, random)
    for (const point of made) {
      await look.checkFolders(point, first)
      await look.checkSearch(point, first)
    }
    for (const [at, point] of made.entries()) {
      const other = made[(at + 1) % made.length]
      if (other !== undefined) await look.checkChanges(point, other)
    }
  })
}

type Reading = Awaited<ReturnType<PointsWorld['gateway']['read']>>

class Look {
  readonly #world: PointsWorld
  readonly #reading: Reading
  readonly #random: SeededRandom
  readonly #signal: AbortSignal

  constructor(world: PointsWorld, reading: Reading, random: SeededRandom) {
    this.#world = world
    this.#reading = reading
    this.#random = random
    this.#signal = world.as().signal
  }

  async checkFolders({ known, pointId }: MadePoint, tree: Tree): Promise<void> {
    const opened = openPoint(this.#reading, pointId)
    const folders = [...tree.values()].filter(({ kind }) => kind === 'directory').slice(0, 12)
    for (const folder of ['' as ByteString, ...folders.map(pathOf)]) {
      const expected: Entry[] = []
      const request = { path: folder, recursive: false }
      const { reader } = this.#reading
      const isThere = await this.#isFolder(opened, folder)
      if (!isThere) continue
      for await (const batch of listEntries(reader, known.point, request, this.#signal))
        expected.push(...batch)
      const { items } = await allPages((cursor) =>
        browseFolder(
          opened,
          { path: folder, ...this.#paging(cursor) },
          this.#budget(),
          this.#signal,
        ),
      )
      deepEqual(
        items.map(({ name }) => name),
        expected.map(({ name }) => name),
      )
      for (const item of items) {
        if (item.kind !== 'directory') continue
        const inside = (folder === '' ? item.name : `${folder}/${item.name}`) as ByteString
        deepEqual(item.below, await folderSums(reader, known.point, inside, this.#signal))
      }
    }
  }

  async #isFolder(opened: ReturnType<typeof openPoint>, folder: ByteString): Promise<boolean> {
    if (folder === '') return true
    const { reader } = this.#reading
    const cursor = opened.known.point
    for await (const batch of listEntries(
      reader,
      cursor,
      { path: '' as ByteString, recursive: true },
      this.#signal,
    ))
      if (batch.some((entry) => entry.kind === 'directory' && pathOf(entry) === folder)) return true
    return false
  }

  async checkSearch({ known, pointId }: MadePoint, tree: Tree): Promise<void> {
    const opened = openPoint(this.#reading, pointId)
    // Whole paths of folders: most nodes hold none of what is below them, and are passed over.
    const folders = [...tree.values()].filter(({ kind }) => kind === 'directory')
    const whole = folders
      .map((folder) => `/srv/${pathOf(folder)}/*`)
      .filter((text) => text !== '/srv//*')
    for (const text of ['*', '*a', 'b*', '/srv/a*/*', '/srv/zz*/**', '*z*a*', 'a/', ...whole]) {
      const pattern = text as ByteString
      const expected: ByteString[] = []
      const request = { points: [known], pattern }
      for await (const batch of findEntries(this.#reading.reader, request, this.#signal))
        expected.push(...batch.filter(({ entry }) => entry.name !== '').map(({ path }) => path))
      const conditions = { ...anything, pattern }
      const { items } = await allPages((cursor) =>
        searchPoint(
          opened,
          { conditions, under: undefined, ...this.#paging(cursor) },
          this.#budget(),
          this.#signal,
        ),
      )
      deepEqual(
        items.map(({ path }) => path),
        expected,
        text,
      )
    }
  }

  async checkChanges(a: MadePoint, b: MadePoint): Promise<void> {
    const before = openPoint(this.#reading, a.pointId)
    const after = openPoint(this.#reading, b.pointId)
    const expected: string[] = []
    const pair = { before: a.known, after: b.known }
    for await (const batch of diffPoints(this.#reading.reader, pair, this.#signal))
      expected.push(...batch.map(({ path, kind }) => `${path} ${words[kind]}`))
    const { items } = await allPages((cursor) =>
      listChanges(
        { before, after },
        { under: '' as ByteString, ...this.#paging(cursor) },
        this.#budget(),
        this.#signal,
      ),
    )
    ok(expected.length > 0)
    deepEqual(
      items.map(({ path, change }) => `${path.slice('/srv/'.length)} ${change}`),
      expected,
    )
  }

  #paging(cursor: string | undefined) {
    return { limit: 1 + this.#random.below(700), cursor }
  }

  #budget(): WorkBudget {
    const limits = { nodesMax: 1 + this.#random.below(12), timeMaxMs: 1_000 }
    return new WorkBudget(this.#world.kernel.clock, limits)
  }
}

const words = {
  added: 'added',
  removed: 'removed',
  modified: 'changed',
  metadata: 'changed',
  unread: 'unread',
} as const

const anything = {
  kind: undefined,
  sizeMin: undefined,
  sizeMax: undefined,
  modifiedFrom: undefined,
  modifiedUntil: undefined,
}

function randomTree(random: SeededRandom): Tree {
  const tree: Tree = new Map()
  put(tree, entryOf({ dir: '', name: '' } as EntryKey, 'directory', 0))
  const dirs = ['']
  while (tree.size < entriesPerTree) {
    const dir = dirs[random.below(dirs.length)] ?? ''
    const name = randomName(random)
    const key = { dir, name } as EntryKey
    if (tree.has(textOf(key))) continue
    const isFolder = random.below(20) === 0
    put(tree, entryOf(key, isFolder ? 'directory' : 'file', random.below(1_000)))
    if (isFolder) dirs.push(`${dir}${name}\0`)
  }
  return tree
}

function changedTree(random: SeededRandom, tree: Tree): Tree {
  const changed: Tree = new Map(tree)
  for (const [text, entry] of tree) {
    if (entry.kind === 'directory') continue
    const chance = random.below(60)
    if (chance === 0) changed.delete(text)
    if (chance === 1) put(changed, { ...entry, size: entry.size + 1 })
    if (chance === 2) put(changed, { ...entry, mode: 0o600 })
    if (chance !== 3) continue
    const key = { dir: entry.dir, name: `${entry.name}${randomName(random)}` as ByteString }
    if (!tree.has(textOf(key))) put(changed, entryOf(key, 'file', 7))
  }
  return changed
}

function overlayOf(before: Tree, after: Tree): readonly LeafItem[] {
  const items: LeafItem[] = []
  for (const [text, entry] of after) {
    const old = before.get(text)
    if (old !== entry) items.push({ kind: 'entry', entry, replacesBytes: old?.size })
  }
  for (const [text, { dir, name, size }] of before)
    if (!after.has(text)) items.push({ kind: 'tombstone', key: { dir, name }, replacesBytes: size })
  const keyOf = (item: LeafItem) => (item.kind === 'entry' ? item.entry : item.key)
  return items.sort((a, b) => compareKeys(keyOf(a), keyOf(b)))
}

function itemsOf(tree: Tree): readonly LeafItem[] {
  return [...tree.values()]
    .sort(compareKeys)
    .map((entry) => ({ kind: 'entry', entry, replacesBytes: undefined }))
}

function randomName(random: SeededRandom): string {
  let name = ''
  for (let at = 0; at <= random.below(5); at++) name += letters[random.below(letters.length)] ?? 'a'
  return name
}

function put(tree: Tree, entry: Entry): void {
  tree.set(textOf(entry), entry)
}

function textOf({ dir, name }: EntryKey): string {
  return `${dir}/${name}`
}

function pathOf({ dir, name }: EntryKey): ByteString {
  return `${dir.replaceAll('\0', '/')}${name}` as ByteString
}

export function entryOf(key: EntryKey, kind: Entry['kind'], size: number): Entry {
  return {
    ...key,
    kind,
    mode: 0o644,
    uid: 0,
    gid: 0,
    user: 'root',
    group: 'root',
    nlink: 1,
    size: kind === 'file' ? size : 0,
    mtimeSec: 1_700_000_000,
    mtimeNsec: 0,
    ctimeSec: 1_700_000_000,
    ctimeNsec: 0,
    inoLow: 1,
    inoHigh: 0,
    inconsistent: false,
    extra: encodeExtras({}),
  }
}
