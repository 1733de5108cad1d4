/** The promises of a store, for every implementation: what it does when all is well, and when nothing is. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import {
  hashedName,
  ledgerName,
  type ObjectKind,
  type ObjectName,
  objectKinds,
  objectName,
  proveDeletion,
} from '#engine'
import type { ObjectEntry, ObjectStore } from './object-store.ts'

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

type Suite = {
  readonly name: string
  readonly create: (context: TestContext) => Promise<StoreUnderTest>
}

const signal = new AbortController().signal

export function objectStoreContract(name: string, create: Suite['create']): void {
  const suite = { name, create }
  readingPromises(suite)
  listingPromises(suite)
  writingPromises(suite)
  racingPromises(suite)
  draftPromises(suite)
  draftFailurePromises(suite)
  removalPromises(suite)
  damagePromises(suite)
  troublePromises(suite)
  abortPromises(suite)
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

/** Bytes that differ by seed. */
export function content(seed: number, length: number): Uint8Array {
  const block = createHash('sha512').update(`content ${seed}`).digest()
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (block[i & 63] ?? 0) ^ (i >> 6)
  return bytes
}

/** A name of the kind that fits the bytes; kinds that are not named by a hash get a word that tells them apart. */
export function nameOf(kind: ObjectKind, bytes: Uint8Array): ObjectName {
  const digest = createHash('sha256').update(bytes).digest()
  if (kind === 'ledger') return ledgerName(digest.readUInt32LE())
  if (kind === 'vault' || kind === 'slot') return objectName(kind, digest.toString('hex', 0, 8))
  return hashedName(kind, digest)
}

export function proofFor(pack: ObjectName) {
  return proveDeletion({ pack, bytes: 1, condemnedBy: 1, markDigest: 'digest', entry: 2 })
}

export async function listed(
  store: ObjectStore,
  kind: ObjectKind,
  during: AbortSignal = signal,
): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = []
  for await (const entry of store.list(kind, during)) entries.push(entry)
  return entries
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

/** `deepEqual` of large arrays takes seconds to say no. */
function sameBytes(found: Uint8Array | undefined, wanted: Uint8Array): void {
  ok(found !== undefined, 'the object is found')
  equal(found.constructor, Uint8Array)
  ok(Buffer.compare(found, wanted) === 0, `${found.length} bytes are the ${wanted.length} wanted`)
}
