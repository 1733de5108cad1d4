/** Makes guessing a passphrase expensive: argon2id (RFC 9106), version 1.3, in the product on a thread of its own. */
import type { Argon2Params } from '#engine'

export interface KeyStretcher {
  /**
   * 32 bytes, the same for the same passphrase and parameters, always and everywhere.
   * @throws job.aborted at once; system.unsupported when the machine cannot do it, for want of memory say.
   */
  stretch(passphrase: Uint8Array, params: Argon2Params, signal: AbortSignal): Promise<Uint8Array>
}
