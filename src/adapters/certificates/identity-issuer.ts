/** Identities of agents as the server hands them out: a certificate for the key that the agent made and keeps. */
import { assert, failure, fromHex, isFailure } from '#base'
import { type Authority, issueClientCertificate } from './issue.ts'
import { readCertificate } from './read.ts'

/** Agents renew theirs long before; one that was away for longer is activated again. */
export const clientCertificateDays = 90

export type IssuedCertificate = {
  /** PEMs. */
  readonly certificate: string
  readonly authority: string
  /** SHA-256 of the public key (SPKI). */
  readonly identity: Uint8Array
  readonly expiresAt: number
}

/** @throws request.invalid for a key that gets no certificate */
export function identityIssuer(
  authority: Authority,
  {
    wallMs,
    days = clientCertificateDays,
  }: { readonly wallMs: () => number; readonly days?: number },
): (request: {
  readonly publicKey: string
  readonly clientId: string
}) => Promise<IssuedCertificate> {
  return async ({ publicKey: publicKeyPem, clientId }) => {
    const certificate = await issue(authority, { publicKeyPem, clientId, days, now: wallMs() })
    const { keyFingerprint, notAfter: expiresAt } = readCertificate(certificate)
    return {
      certificate,
      authority: authority.certificatePem,
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
