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

export type AccessPorts = {
  readonly passwords: PasswordHasher
  readonly secrets: SecretBox
}

export type AccessParts = AccessPorts & {
  readonly kernel: ServerKernel
}
