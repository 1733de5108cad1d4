/**
 * A recovery key: 32 random bytes as groups of letters and digits that a person prints, keeps in a safe and types again
 * years later. Crockford's base 32 (no I, L, O, U) with six check digits of a BCH code, the one of Bech32m (BIP 350),
 * which finds every error in up to four characters, so every wrong character and every transposition, wherever they
 * stand. See docs/format/keys.md.
 */
import { assert, failure } from '#base'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const prefix = 'HF1'
const secretBytes = 32
/** 256 bits in fives; the four bits left over are zero. */
const secretDigits = 52
const checkDigits = 6
const groupDigits = 5
const lengthWithoutDashes = prefix.length + secretDigits + checkDigits

/** `HF1-XXXXX-…`, eleven groups of five and one of three. */
export function recoveryKeyText(secret: Uint8Array): string {
  assert(secret.length === secretBytes, 'a recovery key has 32 bytes')
  const digits = digitsOf(secret)
  const text = [...digits, ...checkOf(digits)].map((digit) => alphabet.charAt(digit)).join('')
  const groups: string[] = []
  for (let at = 0; at < text.length; at += groupDigits)
    groups.push(text.slice(at, at + groupDigits))
  return [prefix, ...groups].join('-')
}

/**
 * Takes it in either case, with or without dashes and spaces, with O for 0 and I or L for 1. What it says of a mistyped
 * key names the place and never the characters, since messages end up in logs.
 * @throws key.malformed
 */
export function parseRecoveryKey(text: string): Uint8Array {
  const refuse = (problem: string) => failure('key.malformed', { what: 'recovery key', problem })
  const plain = text
    .replace(/[\s\p{Pd}]/gu, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
  if (!plain.startsWith(prefix)) throw refuse(`it does not begin with ${prefix}`)
  const digits = Array.from(plain.slice(prefix.length), (character) => alphabet.indexOf(character))
  const wrong = digits.indexOf(-1)
  if (wrong >= 0) {
    const group = Math.floor(wrong / groupDigits) + 1
    throw refuse(`group ${group} after ${prefix} has a character that recovery keys do not have`)
  }
  if (plain.length !== lengthWithoutDashes) {
    throw refuse(`it has ${plain.length} letters and digits, not ${lengthWithoutDashes}`)
  }
  if (polynomial([...prefixDigits, ...digits]) !== checkConstant) {
    throw refuse('its check digits do not match; look for a typing error')
  }
  const secret = bytesFrom(digits.slice(0, secretDigits))
  if (secret === undefined) throw refuse('its last bits are not zero')
  return secret
}

/** The generator of the BCH code over GF(32), reduced five bits at a time, and the constant of Bech32m. */
const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3]
const checkConstant = 0x2bc830a3
const prefixDigits = Array.from(prefix, (character) => alphabet.indexOf(character))

function polynomial(digits: readonly number[]): number {
  let value = 1
  for (const digit of digits) {
    const top = value >>> 25
    value = ((value & 0x1ff_ffff) << 5) ^ digit
    for (const [bit, term] of generator.entries()) if ((top >>> bit) & 1) value ^= term
  }
  return value
}

function checkOf(digits: readonly number[]): number[] {
  const blank = new Array<number>(checkDigits).fill(0)
  const value = polynomial([...prefixDigits, ...digits, ...blank]) ^ checkConstant
  return blank.map((_, i) => (value >>> (5 * (checkDigits - 1 - i))) & 31)
}

/** Most significant bit first. */
function digitsOf(secret: Uint8Array): number[] {
  const digits: number[] = []
  let pending = 0
  let bits = 0
  for (const byte of secret) {
    pending = (pending << 8) | byte
    bits += 8
    for (; bits >= 5; bits -= 5) digits.push((pending >>> (bits - 5)) & 31)
    pending &= (1 << bits) - 1
  }
  digits.push((pending << (5 - bits)) & 31)
  return digits
}

function bytesFrom(digits: readonly number[]): Uint8Array | undefined {
  const bytes = new Uint8Array(secretBytes)
  let at = 0
  let pending = 0
  let bits = 0
  for (const digit of digits) {
    pending = (pending << 5) | digit
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = pending >>> bits
    pending &= (1 << bits) - 1
  }
  return pending === 0 ? bytes : undefined
}
