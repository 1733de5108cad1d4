import assert from 'node:assert/strict'
import {
  argon2Sync,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isFailure } from '#base'
import { decodeKeyFile } from './key-file.ts'
import { parseRecoveryKey } from './recovery-key.ts'
import { decodeSlot, encodeSlot, type SlotHeader, slotId, slotName } from './slot.ts'
import { decodeSlotProof, isAuthenticProof } from './slot-proof.ts'
import { unwrapMaster, type WrapCipher, wrapMaster } from './slot-wrap.ts'

const nonce = new Uint8Array(12)

const cipher: WrapCipher = {
  mac: (key, bytes) => createHmac('sha256', key).update(bytes).digest(),
  expand: (key, label, length) => new Uint8Array(hkdfSync('sha256', key, '', label, length)),
  encrypt(key, plaintext, associated) {
    const sealing = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    sealing.setAAD(associated)
    return Buffer.concat([sealing.update(plaintext), sealing.final(), sealing.getAuthTag()])
  },
  decrypt(key, sealed, associated) {
    const opening = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
    opening.setAAD(associated)
    opening.setAuthTag(sealed.subarray(-16))
    try {
      return Buffer.concat([opening.update(sealed.subarray(0, -16)), opening.final()])
    } catch {
      return undefined
    }
  },
}

const master = new Uint8Array(32).map((_, i) => i)
const secret = new Uint8Array(32).fill(0x11)
const other = new Uint8Array(32).fill(0x22)
const header: SlotHeader = {
  vaultId: new Uint8Array(16).fill(0xaa),
  id: slotId('0123456789abcdef'),
  kind: 'key-file',
  label: 'Büro',
  createdAt: 1_700_000_000_000,
  kdf: { kind: 'hkdf-sha256', salt: new Uint8Array(32).fill(0x33) },
}

test('the secret of a slot gives the master key, another secret nothing', () => {
  const slot = wrapMaster(cipher, header, { secret, master })
  assert.deepEqual(new Uint8Array(unwrapMaster(cipher, slot, secret) ?? []), master)
  assert.equal(unwrapMaster(cipher, slot, other), undefined)
})

test('every field of a slot is bound to its key: a change is found, never a wrong key given (A05)', () => {
  const slot = wrapMaster(cipher, header, { secret, master })
  const damaged = (problem: unknown) => isFailure(problem, 'object.damaged')
  // Fields that the key itself is made from: another key, so the slot is not for this secret.
  const salt = new Uint8Array(32).fill(0x34)
  for (const changes of [
    { vaultId: new Uint8Array(16).fill(0xab) },
    { id: slotId('0123456789abcdee') },
    { kdf: { kind: 'hkdf-sha256' as const, salt } },
  ]) {
    assert.equal(unwrapMaster(cipher, { ...slot, ...changes }, secret), undefined)
  }
  for (const changes of [{ kind: 'recovery' as const }, { label: 'Buro' }, { createdAt: 1 }]) {
    assert.throws(() => unwrapMaster(cipher, { ...slot, ...changes }, secret), damaged)
  }
  const bytes = encodeSlot(slot)
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [1, 2, 0x10]) {
      const flipped = bytes.slice()
      flipped[at] = (flipped[at] ?? 0) ^ bit
      let key: Uint8Array | undefined
      try {
        key = unwrapMaster(cipher, decodeSlot(flipped, slotName(slot.id)), secret)
      } catch (problem) {
        assert.ok(damaged(problem) || isFailure(problem, 'vault.format-unknown'), `${problem}`)
      }
      assert.equal(key, undefined, `bit ${bit} of byte ${at}`)
    }
  }
})

test('the layout is that of docs/format/keys.md, computed here by other means', () => {
  const slot = wrapMaster(cipher, header, { secret, master })
  const { wrapping, commitment } = keysByOtherMeans(secret)
  assert.deepEqual(slot.commitment, commitment)
  assert.deepEqual(slot.wrapped, cipher.encrypt(wrapping, master, associated))
})

test('a wrapped key made valid under two secrets opens only for the one it is committed to (partitioning oracle)', () => {
  const [a, b] = [keysByOtherMeans(secret), keysByOtherMeans(other)]
  const wrapped = sealForTwo(a.wrapping, b.wrapping)
  assert.ok(cipher.decrypt(a.wrapping, wrapped, associated), 'AES-GCM takes it under one key')
  assert.ok(cipher.decrypt(b.wrapping, wrapped, associated), 'and under the other')
  const slot = { ...header, wrapped, commitment: a.commitment }
  assert.notEqual(unwrapMaster(cipher, slot, secret), undefined)
  assert.equal(unwrapMaster(cipher, slot, other), undefined)
})

test('a commitment that does not match is refused although the key is right', () => {
  const slot = wrapMaster(cipher, header, { secret, master })
  const commitment = slot.commitment.map((byte, i) => (i === 15 ? byte ^ 1 : byte))
  assert.equal(unwrapMaster(cipher, { ...slot, commitment }, secret), undefined)
})

test('the examples of docs/format/keys.md are true', () => {
  const page = readFileSync(new URL('../../../docs/format/keys.md', import.meta.url), 'utf8')
  const examples = Array.from(page.matchAll(/```(?:json|text)\n([^`]*)\n```/g), (m) => m[1] ?? '')
  assert.equal(examples.length, 5)
  const [a, b, recovery = '', proofText, keyFile] = examples
  const [bytesA, bytesB, proofBytes, fileBytes] = [a, b, proofText, keyFile].map((text) =>
    new TextEncoder().encode(text),
  )
  assert.ok(bytesA && bytesB && proofBytes && fileBytes)
  const counted = (from: number) => Uint8Array.from({ length: 32 }, (_, i) => from + i)

  const ofPassphrase = decodeSlot(bytesA, 'slot a')
  assert.deepEqual(encodeSlot(ofPassphrase), bytesA)
  const { kdf } = ofPassphrase
  assert.ok(kdf.kind === 'argon2id')
  const stretched = argon2Sync('argon2id', {
    message: 'correct horse',
    nonce: kdf.salt,
    memory: kdf.memoryKiB,
    passes: kdf.passes,
    parallelism: kdf.lanes,
    tagLength: 32,
  })
  const fromPassphrase = unwrapMaster(cipher, ofPassphrase, stretched)
  assert.deepEqual(new Uint8Array(fromPassphrase ?? []), counted(0x40))

  const printed = parseRecoveryKey(recovery)
  assert.deepEqual(printed, counted(0))
  const fromRecovery = unwrapMaster(cipher, decodeSlot(bytesB, 'slot b'), printed)
  assert.deepEqual(new Uint8Array(fromRecovery ?? []), counted(0x40))

  const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
  const proof = decodeSlotProof(proofBytes, 'proof')
  assert.deepEqual(proof.slotDigest, sha256(bytesB))
  assert.ok(isAuthenticProof(cipher, counted(0x40), proof))
  assert.deepEqual(decodeKeyFile({ digest: sha256 }, fileBytes), counted(0))
})

const associated = new TextEncoder().encode(
  [
    'holdfast/v1/slot',
    'aa'.repeat(16),
    '0123456789abcdef',
    'key-file',
    '1700000000000',
    `hkdf-sha256 ${'33'.repeat(32)}`,
    'Büro',
  ].join('\n'),
)

function keysByOtherMeans(ikm: Uint8Array) {
  const info = `holdfast/v1/slot/${'aa'.repeat(16)}/0123456789abcdef`
  const derive = (from: ArrayBuffer | Uint8Array, salt: Uint8Array, label: string, size: number) =>
    new Uint8Array(hkdfSync('sha256', new Uint8Array(from), salt, label, size))
  const key = derive(ikm, header.kdf.salt, info, 32)
  return {
    commitment: derive(key, new Uint8Array(), 'holdfast/v1/slot-commit', 16),
    wrapping: derive(key, new Uint8Array(), 'holdfast/v1/slot-wrap', 32),
  }
}

/**
 * Two blocks of ciphertext and a tag that are authentic under both keys: the tags of both are linear in the first block,
 * so one division in GF(2^128) makes them equal.
 */
function sealForTwo(a: Uint8Array, b: Uint8Array): Uint8Array {
  const zero = new Uint8Array(16)
  const second = new Uint8Array(16).fill(0x5a)
  const sum = tagOf(a, zero, second) ^ tagOf(b, zero, second)
  const cube = (key: Uint8Array) => product(product(hashKey(key), hashKey(key)), hashKey(key))
  const first = bytesOf(product(sum, inverse(cube(a) ^ cube(b))))
  return Buffer.concat([first, second, bytesOf(tagOf(a, first, second))])
}

/** GCM's tag over the associated data and two blocks of ciphertext, with the zero nonce. */
function tagOf(key: Uint8Array, first: Uint8Array, second: Uint8Array): bigint {
  const padded = new Uint8Array(Math.ceil(associated.length / 16) * 16)
  padded.set(associated)
  const lengths = new DataView(new ArrayBuffer(16))
  lengths.setBigUint64(0, BigInt(associated.length * 8))
  lengths.setBigUint64(8, 256n)
  const blocks = Buffer.concat([padded, first, second, new Uint8Array(lengths.buffer)])
  let hash = 0n
  for (let at = 0; at < blocks.length; at += 16) {
    hash = product(hash ^ numberOf(blocks.subarray(at, at + 16)), hashKey(key))
  }
  return (
    hash ^
    numberOf(
      encryptBlock(
        key,
        Uint8Array.from({ length: 16 }, (_, i) => +(i === 15)),
      ),
    )
  )
}

function hashKey(key: Uint8Array): bigint {
  return numberOf(encryptBlock(key, new Uint8Array(16)))
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Uint8Array {
  return createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block)
}

function numberOf(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString('hex')}`)
}

function bytesOf(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex')
}

/** In GCM's field: the leftmost bit is the coefficient of 1. */
function product(x: bigint, y: bigint): bigint {
  let sum = 0n
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) sum ^= y
    y = y & 1n ? (y >> 1n) ^ (0xe1n << 120n) : y >> 1n
  }
  return sum
}

/** x^(2^128 - 2). */
function inverse(x: bigint): bigint {
  let result = 1n << 127n
  for (let bit = 127; bit >= 0; bit--) {
    result = product(result, result)
    if (bit > 0) result = product(result, x)
  }
  return result
}
