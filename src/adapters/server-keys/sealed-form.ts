/**
 * Bytes under a master key: AES-256-GCM, as
 *
 *     version (1) | id of the key (8) | nonce (12) | ciphertext | tag (16)
 *
 * All before the ciphertext and the context are bound to it. Id and cipher key are both derived from the 32 bytes of the
 * key, so the id gives nothing away.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { assert, failure, toHex } from '#base'

export const masterKeyBytes = 32
const formVersion = 1
const idBytes = 8
const nonceBytes = 12
const tagBytes = 16
const headBytes = 1 + idBytes + nonceBytes
const cipherName = 'aes-256-gcm'

export type CipherKey = {
  /** 16 hexadecimal digits. */
  readonly id: string
  readonly bytes: Uint8Array
}

export function cipherKeyOf(master: Uint8Array): CipherKey {
  assert(master.length === masterKeyBytes, 'a master key has 32 bytes')
  const derive = (purpose: string, length: number) =>
    new Uint8Array(hkdfSync('sha256', master, '', `holdfast master key\n${purpose}`, length))
  return { id: toHex(derive('id', idBytes)), bytes: derive('wrap', masterKeyBytes) }
}

export function sealWith(key: CipherKey, plain: Uint8Array, context: string): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const head = Buffer.concat([Uint8Array.of(formVersion), Buffer.from(key.id, 'hex'), nonce])
  const cipher = createCipheriv(cipherName, key.bytes, nonce)
  cipher.setAAD(boundTo(head, context))
  const sealed = [head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]
  return new Uint8Array(Buffer.concat(sealed))
}

/** Which key it asks for. @throws server-keys.damaged */
export function keyIdOf(sealed: Uint8Array): string {
  if (sealed.length < headBytes + tagBytes) throw damaged('it is too short')
  if (sealed[0] !== formVersion) throw damaged(`it has the form ${sealed[0]}`)
  return toHex(sealed.subarray(1, 1 + idBytes))
}

/** @throws server-keys.damaged */
export function openWith(key: CipherKey, sealed: Uint8Array, context: string): Uint8Array {
  assert(keyIdOf(sealed) === key.id, 'the key is the one that sealed')
  const head = sealed.subarray(0, headBytes)
  const nonce = sealed.subarray(1 + idBytes, headBytes)
  const decipher = createDecipheriv(cipherName, key.bytes, nonce, { authTagLength: tagBytes })
  decipher.setAAD(boundTo(head, context))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    const opened = [decipher.update(sealed.subarray(headBytes, -tagBytes)), decipher.final()]
    return new Uint8Array(Buffer.concat(opened))
  } catch (problem) {
    throw damaged(`its bytes or its place, ${context}, are not what was sealed`, problem)
  }
}

function boundTo(head: Uint8Array, context: string): Uint8Array {
  return Buffer.concat([head, Buffer.from(context, 'utf8')])
}

function damaged(problem: string, cause?: unknown): Error {
  return failure('server-keys.damaged', { problem }, cause)
}
