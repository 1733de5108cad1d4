// A verification, and whoever else reads, beside jobs that write: what has just changed is no damage.
import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { LeafBuilder, ledgerName, type ObjectKind, type ObjectName, objectName } from '#engine'
import { performVerify } from '#jobs'
import { type ObjectReader, silentReporter } from '#ports'
import { readLedger, readPoints, type Vault } from '#vault'
import { CraftedVault, entryItem, noOpener } from './crafted-vault.ts'
import { signal } from './real-vault.ts'

/** The vault as a reader has it to whom others do something before he first lists or reads a point. */
function withInterruption({ vault, store }: CraftedVault, interrupt: () => Promise<void>): Vault {
  let isDone = false
  const once = async (name: string): Promise<void> => {
    if (isDone || !name.startsWith('point')) return
    isDone = true
    await interrupt()
  }
  const seen: ObjectReader = {
    find: async (name, range, during) => {
      await once(name)
      return await store.find(name, range, during)
    },
    stat: (name, during) => store.stat(name, during),
    async *list(kind, during) {
      await once(kind)
      yield* store.list(kind, during)
    },
  }
  const { find, stat, list } = seen
  const ports = { ...vault.ports, store: Object.assign(Object.create(store), { find, stat, list }) }
  return { ...vault, ports }
}

function namesOf({ store }: CraftedVault, kind: ObjectKind): ObjectName[] {
  return [...store.objects.keys()].filter((name) => name.startsWith(`${kind}/`))
}

async function problemsOf(vault: Vault): Promise<readonly string[]> {
  const ports = { vault, opener: noOpener, reporter: silentReporter }
  const report = await performVerify(ports, { holder: 'test', readData: undefined }, signal)
  return report.problems.map(({ what, object }) => `${what} ${object}`)
}

test('points that are made while a vault is verified do not tell that it was put back (A06)', async () => {
  await using world = await CraftedVault.open()
  await world.commit(world.leaf('a'))
  const vault = withInterruption(world, async () => {
    for (const name of ['b', 'c', 'd']) await world.commit(world.leaf(name))
  })
  deepEqual(await problemsOf(vault), [])
  const { points } = await readLedger(world.vault, signal)
  equal(points.size, 4)
})

test('a ledger that was put back is found all the same (A06)', async () => {
  await using world = await CraftedVault.open()
  for (const name of ['a', 'b', 'c']) await world.commit(world.leaf(name))
  const { number } = await readLedger(world.vault, signal)
  for (let gone = number; gone > number - 2; gone--)
    await world.store.removeRecord(objectName('ledger', String(gone).padStart(12, '0')), signal)
  const problems = await problemsOf(world.vault)
  equal(problems.filter((problem) => problem.startsWith('reverted')).length, 1)
})

test('a point that expires while others read, and whose record goes, is not lost', async () => {
  for (const read of ['verify', 'list'] as const) {
    await using world = await CraftedVault.open()
    const { id } = await world.commit(world.leaf('a'))
    await world.commit(world.leaf('b'))
    const vault = withInterruption(world, async () => {
      await world.ownership.append({ kind: 'expire', points: [id], reason: 'test' }, signal)
      await world.store.removeRecord(objectName('point', id), signal)
    })
    if (read === 'verify') deepEqual(await problemsOf(vault), [])
    else deepEqual((await readPoints(vault, await readLedger(vault, signal), signal)).lost, [])
  }
})

test('a living point without a record is lost', async () => {
  await using world = await CraftedVault.open()
  const { id } = await world.commit(world.leaf('a'))
  await world.store.removeRecord(objectName('point', id), signal)
  deepEqual(await problemsOf(world.vault), [`missing ${objectName('point', id)}`])
  const { lost } = await readPoints(world.vault, await readLedger(world.vault, signal), signal)
  deepEqual(
    lost.map((point) => point.id),
    [id],
  )
})

test('a pack without a segment is a problem only where it alone has what a point needs', async () => {
  for (const isAlone of [true, false]) {
    await using world = await CraftedVault.open()
    const builder = new LeafBuilder()
    builder.add(entryItem('a', 0))
    const node = builder.finish()
    await world.commit({ id: world.node(node), sums: builder.sums })
    const packs = namesOf(world, 'pack')
    const [segment] = namesOf(world, 'index')
    // Condemned since the session was opened that relied on it; so a younger one stored the same again.
    await world.ownership.append({ kind: 'condemn', packs, reason: 'dead' }, signal)
    await world.storeAgain(node)
    for (const name of namesOf(world, 'index'))
      if (isAlone || name !== segment) await world.store.removeRecord(name, signal)
    const problems = await problemsOf(world.vault)
    equal(problems.length > 0, isAlone, problems.join())
    ok(problems.every((problem) => problem.startsWith('unindexed')))
  }
})

test('a point without a record is lost also where the ledger cannot be read any more', async () => {
  await using world = await CraftedVault.open()
  const { id } = await world.commit(world.leaf('a'))
  const state = await readLedger(world.vault, signal)
  await world.store.removeRecord(objectName('point', id), signal)
  world.store.objects.set(ledgerName(state.number), new Uint8Array(100))
  const { lost } = await readPoints(world.vault, state, signal)
  deepEqual(
    lost.map((point) => point.id),
    [id],
  )
})
