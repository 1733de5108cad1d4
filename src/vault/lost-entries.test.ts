// A ledger whose newest entries vanished looks whole by itself. The points tell, and nobody goes on from it (A06).
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import { describeLostEntries, ledgerName, type ObjectName, TreeBuilder } from '#engine'
import {
  type MemoryStore,
  memoryCipher,
  memoryClock,
  memoryLeases,
  memoryStore,
  type PointDraft,
  SeededRandom,
} from '#ports'
import { collect } from './gc/collect.ts'
import { removeSpentRecords } from './gc/sweep.ts'
import { readLedger } from './ledger.ts'
import { loadIndex } from './load-index.ts'
import { findLostEntries } from './lost-entries.ts'
import { openSession } from './open-session.ts'
import { Ownership } from './ownership.ts'
import { plainConfig as config } from './plain-config.fixture.ts'
import { rebuildLedger } from './rebuild.ts'
import type { Session } from './session.ts'
import { createVault, type Vault } from './vault.ts'

const signal = new AbortController().signal

class World implements AsyncDisposable {
  readonly store: MemoryStore = memoryStore()
  readonly vault: Vault
  readonly #random: SeededRandom

  private constructor(vault: Vault, random: SeededRandom, store: MemoryStore) {
    this.vault = vault
    this.#random = random
    this.store = store
  }

  static async make(): Promise<World> {
    const random = new SeededRandom(1)
    const store = memoryStore()
    const clock = memoryClock()
    const ports = { store, leases: memoryLeases(clock), clock, cipher: memoryCipher(random) }
    return new World(
      await createVault(ports, config, new Uint8Array(32).fill(1), signal),
      random,
      store,
    )
  }

  async own<T>(work: (ownership: Ownership) => Promise<T>): Promise<T> {
    await using ownership = await Ownership.take(this.vault, 'test', signal)
    return await work(ownership)
  }

  async backup(): Promise<string> {
    return await this.own((ownership) => this.commitOne(ownership))
  }

  async commitOne(ownership: Ownership): Promise<string> {
    await using session = await openSession(ownership, signal)
    return (await session.commit(this.#draft(session), signal)).id
  }

  /** A job that dies between its point and its commit: the record is there, and no entry. */
  async die(): Promise<string> {
    const id = await this.backup()
    await this.loseFrom((await readLedger(this.vault, signal)).number)
    return id
  }

  async loseFrom(first: number): Promise<void> {
    const { number } = await readLedger(this.vault, signal)
    for (let lost = first; lost <= number; lost++)
      await this.store.removeRecord(ledgerName(lost), signal)
  }

  records(kind: string): ObjectName[] {
    return [...this.store.objects.keys()].filter((name) => name.startsWith(`${kind}/`)).sort()
  }

  async collect(ownership: Ownership) {
    const loaded = await loadIndex(this.vault, ownership.state, signal)
    const request = { graceMs: 0, deadShareMin: 1, maySweep: true, onStage() {} }
    return await collect(ownership, loaded, request, signal)
  }

  #draft(session: Session): PointDraft {
    const builder = new TreeBuilder((node) => session.addNode(node))
    const name = byteStringFromText(`f${this.#random.u32()}`)
    const key = { dir: byteStringFromText(''), name, kind: 'file', size: 0 } as const
    const stat = { mode: 0o644, uid: 0, gid: 0, nlink: 1, mtimeSec: 1, mtimeNsec: 0, ctimeSec: 1 }
    const rest = { ctimeNsec: 0, inoLow: 1, inoHigh: 0, user: '', group: '', inconsistent: false }
    const entry = { ...key, ...stat, ...rest, extra: new Uint8Array() }
    builder.add({ kind: 'entry', entry, replacesBytes: undefined })
    const base = builder.finish()
    ok(base !== undefined)
    const counts = { files: 1, directories: 0, others: 0, filesRead: 1, excluded: 0 }
    return {
      createdAt: 0,
      startedAt: 0,
      retainForMs: 1000,
      host: 'h',
      user: 'u',
      tags: [],
      sources: [{ path: byteStringFromText('/x'), prefix: byteStringFromText('') }],
      status: 'complete',
      tree: { base, overlay: undefined, overlayRows: 0 },
      summary: { ...counts, sourceBytes: 0, newBytes: 0, storedBytes: 0 },
      failureCount: 0,
      failures: [],
      failureLists: [],
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

test('A06, L5: wherever the ledger is cut off behind a point, nobody takes the vault, and nothing goes', async () => {
  // Entries: 1 rebuild; then each backup a claim and a commit, the last one a hold before its commit.
  for (let first = 2; first <= 9; first++) {
    await using world = await World.make()
    const ids = [await world.backup(), await world.backup(), await world.backup()]
    await world.own(async (ownership) => {
      await ownership.append({ kind: 'hold', point: ids[0] ?? '', reason: 'audit' }, signal)
      ids.push(await world.commitOne(ownership))
    })
    await world.loseFrom(first)
    const before = world.records('')
    await rejects(world.backup(), { code: 'vault.reverted' }, `entries from ${first} are lost`)
    deepEqual(world.records(''), before)
    ok((await rebuildLedger(world.vault, 'test', signal)) !== undefined)
    await world.own(async (ownership) => {
      await world.collect(ownership)
      for (const id of ids) ok(ownership.state.points.has(id), `${first}: ${id} lives`)
    })
    equal(world.records('point').length, ids.length)
    equal(
      await rebuildLedger(world.vault, 'test', signal),
      undefined,
      'a second repair does nothing',
    )
    await world.backup()
  }
})

test('A06: a collection under way removes nothing when a point shows that the ledger was put back', async () => {
  for (const what of ['collection', 'records'] as const) {
    await using world = await World.make()
    const kept = await world.backup()
    const { number } = await readLedger(world.vault, signal)
    await world.own(async (ownership) => {
      for (let i = 0; i < 2; i++) await world.commitOne(ownership)
    })
    const points = world
      .records('point')
      .map((name) => [name, world.store.objects.get(name)] as const)
    for (const [name] of points) if (!name.endsWith(kept)) world.store.objects.delete(name)
    await world.loseFrom(number + 1)
    await world.own(async (ownership) => {
      // They come to light only now.
      for (const [name, bytes] of points)
        if (bytes !== undefined) world.store.objects.set(name, bytes)
      const before = [...world.records('point'), ...world.records('pack')]
      const work =
        what === 'records' ? removeSpentRecords(ownership, signal) : world.collect(ownership)
      await rejects(work, { code: 'vault.reverted' })
      deepEqual([...world.records('point'), ...world.records('pack')], before)
      equal(ownership.state.condemned.size, 0)
    })
  }
})

test('F09: a job that died between its point and its commit stops nobody, and left no point', async () => {
  await using world = await World.make()
  const kept = await world.backup()
  const unfinished = [await world.die(), await world.die()]
  deepEqual(await findLostEntries(world.vault, await readLedger(world.vault, signal), signal), [])
  equal(await rebuildLedger(world.vault, 'test', signal), undefined)
  await world.own(async (ownership) => {
    deepEqual([...ownership.state.points.keys()], [kept])
    equal(unfinished.length, 2)
    await world.collect(ownership)
  })
  deepEqual(world.records('point'), [`point/${kept}`])
})

test('points from before the commit was recorded in them tell by their epoch and number', async () => {
  await using world = await World.make()
  await world.backup()
  const state = await readLedger(world.vault, signal)
  const record = { epoch: state.epoch, sequence: state.sequence + 1, entry: undefined }
  equal(describeLostEntries(record, state), undefined)
  ok(describeLostEntries({ ...record, epoch: state.epoch + 1 }, state) !== undefined)
  ok(describeLostEntries({ ...record, sequence: state.sequence + 2 }, state) !== undefined)
  ok(describeLostEntries({ ...record, entry: state.number + 2 }, state) !== undefined)
  equal(describeLostEntries({ ...record, entry: state.number + 1 }, state), undefined)
})
