import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createHash, generateKeyPairSync, sign, verify } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { encodeBuildStatement } from '#contract'
import { openClientBuilds } from './client-builds.ts'
import { openInstallationKey } from './installation-key.ts'

const build = 'linux-x86-64'
const content = Buffer.from('a build')
const sha256 = createHash('sha256').update(content).digest('hex')
const stored = { version: '1.2.3', builds: [{ build, bytes: content.length, sha256 }] }

test('a build that its makers did not sign is signed by the installation', async () => {
  using world = openFolder()
  world.put(stored)
  const { version, publicKey, builds } = await (await world.open()).manifest()
  const [first] = builds
  ok(first !== undefined)
  const statement = encodeBuildStatement({ version, build, sha256 })
  ok(verify(null, statement, publicKey, Buffer.from(first.signature, 'base64')))
  const older = encodeBuildStatement({ version: '1.2.4', build, sha256 })
  equal(verify(null, older, publicKey, Buffer.from(first.signature, 'base64')), false)
})

test('the key of an installation stays the same, and only its owner reads it', async () => {
  using world = openFolder()
  const first = await openInstallationKey(world.keyPath)
  const second = await openInstallationKey(world.keyPath)
  equal(first.publicKey, second.publicKey)
  equal(statSync(world.keyPath).mode & 0o777, 0o600)
  writeFileSync(world.keyPath, 'nonsense')
  await rejects(openInstallationKey(world.keyPath), { code: 'client.builds-unusable' })
})

test('a signature of the makers is handed on, and a wrong one is not', async () => {
  using world = openFolder()
  const { privateKey, publicKey: key } = generateKeyPairSync('ed25519')
  const publicKey = key.export({ type: 'spki', format: 'pem' }).toString()
  const signatureFor = (version: string) =>
    sign(null, encodeBuildStatement({ version, build, sha256 }), privateKey).toString('base64')
  const signed = (signature: string | undefined) => ({
    version: '1.2.3',
    publicKey,
    builds: [{ build, bytes: content.length, sha256, signature }],
  })
  world.put(signed(signatureFor('1.2.3')))
  const manifest = await (await world.open()).manifest()
  deepEqual(manifest, signed(signatureFor('1.2.3')))
  for (const wrong of [signatureFor('9.9.9'), 'nonsense', '', undefined]) {
    world.put(signed(wrong))
    await rejects((await world.open()).manifest(), { code: 'client.builds-unusable' })
  }
})

test('a file that is not what the manifest says is not handed out (A19)', async () => {
  using world = openFolder()
  world.put(stored, 'A build')
  const builds = await world.open()
  await rejects(builds.manifest(), { code: 'client.builds-unusable' })
  await rejects(builds.open(build), { code: 'client.builds-unusable' })
})

test('a manifest that is none is said to be unusable', async () => {
  using world = openFolder()
  const [listed] = stored.builds
  const wrong = [
    'null',
    '{',
    JSON.stringify({ ...stored, version: '$(reboot)' }),
    JSON.stringify({ ...stored, builds: [{ ...listed, build: '../signing-key.pem' }] }),
    JSON.stringify({ ...stored, builds: [listed, listed] }),
    JSON.stringify({ ...stored, builds: [{ ...listed, sha256: sha256.slice(1) }] }),
  ]
  for (const text of wrong) {
    world.putText(text)
    await rejects((await world.open()).manifest(), { code: 'client.builds-unusable' }, text)
  }
})

test('without a folder there is nothing to hand out, and no error', async () => {
  using world = openFolder()
  const builds = await world.open()
  deepEqual((await builds.manifest()).builds, [])
  await rejects(builds.open(build), { code: 'record.not-found' })
})

test('builds that are put there later are found without a restart', async () => {
  using world = openFolder()
  const builds = await world.open()
  deepEqual((await builds.manifest()).builds, [])
  world.put(stored)
  equal((await builds.manifest()).version, '1.2.3')
  const { content: stream, length } = await builds.open(build)
  deepEqual(Buffer.concat(await Array.fromAsync(stream)), content)
  equal(length, content.length)
})

function openFolder() {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-builds-'))
  const folder = join(path, 'builds')
  const keyPath = join(path, 'keys', 'signing-key.pem')
  const putText = (text: string, bytes: string | Uint8Array = content) => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, build), bytes)
    writeFileSync(join(folder, 'manifest.json'), text)
  }
  return {
    keyPath,
    putText,
    put: (manifest: object, bytes?: string) => putText(JSON.stringify(manifest), bytes),
    open: async () =>
      openClientBuilds({ folder, signer: await openInstallationKey(keyPath), version: '0.0.0' }),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}
