/** The promises of a store when objects are damaged, storage is denied or full, or the job is aborted. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type ObjectName, objectKinds } from '#engine'
import type { ObjectStore } from './object-store.ts'
import { content, listed, nameOf, proofFor, sameBytes } from './sample-objects.contract.ts'

export type Trouble = 'none' | 'denied' | 'full'

/** One new, empty vault. */
export type StoreUnderTest = {
  /** The vault as one more process sees it. */
  readonly open: () => Promise<ObjectStore>
  /** Cuts a stored object (both of its copies, where there are two), as a dying disk does. */
  readonly cut: (name: ObjectName, bytes: number) => Promise<void>
  /** How many unfinished things lie about. */
  readonly unfinished: () => Promise<number>
  /** Brings about the trouble, or ends it; false where that cannot be done. */
  readonly setTrouble: (trouble: Trouble) => Promise<boolean>
}

export type Suite = {
  readonly name: string
  readonly create: (context: TestContext) => Promise<StoreUnderTest>
}

const signal = new AbortController().signal

export function objectStoreTroubleContract(suite: Suite): void {
  damagePromises(suite)
  troublePromises(suite)
  abortPromises(suite)
}

function damagePromises({ name, create }: Suite): void {
  test(`${name}: F01: an object cut to nothing never counts as present: a put makes it whole`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    for (const kind of objectKinds) {
      const bytes = content(1, 5000)
      const object = nameOf(kind, bytes)
      await store.put(object, bytes, signal)
      await vault.cut(object, 0)
      await store.put(object, bytes, signal)
      sameBytes(await (await vault.open()).find(object, undefined, signal), bytes)
    }
    equal(await vault.unfinished(), 0)
  })

  test(`${name}: F01: an object cut to nothing is not there: not found, not listed, of no size`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    for (const kind of objectKinds) {
      const [bytes, whole] = [content(1, 5000), content(2, 10)]
      const object = nameOf(kind, bytes)
      await store.put(object, bytes, signal)
      await store.put(nameOf(kind, whole), whole, signal)
      await vault.cut(object, 0)
      for (const reader of [store, await vault.open()]) {
        equal(await reader.stat(object, signal), undefined)
        equal(await reader.find(object, undefined, signal), undefined)
        equal(await reader.find(object, { offset: 0, length: 1 }, signal), undefined)
        deepEqual(await listed(reader, kind), [{ name: nameOf(kind, whole), bytes: 10 }])
      }
    }
  })

  test(`${name}: F01: an object of a hashed kind and of the wrong size is replaced, by a draft too`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    for (const kind of ['pack', 'index', 'point'] as const) {
      const bytes = content(1, 5000)
      const object = nameOf(kind, bytes)
      await store.put(object, bytes, signal)
      await vault.cut(object, 4999)
      await store.put(object, bytes, signal)
      sameBytes(await store.find(object, undefined, signal), bytes)
      await vault.cut(object, 17)
      const draft = await store.draft(kind, signal)
      await draft.append(bytes, signal)
      await draft.publish(object, signal)
      sameBytes(await store.find(object, undefined, signal), bytes)
    }
  })
}

function troublePromises({ name, create }: Suite): void {
  for (const [trouble, code] of [
    ['denied', 'storage.denied'],
    ['full', 'storage.full'],
  ] as const) {
    test(`${name}: F04: storage that is ${trouble} keeps what it has, takes nothing by halves, and recovers`, async (context) => {
      const vault = await create(context)
      const store = await vault.open()
      const [old, fresh] = [content(1, 3000), content(2, 3_000_000)]
      for (const kind of objectKinds) await store.put(nameOf(kind, old), old, signal)
      if (!(await vault.setTrouble(trouble))) {
        context.skip(`storage cannot be made ${trouble} here`)
        return
      }
      for (const reader of [store, await vault.open()]) {
        for (const kind of objectKinds) {
          await rejects(reader.put(nameOf(kind, fresh), fresh, signal), { code })
          sameBytes(await reader.find(nameOf(kind, old), undefined, signal), old)
          deepEqual(await listed(reader, kind), [{ name: nameOf(kind, old), bytes: 3000 }])
        }
        await rejects(draftOf(reader, fresh), { code })
      }
      if (trouble === 'full')
        await store.removePack(nameOf('pack', old), proofFor(nameOf('pack', old)), signal)
      ok(await vault.setTrouble('none'))
      equal(await vault.unfinished(), 0)
      for (const kind of objectKinds) {
        await store.put(nameOf(kind, fresh), fresh, signal)
        sameBytes(await store.find(nameOf(kind, fresh), undefined, signal), fresh)
      }
    })
  }
}

function abortPromises({ name, create }: Suite): void {
  test(`${name}: an aborted job does nothing any more`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    const [bytes, fresh] = [content(1, 10), content(2, 10)]
    for (const kind of ['pack', 'point'] as const) {
      await store.put(nameOf(kind, bytes), bytes, signal)
    }
    const aborted = AbortSignal.abort()
    const [pack, point] = [nameOf('pack', bytes), nameOf('point', bytes)]
    const calls = [
      () => store.find(pack, undefined, aborted),
      () => store.stat(pack, aborted),
      () => listed(store, 'pack', aborted),
      () => store.put(nameOf('pack', fresh), fresh, aborted),
      () => store.draft('pack', aborted),
      () => store.removePack(pack, proofFor(pack), aborted),
      () => store.removeRecord(point, aborted),
    ]
    for (const call of calls) await rejects(call(), { code: 'job.aborted' })
    deepEqual(await listed(store, 'pack'), [{ name: pack, bytes: 10 }])
    deepEqual(await listed(store, 'point'), [{ name: point, bytes: 10 }])
    equal(await vault.unfinished(), 0)
  })
}

async function draftOf(store: ObjectStore, bytes: Uint8Array): Promise<void> {
  const draft = await store.draft('pack', signal)
  try {
    await draft.append(bytes, signal)
    await draft.publish(nameOf('pack', bytes), signal)
  } finally {
    await draft.discard()
  }
}
