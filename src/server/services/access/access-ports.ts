/** What access needs of the machine, and what its handlers share. */
import type { ServerKernel } from '../../kernel.ts'

export type PasswordCheck = {
  readonly isRight: boolean
  /** It was right, and its hash is weaker than new ones are: store `hash` of the password again. */
  readonly isOutdated: boolean
}

/** Slow by design and bounded in memory: a few at a time, the rest waits. */
export interface PasswordHasher {
  /** The text to store: algorithm, parameters, salt and hash. @throws server.busy when too many wait */
  hash(password: string): Promise<string>
  /**
   * Does the same work for a hash that is undefined (nobody has that login) and says no.
   * @throws server.busy when too many wait
   */
  verify(password: string, hash: string | undefined): Promise<PasswordCheck>
}

/** Seals small secrets for the catalog. The context says whose secret it is: elsewhere it opens nothing. */
export interface SecretBox {
  seal(secret: Uint8Array, context: string): Promise<Uint8Array>
  open(sealed: Uint8Array, context: string): Promise<Uint8Array>
}

/** Who asks for a passkey, as browsers know it: they show a passkey to no other place. */
export type PasskeyPlace = {
  /** The host name of the server's address. */
  readonly rpId: string
  readonly origin: string
}

export type NewCredential = {
  readonly credentialId: string
  /** COSE. */
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly synced: boolean
}

/** Checks what browsers and devices say of passkeys (WebAuthn). The user must have been verified: by a finger, a face, a PIN. */
export interface PasskeyVerifier {
  /** COSE numbers of the signatures that are taken. */
  readonly algorithms: readonly number[]
  /** @returns the problem, when it is not the answer to this challenge */
  verifyNew(
    answer: {
      readonly credentialId: string
      readonly clientData: string
      readonly attestation: string
    },
    expected: PasskeyPlace & { readonly challenge: string },
  ): Promise<NewCredential | { readonly problem: string }>
  /** @returns undefined: it is not a signature of this passkey, for this challenge */
  verifySignature(
    answer: {
      readonly credentialId: string
      readonly clientData: string
      readonly authenticatorData: string
      readonly signature: string
    },
    expected: PasskeyPlace & {
      readonly challenge: string
      readonly publicKey: Uint8Array
      readonly counter: number
    },
  ): Promise<{ readonly counter: number } | undefined>
}

export type AccessPorts = {
  readonly passkeys: PasskeyVerifier
  readonly passwords: PasswordHasher
  readonly secrets: SecretBox
}

export type AccessParts = AccessPorts & {
  readonly kernel: ServerKernel
  /** By which people reach the server: `https://backup.example.com`. */
  readonly address: () => string
}
