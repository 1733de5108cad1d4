import { deepEqual, equal, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import { content, listed, nameOf, proofFor } from '../sample-objects.contract.ts'
import { type FaultEffect, FaultPlan, type StoreCall } from './fault-plan.ts'
import { faultyStore } from './faulty-store.ts'
import { memoryStore } from './memory-store.ts'

const signal = new AbortController().signal
const packs = [0, 1, 2, 3].map((i) => content(i, 100))
const names = packs.map((bytes) => nameOf('pack', bytes))
const first = { name: nameOf('pack', content(0, 100)), bytes: content(0, 100) }

async function storeWith(at: StoreCall, effect: FaultEffect, times = 1) {
  const store = memoryStore(new Map(names.map((name, i) => [name, packs[i] ?? new Uint8Array()])))
  const plan = new FaultPlan<StoreCall>([{ at, nth: 1, times, effect }])
  return { store: faultyStore({ store, plan }), objects: store.objects, plan }
}

test('F11: a bit that is turned once is right at the second look; turned always, it stays wrong', async () => {
  const once = await storeWith('find', { kind: 'flip', bit: 3 })
  const wrong = first.bytes.slice()
  wrong[0] = (wrong[0] ?? 0) ^ 8
  deepEqual(await once.store.find(first.name, undefined, signal), wrong)
  deepEqual(await once.store.find(first.name, undefined, signal), first.bytes)
  const always = await storeWith('find', { kind: 'flip', bit: 3 }, 1e9)
  for (let i = 0; i < 3; i++)
    deepEqual(await always.store.find(first.name, undefined, signal), wrong)
  deepEqual(always.objects.get(first.name), first.bytes)
})

test('F10: a list that ends early says nothing; one that breaks off throws', async () => {
  const short = await storeWith('list', { kind: 'short', after: 2 })
  equal((await listed(short.store, 'pack')).length, 2)
  equal((await listed(short.store, 'pack')).length, 4)
  for (const after of [0, 2, 4]) {
    const { store } = await storeWith('list', {
      kind: 'breakOff',
      after,
      code: 'storage.unavailable',
    })
    await rejects(listed(store, 'pack'), { code: 'storage.unavailable' })
  }
})

test('F10: a list of which a page comes twice', async () => {
  const { store } = await storeWith('list', { kind: 'repeat', entries: 2 })
  const once = [...names].sort()
  deepEqual(
    (await listed(store, 'pack')).map(({ name }) => name),
    [...once, ...once.slice(0, 2)],
  )
  equal((await listed(store, 'pack')).length, 4)
})

test('a failed call did nothing; a lost reply hides what was done', async () => {
  const fresh = content(9, 10)
  const name = nameOf('index', fresh)
  for (const [kind, there] of [
    ['fail', false],
    ['replyLost', true],
  ] as const) {
    const effect = { kind, code: 'storage.unavailable' } as const
    const put = await storeWith('put', effect)
    await rejects(put.store.put(name, fresh, signal), { code: 'storage.unavailable' })
    equal(put.objects.has(name), there)
    const publish = await storeWith('publish', effect)
    const draft = await publish.store.draft('index', signal)
    await draft.append(fresh, signal)
    await rejects(draft.publish(name, signal), { code: 'storage.unavailable' })
    equal(publish.objects.has(name), there)
    const remove = await storeWith('removePack', effect)
    const removing = remove.store.removePack(first.name, proofFor(first.name), signal)
    await rejects(removing, { code: 'storage.unavailable' })
    equal(remove.objects.has(first.name), !there)
  }
})

test('a store that denies what it has, and one that gives too little', async () => {
  const denying = await storeWith('find', { kind: 'deny' })
  equal(await denying.store.find(first.name, undefined, signal), undefined)
  const short = await storeWith('find', { kind: 'short', after: 60 })
  equal((await short.store.find(first.name, undefined, signal))?.length, 60)
  const stat = await storeWith('stat', { kind: 'deny' })
  equal(await stat.store.stat(first.name, signal), undefined)
})

test('a plan counts only the calls it is about, and tells how often it struck', () => {
  const effect = { kind: 'deny' } as const
  const plan = new FaultPlan<StoreCall>([{ at: 'find', object: 'pack', nth: 2, times: 2, effect }])
  const calls = [
    plan.next('find', 'pack'),
    plan.next('find', 'index'),
    plan.next('stat', 'pack'),
    plan.next('find', 'pack'),
    plan.next('find', 'pack'),
    plan.next('find', 'pack'),
  ]
  deepEqual(calls, [undefined, undefined, undefined, effect, effect, undefined])
  equal(plan.fired, 2)
})
