import { deepEqual, equal, notEqual, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { type Failure, isFailure } from '#base'
import { idOf, kindOf, ledgerName, type ObjectName, twofoldKinds } from '#engine'
import { objectStoreContract, type Trouble } from '../object-store.contract.ts'
import type { ObjectStore } from '../object-store.ts'
import { content, listed, nameOf, proofFor } from '../sample-objects.contract.ts'
import { type DiskStep, type FaultEffect, FaultPlan } from './fault-plan.ts'
import { PowerCutDisk } from './power-cut-disk.ts'
import { type PowerCutStore, powerCutStore } from './power-cut-store.ts'
import { SeededRandom } from './seeded-random.ts'

const signal = new AbortController().signal

class TroublePlan extends FaultPlan<DiskStep> {
  trouble: Trouble = 'none'

  override next(step: DiskStep): FaultEffect | undefined {
    if (this.trouble === 'denied' && step === 'create') {
      return { kind: 'fail', code: 'storage.denied' }
    }
    if (this.trouble === 'full' && step === 'write') return { kind: 'fail', code: 'storage.full' }
    return undefined
  }
}

objectStoreContract('power-cut store', async () => {
  const disk = new PowerCutDisk()
  const plan = new TroublePlan([])
  return {
    // Every step lets the others go first, so that the races of the suite are races here too.
    open: async () => powerCutStore(disk, { plan, yieldPoint: () => Promise.resolve() }),
    cut: async (name, bytes) => {
      disk.truncate(pathOf(name), bytes)
      if (twofoldKinds.has(kindOf(name))) disk.truncate(`copies/${name}`, bytes)
    },
    unfinished: async () => disk.names('tmp').length,
    setTrouble: async (trouble) => {
      plan.trouble = trouble
      return true
    },
  }
})

type Life = {
  readonly acknowledged: Map<ObjectName, Uint8Array>
  readonly removed: Set<ObjectName>
}

/** Puts, drafts and removes until the power goes after `steps` steps. */
async function liveUntilCut(seed: number, without: readonly DiskStep[]): Promise<boolean> {
  const random = new SeededRandom(seed)
  const disk = new PowerCutDisk()
  const life: Life = { acknowledged: new Map(), removed: new Set() }
  const attempted = new Map<ObjectName, Uint8Array>()
  let left = random.below(120)
  const yieldPoint = async () => {
    if (left-- === 0) disk.crash(random)
  }
  const store = powerCutStore(disk, { yieldPoint, without })
  try {
    for (let i = 0; ; i++) await oneAct({ store, life, attempted, random, round: i })
  } catch (problem) {
    if (!isFailure(problem, 'storage.unavailable')) throw problem
  }
  return await isWhole(powerCutStore(disk), { life, attempted })
}

type Act = {
  readonly store: PowerCutStore
  readonly life: Life
  readonly attempted: Map<ObjectName, Uint8Array>
  readonly random: SeededRandom
  readonly round: number
}

async function oneAct({ store, life, attempted, random, round }: Act): Promise<void> {
  const bytes = content(round, 1 + random.below(60))
  const kind = random.pick(['pack', 'index', 'point', 'ledger', 'slot'] as const) ?? 'pack'
  const name = nameOf(kind, bytes)
  attempted.set(name, bytes)
  if (random.chance(0.3)) {
    const draft = await store.draft(kind, signal)
    await draft.append(bytes.subarray(0, 1), signal)
    if (bytes.length > 1) await draft.append(bytes.subarray(1), signal)
    await draft.publish(name, signal)
  } else {
    await store.put(name, bytes, signal)
  }
  life.acknowledged.set(name, bytes)
  if (!random.chance(0.2)) return
  const gone = random.pick([...life.acknowledged.keys()]) ?? name
  life.acknowledged.delete(gone)
  if (kindOf(gone) === 'pack') await store.removePack(gone, proofFor(gone), signal)
  else await store.removeRecord(gone, signal)
  life.removed.add(gone)
  attempted.delete(gone)
}

/** What was acknowledged is there; what is there is whole; what was removed stays away. */
async function isWhole(
  store: ObjectStore,
  { life, attempted }: Pick<Act, 'life' | 'attempted'>,
): Promise<boolean> {
  const same = (a: Uint8Array | undefined, b: Uint8Array) =>
    a !== undefined && Buffer.compare(a, b) === 0
  for (const [name, bytes] of life.acknowledged) {
    if (!same(await store.find(name, undefined, signal), bytes)) return false
  }
  for (const name of life.removed) {
    if ((await store.find(name, undefined, signal)) !== undefined) return false
  }
  for (const kind of ['pack', 'index', 'point', 'ledger', 'slot'] as const) {
    for (const { name } of await listed(store, kind)) {
      const wanted = attempted.get(name)
      if (wanted !== undefined && !same(await store.find(name, undefined, signal), wanted))
        return false
    }
  }
  return true
}

const seeds = 1500

test(`F01: after a power cut at any step all acknowledged objects are whole and no others are torn (${seeds} seeds)`, async () => {
  for (let seed = 1; seed <= seeds; seed++) ok(await liveUntilCut(seed, []), `seed ${seed}`)
})

for (const step of ['sync', 'syncFolder'] as const) {
  test(`F01: the same crashes find a store that leaves out ${step}`, async () => {
    let found = 0
    for (let seed = 1; seed <= 200; seed++) if (!(await liveUntilCut(seed, [step]))) found++
    ok(found > 10, `${found} of 200 runs found it`)
  })
}

test('F03: after a sync that failed once the store writes no more, and never counts the object as stored', async () => {
  for (let nth = 1; ; nth++) {
    for (const at of ['sync', 'syncFolder'] as const) {
      const disk = new PowerCutDisk()
      const effect = { kind: 'fail', code: 'storage.unavailable' } as const
      const plan = new FaultPlan<DiskStep>([{ at, nth, effect }])
      const store = powerCutStore(disk, { plan })
      const acknowledged = await putUntilBroken(store)
      if (plan.fired === 0) {
        equal(acknowledged.length, 6)
        return
      }
      await rejects(store.put(ledgerName(99), content(1, 9), signal), { code: 'storage.broken' })
      await rejects(store.draft('pack', signal), { code: 'storage.broken' })
      disk.crash(new SeededRandom(nth))
      const after = powerCutStore(disk)
      for (const [name, bytes] of acknowledged) {
        deepEqual(await after.find(name, undefined, signal), bytes)
      }
    }
  }
})

async function putUntilBroken(store: ObjectStore): Promise<(readonly [ObjectName, Uint8Array])[]> {
  const acknowledged: (readonly [ObjectName, Uint8Array])[] = []
  for (let i = 0; i < 6; i++) {
    const bytes = content(i, 100)
    const name = nameOf(i % 2 === 0 ? 'pack' : 'point', bytes)
    try {
      await store.put(name, bytes, signal)
    } catch (problem) {
      equal((problem as Failure).code, 'storage.unavailable')
      return acknowledged
    }
    acknowledged.push([name, bytes])
  }
  return acknowledged
}

test('F03: the pages of a failed sync are lost although the next sync succeeds, and the model knows', () => {
  const disk = new PowerCutDisk()
  disk.create('file')
  disk.append('file', content(1, 50))
  disk.failSync('file')
  disk.sync('file')
  disk.syncFolder('')
  deepEqual(disk.read('file'), content(1, 50))
  disk.crash(new SeededRandom(1))
  deepEqual(disk.read('file'), new Uint8Array(50))
})

test('a store whose process was killed does nothing any more, and the next one clears up after a power cut', async () => {
  const disk = new PowerCutDisk()
  const store = powerCutStore(disk)
  const draft = await store.draft('pack', signal)
  await draft.append(content(1, 10), signal)
  disk.syncFolder('')
  disk.syncFolder('tmp')
  store.kill()
  await rejects(draft.publish(nameOf('pack', content(1, 10)), signal), {
    code: 'storage.unavailable',
  })
  equal(disk.names('tmp').length, 1)
  disk.crash(new SeededRandom(1))
  await powerCutStore(disk).put(ledgerName(1), content(2, 10), signal)
  deepEqual(disk.names('tmp'), [])
})

test('the same seed gives the same life, another seed another one', () => {
  const word = (seed: number) => [...new SeededRandom(seed).bytes(16)].join()
  equal(word(5), word(5))
  notEqual(word(5), word(6))
})

function pathOf(name: ObjectName): string {
  return kindOf(name) === 'pack' ? `pack/${idOf(name).slice(0, 2)}/${idOf(name)}` : name
}
