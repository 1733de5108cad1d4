import { deepEqual, equal, notDeepEqual } from 'node:assert/strict'
import { createDecipheriv, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { type Cipher, decodeHeader, open, seal } from '#engine'
import { nodeCipher } from './node-cipher.ts'

const plain = nodeCipher()
const sealing = { vaultId: plain.random(16), key: plain.random(32) }
const text = (words: string): Uint8Array => new TextEncoder().encode(words)

/** What a copy of a running machine has: the same randomness as the machine it was copied from. */
function copiedCipher(): Cipher {
  return { ...plain, random: (length) => new Uint8Array(length).fill(7) }
}

test('A23: equal contents get other salts and so other keys, and give other ciphertexts', () => {
  const plaintext = text('equal content')
  const [one, two] = [1, 2].map(() => seal(plain, sealing, { kind: 'data', plaintext, level: 0 }))
  notDeepEqual(one?.subarray(24, 56), two?.subarray(24, 56))
  notDeepEqual(one?.subarray(64), two?.subarray(64))
})

test('A23: no two contents get one key, even where randomness was copied with the machine', () => {
  const cipher = copiedCipher()
  const zeros = new Uint8Array(20_000)
  const requests = [
    ...Array.from({ length: 500 }, (_, i) => ({ plaintext: text(`content ${i}`), level: 0 })),
    // Bytes that differ in one place, in length alone, and in how they are packed.
    ...[0, 9_999, 19_999].map((at) => ({ plaintext: zeros.with(at, 1), level: 0 })),
    { plaintext: zeros, level: 0 },
    { plaintext: zeros.subarray(1), level: 0 },
    { plaintext: zeros, level: 3 },
    { plaintext: zeros.subarray(1), level: 3 },
    { plaintext: new Uint8Array(), level: 0 },
  ].flatMap((request) => (['data', 'tree'] as const).map((kind) => ({ ...request, kind })))
  const salts = requests.map((request) => {
    const sealed = seal(cipher, sealing, request)
    deepEqual(open(plain, sealing, { kind: request.kind, sealed, object: 'x' }), request.plaintext)
    return decodeHeader(sealed, 'x').salt.toHex()
  })
  equal(new Set(salts).size, requests.length)
})

test('A23: an envelope opens by its description alone: HMAC of the salt, a nonce of zeros', () => {
  const plaintext = text('content')
  const sealed = seal(plain, sealing, { kind: 'point', plaintext, level: 0 })
  const key = createHmac('sha256', sealing.key).update(sealed.subarray(24, 56)).digest()
  const decipher = createDecipheriv('aes-256-gcm', key, new Uint8Array(12))
  decipher.setAAD(sealed.subarray(0, 64)).setAuthTag(sealed.subarray(-16))
  const opened = Buffer.concat([decipher.update(sealed.subarray(64, -16)), decipher.final()])
  deepEqual(new Uint8Array(opened), plaintext)
})
