import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '#base'
import { decodeKeyFile, encodeKeyFile, keyFileBytesMax } from './key-file.ts'

const cipher = { digest: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest() }
const secret = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
const malformed = (problem: unknown) => isFailure(problem, 'key.malformed')
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const bytesOf = (text: string) => new TextEncoder().encode(text)

test('a key file reads back as the secret it was made from', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      assert.deepEqual(decodeKeyFile(cipher, encodeKeyFile(cipher, bytes)), bytes)
    }),
  )
  const text = textOf(encodeKeyFile(cipher, secret))
  assert.match(text, /^holdfast-key-v1\n[A-Za-z0-9+/]{43}=\n[0-9a-f]{16}\n$/)
})

test('other line ends, comments and a byte order mark do no harm', () => {
  const text = textOf(encodeKeyFile(cipher, secret))
  for (const other of [
    text.replaceAll('\n', '\r\n'),
    text.trimEnd(),
    `\ufeff${text}`,
    `# vault of the office\n\n${text}\n\n`,
  ]) {
    assert.deepEqual(decodeKeyFile(cipher, bytesOf(other)), secret)
  }
})

test('a key file that lost or changed any byte is refused, or gives the same key', () => {
  const whole = encodeKeyFile(cipher, secret)
  for (let at = 0; at < whole.length; at++) {
    // Without its last line end it is still whole.
    if (at < whole.length - 1) {
      assert.throws(() => decodeKeyFile(cipher, whole.subarray(0, at)), malformed)
    }
    for (const bit of [1, 4, 0x20, 0x80]) {
      const flipped = whole.slice()
      flipped[at] = (flipped[at] ?? 0) ^ bit
      try {
        assert.deepEqual(decodeKeyFile(cipher, flipped), secret)
      } catch (problem) {
        assert.ok(malformed(problem), `${problem}`)
      }
    }
  }
})

test('arbitrary bytes are refused with key.malformed (A24)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, text) => {
      assert.throws(() => decodeKeyFile(cipher, bytes), malformed)
      const dressed = bytesOf(`holdfast-key-v1\n${text}`)
      assert.throws(() => decodeKeyFile(cipher, dressed), malformed)
    }),
  )
  assert.throws(() => decodeKeyFile(cipher, new Uint8Array(keyFileBytesMax + 1)), malformed)
})

test('a key of another length, a later version and lines at the end are refused', () => {
  const text = textOf(encodeKeyFile(cipher, secret))
  const lines = text.split('\n')
  for (const other of [
    text.replace('v1', 'v2'),
    [lines[0], new Uint8Array(31).toBase64(), lines[2]].join('\n'),
    `${text}more`,
    [lines[0], lines[1]].join('\n'),
  ]) {
    assert.throws(() => decodeKeyFile(cipher, bytesOf(other)), malformed)
  }
})
