/**
 * Certificates for tests of the listener: an authority, what it issues, and what others issue in its name. Written by hand
 * in DER, since this room knows none of the adapters.
 */
import {
  generateKeyPairSync,
  type KeyObject,
  sign as signBytes,
  X509Certificate,
} from 'node:crypto'
import { identityOfCertificate } from '../authorization/client-certificates.ts'

export type TestCertificate = {
  readonly certificate: string
  readonly key: string
  /** What the catalog knows its holder by. */
  readonly identity: Uint8Array
}
export type TestAuthority = TestCertificate & {
  issue(facts?: Partial<CertificateFacts>): TestCertificate
}
export type CertificateFacts = {
  readonly name: string
  readonly notBefore: string
  readonly notAfter: string
  readonly isAuthority: boolean
}

const usual: CertificateFacts = {
  name: 'agent',
  notBefore: '20200101000000Z',
  notAfter: '20900101000000Z',
  isAuthority: false,
}

export function makeAuthority(name = 'Holdfast test authority'): TestAuthority {
  const keys = makeKeys()
  const by = { name, key: keys.privateKey }
  return {
    ...certificateOf({ ...usual, name, isAuthority: true }, keys, by),
    issue: (facts = {}) => certificateOf({ ...usual, ...facts }, makeKeys(), by),
  }
}

type Keys = { readonly publicKey: KeyObject; readonly privateKey: KeyObject }

function makeKeys(): Keys {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

let serial = 0x1000

function certificateOf(
  facts: CertificateFacts,
  { publicKey, privateKey }: Keys,
  by: { readonly name: string; readonly key: KeyObject },
): TestCertificate {
  const ecdsaWithSha256 = der(0x30, hex('06082a8648ce3d040302'))
  const number = hex(`0202${(serial++).toString(16)}`)
  const times = [facts.notBefore, facts.notAfter].map((at) => der(0x18, Buffer.from(at)))
  const toSign = der(
    0x30,
    hex('a003020102'),
    number,
    ecdsaWithSha256,
    nameOf(by.name),
    der(0x30, ...times),
    nameOf(facts.name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, basicConstraints(facts.isAuthority), namesOfHost())),
  )
  const signature = der(0x03, hex('00'), signBytes('sha256', toSign, by.key))
  const bytes = der(0x30, toSign, ecdsaWithSha256, signature)
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  const certificate = `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
  return {
    certificate,
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    identity: identityOfCertificate(new X509Certificate(certificate)),
  }
}

function nameOf(commonName: string): Buffer {
  const value = der(0x0c, Buffer.from(commonName))
  return der(0x30, der(0x31, der(0x30, hex('0603550403'), value)))
}

function basicConstraints(isAuthority: boolean): Buffer {
  const value = der(0x30, isAuthority ? hex('0101ff') : hex(''))
  return der(0x30, hex('0603551d13'), hex('0101ff'), der(0x04, value))
}

function namesOfHost(): Buffer {
  const names = der(0x30, der(0x82, Buffer.from('localhost')), hex('87047f000001'))
  return der(0x30, hex('0603551d11'), der(0x04, names))
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}
