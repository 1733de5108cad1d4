// No lost entry takes a lock off, a hold away or an extension back: whatever it may have promised stands after a repair.
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { emptyLedgerState, type LedgerAction, type LedgerState, ledgerName } from '#engine'
import {
  type MemoryStore,
  memoryCipher,
  memoryClock,
  memoryLeases,
  memoryStore,
  SeededRandom,
} from '#ports'
import { readEntry, readLedger } from './ledger.ts'
import { findLostPromises, type LostPromises } from './lost-promises.ts'
import { Ownership } from './ownership.ts'
import { plainConfig as config } from './plain-config.fixture.ts'
import { rebuildLedger } from './rebuild.ts'
import { doubtReason, salvageLedger } from './salvage-ledger.ts'
import { createVault, type Vault } from './vault.ts'

const signal = new AbortController().signal
const ids = ['a'.repeat(64), 'b'.repeat(64)] as const
const [first, second] = ids

class World {
  readonly store: MemoryStore = memoryStore()
  readonly vault: Vault

  private constructor(vault: Vault, store: MemoryStore) {
    this.vault = vault
    this.store = store
  }

  /** A vault with two points; their records are of no matter here. */
  static async make(): Promise<World> {
    const store = memoryStore()
    const clock = memoryClock()
    const cipher = memoryCipher(new SeededRandom(1))
    const ports = { store, leases: memoryLeases(clock), clock, cipher }
    const world = new World(
      await createVault(ports, config, new Uint8Array(32).fill(1), signal),
      store,
    )
    for (const [i, point] of ids.entries())
      await world.decide({ kind: 'commit', point, sequence: i + 1 })
    return world
  }

  /** A process of its own decides this. */
  async decide(...actions: readonly LedgerAction[]): Promise<LedgerState> {
    await using ownership = await Ownership.take(this.vault, 'test', signal)
    for (const action of actions) await ownership.append(action, signal)
    return ownership.state
  }

  async lose(number: number): Promise<void> {
    await this.store.removeRecord(ledgerName(number), signal)
  }

  /** It is there, and cannot be read. */
  spoil(number: number): void {
    this.store.objects.set(ledgerName(number), new Uint8Array(100))
  }

  /** What a repair would say before it is carried out. */
  async doubts(): Promise<LostPromises> {
    return (await salvageLedger(this.vault, signal)).lostPromises
  }

  /** Numbers of the entries of this kind. */
  async numbersOf(kind: LedgerAction['kind']): Promise<number[]> {
    const { number } = await readLedger(this.vault, signal)
    const numbers: number[] = []
    for (let each = 1; each <= number; each++)
      if ((await readEntry(this.vault, each, signal)).action.kind === kind) numbers.push(each)
    return numbers
  }

  async repaired(): Promise<LedgerState> {
    await rebuildLedger(this.vault, 'test', signal)
    return await readLedger(this.vault, signal)
  }
}

const promises: readonly LedgerAction[] = [
  { kind: 'lock', to: 'compliance' },
  { kind: 'hold', point: first, reason: 'audit' },
  { kind: 'extend', point: first, until: undefined },
]

function isKept(state: LedgerState, { kind }: LedgerAction): boolean {
  if (kind === 'lock') return state.lock === 'compliance'
  const marks = state.points.get(first)
  if (marks === undefined) return false
  return marks.holds.length > 0 || (kind === 'extend' && marks.extended !== undefined)
}

for (const promise of promises)
  test(`L1, L4: no single lost entry takes back a ${promise.kind}, whatever came after it`, async () => {
    const after: readonly (readonly LedgerAction[])[] = [
      [],
      [{ kind: 'quarantine', packs: [], reason: 'r' }],
      [{ kind: 'commit', point: 'c'.repeat(64), sequence: 3 }],
    ]
    for (const [i, later] of after.entries())
      for (let lost = 1; ; lost++) {
        const world = await World.make()
        await world.decide(promise)
        if (i > 0) await world.decide(...later)
        const { number } = await readLedger(world.vault, signal)
        if (lost > number) break
        // The commit of the first point, whose record is not in this world.
        if (lost === 3) continue
        await world.lose(lost)
        ok(isKept(await world.repaired(), promise), `entry ${lost} of ${number} is lost`)
      }
  })

test('L1: what a lost entry promised is said again with the whole state by the next job', async () => {
  for (const promise of promises) {
    const world = await World.make()
    await world.decide(promise)
    await world.decide()
    const { epoch } = await readLedger(world.vault, signal)
    for (let lost = 1; lost < epoch; lost++) await world.lose(lost)
    const state = await readLedger(world.vault, signal)
    ok(isKept(state, promise))
    deepEqual(state.points.get(second)?.holds, [])
  }
})

test('L4: where a lost entry can have been a promise, every point is held until a person says otherwise', async () => {
  const world = await World.make()
  await world.decide({ kind: 'trash', point: second, until: 5 })
  await world.decide(
    { kind: 'untrash', point: second },
    { kind: 'quarantine', packs: [], reason: 'r' },
  )
  const [untrash = 0] = await world.numbersOf('untrash')
  await world.lose(untrash)
  await rejects(world.decide(), { code: 'ledger.incomplete' })
  const state = await world.repaired()
  for (const id of ids)
    deepEqual(
      state.points.get(id)?.holds.map(({ reason }) => reason),
      [doubtReason],
    )
  equal(state.points.get(second)?.trashedUntil, undefined)
  equal(state.lock, 'off', 'later entries say what the lock is')
  const released = await world.decide({ kind: 'release', point: first, reason: 'looked up' })
  deepEqual(released.points.get(first)?.holds, [])
  equal(released.points.get(second)?.holds.length, 1)
})

test('a lost entry that was no promise holds nothing and locks nothing', async () => {
  const world = await World.make()
  await world.decide({ kind: 'quarantine', packs: [], reason: 'r' })
  await world.decide({ kind: 'quarantine', packs: [], reason: 'r' })
  const [lost = 0] = await world.numbersOf('quarantine')
  await world.lose(lost)
  const state = await world.repaired()
  equal(state.lock, 'off')
  for (const id of ids) deepEqual(state.points.get(id)?.holds, [])
})

test('L1: one bad sector in the newest entry locks nothing for ever: no acknowledged lock stood in it alone', async () => {
  const newest: readonly (readonly LedgerAction[])[] = [
    [],
    [{ kind: 'quarantine', packs: [], reason: 'r' }],
    [{ kind: 'hold', point: first, reason: 'audit' }],
  ]
  for (const actions of newest) {
    const world = await World.make()
    const { number } = await world.decide(...actions)
    world.spoil(number)
    deepEqual(await world.doubts(), { onPoints: true, onLock: false })
    const state = await world.repaired()
    equal(state.lock, 'off')
    // What a person can take back is kept: nothing goes before somebody has looked.
    for (const id of ids) ok((state.points.get(id)?.holds.length ?? 0) > 0)
  }
})

test('L1: a lock that was acknowledged stands as it was, whichever one entry cannot be read', async () => {
  for (const to of ['governed', 'compliance'] as const)
    for (const after of [0, 1, 2])
      for (let lost = 1; ; lost++) {
        const world = await World.make()
        await world.decide({ kind: 'lock', to })
        for (let i = 0; i < after; i++)
          await world.decide({ kind: 'quarantine', packs: [], reason: 'r' })
        const { number } = await readLedger(world.vault, signal)
        if (lost > number) break
        world.spoil(lost)
        equal((await world.repaired()).lock, to, `entry ${lost} of ${number} cannot be read`)
      }
})

test('L1: where more than the newest entry is lost, it may have been a lock: compliance, told before it is done', async () => {
  for (const isVanished of [false, true]) {
    const world = await World.make()
    const { number } = await world.decide({ kind: 'lock', to: 'governed' })
    world.spoil(number)
    if (isVanished) await world.lose(number - 1)
    else world.spoil(number - 1)
    deepEqual(await world.doubts(), { onPoints: true, onLock: true })
    const state = await world.repaired()
    equal(state.lock, 'compliance')
    for (const id of ids) equal(state.points.get(id)?.holds.length, 1)
  }
})

test('L1: a point that speaks of entries beyond the one that cannot be read leaves every doubt', () => {
  const promises = { lock: 'off', count: 0 } as const
  const known = { epoch: 1, at: 0, trustedAt: 0, boot: { bootId: 'b', upMs: 1 }, promises }
  const begin = { kind: 'rebuild', state: { ...emptyLedgerState, promises: 0 } } as const
  const claim = { kind: 'claim', holder: 'h', state: undefined } as const
  const entries = [
    { ...known, number: 1, action: begin },
    { ...known, number: 2, action: claim },
  ]
  const onLock = (epoch: number, entry: number | undefined, sequence = 1) =>
    findLostPromises(entries, [{ epoch, entry, sequence }], 3).onLock
  equal(onLock(2, 3), false, 'the lost entry is its commit')
  equal(onLock(3, 4), false, 'the lost entry is the claim of its owner')
  equal(onLock(2, 5), true)
  equal(onLock(4, 4), true)
  equal(onLock(2, undefined, 2), true)
})

test('entries from before promises were counted leave every doubt', async () => {
  const boot = { bootId: 'b', upMs: 1 }
  const entry = (number: number, action: LedgerAction) => ({
    number,
    epoch: 1,
    at: 0,
    trustedAt: 0,
    boot,
    action,
  })
  const claim = (number: number) => entry(number, { kind: 'claim', holder: 'h', state: undefined })
  const begin = entry(1, { kind: 'rebuild', state: { ...emptyLedgerState, promises: undefined } })
  deepEqual(findLostPromises([begin, claim(2)], [], 2), { onPoints: false, onLock: false })
  deepEqual(findLostPromises([begin, claim(3)], [], 3), { onPoints: true, onLock: true })
  const counted = { ...claim(4), promises: { lock: 'off', count: 0 } as const }
  deepEqual(findLostPromises([begin, claim(3), counted], [], 4), { onPoints: true, onLock: false })
  deepEqual(findLostPromises([begin, claim(2)], [], 3), { onPoints: true, onLock: true })
})

test('L1: an entry that can be read the second time is not lost: a cable that shook locks nothing', async () => {
  const world = await World.make()
  const { number } = await world.decide({ kind: 'quarantine', packs: [], reason: 'r' })
  const shaken = new Set([ledgerName(number), ledgerName(number - 1)])
  const find = world.store.find.bind(world.store)
  world.store.find = async (name, range, during) =>
    shaken.delete(name) ? new Uint8Array(100) : await find(name, range, during)
  const { lostEntries, lostPromises } = await salvageLedger(world.vault, signal)
  equal(shaken.size, 0)
  deepEqual(lostEntries, [])
  deepEqual(lostPromises, { onPoints: false, onLock: false })
})
