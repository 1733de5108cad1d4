/** The certificate that an agent shows: issued by us and in its time, or it is nobody's. */
import { createHash, X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { failure } from '#base'

export type Authority = readonly X509Certificate[]

/** @param pem one certificate, or several while an authority is replaced by the next */
export function readAuthority(pem: string): Authority {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new X509Certificate(block))
}

/** SHA-256 of the public key (SubjectPublicKeyInfo): what the catalog keeps as the identity of a client. */
export function identityOfCertificate(certificate: X509Certificate): Uint8Array {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
  return new Uint8Array(createHash('sha256').update(key).digest())
}

type Shown = { readonly certificate: X509Certificate; readonly identity: Uint8Array }

/** One connection shows one certificate: it is read and its signature checked once. */
const shown = new WeakMap<TLSSocket, Shown | 'none' | 'foreign'>()

/**
 * @returns the identity to look for; undefined when the connection shows no certificate
 * @throws auth.refused for one that is not of this authority, or not of this time
 */
export function identityShown(
  socket: TLSSocket,
  authority: Authority,
  wallMs: number,
): Uint8Array | undefined {
  const known = shown.get(socket) ?? readShown(socket, authority)
  shown.set(socket, known)
  if (known === 'none') return undefined
  if (known === 'foreign' || !isInTime(known.certificate, wallMs)) throw failure('auth.refused')
  return known.identity
}

function readShown(socket: TLSSocket, authority: Authority): Shown | 'none' | 'foreign' {
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return 'none'
  const isOurs = authority.some(
    (issuer) => certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey),
  )
  // Who holds the key of an agent must not pass for an authority, nor an authority for an agent.
  if (!isOurs || certificate.ca) return 'foreign'
  return { certificate, identity: identityOfCertificate(certificate) }
}

function isInTime({ validFromDate, validToDate }: X509Certificate, wallMs: number): boolean {
  return validFromDate.getTime() <= wallMs + clockSkewMs && wallMs < validToDate.getTime()
}

/** A certificate that another server of ours made a moment ago, by its own clock. */
const clockSkewMs = 5 * 60_000
