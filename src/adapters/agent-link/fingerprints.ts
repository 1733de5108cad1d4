/** By what a server is known whose certificate nobody else vouches for. */
import { createHash, type X509Certificate } from 'node:crypto'

/** SHA-256 of the public key (SPKI), in hexadecimal: it stays when the certificate is renewed. */
export function keyFingerprintOf({ publicKey }: X509Certificate): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}

/** SHA-256 of the certificate, in hexadecimal. */
export function fingerprintOf({ fingerprint256 }: X509Certificate): string {
  return fingerprint256.replaceAll(':', '').toLowerCase()
}
