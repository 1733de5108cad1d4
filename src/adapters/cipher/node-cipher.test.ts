import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict'
import { createCipheriv, createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { fromHex, toHex } from '#base'
import { cipherContract } from '../../ports/cipher.contract.ts'
import { nodeCipher } from './node-cipher.ts'

const cipher = nodeCipher()
const text = (words: string) => new TextEncoder().encode(words)

cipherContract('node cipher', () => nodeCipher())

test('A23: SHA-256, HMAC and HKDF give the answers of their standards', () => {
  // FIPS 180-4, "abc"; RFC 4231, cases 1, 2 and 6; RFC 5869, case 3 (its info is empty, ours never is).
  equal(
    toHex(cipher.digest(text('abc'))),
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  )
  equal(
    toHex(cipher.mac(new Uint8Array(20).fill(0x0b), text('Hi There'))),
    'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
  )
  equal(
    toHex(cipher.mac(text('Jefe'), text('what do ya want for nothing?'))),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
  equal(
    toHex(
      cipher.mac(
        new Uint8Array(131).fill(0xaa),
        text('Test Using Larger Than Block-Size Key - Hash Key First'),
      ),
    ),
    '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
  )
  equal(
    toHex(cipher.expand(new Uint8Array(22).fill(0x0b), '', 42)),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  )
})

test('the short way to an HMAC is the long way, at every length', () => {
  for (let length = 0; length < 600; length += 1 + (length >> 4)) {
    const bytes = cipher.random(length)
    for (const keyBytes of [0, 1, 32, 63, 64, 65]) {
      const key = cipher.random(keyBytes)
      const long = createHmac('sha256', key).update(bytes).digest('hex')
      equal(toHex(cipher.mac(key, bytes)), long, `${length} bytes, key of ${keyBytes}`)
    }
  }
})

test('A23: AES-256-GCM gives the answer of its standard for an all-zero nonce', () => {
  // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13 and 14.
  const key = new Uint8Array(32)
  equal(
    toHex(cipher.encrypt(key, new Uint8Array(), new Uint8Array())),
    '530f8afbc74536b9a963b4f1c4cb738b',
  )
  equal(
    toHex(cipher.encrypt(key, new Uint8Array(16), new Uint8Array())),
    'cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919',
  )
  const reference = createCipheriv('aes-256-gcm', key, new Uint8Array(12))
  reference.setAAD(text('header'))
  const body = Buffer.concat([reference.update(text('content')), reference.final()])
  deepEqual(
    Buffer.from(cipher.encrypt(key, text('content'), text('header'))),
    Buffer.concat([body, reference.getAuthTag()]),
  )
})

test('A13: a frame that would grow beyond what was promised is stopped, not unpacked', () => {
  const bomb = zstdCompressSync(Buffer.alloc(64 * 1024 * 1024))
  const before = process.memoryUsage().arrayBuffers
  equal(cipher.decompress(bomb, 1000), undefined)
  equal(cipher.decompress(bomb, 0), undefined)
  ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024)
})

test('a frame of zstd carries its content size, so that any other reader can plan for it', () => {
  const frame = cipher.compress(new Uint8Array(100_000), 3)
  equal(toHex(frame.subarray(0, 4)), '28b52ffd')
  // RFC 8878, 3.1.1.1: the two highest bits of the descriptor say how long the size field is.
  ok((frame[4] ?? 0) >> 6 > 0)
  deepEqual(cipher.decompress(frame, 100_000), new Uint8Array(100_000))
})

test('shared memory is taken as it is', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(5000), 8, 4000)
  shared.set(cipher.random(4000))
  const own = shared.slice()
  equal(toHex(cipher.digest(shared)), createHash('sha256').update(own).digest('hex'))
  deepEqual(cipher.mac(own.subarray(0, 32), shared), cipher.mac(own.subarray(0, 32), own))
  const key = cipher.random(32)
  deepEqual(cipher.encrypt(key, shared, shared), cipher.encrypt(key, own, own))
  deepEqual(cipher.decrypt(key, cipher.encrypt(key, own, own), shared), new Uint8Array(own))
  deepEqual(cipher.decompress(cipher.compress(shared, 3), 4000), new Uint8Array(own))
  equal(cipher.crc32(shared, 7), cipher.crc32(own, 7))
})

test('A23: randomness does not repeat, and is of the length asked for', () => {
  deepEqual(
    [0, 1, 32, 1000].map((length) => cipher.random(length).length),
    [0, 1, 32, 1000],
  )
  notDeepEqual(cipher.random(32), cipher.random(32))
  equal(fromHex(toHex(cipher.random(32))).length, 32)
})
