/** Keys and certificates for tests, made with openssl: an authority, servers, and clients. */
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type KeyAndCertificate = { readonly key: string; readonly cert: string }

const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1'

/** A certificate that nobody else vouches for. */
export function selfSigned(
  name: string,
  alternatives: string | undefined = names,
): KeyAndCertificate {
  return inFolder((folder) => {
    openssl(folder, [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30'.split(' '),
      ...['-keyout', 'key.pem', '-out', 'cert.pem', '-subj', `/CN=${name}`],
      ...(alternatives === undefined ? [] : ['-addext', alternatives]),
    ])
    return { key: read(folder, 'key.pem'), cert: read(folder, 'cert.pem') }
  })
}

/** Signs the public key of a client or server. */
export function issue(
  authority: KeyAndCertificate,
  publicKey: string,
  subject: { readonly name: string; readonly use: 'clientAuth' | 'serverAuth' },
): string {
  return inFolder((folder) => {
    writeFileSync(join(folder, 'ca.key'), authority.key)
    writeFileSync(join(folder, 'ca.pem'), authority.cert)
    writeFileSync(join(folder, 'public.pem'), publicKey)
    const extensions = [
      `extendedKeyUsage=${subject.use}`,
      ...(subject.use === 'serverAuth' ? [names] : []),
    ]
    writeFileSync(join(folder, 'ext'), `${extensions.join('\n')}\n`)
    openssl(folder, [
      ...'x509 -new -force_pubkey public.pem -CA ca.pem -CAkey ca.key -days 30'.split(' '),
      ...['-subj', `/CN=${subject.name}`, '-extfile', 'ext', '-out', 'cert.pem'],
    ])
    return read(folder, 'cert.pem')
  })
}

export function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase()
}

function openssl(folder: string, args: readonly string[]): void {
  execFileSync('openssl', [...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
}

function read(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8')
}

function inFolder<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'hf-cert-'))
  try {
    return work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
