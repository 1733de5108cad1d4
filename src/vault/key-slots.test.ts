import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#base'
import { encodeSlot, slotName } from '#engine'
import { addSlot, createSlot, listSlots, proveSlot, unlock } from './key-slots.ts'
import { slotObjectsMax } from './slot-shelf.ts'
import {
  add,
  cost,
  keyFile,
  master,
  opens,
  passphrase,
  recovery,
  refuses,
  remove,
  signal,
  type World,
  world,
  wrongPassphrase,
} from './slot-world.test.ts'

test('a passphrase, a key file and a recovery key open the same vault, each by its own slot', async () => {
  const vault = world()
  for (const [at, credential] of [passphrase, keyFile, recovery].entries()) {
    const slot = await add(vault, credential, at)
    assert.match(slot.id, /^[0-9a-f]{16}$/)
    assert.equal(slot.provenAt, at)
    assert.equal(await opens(vault, credential), slot.id)
  }
  const { slots, unusable } = await listSlots(vault, signal)
  const seen = slots.map(({ kind, label, createdAt, provenAt }) => ({
    kind,
    label,
    createdAt,
    provenAt,
  }))
  assert.deepEqual(
    seen.sort((a, b) => a.createdAt - b.createdAt),
    [
      { kind: 'passphrase', label: 'slot of 0', createdAt: 0, provenAt: 0 },
      { kind: 'key-file', label: 'slot of 1', createdAt: 1, provenAt: 1 },
      { kind: 'recovery', label: 'slot of 2', createdAt: 2, provenAt: 2 },
    ],
  )
  assert.deepEqual(unusable, [])
})

test('two passphrases open by two slots, and a wrong one is vault.wrong-key', async () => {
  const vault = world()
  const first = await add(vault, passphrase, 1)
  const second = await add(vault, { kind: 'passphrase', passphrase: 'tr0ub4dor' }, 2)
  assert.equal(await opens(vault, passphrase), first.id)
  assert.equal(await opens(vault, { kind: 'passphrase', passphrase: 'tr0ub4dor' }), second.id)
  await refuses(unlock(vault, wrongPassphrase, signal), 'vault.wrong-key')
  await refuses(unlock(vault, keyFile, signal), 'vault.wrong-key')
  await refuses(unlock(vault, { kind: 'passphrase', passphrase: '' }, signal), 'key.malformed')
})

test('a passphrase opens however its accents were typed', async () => {
  const vault = world()
  await add(vault, { kind: 'passphrase', passphrase: 'caf\u00e9' })
  await opens(vault, { kind: 'passphrase', passphrase: 'cafe\u0301' })
})

test('a key file and a recovery key open without any stretching, and not for each other', async () => {
  const vault = world()
  await add(vault, passphrase)
  await add(vault, keyFile)
  vault.stretched.length = 0
  await opens(vault, keyFile)
  assert.deepEqual(vault.stretched, [])
  const secret = new Uint8Array(32).fill(7)
  await refuses(unlock(vault, { kind: 'recovery', secret }, signal), 'vault.wrong-key')
})

test('a new slot is opened from what the store gives back before it counts', async () => {
  const vault = world()
  await add(vault, passphrase, 1)
  const kept = [...vault.store.objects.keys()]
  const { put } = vault.store
  // A store that writes one bit wrong, and says nothing.
  vault.store.put = async (name, bytes) => {
    const text = new TextDecoder().decode(bytes).replace(/"wrapped":"./, '"wrapped":"x')
    await put.call(vault.store, name, new TextEncoder().encode(text))
  }
  await refuses(add(vault, keyFile, 2), 'object.damaged')
  assert.deepEqual([...vault.store.objects.keys()], kept)
})

test('a slot that a faulty stretching made is found before it counts', async () => {
  const vault = world()
  await add(vault, keyFile, 1)
  let calls = 0
  const faulty: World = {
    ...vault,
    stretcher: {
      async stretch(bytes, params, abort) {
        const secret = await vault.stretcher.stretch(bytes, params, abort)
        if (calls++ === 0) secret[3] = (secret[3] ?? 0) ^ 4
        return secret
      },
    },
  }
  await refuses(add(faulty, passphrase, 2), 'object.damaged')
  assert.equal((await listSlots(vault, signal)).slots.length, 1)
})

test('the last proven slot stays; two stay while a lock is active (A11, I6)', async () => {
  const vault = world()
  const first = await add(vault, passphrase, 1)
  const removed: string[] = []
  vault.store.before = (change, name) => {
    if (change === 'remove') removed.push(name)
  }
  await refuses(remove(vault, first.id), 'vault.last-slot')
  const second = await add(vault, keyFile, 2)
  for (const { id } of [first, second]) await refuses(remove(vault, id, 2), 'vault.last-slot')
  assert.deepEqual(removed, [], 'a refused removal touches nothing')
  await opens(vault, passphrase)
  await opens(vault, keyFile)
  await remove(vault, first.id)
  await refuses(unlock(vault, passphrase, signal), 'vault.wrong-key')
  await opens(vault, keyFile)
  await refuses(remove(vault, second.id), 'vault.last-slot')
  await refuses(remove(vault, first.id), 'slot.not-found')
  assert.equal(vault.store.objects.size, 2, 'nothing of the removed slot is left')
})

test('a crash anywhere while one slot replaces another leaves a way in that cannot be removed', async () => {
  const crash = new Error('crash')
  const changesInAll = 4
  for (let crashAt = 1; crashAt <= changesInAll + 1; crashAt++) {
    // The power may fail just before or just after the change became durable.
    for (const moment of ['before', 'after'] as const) {
      const vault = world()
      const old = await add(vault, passphrase, 1)
      let changes = 0
      vault.store[moment] = () => {
        if (++changes === crashAt) throw crash
      }
      const replaced = add(vault, keyFile, 2).then(() => remove(vault, old.id))
      if (crashAt > changesInAll) await replaced
      else await assert.rejects(replaced, crash)
      vault.store[moment] = () => {}
      await assertNeverLockedOut(vault)
    }
  }
})

/** Removes what can be removed, in both orders of listing; a proven way in must remain. */
async function assertNeverLockedOut(vault: World): Promise<void> {
  const whole = new Map(vault.store.objects)
  for (const order of ['as listed', 'reversed']) {
    vault.store.objects.clear()
    for (const [name, bytes] of whole) vault.store.objects.set(name, bytes)
    const { slots } = await listSlots(vault, signal)
    for (const { id } of order === 'reversed' ? slots.toReversed() : slots) {
      await remove(vault, id).catch((problem) => {
        if (!isFailure(problem, 'vault.last-slot')) throw problem
      })
    }
    const left = (await listSlots(vault, signal)).slots
    assert.equal(left.length, 1)
    assert.notEqual(left[0]?.provenAt, undefined)
    await opens(vault, left[0]?.kind === 'passphrase' ? passphrase : keyFile)
  }
}

test('a slot without a proof opens, yet does not count until the drill has proven it', async () => {
  const vault = world()
  const first = await add(vault, passphrase, 1)
  const slot = await createSlot(vault, { master, credential: keyFile, label: '', at: 2 }, signal)
  await vault.store.put(slotName(slot.id), encodeSlot(slot))
  await opens(vault, keyFile)
  await refuses(remove(vault, first.id), 'vault.last-slot')
  const proven = await proveSlot(vault, { credential: keyFile, at: 3 }, signal)
  assert.deepEqual([proven.id, proven.provenAt], [slot.id, 3])
  await remove(vault, first.id)
  await opens(vault, keyFile)
})

test('the drill, however often, leaves one proof and never locks the vault up', async () => {
  const vault = world()
  await add(vault, keyFile, 1)
  for (let at = 2; at < slotObjectsMax + 50; at++) {
    await proveSlot(vault, { credential: keyFile, at }, signal)
  }
  assert.equal(vault.store.objects.size, 2)
  const { slots } = await listSlots(vault, signal)
  assert.equal(slots[0]?.provenAt, slotObjectsMax + 49)
  await refuses(proveSlot(vault, { credential: recovery, at: 1 }, signal), 'vault.wrong-key')
})

test('a proven slot that was damaged since does not count', async () => {
  const vault = world()
  const first = await add(vault, passphrase, 1)
  const second = await add(vault, keyFile, 2)
  const bytes = vault.store.objects.get(slotName(second.id)) ?? new Uint8Array()
  vault.store.objects.set(slotName(second.id), bytes.subarray(0, -1))
  await refuses(remove(vault, first.id), 'vault.last-slot')
  await remove(vault, second.id)
  await opens(vault, passphrase)
  assert.deepEqual((await listSlots(vault, signal)).unusable, [])
})

test('two hosts that remove each other’s remaining slot at once leave one', async () => {
  const vault = world()
  const first = await add(vault, passphrase, 1)
  const second = await add(vault, keyFile, 2)
  let entered = false
  let inner: Promise<void> = Promise.resolve()
  // The second removal runs to its end between the check and the removal of the first.
  vault.store.before = async (change, name) => {
    if (entered || change !== 'remove' || name !== slotName(first.id)) return
    entered = true
    inner = remove(vault, second.id)
    await inner
  }
  await refuses(remove(vault, first.id), 'vault.last-slot')
  await inner
  await opens(vault, passphrase)
  await refuses(unlock(vault, keyFile, signal), 'vault.wrong-key')
})

test('what cannot be a slot is refused before anything is written', async () => {
  const vault = world()
  const request = { master, credential: passphrase, label: 'a', at: 1, cost }
  const wrong = [
    { ...request, label: 'two\nlines' },
    { ...request, cost: { ...cost, memoryKiB: 2 ** 40 } },
  ]
  for (const one of wrong) await refuses(addSlot(vault, one, signal), 'usage.invalid')
  assert.equal(vault.store.objects.size, 0)
})

test('an aborted unlock stops before the next slot', async () => {
  const vault = world()
  await add(vault, passphrase, 1)
  await refuses(unlock(vault, passphrase, AbortSignal.abort()), 'job.aborted')
})
