import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls'
import {
  identityIssuer,
  isRenewalDue,
  issueClientCertificate,
  makeAuthority,
  makeKeyPair,
  makeServerCertificate,
  readCertificate,
} from './index.ts'

const dayMs = 86_400_000
const now = Date.now()
const clientId = 'c-06gc8m3c00846a127rdcvgkv3m'
const folder = mkdtempSync(join(tmpdir(), 'holdfast-certificates-'))
after(() => rmSync(folder, { recursive: true }))

const authority = await makeAuthority({ now })
const agent = await makeKeyPair()
const agentPem = await issueClientCertificate(authority, {
  publicKeyPem: agent.publicKeyPem,
  clientId,
  days: 30,
  now,
})
const server = await makeServerCertificate({
  hosts: ['Backup.Example.org'],
  addresses: ['192.0.2.1', 'fe80::1%eth0'],
  now,
})

function openssl(...given: string[]): string {
  return execFileSync('openssl', given, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
function fileOf(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

test('openssl verifies an agent against its authority, for clients only', () => {
  const authorityFile = fileOf('ca.pem', authority.certificatePem)
  const agentFile = fileOf('agent.pem', agentPem)
  const verify = ['verify', '-x509_strict', '-CAfile', authorityFile, '-purpose']
  assert.match(openssl(...verify, 'sslclient', agentFile), /agent\.pem: OK/)
  assert.throws(() => openssl(...verify, 'sslserver', agentFile), /unsuitable|unsupported/)
})

test('openssl reads what certificates are meant to say', () => {
  const textOf = (pem: string) => openssl('x509', '-noout', '-text', '-in', fileOf('x.pem', pem))
  const ofAuthority = textOf(authority.certificatePem)
  assert.match(ofAuthority, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/)
  assert.match(ofAuthority, /Key Usage: critical\s+Certificate Sign, CRL Sign/)
  assert.match(ofAuthority, /ASN1 OID: prime256v1/)
  const ofAgent = textOf(agentPem)
  assert.match(ofAgent, new RegExp(`Subject: CN = ${clientId}`))
  assert.match(ofAgent, /CA:FALSE/)
  assert.match(ofAgent, /Extended Key Usage:\s+TLS Web Client Authentication\n/)
  const ofServer = textOf(server.certificatePem)
  assert.match(ofServer, /DNS:localhost, DNS:backup\.example\.org, IP Address:127\.0\.0\.1/)
  assert.match(ofServer, /IP Address:192\.0\.2\.1, IP Address:FE80:0:0:0:0:0:0:1/)
  assert.match(ofServer, /TLS Web Server Authentication\n/)
})

test('a certificate is read as it was made', () => {
  const facts = readCertificate(server.certificatePem)
  const { fingerprint256 } = new X509Certificate(server.certificatePem)
  assert.deepEqual(facts, {
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    keyFingerprint: facts.keyFingerprint,
    subject: 'Holdfast server',
    notBefore: Math.floor((now - dayMs) / 1000) * 1000,
    notAfter: Math.floor((now + 397 * dayMs) / 1000) * 1000,
    hosts: ['localhost', 'backup.example.org', '127.0.0.1', '::1', '192.0.2.1', 'fe80::1'],
  })
  assert.equal(readCertificate(agentPem).subject, clientId)
  assert.throws(() => readCertificate('-----BEGIN CERTIFICATE-----\nAAAA\n'), {
    code: 'certificate.refused',
  })
})

test('a renewed certificate has the key of the old one, which agents pinned', async () => {
  const { privateKeyPem } = server
  const renewed = await makeServerCertificate({ hosts: [], addresses: [], now, privateKeyPem })
  const [old, young] = [server, renewed].map((made) => readCertificate(made.certificatePem))
  assert.equal(young?.keyFingerprint, old?.keyFingerprint)
  assert.notEqual(young?.fingerprint, old?.fingerprint)
  assert.notEqual(readCertificate(agentPem).keyFingerprint, old?.keyFingerprint)
})

test('renewal is due in the last third of the life', () => {
  const life = { notBefore: 0, notAfter: 300 }
  assert.deepEqual(
    [0, 199, 200, 400].map((at) => isRenewalDue(life, at)),
    [false, false, true, true],
  )
})

test('an authority made from its key again takes what it issued before, and no certificate outlives it', async () => {
  const again = await makeAuthority({ now: now + dayMs, privateKeyPem: authority.privateKeyPem })
  assert.ok(new X509Certificate(agentPem).checkIssued(new X509Certificate(again.certificatePem)))
  const file = fileOf('again.pem', again.certificatePem)
  assert.match(openssl('verify', '-CAfile', file, fileOf('agent.pem', agentPem)), /OK/)
  const { publicKeyPem } = agent
  const long = await issueClientCertificate(authority, { publicKeyPem, clientId, days: 9_999, now })
  const ends = [long, authority.certificatePem].map((pem) => readCertificate(pem).notAfter)
  assert.equal(ends[0], ends[1])
})

test('keys of other kinds, private keys and noise get no certificate (A22)', async () => {
  const spki = { type: 'spki', format: 'pem' } as const
  const pkcs8 = { type: 'pkcs8', format: 'pem' } as const
  const forms = { publicKeyEncoding: spki, privateKeyEncoding: pkcs8 }
  const wrong = [
    generateKeyPairSync('rsa', { modulusLength: 1024, ...forms }).publicKey,
    generateKeyPairSync('ec', { namedCurve: 'secp384r1', ...forms }).publicKey,
    agent.privateKeyPem,
    agentPem,
    '',
    `${agent.publicKeyPem}${'\n'.repeat(2_000)}`,
    agent.publicKeyPem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'),
  ]
  for (const publicKeyPem of wrong) {
    const asked = issueClientCertificate(authority, { publicKeyPem, clientId, days: 1, now })
    await assert.rejects(asked, { code: 'certificate.refused' })
  }
})

test('server and agent shake hands; strangers, forgers and another server are refused', async () => {
  const listener = createServer({
    key: server.privateKeyPem,
    cert: server.certificatePem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
  })
  const greetings: string[] = []
  listener.on('secureConnection', (socket: TLSSocket) => {
    const pem = socket.getPeerX509Certificate()?.toString() ?? ''
    greetings.push(readCertificate(pem).subject)
    socket.end('welcome')
  })
  listener.on('tlsClientError', () => {})
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const call = (more: ConnectionOptions) => greet({ port, host: '127.0.0.1', ...more })
  const { privateKeyPem: key } = agent
  const ca = server.certificatePem
  try {
    assert.equal(await call({ ca, key, cert: agentPem }), 'welcome')
    assert.equal(await call({ ca, key, cert: agentPem, servername: 'localhost' }), 'welcome')
    assert.deepEqual(greetings, [clientId, clientId])
    // Nobody's certificate, one of another authority, one that names the right client but is signed by itself.
    await assert.rejects(call({ ca }))
    const other = await makeAuthority({ now })
    const { publicKeyPem } = agent
    const forged = await issueClientCertificate(other, { publicKeyPem, clientId, days: 1, now })
    await assert.rejects(call({ ca, key, cert: forged }))
    const past = { publicKeyPem, clientId, days: 1, now: now - 3 * dayMs }
    await assert.rejects(call({ ca, key, cert: await issueClientCertificate(authority, past) }))
    await assert.rejects(call({ ca: authority.certificatePem, key, cert: agentPem }), /self-signed/)
    await assert.rejects(
      call({ ca, key, cert: agentPem, servername: 'other.example.org' }),
      /altnames/,
    )
    assert.deepEqual(greetings, [clientId, clientId])
  } finally {
    listener.close()
  }
})

test('agents know a renewed server by their authority; an agent never passes for the server (A22)', async () => {
  const { privateKeyPem } = server
  const given = { hosts: [], addresses: [], privateKeyPem, authority }
  const first = await makeServerCertificate({ ...given, now: now - 300 * dayMs })
  const renewed = await makeServerCertificate({ ...given, now })
  const later = await makeAuthority({ now: now + dayMs, privateKeyPem: authority.privateKeyPem })
  const ofLater = await makeServerCertificate({ ...given, authority: later, now })
  const greeted: string[] = []
  for (const [name, shown] of Object.entries({
    first,
    renewed,
    ofLater,
    own: server,
    agent: { certificatePem: agentPem, privateKeyPem: agent.privateKeyPem },
  })) {
    const listener = createServer({ key: shown.privateKeyPem, cert: shown.certificatePem })
    listener.on('tlsClientError', () => {})
    listener.on('secureConnection', (socket) => socket.end('welcome'))
    listener.listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    // The name is not what is asked here: an agent's certificate has none.
    const checkServerIdentity = () => undefined
    const ca = authority.certificatePem
    const said = await greet({ port, host: '127.0.0.1', ca, checkServerIdentity }).catch(String)
    if (said === 'welcome') greeted.push(name)
    listener.close()
  }
  assert.deepEqual(greeted, ['first', 'renewed', 'ofLater'])
  const file = fileOf('ca2.pem', authority.certificatePem)
  const leaf = fileOf('leaf.pem', renewed.certificatePem)
  const verify = ['verify', '-x509_strict', '-CAfile', file, '-purpose']
  assert.match(openssl(...verify, 'sslserver', leaf), /OK/)
  assert.throws(() => openssl(...verify, 'sslclient', leaf))
})

test('an identity is a certificate of 90 days and the hash of its key, or the call is refused', async () => {
  const issue = identityIssuer(authority, { wallMs: () => now })
  const issued = await issue({ publicKey: agent.publicKeyPem, clientId })
  const { publicKey } = new X509Certificate(issued.certificate)
  const key = publicKey.export({ type: 'spki', format: 'der' })
  assert.deepEqual(Buffer.from(issued.identity), createHash('sha256').update(key).digest())
  assert.equal(issued.authority, authority.certificatePem)
  assert.equal(issued.expiresAt, Math.floor((now + 90 * dayMs) / 1000) * 1000)
  const asked = issue({ publicKey: agent.privateKeyPem, clientId })
  await assert.rejects(asked, { code: 'request.invalid' })
})

test('private keys are PKCS #8 that openssl reads', () => {
  const file = fileOf('key.pem', server.privateKeyPem)
  assert.match(openssl('pkey', '-in', file, '-noout', '-check'), /valid/)
  assert.equal(createPrivateKey(server.privateKeyPem).asymmetricKeyType, 'ec')
})

/** What the server says; rejects when either side refuses the other. */
async function greet(options: ConnectionOptions): Promise<string> {
  const socket = connect(options)
  try {
    let said = ''
    for await (const bytes of socket) said += String(bytes)
    assert.notEqual(said, '', 'the server hung up')
    return said
  } finally {
    socket.destroy()
  }
}
