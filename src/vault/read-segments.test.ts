// A list of segments is not one moment: collections replace segments while others read them.
import { deepEqual, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { encodeIndexSegment, hashedName, type ObjectName } from '#engine'
import {
  MemoryStore,
  memoryCipher,
  memoryClock,
  memoryLeases,
  type ObjectEntry,
  type ObjectStore,
  SeededRandom,
} from '#ports'
import { plainConfig as config } from './plain-config.fixture.ts'
import { createVault, packId, putSealed, readSegments, type Vault } from './vault.ts'

const signal = new AbortController().signal

/** A store in which another job steps in. */
class InterruptedStore extends MemoryStore {
  beforeFind: (() => Promise<void>) | undefined
  /** After the list yielded so many. */
  whileListing: ((yielded: number) => Promise<void>) | undefined

  override async find(...args: Parameters<ObjectStore['find']>): Promise<Uint8Array | undefined> {
    await this.beforeFind?.()
    return await super.find(...args)
  }

  /** By the names of each moment, as a folder that is read on and on. */
  override async *list(...args: Parameters<ObjectStore['list']>): AsyncIterable<ObjectEntry> {
    let last = ''
    for (let yielded = 0; ; yielded++) {
      await this.whileListing?.(yielded)
      const next = (await Array.fromAsync(super.list(...args))).find(({ name }) => name > last)
      if (next === undefined) return
      last = next.name
      yield next
    }
  }
}

type World = { readonly store: InterruptedStore; readonly vault: Vault }

async function makeWorld(seed: number): Promise<World> {
  const store = new InterruptedStore(new Map())
  const clock = memoryClock()
  const cipher = memoryCipher(new SeededRandom(seed))
  const ports = { store, leases: memoryLeases(clock), clock, cipher }
  return { store, vault: await createVault(ports, config, new Uint8Array(32).fill(1), signal) }
}

const packOf = (value: number) => ({ id: new Uint8Array(32).fill(value), bytes: 100, blocks: [] })

/** A segment that names these packs. */
async function putSegment(
  { vault }: World,
  packs: readonly number[],
  supersedes: readonly ObjectName[] = [],
): Promise<ObjectName> {
  const segment = { supersedes: supersedes.map(packId), packs: packs.map(packOf) }
  return await putSealed(vault, { kind: 'index', plaintext: encodeIndexSegment(segment) }, signal)
}

async function namedPacks({ vault }: World): Promise<number[]> {
  const { segments } = await readSegments(vault, signal)
  const packs = segments.flatMap(({ segment }) => segment.packs)
  return [...new Set(packs.map(({ id }) => id[0] ?? 0))].sort((a, b) => a - b)
}

test('segments that a collection removes one by one while they are read end no reading', async () => {
  const world = await makeWorld(1)
  const packs = Array.from({ length: 40 }, (_, i) => i)
  const old: ObjectName[] = []
  for (const pack of packs) old.push(await putSegment(world, [pack]))
  let isMerged = false
  let reads = 0
  world.store.beforeFind = async () => {
    if (!isMerged) {
      isMerged = true
      await putSegment(world, packs, old)
    }
    // As fast as we read: in whatever order we go, one of those that are listed goes away before we come to it.
    const [gone] = old.splice(reads++ % 2 === 0 ? 0 : -1, 1)
    if (gone !== undefined) await world.store.removeRecord(gone, signal)
  }
  deepEqual(await namedPacks(world), packs)
})

test('a merge while the list runs hides no pack, wherever its segments stand in the order of names', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const world = await makeWorld(seed)
    const old: ObjectName[] = []
    for (let pack = 0; pack < 4; pack++) old.push(await putSegment(world, [pack]))
    old.sort()
    world.store.whileListing = async (yielded) => {
      if (yielded !== 1 + (seed % 4)) return
      world.store.whileListing = undefined
      // Two segments say again what all said; the second one says so. Then the first to go are the last in the list.
      await putSegment(world, [0, 1])
      await putSegment(world, [2, 3], old)
      for (const name of old.toReversed().slice(0, seed % 5))
        await world.store.removeRecord(name, signal)
    }
    deepEqual(await namedPacks(world), [0, 1, 2, 3], `with seed ${seed}`)
  }
})

test('a list that a store cuts short once hides nothing (F10)', async () => {
  const world = await makeWorld(1)
  for (let pack = 0; pack < 4; pack++) await putSegment(world, [pack])
  const { list } = world.store
  world.store.list = async function* (...args) {
    world.store.list = list
    for await (const entry of list.apply(world.store, args)) {
      yield entry
      return
    }
  }
  deepEqual(await namedPacks(world), [0, 1, 2, 3])
})

test('what is listed for ever and is never there is the failure of the store, not an empty index', async () => {
  const world = await makeWorld(1)
  const name = await putSegment(world, [1])
  world.store.beforeFind = async () => {
    world.store.beforeFind = undefined
    world.store.objects.delete(name)
  }
  const bytes = 10
  world.store.list = async function* () {
    yield { name: hashedName('index', packId(name)), bytes }
  }
  await rejects(readSegments(world.vault, signal), { code: 'storage.unavailable' })
})
