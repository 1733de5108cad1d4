import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '#base'
import {
  encodeSlot,
  encodeSlotProof,
  makeSlotProof,
  objectName,
  proofName,
  slotId,
  slotName,
  wrapMaster,
} from '#engine'
import { createSlot, listSlots, slotsMax, unlock } from './key-slots.ts'
import { slotObjectsMax } from './slot-shelf.ts'
import {
  add,
  cipher,
  cost,
  keyFile,
  master,
  opens,
  passphrase,
  refuses,
  remove,
  signal,
  vaultId,
  type World,
  world,
  wrongPassphrase,
} from './slot-world.test.ts'

test('a proof of a stranger, of other bytes or of another slot does not count (A05)', async () => {
  const vault = world()
  const first = await add(vault, passphrase, 1)
  const slot = await createSlot(vault, { master, credential: keyFile, label: '', at: 2 }, signal)
  const bytes = encodeSlot(slot)
  await vault.store.put(slotName(slot.id), bytes)
  const facts = { vaultId, slot: slot.id, slotDigest: cipher.digest(bytes), provenAt: 3 }
  const name = proofName(slot.id, 3)
  const strange = makeSlotProof(cipher, new Uint8Array(32), facts)
  const stale = makeSlotProof(cipher, master, { ...facts, slotDigest: new Uint8Array(32) })
  const ofFirst = vault.store.objects.get(proofName(first.id, 1)) ?? new Uint8Array()
  for (const proof of [encodeSlotProof(strange), encodeSlotProof(stale), ofFirst]) {
    vault.store.objects.set(name, proof)
    await refuses(remove(vault, first.id), 'vault.last-slot')
  }
  const { unusable } = await listSlots(vault, signal)
  assert.deepEqual(
    unusable.map((one) => one.name),
    [name],
    'the proof of another slot is named',
  )
  vault.store.objects.set(name, encodeSlotProof(makeSlotProof(cipher, master, facts)))
  await remove(vault, first.id)
})

test('a truncated slot is named as damaged, and hides no other slot', async () => {
  const vault = world()
  const { id } = await add(vault, passphrase, 1)
  const name = slotName(id)
  const bytes = vault.store.objects.get(name) ?? new Uint8Array()
  for (let length = 0; length < bytes.length; length += 7) {
    vault.store.objects.set(name, bytes.subarray(0, length))
    await refuses(unlock(vault, passphrase, signal), 'object.damaged')
  }
  await add(vault, keyFile, 2)
  await opens(vault, keyFile)
  await refuses(unlock(vault, passphrase, signal), 'object.damaged')
  const { slots, unusable } = await listSlots(vault, signal)
  assert.deepEqual([slots.length, unusable.map((one) => one.name)], [1, [name]])
})

test('a slot changed by one bit never gives another key (A05)', async () => {
  const vault = world()
  const { id } = await add(vault, keyFile, 1)
  const name = slotName(id)
  const bytes = vault.store.objects.get(name) ?? new Uint8Array()
  for (let at = 0; at < bytes.length; at++) {
    const flipped = bytes.slice()
    flipped[at] = (flipped[at] ?? 0) ^ 1
    vault.store.objects.set(name, flipped)
    await assert.rejects(unlock(vault, keyFile, signal), (problem) =>
      ['object.damaged', 'vault.wrong-key', 'vault.format-unknown'].includes(
        isFailure(problem) ? problem.code : '',
      ),
    )
  }
})

test('a slot copied from another vault is refused, even with its vault id rewritten (A05)', async () => {
  const [vault, foreign] = [world(), world(new Uint8Array(16).fill(0xb2))]
  const { id } = await add(foreign, keyFile, 1)
  const bytes = foreign.store.objects.get(slotName(id)) ?? new Uint8Array()
  vault.store.objects.set(slotName(id), bytes)
  await refuses(unlock(vault, keyFile, signal), 'object.damaged')
  assert.equal((await listSlots(vault, signal)).unusable.length, 1)
  const text = new TextDecoder().decode(bytes).replace('b2'.repeat(16), 'a1'.repeat(16))
  vault.store.objects.set(slotName(id), new TextEncoder().encode(text))
  await refuses(unlock(vault, keyFile, signal), 'vault.wrong-key')
})

test('a slot under the name of another, or under no slot’s name, is refused', async () => {
  const vault = world()
  const { id } = await add(vault, keyFile, 1)
  const bytes = vault.store.objects.get(slotName(id)) ?? new Uint8Array()
  vault.store.objects.clear()
  for (const name of [slotName(slotId('0'.repeat(16))), objectName('slot', 'mine')]) {
    vault.store.objects.set(name, bytes)
  }
  await refuses(unlock(vault, keyFile, signal), 'object.damaged')
  assert.equal((await listSlots(vault, signal)).unusable.length, 2)
})

test('a vault without any slot says so', async () => {
  await refuses(unlock(world(), passphrase, signal), 'object.missing')
})

test('a commitment that was changed is a wrong key, not a try at decryption', async () => {
  const vault = world()
  const { id } = await add(vault, passphrase, 1)
  const bytes = vault.store.objects.get(slotName(id)) ?? new Uint8Array()
  const fields = JSON.parse(new TextDecoder().decode(bytes))
  fields.commitment = '00'.repeat(16)
  vault.store.objects.set(slotName(id), new TextEncoder().encode(JSON.stringify(fields)))
  let decryptions = 0
  const watched: World = {
    ...vault,
    cipher: {
      ...cipher,
      decrypt(key, sealed, associated) {
        decryptions++
        return cipher.decrypt(key, sealed, associated)
      },
    },
  }
  await refuses(unlock(watched, passphrase, signal), 'vault.wrong-key')
  assert.equal(decryptions, 0)
})

test('an expensive slot that was planted is not paid for, or only after the real ones (A17)', async () => {
  const vault = world()
  const real = await add(vault, passphrase, 1)
  vault.stretched.length = 0
  const header = {
    vaultId,
    kind: 'passphrase' as const,
    label: 'planted',
    createdAt: 1,
  }
  const plant = (id: string, memoryKiB: number) => {
    const kdf = { kind: 'argon2id' as const, ...cost, memoryKiB, salt: new Uint8Array(32) }
    const secret = new Uint8Array(32)
    const slot = wrapMaster(cipher, { ...header, id: slotId(id), kdf }, { secret, master })
    vault.store.objects.set(slotName(slotId(id)), encodeSlot(slot))
  }
  plant('0'.repeat(16), 2 ** 40)
  plant('0'.repeat(15).concat('1'), 1024)
  assert.equal(await opens(vault, passphrase), real.id)
  assert.deepEqual(vault.stretched, [32])
  await refuses(unlock(vault, wrongPassphrase, signal), 'vault.wrong-key')
  assert.deepEqual(vault.stretched, [32, 32, 1024])
})

test('slots beyond the limits are refused, proofs beyond them are left unread', async () => {
  const vault = world()
  const { id } = await add(vault, keyFile, 1)
  for (let at = 0; at < 2 * slotObjectsMax; at++) {
    vault.store.objects.set(proofName(id, 10 + at), new Uint8Array(1))
  }
  await opens(vault, keyFile)
  assert.ok((await listSlots(vault, signal)).unusable.length < 10)
  for (let count = 1; count < slotsMax; count++) await add(vault, keyFile, count)
  await refuses(add(vault, keyFile), 'limit.exceeded')
  for (let count = 0; count < slotObjectsMax; count++) {
    vault.store.objects.set(slotName(slotId(String(count).padStart(16, '0'))), new Uint8Array(1))
  }
  await refuses(unlock(vault, keyFile, signal), 'limit.exceeded')
})
