// Repair on vaults that chance damaged: nothing is removed, a second run changes nothing, what could be read
// before can be read after, and the next backup stores again what the source still has.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { isFailure } from '#base'
import { kindOf, twofoldKinds } from '#engine'
import {
  isNothingToRepair,
  performGarbage,
  performRepair,
  performVerify,
  proposeRepair,
  readEverything,
} from '#jobs'
import { SeededRandom, silentReporter } from '#ports'
import {
  ChunkReader,
  inspectIndex,
  loadIndex,
  Ownership,
  readLedger,
  readPoints,
  salvageLedger,
} from '#vault'
import { damageKinds, inflict, listStored } from './damage.ts'
import { type Contents, cutOff, openFolder, RealVault, readContents, signal } from './real-vault.ts'

const seeds = Number(process.env['HOLDFAST_FAULT_SEEDS'] ?? 15)
const firstSeed = Number(process.env['HOLDFAST_FAULT_FIRST'] ?? 1)

let real: RealVault
let other: RealVault
before(async () => {
  real = await RealVault.make(9)
  other = await RealVault.make(5)
})
after(async () => {
  await real[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

test(`F16: repair of ${seeds} damaged vaults removes nothing and is done after one run`, async () => {
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    try {
      await repairOne(seed)
    } catch (problem) {
      throw new Error(`seed ${seed}`, { cause: problem })
    }
  }
})

async function repairOne(seed: number): Promise<void> {
  const random = new SeededRandom(seed)
  const folder = real.copy()
  damageAtRandom(folder, random)
  const files = digests(folder)
  const readable = await readableContents(folder)
  await repair(folder)
  const repaired = digests(folder)
  for (const [path, digest] of files) {
    ok(repaired.has(path), `${path} is gone`)
    // A copy is healed; nothing else is ever written over.
    const { name } = listStored(folder).find((file) => file.path === path) ?? {}
    if (name === undefined || !twofoldKinds.has(kindOf(name)))
      equal(repaired.get(path), digest, path)
  }
  assertNothingLost(readable, await readableContents(folder))
  const again = await repair(folder)
  deepEqual(digests(folder), repaired, 'a second run changes nothing')
  ok(again, 'a second run finds nothing to do')
  await healByBackup(folder)
  rmSync(folder, { recursive: true })
}

function damageAtRandom(folder: string, random: SeededRandom): void {
  for (let count = 1 + random.below(4); count > 0; count--) {
    const victim = random.pick(listStored(folder))
    const kind = random.pick(damageKinds)
    if (victim === undefined || kind === undefined) continue
    inflict(
      folder,
      { kind, victim, both: random.chance(0.5) },
      { random, foreign: other.vaultPath },
    )
  }
}

/** @returns whether there was nothing to do */
async function repair(folder: string): Promise<boolean> {
  await using opened = await openFolder(folder, real.config)
  const ports = { vault: opened.vault, opener: real.opener, reporter: silentReporter }
  const request = { holder: 'test', readData: readEverything }
  const proposal = await proposeRepair(ports, request, signal)
  await performRepair(ports, proposal, signal)
  return isNothingToRepair(proposal)
}

function digests(folder: string): Map<string, string> {
  const digest = (path: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex')
  return new Map(listStored(folder).map(({ path }) => [path, digest(path)]))
}

/** What can be read of every point, by the most patient reader there is. */
async function readableContents(folder: string): Promise<Map<string, Contents>> {
  await using opened = await openFolder(folder, real.config)
  const { vault } = opened
  const state = await readLedger(vault, signal).catch(async (problem: unknown) => {
    if (!isFailure(problem)) throw problem
    return (await salvageLedger(vault, signal)).state
  })
  const { points } = await readPoints(vault, state, signal)
  const { index } = await inspectIndex(vault, state, signal)
  const contents = new Map<string, Contents>()
  for (const known of points)
    contents.set(known.id, await readContents(new ChunkReader(vault, index), known))
  return contents
}

function assertNothingLost(
  before: ReadonlyMap<string, Contents>,
  after: ReadonlyMap<string, Contents>,
): void {
  for (const [id, contents] of before) {
    for (const [path, hash] of contents) {
      if (hash === 'failed' || path === cutOff) continue
      equal(hash, real.points.get(id)?.get(path), 'a wrong byte was restored')
      equal(after.get(id)?.get(path), hash, `${path} of ${id} could be read before the repair`)
    }
  }
}

/** A backup after the repair is whole, and everything the source still has is whole in it. */
async function healByBackup(folder: string): Promise<void> {
  const point = await real.backup(folder)
  await using opened = await openFolder(folder, real.config)
  const state = await readLedger(opened.vault, signal)
  const { index } = await loadIndex(opened.vault, state, signal)
  const contents = await readContents(new ChunkReader(opened.vault, index), point)
  deepEqual(contents, [...real.points.values()][2], 'the next backup is whole')
  const report = await performVerify(
    { vault: opened.vault, opener: real.opener, reporter: silentReporter },
    { holder: 'test', readData: readEverything },
    signal,
  )
  const affected = report.problems.flatMap((problem) => problem.affected.map(({ point: id }) => id))
  ok(!affected.includes(point.id), 'the newest point is not affected by anything')
  real.points.delete(point.id)
}

test('what lies in quarantine is freed by gc once a backup has stored it again', async () => {
  const folder = real.copy()
  for (const { name, path } of listStored(folder)) {
    if (!name.startsWith('pack/')) continue
    const bytes = readFileSync(join(folder, path))
    bytes[100] = (bytes[100] ?? 0) ^ 1
    writeFileSync(join(folder, path), bytes)
  }
  await repair(folder)
  const point = await real.backup(folder)
  const contents = real.points.get(point.id)
  real.points.delete(point.id)
  await using opened = await openFolder(folder, real.config)
  {
    await using ownership = await Ownership.take(opened.vault, 'test', signal)
    ok(ownership.state.quarantined.size > 0)
    const others = [...ownership.state.points.keys()].filter((id) => id !== point.id)
    await ownership.append({ kind: 'expire', points: others, reason: 'test' }, signal)
    await performGarbage(ownership, { graceMs: 0, deadShareMin: 1 }, silentReporter, signal)
    equal(ownership.state.quarantined.size, 0)
    equal(ownership.state.condemned.size, 0)
  }
  const { index } = await loadIndex(opened.vault, await readLedger(opened.vault, signal), signal)
  deepEqual(await readContents(new ChunkReader(opened.vault, index), point), contents)
  ok(await repair(folder), 'nothing is left to repair')
})

test('a backup over a damaged tree that nobody repaired is whole, and does not rest on what is damaged', async () => {
  const folder = real.copy()
  const path = await packOfNewestRoot(folder)
  const bytes = readFileSync(path)
  bytes[200] = (bytes[200] ?? 0) ^ 1
  writeFileSync(path, bytes)
  const point = await real.backup(folder)
  const contents = real.points.get(point.id)
  real.points.delete(point.id)
  deepEqual(contents, [...real.points.values()][2])
  await using opened = await openFolder(folder, real.config)
  const { index } = await loadIndex(opened.vault, await readLedger(opened.vault, signal), signal)
  deepEqual(await readContents(new ChunkReader(opened.vault, index), point), contents)
})

test('F07: packs that are lost together with the index that named them are missed, and stored again', async () => {
  const folder = real.copy()
  const dataPacks = await namesOfDataPacks(folder)
  for (const { name, path } of listStored(folder))
    if (dataPacks.has(name) || name.startsWith('index/')) rmSync(join(folder, path))
  const point = await real.backup(folder)
  const contents = real.points.get(point.id)
  real.points.delete(point.id)
  deepEqual(contents, [...real.points.values()][2])
})

async function namesOfDataPacks(folder: string): Promise<Set<string>> {
  await using opened = await openFolder(folder, real.config)
  const { index } = await loadIndex(opened.vault, await readLedger(opened.vault, signal), signal)
  const packs = index.packs.filter(({ firstBlock }) => index.block(firstBlock).kind === 'data')
  return new Set(packs.map(({ name }) => name))
}

async function packOfNewestRoot(folder: string): Promise<string> {
  await using opened = await openFolder(folder, real.config)
  const state = await readLedger(opened.vault, signal)
  const { index } = await loadIndex(opened.vault, state, signal)
  const { points } = await readPoints(opened.vault, state, signal)
  const root = points.at(-1)?.point.tree.base.id
  ok(root !== undefined)
  const { name } = index.packOf(index.find(root, true) ?? 0)
  const file = listStored(folder).find((stored) => stored.name === name)
  return join(folder, file?.path ?? '')
}
