/** What a person can open a vault with. */
import { failure } from '#base'

export const credentialKinds = ['passphrase', 'key-file', 'recovery'] as const
export type CredentialKind = (typeof credentialKinds)[number]

/** `secret`: the 32 random bytes of a key file or of a printed recovery key. */
export type Credential =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'key-file' | 'recovery'; readonly secret: Uint8Array }

/** The words of messages. */
export const credentialWords: Readonly<Record<CredentialKind, string>> = {
  passphrase: 'passphrase',
  'key-file': 'key file',
  recovery: 'recovery key',
}

export const passphraseBytesMax = 4096

/**
 * A passphrase as the bytes that are stretched: UTF-8 of its composed form (NFC), since keyboards and systems differ in
 * how they write "é". Nothing is trimmed; whoever reads it from a file takes off the line's end.
 * @throws key.malformed
 */
export function passphraseBytes(passphrase: string): Uint8Array {
  const refuse = (problem: string) => failure('key.malformed', { what: 'passphrase', problem })
  if (passphrase === '') throw refuse('it is empty')
  if (!passphrase.isWellFormed()) throw refuse('it is not valid text')
  const bytes = new TextEncoder().encode(passphrase.normalize('NFC'))
  if (bytes.length > passphraseBytesMax) {
    throw refuse(`it is longer than ${passphraseBytesMax} bytes`)
  }
  return bytes
}
