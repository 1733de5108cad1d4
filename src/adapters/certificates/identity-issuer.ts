/** Identities of agents as the server hands them out: a certificate for the key that the agent made and keeps. */
import { assert, failure, fromHex, isFailure } from '#base'
import { type Authority, issueClientCertificate } from './issue.ts'
import { readCertificate } from './read.ts'

/** Agents renew theirs long before; one that was away for longer is activated again. */
export const clientCertificateDays = 90

export type IssuedCertificate = {
  /** PEM */
  readonly certificate: string
  /** PEM: by what the agent knows the server from now on. */
  readonly authority: string
  /** SHA-256 of the public key (SPKI). */
  readonly identity: Uint8Array
  readonly expiresAt: number
}

/**
 * @param given `serverTrust`: PEM of whoever signs the server's own certificate, where that is not the authority of the
 * agents; empty: agents go on trusting what they trusted when they came
 * @throws request.invalid for a key that gets no certificate
 */
export function identityIssuer(
  authority: Authority,
  given: {
    readonly wallMs: () => number
    readonly days?: number
    readonly serverTrust?: string | undefined
  },
): (request: {
  readonly publicKey: string
  readonly clientId: string
}) => Promise<IssuedCertificate> {
  const { wallMs, days = clientCertificateDays, serverTrust = authority.certificatePem } = given
  return async ({ publicKey: publicKeyPem, clientId }) => {
    const certificate = await issue(authority, { publicKeyPem, clientId, days, now: wallMs() })
    const { keyFingerprint, notAfter: expiresAt } = readCertificate(certificate)
    return {
      certificate,
      authority: serverTrust,
      identity: fromHex(keyFingerprint),
      expiresAt,
    }
  }
}

async function issue(...given: Parameters<typeof issueClientCertificate>): Promise<string> {
  try {
    return await issueClientCertificate(...given)
  } catch (cause) {
    assert(isFailure(cause, 'certificate.refused'), 'a key gets a certificate or is refused')
    const problem = String(cause.context['problem'])
    throw failure('request.invalid', { where: 'body.publicKey', problem }, cause)
  }
}
