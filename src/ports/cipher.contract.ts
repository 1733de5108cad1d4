/** What the engine relies on in a cipher, the product's and the simulator's. */
import { deepEqual, equal, notDeepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { type Cipher, open, seal } from '#engine'

type Make = () => Cipher
const text = (words: string) => new TextEncoder().encode(words)

export function cipherContract(name: string, make: Make): void {
  digestPromises(name, make)
  sealingPromises(name, make)
  packingPromises(name, make)

  test(`${name}: an envelope opens with its own key, kind and vault only`, () => {
    const cipher = make()
    const sealing = { vaultId: cipher.random(16), key: cipher.random(32) }
    for (const plaintext of [text('a'), text('ab'.repeat(3000)), cipher.random(5000)]) {
      const sealed = seal(cipher, sealing, { kind: 'data', plaintext, level: 3 })
      deepEqual(open(cipher, sealing, { kind: 'data', sealed, object: 'x' }), plaintext)
      const other = { ...sealing, key: cipher.random(32) }
      for (const [keys, kind] of [
        [other, 'data'],
        [sealing, 'tree'],
        [{ ...sealing, vaultId: cipher.random(16) }, 'data'],
      ] as const) {
        let answer: unknown
        try {
          answer = open(cipher, keys, { kind, sealed, object: 'x' })
        } catch (problem) {
          answer = problem instanceof Error && 'code' in problem ? problem.code : problem
        }
        equal(answer, 'object.damaged')
      }
    }
  })
}

function digestPromises(name: string, make: Make): void {
  test(`${name}: digests tell bytes apart, and parts make the digest of the whole`, () => {
    const cipher = make()
    const bytes = cipher.random(10_000)
    const seen = new Set<string>()
    for (let length = 0; length < 300; length++)
      seen.add(cipher.digest(bytes.subarray(0, length)).join())
    for (let bit = 0; bit < 800; bit++) {
      const other = bytes.slice(0, 100)
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      seen.add(cipher.digest(other).join())
    }
    seen.add(cipher.digest(new Uint8Array(1000)).join())
    seen.add(cipher.digest(new Uint8Array(1001)).join())
    equal(seen.size, 300 + 800 + 2)
    const running = cipher.digester()
    const lent = new Uint8Array(1000)
    for (let at = 0; at < bytes.length; at += 1000) {
      lent.set(bytes.subarray(at, at + 1000))
      running.update(lent)
    }
    deepEqual(running.finish(), cipher.digest(bytes))
    equal(cipher.digest(bytes).length, 32)
  })

  test(`${name}: codes and derived keys depend on the key and on every bit of what they are for`, () => {
    const cipher = make()
    const [one, two] = [cipher.random(32), cipher.random(32)]
    deepEqual(cipher.mac(one, text('a')), cipher.mac(one, text('a')))
    notDeepEqual(cipher.mac(one, text('a')), cipher.mac(two, text('a')))
    notDeepEqual(cipher.mac(one, text('a')), cipher.mac(one, text('b')))
    deepEqual(cipher.expand(one, 'label', 2048).subarray(0, 32), cipher.expand(one, 'label', 32))
    notDeepEqual(cipher.expand(one, 'label', 32), cipher.expand(one, 'other', 32))
    notDeepEqual(cipher.expand(one, 'label', 32), cipher.expand(two, 'label', 32))
    equal(cipher.expand(one, 'label', 2048).length, 2048)
  })

  test(`${name}: CRC-32 has the value of its standard, also in parts`, () => {
    const cipher = make()
    equal(cipher.crc32(text('123456789'), 0), 0xcbf4_3926)
    equal(cipher.crc32(text('6789'), cipher.crc32(text('12345'), 0)), 0xcbf4_3926)
  })
}

function sealingPromises(name: string, make: Make): void {
  test(`${name}: A23: one bit turned anywhere, or bytes missing, and nothing is decrypted`, () => {
    const cipher = make()
    const key = cipher.random(32)
    const plaintext = cipher.random(40)
    const header = cipher.random(64)
    const sealed = cipher.encrypt(key, plaintext, header)
    equal(sealed.length, plaintext.length + 16)
    deepEqual(cipher.decrypt(key, sealed, header), plaintext)
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      equal(cipher.decrypt(key, turned(sealed, bit), header), undefined)
    }
    for (let bit = 0; bit < header.length * 8; bit++) {
      equal(cipher.decrypt(key, sealed, turned(header, bit)), undefined)
    }
    for (let bit = 0; bit < key.length * 8; bit++) {
      equal(cipher.decrypt(turned(key, bit), sealed, header), undefined)
    }
    for (let length = 0; length < sealed.length; length++) {
      equal(cipher.decrypt(key, sealed.subarray(0, length), header), undefined)
    }
  })

  test(`${name}: results are plain arrays of their own, so that a slice of one is a copy`, () => {
    const cipher = make()
    const key = cipher.random(32)
    const sealed = cipher.encrypt(key, text('content'), key)
    const results = [
      cipher.digest(key),
      cipher.mac(key, key),
      cipher.mac(key, cipher.random(9000)),
      cipher.expand(key, 'label', 16),
      sealed,
      cipher.decrypt(key, sealed, key),
      cipher.compress(key, 3),
      cipher.decompress(cipher.compress(key, 3), 32),
      cipher.random(5),
      cipher.digester().finish(),
    ]
    for (const [i, result] of results.entries()) {
      equal(result?.constructor, Uint8Array, `result ${i}`)
    }
  })
}

function packingPromises(name: string, make: Make): void {
  test(`${name}: what was compressed comes back; another length, or a broken frame, does not`, () => {
    const cipher = make()
    const zeros = new Uint8Array(100_000)
    for (const bytes of [new Uint8Array(), text('x'), zeros, cipher.random(100_000)]) {
      const packed = cipher.compress(bytes, 3)
      deepEqual(cipher.decompress(packed, bytes.length), bytes)
      equal(cipher.decompress(packed, bytes.length + 1), undefined)
      if (bytes.length === 0) continue
      equal(cipher.decompress(packed, bytes.length - 1), undefined)
      for (const cut of [0, 1, packed.length >> 1, packed.length - 1]) {
        equal(cipher.decompress(packed.subarray(0, cut), bytes.length), undefined, `cut to ${cut}`)
      }
    }
    equal(cipher.compress(zeros, 3).length < 10_000, true)
  })
}

function turned(bytes: Uint8Array, bit: number): Uint8Array {
  const other = bytes.slice()
  other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return other
}
