/** Certificates of this server: its own, that of its authority over agents, and those of agents. */
import './reflect-metadata.ts'

import { createPublicKey, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PublicKey,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { assert } from '#base'
import {
  type KeyPair,
  keyAlgorithm,
  makeKeyPair,
  readPrivateKey,
  readPublicKey,
} from './key-pair.ts'

const dayMs = 86_400_000
export const authorityDays = 3_650
/** What browsers take at most. */
export const serverCertificateDays = 397
/** Clocks of machines differ; a certificate counts a day before it was made. */
const backdatedMs = dayMs

export type Certified = {
  readonly certificatePem: string
  readonly privateKeyPem: string
}

/** Signs for agents, and for the server whom they trust; what it signs for one never passes for the other. */
export type Authority = Certified

/** @param given a key that exists: the authority made from it again takes the certificates that the old one issued */
export async function makeAuthority(given: {
  readonly now: number
  readonly privateKeyPem?: string
}): Promise<Authority> {
  const pair = await pairOf(given.privateKeyPem)
  const subject = nameOf('Holdfast authority')
  const certificatePem = await issue({
    subject,
    ...signedBy(subject, pair),
    publicKeyPem: pair.publicKeyPem,
    now: given.now,
    days: authorityDays,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  return { certificatePem, privateKeyPem: pair.privateKeyPem }
}

/**
 * Signed by the authority, which agents trust, or by itself. A renewed one keeps the key that is given: who pinned the key
 * need not learn of it.
 */
export async function makeServerCertificate(given: {
  readonly hosts: readonly string[]
  readonly addresses: readonly string[]
  readonly now: number
  readonly days?: number
  readonly privateKeyPem?: string
  readonly authority?: Authority
}): Promise<Certified> {
  const pair = await pairOf(given.privateKeyPem)
  const subject = nameOf('Holdfast server')
  const hosts = [...new Set(['localhost', ...given.hosts.map((host) => host.toLowerCase())])]
  const addresses = [...new Set(['127.0.0.1', '::1', ...given.addresses.map(withoutZone)])]
  const certificatePem = await issue({
    subject,
    ...(given.authority === undefined ? signedBy(subject, pair) : issuedBy(given.authority)),
    publicKeyPem: pair.publicKeyPem,
    now: given.now,
    days: given.days ?? serverCertificateDays,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        ...hosts.map((value) => ({ type: 'dns', value }) as const),
        ...addresses.map((value) => ({ type: 'ip', value }) as const),
      ]),
    ],
  })
  return { certificatePem, privateKeyPem: pair.privateKeyPem }
}

/** @throws certificate.refused when the public key is not one */
export async function issueClientCertificate(
  authority: Authority,
  given: {
    readonly publicKeyPem: string
    readonly clientId: string
    readonly days: number
    readonly now: number
  },
): Promise<string> {
  assert(/^[a-z0-9-]{1,64}$/.test(given.clientId), 'a client is named by its id')
  const publicKey = readPublicKey(given.publicKeyPem)
  return await issue({
    subject: nameOf(given.clientId),
    ...issuedBy(authority),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    now: given.now,
    days: given.days,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth]),
    ],
  })
}

type Signer = {
  readonly issuer: Name
  readonly signingKeyPem: string
  /** No certificate outlives its authority: a chain counts only as long as all of it does. */
  readonly endsAt: number
}

function signedBy(issuer: Name, { privateKeyPem }: KeyPair): Signer {
  return { issuer, signingKeyPem: privateKeyPem, endsAt: Number.POSITIVE_INFINITY }
}

function issuedBy({ certificatePem, privateKeyPem }: Authority): Signer {
  const { subjectName, notAfter } = new X509Certificate(certificatePem)
  return { issuer: subjectName, signingKeyPem: privateKeyPem, endsAt: notAfter.getTime() }
}

type Draft = Signer & {
  readonly subject: Name
  readonly publicKeyPem: string
  readonly now: number
  readonly days: number
  readonly extensions: readonly Extension[]
}

async function issue(draft: Draft): Promise<string> {
  const { now, days } = draft
  assert(Number.isSafeInteger(now) && days > 0, 'a certificate has a beginning and an end')
  const publicKey = new PublicKey(draft.publicKeyPem)
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: newSerialNumber(),
      subject: draft.subject,
      issuer: draft.issuer,
      notBefore: new Date(now - backdatedMs),
      notAfter: new Date(Math.min(now + days * dayMs, draft.endsAt)),
      signingAlgorithm: keyAlgorithm,
      publicKey,
      signingKey: readPrivateKey(draft.signingKeyPem).toCryptoKey(keyAlgorithm, false, ['sign']),
      extensions: [
        ...draft.extensions,
        await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(
          new PublicKey(publicHalf(draft.signingKeyPem)),
          false,
          webcrypto,
        ),
      ],
    },
    webcrypto,
  )
  return `${certificate.toString('pem')}\n`
}

/** 16 bytes of chance (RFC 5280 wants them positive and not zero). */
function newSerialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

function nameOf(commonName: string): Name {
  return new Name([{ CN: [{ utf8String: commonName }] }])
}

async function pairOf(privateKeyPem: string | undefined): Promise<KeyPair> {
  if (privateKeyPem === undefined) return await makeKeyPair()
  return { publicKeyPem: publicHalf(privateKeyPem), privateKeyPem }
}

function publicHalf(privateKeyPem: string): string {
  const key = createPublicKey(readPrivateKey(privateKeyPem))
  return key.export({ type: 'spki', format: 'pem' }).toString()
}

/** `fe80::1%eth0` names an interface of this machine, which a certificate cannot. */
function withoutZone(address: string): string {
  const bare = address.replace(/%.*$/, '')
  assert(isIP(bare) !== 0, 'addresses of the server are IP addresses')
  return bare
}
