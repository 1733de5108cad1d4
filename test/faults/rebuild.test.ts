// What was derived can be derived again: the index from packs alone, blocks without a footer, the ledger from
// the points. Nothing that was found before is missing after.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { toHex } from '#base'
import { idPrefixBytes } from '#engine'
import {
  isNothingToRepair,
  performExpire,
  performRepair,
  performScrub,
  performVerify,
  proposeExpire,
  proposeRepair,
  readEverything,
  releasePoint,
} from '#jobs'
import { FaultPlan, faultyStore, SeededRandom, type StoreCall, silentReporter } from '#ports'
import {
  type ChunkIndex,
  ChunkReader,
  inspectIndex,
  loadIndex,
  Ownership,
  readLedger,
  readPoints,
  rebuildIndex,
  type Vault,
} from '#vault'
import { listStored } from './damage.ts'
import { openFolder, RealVault, readContents, signal } from './real-vault.ts'

let real: RealVault
before(async () => {
  real = await RealVault.make(9)
})
after(() => real[Symbol.asyncDispose]())

test('F14: with every index segment deleted the rebuilt index equals the old one', async () => {
  const folder = real.copy()
  const expected = await describe(folder)
  remove(folder, 'index')
  equal((await describe(folder)).length, 0)
  await repair(folder)
  deepEqual(await describe(folder), expected)
  await everyPointIsWhole(folder)
})

test('F14: packs without a readable footer are indexed block by block, and set aside', async () => {
  const folder = real.copy()
  const expected = prefixesOf(await describe(folder))
  for (const path of pathsOf(folder, 'pack')) cutTail(path)
  remove(folder, 'index')
  await repair(folder)
  deepEqual(prefixesOf(await describe(folder)), expected)
  await everyPointIsWhole(folder)
  await using opened = await openFolder(folder)
  const { quarantined } = await readLedger(opened.vault, signal)
  equal(quarantined.size, pathsOf(folder, 'pack').length)
  ok(isNothingToRepair(await propose(opened.vault)), 'a second run finds nothing to do')
})

test('F14: a damaged block costs that block only, also without footer and index', async () => {
  const folder = real.copy()
  const random = new SeededRandom(1)
  for (let i = 0; i < 8; i++) real.write(`big${i}`, random.bytes(900_000))
  await real.backup(folder)
  const packs = await describe(folder)
  const pack = packs.find(({ blocks }) => blocks.length > 3)
  ok(pack !== undefined, 'a pack has several blocks')
  const path = pathsOf(folder, 'pack').find((file) => file.endsWith(pack.pack)) ?? ''
  const bytes = readFileSync(path)
  // In the header of the second block: its length is not known any more.
  const at = 16 + (pack.blocks[0]?.storedBytes ?? 0)
  for (let i = 0; i < 64; i++) bytes[at + i] = (bytes[at + i] ?? 0) ^ 0xff
  writeFileSync(path, bytes.subarray(0, bytes.length - 40))
  remove(folder, 'index')
  await repair(folder)
  const after = new Set(prefixesOf(await describe(folder)))
  const lost = prefixesOf(packs).filter((prefix) => !after.has(prefix))
  const damaged = pack.blocks.slice(1, 2)
  deepEqual(lost, prefixesOf([{ ...pack, blocks: damaged }]))
})

test('F14 (restic 21820): whatever segments are lost, what was found before a rebuild is found after', async () => {
  const folder = real.copy()
  await real.backup(folder)
  const all = pathsOf(folder, 'index')
  const saved = new Map(all.map((path) => [path, readFileSync(path)]))
  for (let seed = 1; seed <= 12; seed++) {
    const random = new SeededRandom(seed)
    for (const [path, bytes] of saved) writeFileSync(path, bytes)
    for (const path of pathsOf(folder, 'index')) {
      if (!saved.has(path)) rmSync(path)
      else if (random.chance(0.4)) rmSync(path)
      else if (random.chance(0.3)) writeFileSync(path, readFileSync(path).subarray(0, -1))
    }
    const before = await lookups(folder)
    await repair(folder)
    const after = await lookups(folder)
    for (const prefix of before)
      ok(after.has(prefix), `seed ${seed}: ${prefix} is not found any more`)
    await using opened = await openFolder(folder)
    const { damagedSegments } = await inspectIndex(
      opened.vault,
      await readLedger(opened.vault, signal),
      signal,
    )
    deepEqual(damagedSegments, [], `seed ${seed}: damaged segments are not asked any more`)
  }
})

test('F10 (restic 3317): a list of packs that is cut short does not make a short index', async () => {
  const folder = real.copy()
  const expected = await describe(folder)
  remove(folder, 'index')
  await using opened = await openFolder(folder)
  const plan = new FaultPlan<StoreCall>([
    { at: 'list', object: 'pack', nth: 1, effect: { kind: 'short', after: 1 } },
  ])
  const store = faultyStore({ store: opened.vault.ports.store, plan })
  const vault = { ...opened.vault, ports: { ...opened.vault.ports, store } }
  await using ownership = await Ownership.take(vault, 'test', signal)
  await rebuildIndex(ownership, signal)
  equal(plan.fired, 1)
  deepEqual(await describe(folder), expected)
})

test('a ledger that is lost comes again with every point, and with no less time and epoch', async () => {
  const folder = real.copy()
  const state = await ledgerOf(folder)
  remove(folder, 'ledger')
  remove(folder, 'copies/ledger')
  await repair(folder)
  const rebuilt = await ledgerOf(folder)
  deepEqual([...rebuilt.points.keys()].sort(), [...state.points.keys()].sort())
  equal(rebuilt.newest, state.newest)
  equal(rebuilt.sequence, state.sequence)
  ok(rebuilt.trustedAt >= Math.max(...[...(await pointsOf(folder))].map((p) => p.point.trustedAt)))
  await everyPointIsWhole(folder)
  await real.backup(folder)
  equal((await ledgerOf(folder)).points.size, state.points.size + 1)
})

test('a hole in the ledger keeps every point and begins after the last number', async () => {
  const folder = real.copy()
  const state = await ledgerOf(folder)
  for (const { path, name } of listStored(folder))
    if (name === 'ledger/000000000003') writeFileSync(join(folder, path), 'damaged')
  await repair(folder)
  const rebuilt = await ledgerOf(folder)
  ok(rebuilt.number > state.number)
  deepEqual([...rebuilt.points.keys()].sort(), [...state.points.keys()].sort())
})

test('F17 (borg 6687): points that a readable entry expired do not come back with a rebuilt ledger', async () => {
  const folder = real.copy()
  const { points } = await ledgerOf(folder)
  const [first = ''] = points.keys()
  await using opened = await openFolder(folder)
  {
    await using ownership = await Ownership.take(opened.vault, 'test', signal)
    await ownership.append({ kind: 'expire', points: [first], reason: 'test' }, signal)
    await ownership.append({ kind: 'commit', point: 'f'.repeat(64), sequence: 4 }, signal)
  }
  const last = pathsOf(folder, 'ledger').at(-1) ?? ''
  for (const path of [last, last.replace('/ledger/', '/copies/ledger/')]) writeFileSync(path, 'x')
  await repair(folder)
  const rebuilt = await ledgerOf(folder)
  ok(!rebuilt.points.has(first))
  equal(rebuilt.points.size, points.size - 1)
})

test('L1: after one bad sector in the newest entry the owner of an unlocked vault can still delete', async () => {
  const folder = real.copy()
  const last = pathsOf(folder, 'ledger').at(-1) ?? ''
  for (const path of [last, last.replace('/ledger/', '/copies/ledger/')]) writeFileSync(path, 'x')
  await using opened = await openFolder(folder)
  const proposal = await propose(opened.vault)
  deepEqual(proposal.lostPromises, { onPoints: true, onLock: false })
  await performRepair({ vault: opened.vault }, proposal, signal)
  await using ownership = await Ownership.take(opened.vault, 'test', signal)
  const [first = ''] = ownership.state.points.keys()
  const request = { requested: new Set([first]), keepOne: true, atOnce: true }
  await rejects(proposeExpire(ownership, request, signal), { code: 'point.held' })
  await releasePoint(ownership, first, 'looked through', signal)
  await performExpire(ownership, await proposeExpire(ownership, request, signal), signal)
  ok(!ownership.state.points.has(first))
})

test('lost copies of what lies there twice are named by a scrub and made again by a repair', async () => {
  const folder = real.copy()
  const files = listStored(folder)
  const halves = files.filter(({ name }) => files.some((f) => f.name === name && f.copy))
  const digest = (bytes: Uint8Array) => real.opener.digest(bytes, signal)
  for (const [i, { path, copy }] of halves.entries()) {
    // Of every object one of the two: here the copy, there the primary; gone or damaged.
    const isVictim = copy === (halves.findIndex(({ name }) => name === halves[i]?.name) % 2 === 0)
    if (isVictim && i % 3 === 0) rmSync(join(folder, path))
    else if (isVictim)
      writeFileSync(join(folder, path), readFileSync(join(folder, path)).subarray(1))
  }
  const scrub = async () => {
    await using opened = await openFolder(folder)
    const { store } = opened.vault.ports
    const ports = { store, digest, reporter: silentReporter }
    return (await performScrub(ports, readEverything, signal)).problems
  }
  const names = new Set(halves.map(({ name }) => name))
  deepEqual(new Set((await scrub()).map(({ object }) => object)), names)
  await repair(folder)
  deepEqual(await scrub(), [])
  equal(listStored(folder).length, files.length)
})

async function repair(folder: string): Promise<void> {
  await using opened = await openFolder(folder)
  await performRepair({ vault: opened.vault }, await propose(opened.vault), signal)
}

async function propose(vault: Vault) {
  const ports = { vault, opener: real.opener, reporter: silentReporter }
  return await proposeRepair(ports, { holder: 'test', readData: undefined }, signal)
}

async function ledgerOf(folder: string) {
  await using opened = await openFolder(folder)
  return await readLedger(opened.vault, signal)
}

async function pointsOf(folder: string) {
  await using opened = await openFolder(folder)
  return (await readPoints(opened.vault, await readLedger(opened.vault, signal), signal)).points
}

/** Everything the index says, in the order of the packs' names. */
async function describe(folder: string) {
  const index = await indexOf(folder)
  return index.packs
    .map((pack) => index.describePack(pack))
    .map(({ id, bytes, blocks }) => ({
      pack: toHex(id),
      bytes,
      blocks: blocks.map(({ prefixes, ...block }) => ({ ...block, prefixes: toHex(prefixes) })),
    }))
    .sort((a, b) => (a.pack < b.pack ? -1 : 1))
}

async function indexOf(folder: string): Promise<ChunkIndex> {
  await using opened = await openFolder(folder)
  return (await loadIndex(opened.vault, await readLedger(opened.vault, signal), signal)).index
}

function prefixesOf(packs: Awaited<ReturnType<typeof describe>>): string[] {
  const digits = idPrefixBytes * 2
  const prefixes = packs.flatMap(({ blocks }) =>
    blocks.flatMap((block) =>
      Array.from({ length: block.prefixes.length / digits }, (_, i) =>
        block.prefixes.slice(i * digits, (i + 1) * digits),
      ),
    ),
  )
  return prefixes.sort()
}

/** Prefixes that a reader finds now, with damaged segments left out. */
async function lookups(folder: string): Promise<Set<string>> {
  await using opened = await openFolder(folder)
  const state = await readLedger(opened.vault, signal)
  const { index, unindexed } = await inspectIndex(opened.vault, state, signal)
  const aside = new Set<string>(unindexed.map(({ name }) => name))
  const found = new Set<string>()
  for (let entry = 0; entry < index.entryCount; entry++)
    if (!aside.has(index.packOf(entry).name)) found.add(toHex(index.prefixOf(entry)))
  return found
}

async function everyPointIsWhole(folder: string): Promise<void> {
  await using opened = await openFolder(folder)
  const { vault } = opened
  const state = await readLedger(vault, signal)
  const { index } = await loadIndex(vault, state, signal)
  for (const known of (await readPoints(vault, state, signal)).points)
    deepEqual(await readContents(new ChunkReader(vault, index), known), real.points.get(known.id))
  const ports = { vault, opener: real.opener, reporter: silentReporter }
  const report = await performVerify(ports, { holder: 'test', readData: undefined }, signal)
  deepEqual(
    report.problems.filter(({ affected }) => affected.length > 0),
    [],
  )
}

function pathsOf(folder: string, kind: 'pack' | 'index' | 'ledger'): string[] {
  return listStored(folder)
    .filter(({ name, copy }) => name.startsWith(`${kind}/`) && !copy)
    .map(({ path }) => join(folder, path))
}

function remove(folder: string, kind: string): void {
  for (const file of readdirSync(join(folder, kind))) rmSync(join(folder, kind, file))
}

/** Damages the sealed footer. */
function cutTail(path: string): void {
  const bytes = readFileSync(path)
  const at = bytes.length - 16 - 20
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}
