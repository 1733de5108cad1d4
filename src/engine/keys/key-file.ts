/**
 * A key file: 32 random bytes as three lines of text, so that it survives mail, editors and Windows, and is told from any
 * other file. The checksum finds a file cut short or changed before a vault is blamed for it. See docs/format/keys.md.
 */
import { assert, concatBytes, equalBytes, failure, fromHex, toHex } from '#base'
import type { Cipher } from '../sealing/cipher.ts'

const heading = 'holdfast-key-v1'
const secretBytes = 32
const checkBytes = 8
export const keyFileBytesMax = 4096

type DigestCipher = Pick<Cipher, 'digest'>

export function encodeKeyFile(cipher: DigestCipher, secret: Uint8Array): Uint8Array {
  assert(secret.length === secretBytes, 'a key file holds 32 bytes')
  const lines = [heading, secret.toBase64(), toHex(checkOf(cipher, secret)), '']
  return new TextEncoder().encode(lines.join('\n'))
}

/** Takes other line ends, empty lines and lines that begin with `#`. @throws key.malformed */
export function decodeKeyFile(cipher: DigestCipher, bytes: Uint8Array): Uint8Array {
  const refuse = (problem: string, cause?: unknown) =>
    failure('key.malformed', { what: 'key file', problem }, cause)
  if (bytes.length > keyFileBytesMax) throw refuse(`it is larger than ${keyFileBytesMax} bytes`)
  const [found, base64 = '', check = '', ...rest] = linesOf(bytes, refuse)
  if (found !== heading) throw refuse(`its first line is not "${heading}"`)
  if (rest.length > 0) throw refuse('it has lines after its checksum')
  let secret: Uint8Array
  try {
    secret = Uint8Array.fromBase64(base64, { lastChunkHandling: 'strict' })
  } catch (problem) {
    throw refuse('its second line is not base64', problem)
  }
  if (secret.length !== secretBytes) throw refuse(`its key has ${secret.length} bytes, not 32`)
  if (!/^[0-9a-f]{16}$/.test(check)) throw refuse('its third line is no checksum')
  if (!equalBytes(fromHex(check), checkOf(cipher, secret))) throw refuse('its checksum is wrong')
  return secret
}

function linesOf(
  bytes: Uint8Array,
  refuse: (problem: string, cause: unknown) => Error,
): readonly string[] {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (problem) {
    throw refuse('it is not text', problem)
  }
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim())
  return lines.filter((line) => line !== '' && !line.startsWith('#'))
}

function checkOf(cipher: DigestCipher, secret: Uint8Array): Uint8Array {
  const bytes = concatBytes([new TextEncoder().encode(`${heading}\n`), secret])
  return cipher.digest(bytes).subarray(0, checkBytes)
}
