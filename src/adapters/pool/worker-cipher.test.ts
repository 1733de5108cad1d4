import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { constants, zstdCompressSync } from 'node:zlib'
import type { Cipher } from '#engine'
import { cipherContract } from '../../ports/cipher.contract.ts'
import { nodeCipher } from '../cipher/node-cipher.ts'
import { workerCiphers } from './worker-cipher.ts'

const plain = nodeCipher()

/** Its results live until the next call; the contract keeps some. */
function copying(cipher: Cipher): Cipher {
  return {
    ...cipher,
    encrypt: (key, bytes, extra) => cipher.encrypt(key, bytes, extra).slice(),
    decrypt: (key, bytes, extra) => cipher.decrypt(key, bytes, extra)?.slice(),
    compress: (bytes, level) => cipher.compress(bytes, level).slice(),
    decompress: (bytes, length) => cipher.decompress(bytes, length)?.slice(),
  }
}

cipherContract('a thread, files', () => copying(workerCiphers().files))
cipherContract('a thread, parts', () => copying(workerCiphers().parts))

test('macs are those of the plain cipher, for every key and length', () => {
  const { files } = workerCiphers()
  for (const keyBytes of [1, 32, 64, 65]) {
    const key = plain.random(keyBytes)
    for (const length of [0, 31, 32, 33, 1000]) {
      const bytes = plain.random(length)
      for (let again = 0; again < 2; again++)
        deepEqual(files.mac(key, bytes), plain.mac(key, bytes))
    }
  }
})

test('a broken frame leaves nothing behind for the next one', () => {
  const { files } = workerCiphers()
  const text = new Uint8Array(Buffer.alloc(100_000, 'some text and '))
  const frame = files.compress(text, 3).slice()
  const broken: Uint8Array[] = [
    frame.slice(0, frame.length - 1),
    frame.slice(0, 12),
    Uint8Array.from(frame, (byte, i) => (i === 9 ? byte ^ 0xff : byte)),
    new Uint8Array(50),
    new Uint8Array(0),
    new Uint8Array(Buffer.concat([frame, frame])),
  ]
  for (const other of broken) {
    deepEqual(files.decompress(other, text.length), plain.decompress(other, text.length))
    deepEqual(files.decompress(frame, text.length), text)
    equal(files.decompress(frame, text.length - 1), undefined)
    equal(files.decompress(frame, text.length + 1), undefined)
    deepEqual(files.decompress(frame, text.length), text)
  }
})

test('content larger than the buffers goes the plain way', () => {
  const { files } = workerCiphers()
  const large = new Uint8Array(Buffer.alloc(20_000_000, 'large content '))
  const packed = files.compress(large, 3)
  equal(packed.length < 100_000, true)
  deepEqual(files.decompress(packed, large.length), large)
})

test('another level is the level of zstd itself', () => {
  const { files } = workerCiphers()
  const text = new Uint8Array(Buffer.from(String(workerCiphers)))
  const params = { [constants.ZSTD_c_compressionLevel]: 9 }
  equal(files.compress(text, 9).length <= zstdCompressSync(text, { params }).length + 8, true)
})
