// Each layer that keeps a collection from deleting what is needed, alone: in the simulator they hide one another, and a
// layer that nothing tests rots unnoticed (reliability 2.1).
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { byteStringFromText } from '#base'
import {
  type ChunkId,
  chunkIdOf,
  encodeExtras,
  type KnownPoint,
  type ObjectName,
  sealBlock,
  TreeBuilder,
} from '#engine'
import {
  MemoryStore,
  memoryCipher,
  memoryClock,
  memoryLeases,
  type ObjectEntry,
  type ObjectStore,
  SeededRandom,
} from '#ports'
import { loadIndex } from '../load-index.ts'
import { openSession } from '../open-session.ts'
import { Ownership } from '../ownership.ts'
import { plainConfig as config } from '../plain-config.fixture.ts'
import type { Session } from '../session.ts'
import { createVault, listSegments, type Vault } from '../vault.ts'
import { type CollectionOutcome, collect } from './collect.ts'

const signal = new AbortController().signal

/** A store in which a test steps in between two calls. */
class InterruptedStore extends MemoryStore {
  beforeList: (() => Promise<void>) | undefined
  beforePut: ((name: ObjectName) => Promise<void>) | undefined
  beforeRemove: ((name: ObjectName) => Promise<void>) | undefined
  beforeFind: ((name: ObjectName) => Promise<void>) | undefined

  override async find(...args: Parameters<ObjectStore['find']>): Promise<Uint8Array | undefined> {
    await this.beforeFind?.(args[0])
    return await super.find(...args)
  }

  override async *list(...args: Parameters<ObjectStore['list']>): AsyncIterable<ObjectEntry> {
    const interrupt = this.beforeList
    this.beforeList = undefined
    await interrupt?.()
    yield* super.list(...args)
  }

  override async put(...args: Parameters<ObjectStore['put']>): Promise<void> {
    await this.beforePut?.(args[0])
    await super.put(...args)
  }

  override async removePack(...args: Parameters<ObjectStore['removePack']>): Promise<void> {
    await this.beforeRemove?.(args[0])
    await super.removePack(...args)
  }
}

class World {
  readonly store: InterruptedStore
  readonly vault: Vault
  readonly ownership: Ownership
  readonly clock = memoryClock()

  private constructor(store: InterruptedStore, vault: Vault, ownership: Ownership) {
    this.store = store
    this.vault = vault
    this.ownership = ownership
  }

  static async make(): Promise<World> {
    const store = new InterruptedStore(new Map())
    const clock = memoryClock()
    const cipher = memoryCipher(new SeededRandom(1))
    const ports = { store, leases: memoryLeases(clock), clock, cipher }
    const vault = await createVault(ports, config, new Uint8Array(32).fill(1), signal)
    return new World(store, vault, await Ownership.take(vault, 'test', signal))
  }

  open(): Promise<Session> {
    return openSession(this.ownership, signal)
  }

  chunk(value: number): { readonly id: ChunkId; readonly bytes: Uint8Array } {
    const bytes = new Uint8Array(3000).fill(value)
    return { id: chunkIdOf(this.vault.ports.cipher, this.vault.keys, bytes), bytes }
  }

  async upload(session: Session, value: number): Promise<void> {
    const { id, bytes } = this.chunk(value)
    if (session.claim([{ id }]).length === 0) return
    const request = { kind: 'data', ids: [id], chunks: [bytes], level: 0 } as const
    await session.addBlock(
      'data',
      sealBlock(this.vault.ports.cipher, this.vault.keys, request),
      signal,
    )
    await session.flush(signal)
  }

  /** A pack that nobody needs, as a job leaves it that died before its commit. */
  async leaveGarbage(value: number): Promise<ObjectName> {
    const before = new Set(this.packs())
    await using session = await this.open()
    await this.upload(session, value)
    const [pack] = this.packs().filter((name) => !before.has(name))
    ok(pack !== undefined)
    return pack
  }

  /** Commits a point of one file with this content. */
  async commit(session: Session, value: number): Promise<KnownPoint> {
    await this.upload(session, value)
    const { id, bytes } = this.chunk(value)
    const builder = new TreeBuilder((node) => session.addNode(node))
    const stat = { mode: 0o644, uid: 0, gid: 0, nlink: 1, mtimeSec: 1, mtimeNsec: 0, ctimeSec: 1 }
    const extra = encodeExtras({ pieces: [{ kind: 'chunk', id, bytes: bytes.length }] })
    const name = byteStringFromText('file')
    const rest = { ctimeNsec: 0, inoLow: 1, inoHigh: 0, user: '', group: '', inconsistent: false }
    const key = { dir: byteStringFromText(''), name, kind: 'file', size: bytes.length } as const
    const entry = { ...key, ...stat, ...rest, extra }
    builder.add({ kind: 'entry', entry, replacesBytes: undefined })
    const base = builder.finish()
    ok(base !== undefined)
    const counts = { files: 1, directories: 0, others: 0, filesRead: 1, excluded: 0 }
    const facts = { createdAt: 0, startedAt: 0, retainForMs: undefined, host: 'h', user: 'u' }
    const source = { path: byteStringFromText('/x'), prefix: byteStringFromText('') }
    const draft = {
      ...facts,
      tags: [],
      sources: [source],
      status: 'complete' as const,
      tree: { base, overlay: undefined, overlayRows: 0 },
      summary: { ...counts, sourceBytes: 0, newBytes: 0, storedBytes: 0 },
      failureCount: 0,
      failures: [],
      failureLists: [],
    }
    return await session.commit(draft, signal)
  }

  async collect(
    given: { graceMs?: number; onSweep?: () => void } = {},
  ): Promise<CollectionOutcome> {
    const loaded = await loadIndex(this.vault, this.ownership.state, signal)
    const onStage = (stage: string): void => {
      if (stage === 'sweep') given.onSweep?.()
    }
    const request = { graceMs: given.graceMs ?? 0, deadShareMin: 1.01, maySweep: true, onStage }
    return await collect(this.ownership, loaded, request, signal)
  }

  packs(): ObjectName[] {
    return [...this.store.objects.keys()].filter((name) => name.startsWith('pack/')).sort()
  }

  has(pack: ObjectName): boolean {
    return this.store.objects.has(pack)
  }
}

test('garbage goes when nothing stands against it, in one collection', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  equal((await world.collect()).swept.deleted, 1)
  equal(world.has(garbage), false)
})

test('wait: while a session is open that is older than the condemnation, the pack stays (F06)', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  const older = await world.open()
  const { swept } = await world.collect()
  deepEqual(swept.waiting, [{ pack: garbage, why: 'an older session is still open' }])
  ok(world.has(garbage))
  await older[Symbol.asyncDispose]()
  equal((await world.collect()).swept.deleted, 1)
})

test('pins: what a session relies on is not even condemned', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  await using session = await world.open()
  ok(session.has(world.chunk(1).id))
  deepEqual((await world.collect()).proposal.dead, [])
  ok(world.has(garbage))
})

test('pinned points: the parent of a backup under way counts, also when it has expired', async () => {
  const world = await World.make()
  const first = await world.open()
  const { id } = await world.commit(first, 1)
  await first[Symbol.asyncDispose]()
  await using session = await world.open()
  equal(session.pinPoint(id), true)
  await world.ownership.append({ kind: 'expire', points: [id], reason: 'test' }, signal)
  deepEqual((await world.collect()).proposal.dead, [])
  equal(session.pinPoint(id), false, 'nothing new is built on an expired point')
})

test('second mark: what was condemned and is needed after all is resurrected', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  const older = await world.open()
  await world.collect()
  ok(world.ownership.state.condemned.has(garbage))
  await world.commit(older, 1)
  await older[Symbol.asyncDispose]()
  equal((await world.collect()).swept.resurrected, 1)
  ok(world.has(garbage))
  equal(world.ownership.state.condemned.size, 0)
})

test('second mark: of two condemned packs the one is resurrected whose deletion nobody can have announced', async () => {
  // Which of the two the index comes upon first is chance.
  for (let value = 1; value <= 12; value++) {
    const world = await World.make()
    const announced = await world.leaveGarbage(value)
    await world.collect({ graceMs: 1000 })
    const offered = await world.leaveGarbage(value)
    const older = await world.open()
    await world.collect({ graceMs: 1000 })
    await world.commit(older, value)
    await older[Symbol.asyncDispose]()
    await world.collect({ graceMs: 1000 })
    deepEqual([...world.ownership.state.condemned.keys()], [announced], `chunk ${value}`)
    ok(world.has(offered))
  }
})

test('second mark: a session that ends while it marks still counts for it', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  const older = await world.open()
  const { swept } = await world.collect({
    onSweep: () => {
      world.store.beforeList = async () => {
        await world.commit(older, 1)
        await older[Symbol.asyncDispose]()
      }
    },
  })
  equal(swept.deleted, 0)
  ok(world.has(garbage))
})

test('condemned packs are not offered, to no session and by no adoption (I3)', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  const older = await world.open()
  await world.collect()
  ok(older.has(world.chunk(1).id), 'the older session may rely on it: it waits for it')
  await using younger = await world.open()
  equal(younger.has(world.chunk(1).id), false)
  // As a sweep leaves it that dies after it took the pack out of the index.
  for (const { name } of await listSegments(world.vault, signal)) world.store.objects.delete(name)
  await using adopting = await world.open()
  equal(adopting.has(world.chunk(1).id), false)
  ok(world.has(garbage))
})

test('existence: a commit asks the store for every pack it relies on (F07)', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  await using session = await world.open()
  ok(session.has(world.chunk(1).id))
  world.store.objects.delete(garbage)
  await rejects(world.commit(session, 1), { code: 'object.missing' })
  equal(world.ownership.state.points.size, 0)
})

test('proof: another copy counts only while the store has it (F17)', async () => {
  const world = await World.make()
  const [one, two] = [await world.open(), await world.open()]
  await world.commit(one, 1)
  await world.upload(two, 1)
  await one[Symbol.asyncDispose]()
  await two[Symbol.asyncDispose]()
  const before = world.packs()
  const { proposal } = await world.collect({
    onSweep: () => {
      const [condemned] = world.ownership.state.condemned.keys()
      const holdsData = (name: ObjectName) => (world.store.objects.get(name)?.length ?? 0) > 3000
      const other = before.find((name) => name !== condemned && holdsData(name))
      ok(other !== undefined)
      world.store.objects.delete(other)
    },
  })
  const [dead] = proposal.dead
  ok(dead !== undefined && world.has(dead.name), 'the copy that was thought redundant is the last')
})

test('order: no segment names a pack when it is deleted (borg #9748)', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  const named: boolean[] = []
  world.store.beforeRemove = async (name) => {
    const index = await loadIndex(world.vault, world.ownership.state, signal)
    named.push(index.index.hasPack(name))
  }
  await world.collect()
  deepEqual(named, [false])
  equal(world.has(garbage), false)
})

test('fencing: an owner that lost the vault after the announcement deletes nothing (F09)', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  const other: Vault = {
    ...world.vault,
    ports: { ...world.vault.ports, leases: memoryLeases(memoryClock()) },
  }
  let isAnnounced = false
  world.store.beforePut = async (name) => {
    if (!isAnnounced || !name.startsWith('index/')) return
    world.store.beforePut = undefined
    await Ownership.take(other, 'another host', signal)
  }
  await rejects(
    world.collect({
      onSweep: () => {
        isAnnounced = true
      },
    }),
    { code: 'vault.fenced' },
  )
  ok(world.has(garbage))
})

test('grace: a condemned pack stays for the time that was asked for', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  const { swept } = await world.collect({ graceMs: 1000 })
  deepEqual(swept.waiting, [{ pack: garbage, why: 'grace period' }])
  ok(world.has(garbage))
})

test('a condemned pack that is gone is forgotten, not mourned for ever', async () => {
  const world = await World.make()
  const garbage = await world.leaveGarbage(1)
  await world.collect({ graceMs: 1000 })
  world.store.objects.delete(garbage)
  await world.collect({ graceMs: 1000 })
  equal(world.ownership.state.condemned.size, 0)
})

test('fencing: the last deletion of an owner who lost the vault does not end the collection of the next (F08)', async () => {
  const world = await World.make()
  const [first, second] = [await world.leaveGarbage(1), await world.leaveGarbage(2)]
  await world.collect({ graceMs: 1000 })
  // As a sweep leaves them that took them out of the index; then its process slept before it deleted the first.
  for (const { name } of await listSegments(world.vault, signal)) world.store.objects.delete(name)
  world.store.beforeFind = async (name) => {
    if (name === first) world.store.objects.delete(first)
  }
  const { swept } = await world.collect()
  equal(swept.deleted, 1)
  deepEqual([world.has(first), world.has(second)], [false, false])
  equal((await world.collect()).swept.waiting.length, 0)
  equal(world.ownership.state.condemned.size, 0)
})
