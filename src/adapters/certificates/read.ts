/** What a certificate says. */
import './reflect-metadata.ts'

import { createHash, X509Certificate } from 'node:crypto'
import {
  X509Certificate as ParsedCertificate,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509'
import { failure } from '#base'

export type CertificateFacts = {
  /** SHA-256 of the certificate, in hexadecimal: by it a client is known. */
  readonly fingerprint: string
  /** SHA-256 of its public key (SPKI), in hexadecimal: it stays when the certificate is renewed, so agents pin it. */
  readonly keyFingerprint: string
  /** The common name: for agents the id of the client. Empty when there is none. */
  readonly subject: string
  readonly notBefore: number
  readonly notAfter: number
  /** Names and addresses that it stands for. */
  readonly hosts: readonly string[]
}

/** The first certificate of a PEM text. @throws certificate.refused */
export function readCertificate(pem: string): CertificateFacts {
  try {
    const certificate = new X509Certificate(pem)
    const parsed = new ParsedCertificate(certificate.raw)
    const key = certificate.publicKey.export({ type: 'spki', format: 'der' })
    const names = parsed.getExtension(SubjectAlternativeNameExtension)?.names.items ?? []
    return {
      fingerprint: sha256(certificate.raw),
      keyFingerprint: sha256(key),
      subject: parsed.subjectName.getField('CN')[0] ?? '',
      notBefore: parsed.notBefore.getTime(),
      notAfter: parsed.notAfter.getTime(),
      hosts: names.filter(({ type }) => type === 'dns' || type === 'ip').map(({ value }) => value),
    }
  } catch (problem) {
    throw failure('certificate.refused', { what: 'certificate', problem: 'unreadable' }, problem)
  }
}

/** From the last third of its life on a certificate is to be renewed. */
export function isRenewalDue(
  { notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>,
  now: number,
): boolean {
  return now >= notAfter - (notAfter - notBefore) / 3
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
