/** The promises of a store, for every implementation: what it does when all is well, and when nothing is. */
import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { ledgerName, type ObjectKind, type ObjectName, objectKinds } from '#engine'
import type { ObjectEntry } from './object-store.ts'
import { objectStoreTroubleContract, type Suite } from './object-store-trouble.contract.ts'
import { content, listed, nameOf, proofFor, sameBytes } from './sample-objects.contract.ts'

export type { StoreUnderTest, Trouble } from './object-store-trouble.contract.ts'

const signal = new AbortController().signal

export function objectStoreContract(name: string, create: Suite['create']): void {
  const suite = { name, create }
  readingPromises(suite)
  securingPromises(suite)
  listingPromises(suite)
  writingPromises(suite)
  racingPromises(suite)
  draftPromises(suite)
  draftFailurePromises(suite)
  removalPromises(suite)
  objectStoreTroubleContract(suite)
}

function readingPromises({ name, create }: Suite): void {
  test(`${name}: what was put is found, whole and in ranges, by every process`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    for (const bytes of [content(1, 1), content(2, 70_000), content(3, 3_000_001)]) {
      const object = nameOf('pack', bytes)
      await store.put(object, bytes, signal)
      for (const reader of [store, await vault.open()]) {
        sameBytes(await reader.find(object, undefined, signal), bytes)
        equal(await reader.stat(object, signal), bytes.length)
        const [offset, length] = [bytes.length >> 1, bytes.length - (bytes.length >> 1)]
        sameBytes(await reader.find(object, { offset, length }, signal), bytes.subarray(offset))
        sameBytes(await reader.find(object, { offset: 0, length: 1 }, signal), bytes.subarray(0, 1))
      }
    }
  })

  test(`${name}: of what is not there, nothing is found, and that is no error`, async (context) => {
    const store = await (await create(context)).open()
    for (const kind of objectKinds) {
      const absent = nameOf(kind, content(9, 9))
      equal(await store.find(absent, undefined, signal), undefined)
      equal(await store.find(absent, { offset: 0, length: 4 }, signal), undefined)
      equal(await store.stat(absent, signal), undefined)
      deepEqual(await listed(store, kind), [])
    }
  })

  test(`${name}: F11: a range beyond the end is damage, never a short answer`, async (context) => {
    const store = await (await create(context)).open()
    for (const kind of ['pack', 'index', 'point', 'ledger'] as const) {
      const object = nameOf(kind, content(4, 100))
      await store.put(object, content(4, 100), signal)
      for (const range of [
        { offset: 90, length: 11 },
        { offset: 100, length: 1 },
        { offset: 5000, length: 1 },
      ]) {
        await rejects(store.find(object, range, signal), { code: 'object.damaged' })
      }
    }
  })
}

function securingPromises({ name, create }: Suite): void {
  test(`${name}: F03: what was seen is secured; what has gone since is no error`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    const names: ObjectName[] = []
    for (const kind of objectKinds) {
      const bytes = content(1, 10)
      names.push(nameOf(kind, bytes))
      await store.put(nameOf(kind, bytes), bytes, signal)
    }
    await store.secure(names, signal)
    const absent = nameOf('pack', content(2, 10))
    await store.secure([absent], signal)
    await (await vault.open()).secure([], signal)
    equal(await store.stat(absent, signal), undefined)
  })
}

function listingPromises({ name, create }: Suite): void {
  test(`${name}: F10: a list has every object of its kind once, in order, with its size`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    const expected = new Map<ObjectKind, ObjectEntry[]>()
    for (const kind of objectKinds) {
      const entries: ObjectEntry[] = []
      for (let i = 0; i < (kind === 'pack' ? 60 : 7); i++) {
        const bytes = content(i, 10 + i)
        await store.put(nameOf(kind, bytes), bytes, signal)
        entries.push({ name: nameOf(kind, bytes), bytes: bytes.length })
      }
      expected.set(
        kind,
        entries.sort((a, b) => (a.name < b.name ? -1 : 1)),
      )
    }
    for (const reader of [store, await vault.open()]) {
      for (const [kind, entries] of expected) deepEqual(await listed(reader, kind), entries)
    }
  })

  test(`${name}: objects put and removed during a list cost it none of the others`, async (context) => {
    const store = await (await create(context)).open()
    const names: ObjectName[] = []
    for (let i = 0; i < 40; i++) {
      names.push(nameOf('pack', content(i, 20)))
      await store.put(nameOf('pack', content(i, 20)), content(i, 20), signal)
    }
    names.sort()
    const gone = names.at(-1) ?? nameOf('pack', content(0, 20))
    const seen: ObjectName[] = []
    let count = 0
    for await (const entry of store.list('pack', signal)) {
      seen.push(entry.name)
      const bytes = content(1000 + count++, 20)
      if (count < 100) await store.put(nameOf('pack', bytes), bytes, signal)
      if (count === 2) await store.removePack(gone, proofFor(gone), signal)
    }
    deepEqual(
      names.filter((object) => object !== gone && !seen.includes(object)),
      [],
    )
    equal(new Set(seen).size, seen.length)
    deepEqual(seen, [...seen].sort())
  })
}

function writingPromises({ name, create }: Suite): void {
  test(`${name}: the same put twice changes nothing; other bytes are refused`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    for (const kind of objectKinds) {
      const bytes = content(5, 500)
      const object = nameOf(kind, bytes)
      await store.put(object, bytes, signal)
      await (await vault.open()).put(object, bytes, signal)
      const other = bytes.slice()
      other[499] = 1 + (other[499] ?? 0)
      await rejects(store.put(object, other, signal), { code: 'storage.exists' })
      sameBytes(await store.find(object, undefined, signal), bytes)
    }
    equal(await vault.unfinished(), 0)
  })

  test(`${name}: bytes belong to their owner: later changes of his reach neither store nor reader`, async (context) => {
    const store = await (await create(context)).open()
    const bytes = content(6, 300)
    const object = nameOf('index', bytes)
    const given = bytes.slice()
    await store.put(object, given, signal)
    given.fill(0)
    const found = await store.find(object, undefined, signal)
    sameBytes(found, bytes)
    found?.fill(0)
    sameBytes(await store.find(object, undefined, signal), bytes)
  })
}

function racingPromises({ name, create }: Suite): void {
  test(`${name}: F09: of eight that put different bytes under one name exactly one wins`, async (context) => {
    const vault = await create(context)
    for (let round = 1; round <= 5; round++) {
      const object = ledgerName(round)
      const stores = await Promise.all(Array.from({ length: 8 }, () => vault.open()))
      const answers = await Promise.allSettled(
        stores.map((store, i) => store.put(object, content(round * 10 + i, 64), signal)),
      )
      const winners = answers.flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []))
      equal(winners.length, 1, `${winners.length} think that they own ${object}`)
      for (const answer of answers) {
        if (answer.status === 'rejected') equal(answer.reason.code, 'storage.exists')
      }
      const won = content(round * 10 + (winners[0] ?? 0), 64)
      for (const store of stores) sameBytes(await store.find(object, undefined, signal), won)
    }
    equal(await vault.unfinished(), 0)
  })

  test(`${name}: eight that put the same bytes under one name all succeed`, async (context) => {
    const vault = await create(context)
    const bytes = content(7, 4096)
    for (const kind of ['point', 'pack'] as const) {
      const stores = await Promise.all(Array.from({ length: 8 }, () => vault.open()))
      await Promise.all(stores.map((store) => store.put(nameOf(kind, bytes), bytes, signal)))
      deepEqual(await listed(await vault.open(), kind), [
        { name: nameOf(kind, bytes), bytes: 4096 },
      ])
    }
  })
}

function draftPromises({ name, create }: Suite): void {
  test(`${name}: a draft gathers appends of any size, and shows nothing before it is published`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    for (const kind of ['pack', 'index', 'point'] as const) {
      const parts = [1, 7, 65_536, 1_048_575, 2, 1_048_576, 2_500_000, 3].map((n, i) =>
        content(i, n),
      )
      const whole = new Uint8Array(Buffer.concat(parts))
      const draft = await store.draft(kind, signal)
      for (const part of parts) {
        const lent = part.slice()
        await draft.append(lent, signal)
        lent.fill(0xee)
      }
      deepEqual(await listed(store, kind), [])
      await draft.publish(nameOf(kind, whole), signal)
      await draft.discard()
      sameBytes(await (await vault.open()).find(nameOf(kind, whole), undefined, signal), whole)
    }
    equal(await vault.unfinished(), 0)
  })

  test(`${name}: a draft published under a name that is taken: same bytes yes, others no`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    const bytes = content(8, 200)
    const object = nameOf('pack', bytes)
    await store.put(object, bytes, signal)
    const same = await store.draft('pack', signal)
    await same.append(bytes, signal)
    await same.publish(object, signal)
    const other = await store.draft('pack', signal)
    await other.append(content(9, 200), signal)
    await rejects(other.publish(object, signal), { code: 'storage.exists' })
    await other.discard()
    sameBytes(await store.find(object, undefined, signal), bytes)
    equal(await vault.unfinished(), 0)
  })
}

function draftFailurePromises({ name, create }: Suite): void {
  test(`${name}: a draft that is discarded leaves nothing behind`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    for (const size of [0, 10, 3_000_000]) {
      const draft = await store.draft('pack', signal)
      if (size > 0) await draft.append(content(1, size), signal)
      await draft.discard()
      await draft.discard()
    }
    deepEqual(await listed(store, 'pack'), [])
    equal(await vault.unfinished(), 0)
  })

  test(`${name}: an aborted draft does not become an object`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    const bytes = content(3, 100)
    const draft = await store.draft('pack', signal)
    await draft.append(bytes, signal)
    const aborted = AbortSignal.abort()
    await rejects(draft.append(bytes, aborted), { code: 'job.aborted' })
    await rejects(draft.publish(nameOf('pack', bytes), aborted), { code: 'job.aborted' })
    await draft.discard()
    deepEqual(await listed(store, 'pack'), [])
    equal(await vault.unfinished(), 0)
  })
}

function removalPromises({ name, create }: Suite): void {
  test(`${name}: a record that was removed is gone for every process, and may be removed again`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    for (const kind of objectKinds.filter((other) => other !== 'pack')) {
      const [gone, stays] = [content(1, 50), content(2, 50)]
      await store.put(nameOf(kind, gone), gone, signal)
      await store.put(nameOf(kind, stays), stays, signal)
      await store.removeRecord(nameOf(kind, gone), signal)
      await store.removeRecord(nameOf(kind, gone), signal)
      for (const reader of [store, await vault.open()]) {
        equal(await reader.find(nameOf(kind, gone), undefined, signal), undefined)
        equal(await reader.stat(nameOf(kind, gone), signal), undefined)
        deepEqual(await listed(reader, kind), [{ name: nameOf(kind, stays), bytes: 50 }])
      }
    }
  })

  test(`${name}: 6.5: a pack goes only with a proof that the sweep made for it`, async (context) => {
    const vault = await create(context)
    const store = await vault.open()
    const [bytes, other] = [content(1, 5000), content(2, 5000)]
    const object = nameOf('pack', bytes)
    await store.put(object, bytes, signal)
    await store.put(nameOf('pack', other), other, signal)
    await store.find(object, { offset: 0, length: 10 }, signal)
    const forged = { ...proofFor(object) }
    await rejects(store.removePack(object, forged, signal), { name: 'BrokenInvariant' })
    const foreign = proofFor(nameOf('pack', other))
    await rejects(store.removePack(object, foreign, signal), { name: 'BrokenInvariant' })
    await rejects(store.removeRecord(object, signal), { name: 'BrokenInvariant' })
    sameBytes(await store.find(object, undefined, signal), bytes)
    await store.removePack(object, proofFor(object), signal)
    await store.removePack(object, proofFor(object), signal)
    for (const reader of [store, await vault.open()]) {
      equal(await reader.find(object, { offset: 0, length: 10 }, signal), undefined)
      equal(await reader.stat(object, signal), undefined)
      deepEqual(await listed(reader, 'pack'), [{ name: nameOf('pack', other), bytes: 5000 }])
    }
  })
}
