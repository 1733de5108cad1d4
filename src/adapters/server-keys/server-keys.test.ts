import assert from 'node:assert/strict'
import { randomBytes, X509Certificate } from 'node:crypto'
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { makeServerCertificate } from '../certificates/issue.ts'
import { readCertificate } from '../certificates/read.ts'
import { addMasterKey, masterKeyOf, openServerKeys, renewServerCertificate } from './index.ts'
import { secretBoxOf } from './master-key.ts'

const root = mkdtempSync(join(tmpdir(), 'holdfast-keys-'))
after(() => rmSync(root, { recursive: true }))
const now = 1_790_000_000_000
const dayMs = 86_400_000
const bytes = (text: string) => new TextEncoder().encode(text)
let folders = 0

function requestOf(facts: Partial<Parameters<typeof openServerKeys>[0]> = {}) {
  const given = { masterKeyText: undefined, mayMake: true, hosts: [], addresses: [], now }
  return { folder: join(root, `${++folders}`, 'keys'), ...given, ...facts }
}
function contentsOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).toSorted()
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

test('the first start makes all keys, for the server alone; the next one reads them', async () => {
  const request = requestOf()
  const first = await openServerKeys(request)
  const contents = contentsOf(request.folder)
  assert.deepEqual(Object.keys(contents), [
    'authority.crt',
    'authority.key',
    'master-0001.key',
    'tls.crt',
    'tls.key',
  ])
  const modes = ['', ...Object.keys(contents)].map(
    (name) => statSync(join(request.folder, name)).mode & 0o777,
  )
  assert.deepEqual(modes, [0o700, 0o600, 0o600, 0o600, 0o600, 0o600])
  const second = await openServerKeys({ ...request, mayMake: false })
  assert.deepEqual(contentsOf(request.folder), contents)
  assert.deepEqual([second.tls, second.authority], [first.tls, first.authority])
  const wrapped = await first.master.wrap(bytes('key'), 'vault v-1')
  assert.deepEqual(await second.master.unwrap(wrapped, 'vault v-1'), bytes('key'))
  assert.equal(second.master.name, first.master.name)
})

test('eight servers that start at once agree on the same keys', async () => {
  const request = requestOf()
  const opened = await Promise.all(Array.from({ length: 8 }, () => openServerKeys(request)))
  const seen = opened.map(({ master, tls, authority }) =>
    [master.name, tls.privateKeyPem, authority.privateKeyPem].join('\n'),
  )
  assert.equal(new Set(seen).size, 1)
  assert.ok(readdirSync(request.folder).every((name) => !name.endsWith('.tmp')))
})

test('a server that has data makes no key in the place of one that is gone', async () => {
  for (const name of ['master-0001.key', 'authority.key', 'tls.key']) {
    const request = requestOf()
    await openServerKeys(request)
    rmSync(join(request.folder, name))
    const before = contentsOf(request.folder)
    const again = openServerKeys({ ...request, mayMake: false })
    await assert.rejects(again, { code: 'server-keys.missing' })
    assert.deepEqual(contentsOf(request.folder), before)
  }
  await assert.rejects(openServerKeys(requestOf({ mayMake: false })), {
    code: 'server-keys.missing',
  })
})

test('a certificate that is gone, spoilt or of another key is made again from its key', async () => {
  const request = requestOf()
  const { tls, authority } = await openServerKeys(request)
  rmSync(join(request.folder, 'tls.crt'))
  rmSync(join(request.folder, 'authority.crt'))
  const again = await openServerKeys({ ...request, mayMake: false })
  assert.equal(again.tls.privateKeyPem, tls.privateKeyPem)
  const [old, young] = [tls, again.tls].map((made) => readCertificate(made.certificatePem))
  assert.equal(young?.keyFingerprint, old?.keyFingerprint)
  const issuers = [authority, again.authority].map(
    (made) => new X509Certificate(made.certificatePem),
  )
  assert.ok(issuers[0]?.publicKey.equals(issuers[1]?.publicKey ?? assert.fail()))
})

test('the certificate is renewed in time, and when the server has another name', async () => {
  const request = requestOf({ hosts: ['one.example.org'], addresses: ['2001:db8::7'] })
  const { tls } = await openServerKeys(request)
  assert.equal(await renewServerCertificate({ ...request, now: now + 100 * dayMs }), undefined)
  const later = now + 300 * dayMs
  const renewed = await renewServerCertificate({ ...request, now: later })
  assert.ok(readCertificate(renewed?.certificatePem ?? '').notAfter > later + 396 * dayMs)
  assert.equal(renewed?.privateKeyPem, tls.privateKeyPem)
  const hosts = ['one.example.org', 'two.example.org']
  const moved = await renewServerCertificate({ ...request, now: later, hosts })
  assert.ok(readCertificate(moved?.certificatePem ?? '').hosts.includes('two.example.org'))
  assert.equal(await renewServerCertificate({ ...request, now: later, hosts }), undefined)
})

test('the certificate is signed by the authority, one that another signed is made again', async () => {
  const request = requestOf()
  const { tls, authority } = await openServerKeys(request)
  const signer = new X509Certificate(authority.certificatePem)
  const isIssued = (pem: string) => {
    const certificate = new X509Certificate(pem)
    return certificate.checkIssued(signer) && certificate.verify(signer.publicKey)
  }
  assert.ok(isIssued(tls.certificatePem))
  const { privateKeyPem } = tls
  const own = await makeServerCertificate({ hosts: [], addresses: [], now, privateKeyPem })
  writeFileSync(join(request.folder, 'tls.crt'), own.certificatePem)
  const renewed = await renewServerCertificate(request)
  assert.ok(isIssued(renewed?.certificatePem ?? ''))
})

test('a key that others may read is refused, and so is one that is not a key', async () => {
  const request = requestOf()
  await openServerKeys(request)
  const file = join(request.folder, 'master-0001.key')
  chmodSync(file, 0o644)
  await assert.rejects(openServerKeys(request), { code: 'server-keys.refused', message: /644/ })
  chmodSync(file, 0o600)
  const wrong = ['x', randomBytes(16).toString('base64'), Buffer.alloc(32).toString('base64')]
  for (const masterKeyText of wrong) {
    const opened = openServerKeys({ ...request, masterKeyText })
    await assert.rejects(opened, { code: 'server-keys.refused', message: /HOLDFAST_MASTER_KEY/ })
  }
})

test('a key of the environment wraps; what the folder has is still read, and none is made', async () => {
  const old = requestOf()
  const { master } = await openServerKeys(old)
  const wrapped = await master.wrap(bytes('key'), 'vault v-1')
  const masterKeyText = randomBytes(32).toString('base64')
  const moved = await openServerKeys({ ...old, masterKeyText })
  assert.notEqual(moved.master.name, master.name)
  assert.deepEqual(await moved.master.unwrap(wrapped, 'vault v-1'), bytes('key'))
  const fresh = requestOf({ masterKeyText })
  const { master: alone } = await openServerKeys(fresh)
  assert.equal(alone.name, moved.master.name)
  assert.ok(!readdirSync(fresh.folder).includes('master-0001.key'))
  await assert.rejects(alone.unwrap(wrapped, 'vault v-1'), {
    code: 'server-keys.other',
    message: new RegExp(master.name),
  })
})

test('after a new master key was added it wraps, and old ones open what they wrapped', async () => {
  const request = requestOf()
  const { master: old } = await openServerKeys(request)
  const wrapped = await old.wrap(bytes('key'), 'c')
  assert.equal(await addMasterKey(request.folder), 'master-0002.key')
  const { master: young } = await openServerKeys({ ...request, mayMake: false })
  assert.notEqual(young.name, old.name)
  assert.deepEqual(await young.unwrap(wrapped, 'c'), bytes('key'))
  const anew = await young.wrap(bytes('key'), 'c')
  await assert.rejects(old.unwrap(anew, 'c'), { code: 'server-keys.other' })
})

test('what is wrapped opens in its place only, and every changed bit is seen', async () => {
  const master = masterKeyOf([new Uint8Array(randomBytes(32))])
  const secret = bytes('the key of a vault')
  const wrapped = await master.wrap(secret, 'vault v-1')
  assert.deepEqual(await master.unwrap(wrapped, 'vault v-1'), secret)
  assert.notDeepEqual(await master.wrap(secret, 'vault v-1'), wrapped)
  await assert.rejects(master.unwrap(wrapped, 'vault v-2'), { code: 'server-keys.damaged' })
  const isOurs = (problem: unknown) =>
    ['server-keys.damaged', 'server-keys.other'].includes(Object(problem)['code'])
  for (let bit = 0; bit < wrapped.length * 8; bit++) {
    const changed = Uint8Array.from(wrapped)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    await assert.rejects(master.unwrap(changed, 'vault v-1'), isOurs)
  }
  for (let length = 0; length < wrapped.length; length++) {
    const cut = wrapped.subarray(0, length)
    await assert.rejects(master.unwrap(cut, 'vault v-1'), { code: 'server-keys.damaged' })
  }
  assert.deepEqual(await master.unwrap(await master.wrap(bytes(''), 'c'), 'c'), bytes(''))
})

test('a secret of the catalog never opens as the key of a vault, nor the other way round', async () => {
  const master = masterKeyOf([new Uint8Array(randomBytes(32))])
  const box = secretBoxOf(master)
  const sealed = await box.seal(bytes('totp'), 'user u-1')
  assert.deepEqual(await box.open(sealed, 'user u-1'), bytes('totp'))
  await assert.rejects(master.unwrap(sealed, 'user u-1'), { code: 'server-keys.damaged' })
  const wrapped = await master.wrap(bytes('key'), 'user u-1')
  await assert.rejects(box.open(wrapped, 'user u-1'), { code: 'server-keys.damaged' })
})
