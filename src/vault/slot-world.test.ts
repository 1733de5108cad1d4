/** A vault of nothing but key slots, in memory, for the tests of this room. */
import assert from 'node:assert/strict'
import {
  argon2Sync,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
} from 'node:crypto'
import { test } from 'node:test'
import { type ErrorCode, failure, isFailure } from '#base'
import { type Credential, type ObjectName, objectName } from '#engine'
import { addSlot, removeSlot, type SlotAccess, unlock } from './key-slots.ts'

export const { signal } = new AbortController()
export const master = new Uint8Array(randomBytes(32))
export const vaultId = new Uint8Array(16).fill(0xa1)
/** The least that argon2 takes, so that the tests need not wait. */
export const cost = { memoryKiB: 32, passes: 1, lanes: 4 }
const nonce = new Uint8Array(12)

export const passphrase: Credential = { kind: 'passphrase', passphrase: 'correct horse' }
export const wrongPassphrase: Credential = { kind: 'passphrase', passphrase: 'battery staple' }
export const keyFile: Credential = { kind: 'key-file', secret: new Uint8Array(32).fill(7) }
export const recovery: Credential = { kind: 'recovery', secret: new Uint8Array(32).fill(8) }

export const cipher: SlotAccess['cipher'] = {
  digest: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  mac: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
  expand: (key, label, length) => new Uint8Array(hkdfSync('sha256', key, '', label, length)),
  random: (length) => new Uint8Array(randomBytes(length)),
  encrypt(key, plaintext, associated) {
    const sealing = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    sealing.setAAD(associated)
    const parts = [sealing.update(plaintext), sealing.final(), sealing.getAuthTag()]
    return new Uint8Array(Buffer.concat(parts))
  },
  decrypt(key, sealed, associated) {
    const opening = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    opening.setAAD(associated)
    opening.setAuthTag(sealed.subarray(-16))
    const body = opening.update(sealed.subarray(0, -16))
    try {
      return new Uint8Array(Buffer.concat([body, opening.final()]))
    } catch {
      return undefined
    }
  },
}

type Watch = (change: string, name: ObjectName) => void | Promise<void>

/** Immutable objects in memory; `before` and `after` see every change and may throw, as a crash does. */
class MemoryStore {
  readonly objects = new Map<ObjectName, Uint8Array>()
  before: Watch = () => {}
  after: Watch = () => {}

  async find(name: ObjectName): Promise<Uint8Array | undefined> {
    return this.objects.get(name)
  }

  async *list(kind: string) {
    const names = [...this.objects.keys()].filter((name) => name.startsWith(`${kind}/`))
    for (const name of names.sort()) yield { name, bytes: this.objects.get(name)?.length ?? 0 }
  }

  async put(name: ObjectName, bytes: Uint8Array): Promise<void> {
    await this.before('put', name)
    const found = this.objects.get(name)
    if (found !== undefined && Buffer.compare(found, bytes) !== 0) {
      throw failure('storage.exists', { object: name })
    }
    this.objects.set(name, bytes)
    await this.after('put', name)
  }

  async removeRecord(name: ObjectName): Promise<void> {
    await this.before('remove', name)
    this.objects.delete(name)
    await this.after('remove', name)
  }
}

export type World = SlotAccess & { readonly store: MemoryStore; readonly stretched: number[] }

export function world(id = vaultId): World {
  const stretched: number[] = []
  const stretcher: SlotAccess['stretcher'] = {
    async stretch(message, params) {
      stretched.push(params.memoryKiB)
      const { memoryKiB: memory, passes, lanes: parallelism, salt } = params
      const wanted = { message, nonce: salt, memory, passes, parallelism, tagLength: 32 }
      return new Uint8Array(argon2Sync('argon2id', wanted))
    },
  }
  return { store: new MemoryStore(), cipher, stretcher, vaultId: id, stretched }
}

export const add = (vault: World, credential: Credential, at = 1000) =>
  addSlot(vault, { master, credential, label: `slot of ${at}`, at, cost }, signal)

export const remove = (vault: World, id: string, minimum = 1) =>
  removeSlot(vault, { id, master, minimum }, signal)

export const opens = async (vault: World, credential: Credential) => {
  const unlocked = await unlock(vault, credential, signal)
  assert.deepEqual(unlocked.master, master)
  return unlocked.slot.id
}

export const refuses = (work: Promise<unknown>, code: ErrorCode) =>
  assert.rejects(work, (problem) => {
    assert.ok(isFailure(problem, code), `${problem} is ${code}`)
    return true
  })

test('the store of these tests changes no object, as a real one', async () => {
  const { store } = world()
  const name = objectName('slot', 'a')
  await store.put(name, Uint8Array.of(1))
  await store.put(name, Uint8Array.of(1))
  await refuses(store.put(name, Uint8Array.of(2)), 'storage.exists')
  assert.deepEqual(await store.find(name), Uint8Array.of(1))
})
