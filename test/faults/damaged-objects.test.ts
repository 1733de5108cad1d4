// Everything that can happen to a stored object: it is seen when the object is opened, no wrong byte comes
// out, and verify or scrub names it.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isFailure } from '#base'
import { kindOf, twofoldKinds } from '#engine'
import { performScrub, performVerify, readEverything, type VerifyReport } from '#jobs'
import { SeededRandom, silentReporter } from '#ports'
import { ChunkReader, loadIndex, readLedger, readPoints } from '#vault'
import { type Damage, damageKinds, inflict, listStored } from './damage.ts'
import { openFolder, RealVault, readContents, signal } from './real-vault.ts'

let real: RealVault
let other: RealVault
let lastEntry: string | undefined
before(async () => {
  real = await RealVault.make(9)
  other = await RealVault.make(5)
  const entries = listStored(real.vaultPath).filter(({ name }) => kindOf(name) === 'ledger')
  lastEntry = entries.at(-1)?.name
})
after(async () => {
  await real[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

test('A05 F11: whatever is done to an object, no wrong byte is restored and the object is named', async () => {
  const files = listStored(real.vaultPath)
  let cases = 0
  for (const [number, victim] of files.entries()) {
    for (const [at, kind] of damageKinds.entries()) {
      // Every object with every other kind of damage, in turns.
      if ((number + at) % 2 === 1) continue
      const both = !victim.copy && twofoldKinds.has(kindOf(victim.name))
      if (await survives({ kind, victim, both }, number * 100 + at)) cases++
    }
  }
  ok(cases > 100, `only ${cases} cases ran`)
})

/** @returns false when the damage makes no sense for this object */
async function survives(damage: Damage, seed: number): Promise<boolean> {
  const folder = real.copy()
  const random = new SeededRandom(seed)
  if (!inflict(folder, damage, { random, foreign: other.vaultPath })) return false
  const say = `${damage.kind} of ${damage.victim.path}${damage.both ? ' and its copy' : ''}, seed ${seed}`
  await onlyGoodBytes(folder, say)
  const named = await namesOfProblems(folder)
  // Of an entry that is gone nothing is left to name but the ledger.
  const isThere = named.has(damage.victim.name) || named.has('the ledger')
  if (isNamed(damage)) ok(isThere, `${say}: named only ${[...named].join(', ')}`)
  else if (isGone(damage) && kindOf(damage.victim.name) === 'index')
    ok(named.size > 0, `${say}: the packs that nothing names any more are not named`)
  return true
}

/** Whether a report must name the object itself. */
function isNamed(damage: Damage): boolean {
  const { victim, both } = damage
  const storedKind = kindOf(victim.name)
  // The other copy is good and steps in; the configuration is not read by a vault that is open.
  if (storedKind === 'vault' || (twofoldKinds.has(storedKind) && !both)) return false
  if (!isGone(damage)) return true
  // Nobody knows what a segment was called. Without its last entry a ledger is that of a moment before.
  return storedKind !== 'index' && victim.name !== lastEntry
}

/** An empty file is no object (docs/format/objects.md). */
function isGone({ kind }: Damage): boolean {
  return kind === 'delete' || kind === 'empty'
}

/** Whatever can be read is what was stored; whatever cannot ends in an error of the catalogue. */
async function onlyGoodBytes(folder: string, say: string): Promise<void> {
  await using opened = await openFolder(folder, real.config)
  try {
    const state = await readLedger(opened.vault, signal)
    const { points } = await readPoints(opened.vault, state, signal)
    const { index } = await loadIndex(opened.vault, state, signal)
    for (const known of points) {
      const expected = real.points.get(known.id)
      ok(expected !== undefined, `${say}: a point that never was`)
      const found = await readContents(new ChunkReader(opened.vault, index), known)
      for (const [path, hash] of found)
        if (hash !== 'failed' && path !== '(cut off)')
          equal(hash, expected.get(path), `${say}: ${path}`)
    }
  } catch (problem) {
    if (!isFailure(problem)) throw new Error(say, { cause: problem })
  }
}

async function namesOfProblems(folder: string): Promise<Set<string>> {
  await using opened = await openFolder(folder, real.config)
  const { vault } = opened
  const { store } = vault.ports
  const reports: VerifyReport[] = []
  const digest = (bytes: Uint8Array) => real.opener.digest(bytes, signal)
  reports.push(
    await performScrub({ store, digest, reporter: silentReporter }, readEverything, signal),
  )
  reports.push(
    await performVerify(
      { vault, opener: real.opener, reporter: silentReporter },
      { holder: 'test', readData: readEverything },
      signal,
    ),
  )
  return new Set(reports.flatMap(({ problems }) => problems.map(({ object }) => object)))
}

test('a vault that nobody touched has no problem, and every point gives back what it took', async () => {
  deepEqual([...(await namesOfProblems(real.vaultPath))], [])
  await using opened = await openFolder(real.vaultPath, real.config)
  const state = await readLedger(opened.vault, signal)
  const { points } = await readPoints(opened.vault, state, signal)
  const { index } = await loadIndex(opened.vault, state, signal)
  equal(points.length, real.points.size)
  for (const known of points) {
    const found = await readContents(new ChunkReader(opened.vault, index), known)
    deepEqual(found, real.points.get(known.id))
    ok(![...found.values()].includes('failed'))
  }
})
