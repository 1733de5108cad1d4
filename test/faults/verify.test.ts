// What verification says: who exactly is hit by a loss, what a second attempt healed, and how a share of the
// packs is read day by day.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { nodeCipher } from '#adapters/cipher'
import { concatBytes } from '#base'
import { chunkIdOf, deriveVaultKeys, sealBlock } from '#engine'
import {
  performScrub,
  performVerify,
  readEverything,
  type VerifyReport,
  verifyFailure,
} from '#jobs'
import { FaultPlan, faultyStore, SeededRandom, type StoreCall, silentReporter } from '#ports'
import { ChunkReader, loadIndex, readLedger, readPoints, type Vault } from '#vault'
import { listStored } from './damage.ts'
import { cutOff, master, openFolder, RealVault, readContents, signal } from './real-vault.ts'

let real: RealVault
before(async () => {
  real = await RealVault.make(9)
})
after(() => real[Symbol.asyncDispose]())

test('F13: rot in random blocks is found whole, and just the files that cannot be read are listed', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const folder = real.copy()
    const random = new SeededRandom(seed)
    const packs = listStored(folder).filter(({ name }) => name.startsWith('pack/'))
    for (let count = 1 + random.below(3); count > 0; count--) {
      const path = join(folder, random.pick(packs)?.path ?? '')
      const bytes = readFileSync(path)
      const at = random.below(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 + random.below(255))
      writeFileSync(path, bytes)
    }
    await using opened = await openFolder(folder)
    const report = await verify(opened.vault)
    ok(report.problems.length > 0, `seed ${seed}: nothing was found`)
    deepEqual(listedFiles(report), await unreadableFiles(opened.vault), `seed ${seed}`)
    equal(verifyFailure(report)?.code, 'verify.failed')
  }
})

test('F11 (restic 5467): a fault that a second attempt does not show is told and is no problem', async () => {
  for (let nth = 1; nth <= 40; nth++) {
    await using opened = await openFolder(real.vaultPath)
    const plan = new FaultPlan<StoreCall>([
      { at: 'find', object: 'pack', nth, effect: { kind: 'flip', bit: 4321 } },
    ])
    const report = await verify(withFaults(opened.vault, plan))
    deepEqual(report.problems, [], `find ${nth}`)
    if (plan.fired === 0) return
  }
})

test('F11: a fault that stays is damage, and says where', async () => {
  await using opened = await openFolder(real.vaultPath)
  const plan = new FaultPlan<StoreCall>([
    { at: 'find', object: 'pack', nth: 1, times: 1000, effect: { kind: 'flip', bit: 700 } },
  ])
  const report = await verify(withFaults(opened.vault, plan))
  ok(report.problems.some(({ object, what }) => object.startsWith('pack/') && what === 'damaged'))
})

test('a storage that is out of reach is no damage', async () => {
  await using opened = await openFolder(real.vaultPath)
  const effect = { kind: 'fail', code: 'storage.unavailable' } as const
  const plan = new FaultPlan<StoreCall>([
    { at: 'find', nth: 3, times: 1000, effect },
    { at: 'stat', nth: 1, times: 1000, effect },
  ])
  let code: unknown
  try {
    await verify(withFaults(opened.vault, plan))
  } catch (problem) {
    code = problem instanceof Error && 'code' in problem ? problem.code : problem
  }
  equal(code, 'storage.unavailable')
})

test('runs of a share each read every pack once, in order, and begin anew', async () => {
  await using opened = await openFolder(real.vaultPath)
  const { vault } = opened
  const { packs } = await verify(vault)
  ok(packs.total > 1)
  const quarters = await readInRuns(vault, 1 / 4)
  equal(quarters.read, packs.total)
  ok(quarters.runs <= 4, `${quarters.runs} runs`)
  // The smallest share is one pack.
  deepEqual(await readInRuns(vault, 1e-9), { read: packs.total, runs: packs.total })
})

async function readInRuns(vault: Vault, share: number) {
  let cursor: string | undefined
  let read = 0
  let runs = 0
  do {
    const { packs } = await verify(vault, { cursor, share })
    read += packs.read
    cursor = packs.cursor
    runs++
  } while (cursor !== undefined)
  return { read, runs }
}

test('a scrub needs no key and finds every turned bit', async () => {
  const folder = real.copy()
  const packs = listStored(folder).filter(({ name }) => name.startsWith('pack/'))
  for (const { path } of packs) {
    const bytes = readFileSync(join(folder, path))
    const at = bytes.length >> 1
    bytes[at] = (bytes[at] ?? 0) ^ 0x10
    writeFileSync(join(folder, path), bytes)
  }
  await using opened = await openFolder(folder)
  const { store } = opened.vault.ports
  const digest = (bytes: Uint8Array) => real.opener.digest(bytes, signal)
  const report = await performScrub(
    { store, digest, reporter: silentReporter },
    readEverything,
    signal,
  )
  deepEqual(
    report.problems.map(({ object }) => object).sort(),
    packs.map(({ name }) => name).sort(),
  )
})

test('a block that opens and holds other chunks than the footer says is found', async () => {
  const cipher = nodeCipher()
  const keys = deriveVaultKeys(cipher, real.config.vaultId, master)
  const chunks = [new Uint8Array(9), cipher.random(5000)]
  const ids = chunks.map((chunk) => chunkIdOf(cipher, keys, chunk))
  const { bytes } = sealBlock(cipher, keys, { kind: 'data', ids, chunks, level: 3 })
  const check = async (expected: readonly Uint8Array[], idBytes: number) => {
    const cut = concatBytes(expected.map((id) => id.subarray(0, idBytes)))
    const block = { kind: 'data', offset: 0, length: bytes.length, ids: cut, idBytes } as const
    const run = { bytes: bytes.slice(), blocks: [block], object: 'x' }
    return (await real.opener.check(run, signal)).length
  }
  equal(await check(ids, 32), 0)
  equal(await check(ids, 16), 0)
  equal(await check(ids.toReversed(), 16), 1)
  equal(await check(ids.slice(1), 32), 1)
  equal(await check([...ids, ...ids], 32), 1)
})

async function verify(vault: Vault, readData = readEverything): Promise<VerifyReport> {
  const ports = { vault, opener: real.opener, reporter: silentReporter }
  return await performVerify(ports, { holder: 'test', readData }, signal)
}

function withFaults(vault: Vault, plan: FaultPlan<StoreCall>): Vault {
  const store = faultyStore({ store: vault.ports.store, plan })
  return { ...vault, ports: { ...vault.ports, store } }
}

/** point → paths that the report says are lost; a tree that is cut off counts as one line. */
function listedFiles(report: VerifyReport): Record<string, string[]> {
  const listed: Record<string, string[]> = {}
  for (const { affected } of report.problems) {
    for (const { point, paths, unnamed } of affected) {
      const lines = listed[point] ?? []
      lines.push(...paths)
      if (unnamed > 0) lines.push(cutOff)
      listed[point] = [...new Set(lines)].sort()
    }
  }
  return listed
}

async function unreadableFiles(vault: Vault): Promise<Record<string, string[]>> {
  const state = await readLedger(vault, signal)
  const { points } = await readPoints(vault, state, signal)
  const { index } = await loadIndex(vault, state, signal)
  const unreadable: Record<string, string[]> = {}
  for (const known of points) {
    const contents = await readContents(new ChunkReader(vault, index), known)
    const lost = [...contents].filter(([path, hash]) => hash === 'failed' || path === cutOff)
    if (lost.length > 0) unreadable[known.id] = lost.map(([path]) => path).sort()
  }
  return unreadable
}
