import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '#base'
import { parseRecoveryKey, recoveryKeyText } from './recovery-key.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const anySecret = fc.uint8Array({ minLength: 32, maxLength: 32 })
const counting = Uint8Array.from({ length: 32 }, (_, i) => i * 7)
const malformed = (problem: unknown) => isFailure(problem, 'key.malformed')

function isRefused(text: string): boolean {
  try {
    parseRecoveryKey(text)
    return false
  } catch (problem) {
    assert.ok(malformed(problem), `${problem}`)
    return true
  }
}

test('a recovery key reads back as the secret it was made from', () => {
  fc.assert(
    fc.property(anySecret, (secret) => {
      const text = recoveryKeyText(secret)
      assert.match(text, /^HF1(-[0-9A-HJKMNP-TV-Z]{5}){11}-[0-9A-HJKMNP-TV-Z]{3}$/)
      assert.deepEqual(parseRecoveryKey(text), secret)
    }),
  )
})

test('a recovery key is taken however a person types it', () => {
  const text = recoveryKeyText(counting)
  for (const typed of [
    text.toLowerCase(),
    text.replaceAll('-', ' '),
    text.replaceAll('-', ''),
    text.replaceAll('-', '\u2013'),
    ` ${text.replaceAll('-', '\n')}\n`,
    text.replaceAll('0', 'O').replaceAll('1', 'I'),
    text.replaceAll('0', 'o').replaceAll('1', 'l'),
  ]) {
    assert.deepEqual(parseRecoveryKey(typed), counting, typed)
  }
})

test('every wrong character is found', () => {
  const plain = recoveryKeyText(counting).replaceAll('-', '')
  for (let at = 0; at < plain.length; at++) {
    for (const character of alphabet) {
      if (character === plain[at]) continue
      const typed = plain.slice(0, at) + character + plain.slice(at + 1)
      assert.ok(isRefused(typed), typed)
    }
  }
})

test('every transposition of two characters is found, wherever they stand', () => {
  const plain = recoveryKeyText(counting).replaceAll('-', '')
  let tried = 0
  for (let a = 0; a < plain.length; a++) {
    for (let b = a + 1; b < plain.length; b++) {
      if (plain[a] === plain[b]) continue
      const typed = Array.from(plain)
      ;[typed[a], typed[b]] = [typed[b] ?? '', typed[a] ?? '']
      assert.ok(isRefused(typed.join('')), typed.join(''))
      tried++
    }
  }
  assert.ok(tried > 1500)
})

test('up to four wrong characters are found in any key', () => {
  const anyError = fc.tuple(fc.integer({ min: 3, max: 60 }), fc.constantFrom(...alphabet))
  const anyErrors = fc.array(anyError, { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(anySecret, anyErrors, (secret, errors) => {
      const typed = Array.from(recoveryKeyText(secret).replaceAll('-', ''))
      const meant = typed.join('')
      for (const [at, character] of errors) typed[at] = character
      assert.equal(isRefused(typed.join('')), typed.join('') !== meant)
    }),
    { numRuns: 3000 },
  )
})

test('a key whose unused bits are set is refused, although its check digits are right', () => {
  assert.ok(!isRefused(withCheckDigits(recoveryKeyText(counting).slice(0, -7))))
  const plain = recoveryKeyText(counting).replaceAll('-', '').slice(0, 55)
  const last = alphabet.indexOf(plain.slice(-1))
  for (const bit of [1, 2, 4, 8]) {
    assert.equal(last & bit, 0)
    assert.ok(isRefused(withCheckDigits(plain.slice(0, -1) + alphabet.charAt(last | bit))))
  }
})

/** The check digits as BIP 350 says, written a second time: long division of polynomials over GF(32). */
function withCheckDigits(typed: string): string {
  const plain = typed.replaceAll('-', '')
  let value = 1n
  for (const digit of [...Array.from(plain, (c) => alphabet.indexOf(c)), 0, 0, 0, 0, 0, 0]) {
    const top = value >> 25n
    value = ((value & 0x1ffffffn) << 5n) ^ BigInt(digit)
    const terms = [0x3b6a57b2n, 0x26508e6dn, 0x1ea119fan, 0x3d4233ddn, 0x2a1462b3n]
    for (const [i, term] of terms.entries()) if ((top >> BigInt(i)) & 1n) value ^= term
  }
  value ^= 0x2bc830a3n
  const check = [25n, 20n, 15n, 10n, 5n, 0n].map((shift) => Number((value >> shift) & 31n))
  return plain + check.map((digit) => alphabet.charAt(digit)).join('')
}

test('arbitrary text is refused with key.malformed (A24)', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.ok(isRefused(text))
      assert.ok(isRefused(`HF1${text}`))
    }),
  )
})

test('a message about a mistyped key names the place and none of its characters', () => {
  const text = recoveryKeyText(counting)
  const cases: readonly (readonly [typed: string, sentence: RegExp])[] = [
    [text.slice(4), /does not begin with HF1/],
    [text.slice(0, -1), /it has 60 letters and digits, not 61/],
    [`${text}0`, /it has 62 letters and digits, not 61/],
    [`${text.slice(0, 11)}U${text.slice(12)}`, /group 2 after HF1 has a character/],
    [`${text.slice(0, -1)}${text.endsWith('2') ? '3' : '2'}`, /check digits do not match/],
  ]
  for (const [typed, sentence] of cases) {
    assert.throws(
      () => parseRecoveryKey(typed),
      (problem: unknown) => {
        assert.ok(isFailure(problem, 'key.malformed'))
        assert.match(problem.message, sentence)
        for (const group of text.split('-').slice(1, -1))
          assert.ok(!problem.message.includes(group))
        return true
      },
    )
  }
})
