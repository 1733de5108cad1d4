import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { type Asked, type Faults, SoftAuthenticator } from './soft-authenticator.fixture.ts'
import { webAuthnPasskeys } from './web-authn-passkeys.ts'

const challenge = Buffer.from('a challenge of thirty-two bytes!').toString('base64url')
const here: Asked = {
  challenge,
  rpId: 'backup.example.org',
  origin: 'https://backup.example.org:8443',
}

async function registered() {
  const device = new SoftAuthenticator()
  const made = await webAuthnPasskeys.verifyNew(device.make(here), here)
  ok('publicKey' in made, JSON.stringify(made))
  return { device, made }
}

test('a passkey that was made for this challenge on this page is taken', async () => {
  const { device, made } = await registered()
  equal(made.credentialId, device.credentialId)
  deepEqual([made.counter, made.synced], [0, false])
})

const elsewhere: readonly (readonly [string, Partial<Asked>, Faults])[] = [
  ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }, {}],
  ['another page', { origin: 'https://backup.example.org.evil.example' }, {}],
  ['the page by another port', { origin: 'https://backup.example.org' }, {}],
  ['another server', { rpId: 'evil.example' }, {}],
  ['a user whom nobody verified', {}, { isUnverified: true }],
  ['nobody who was there', {}, { isAbsent: true }],
  ['another purpose', {}, { type: 'payment.get' }],
]

for (const [what, said, faults] of elsewhere) {
  test(`what is for ${what} makes no passkey, and signs nobody in`, async () => {
    const { device, made } = await registered()
    const fresh = new SoftAuthenticator()
    const refused = await webAuthnPasskeys.verifyNew(fresh.make({ ...here, ...said }, faults), here)
    ok('problem' in refused)
    const { publicKey, counter } = made
    const signature = device.sign({ ...here, ...said }, faults)
    const expected = { ...here, publicKey, counter }
    equal(await webAuthnPasskeys.verifySignature(signature, expected), undefined)
    // The same device, asked rightly, is believed.
    deepEqual(await webAuthnPasskeys.verifySignature(device.sign(here), expected), { counter: 2 })
  })
}

test('a key of another kind than was offered makes no passkey', async () => {
  const made = new SoftAuthenticator().make(here, { algorithm: -8 })
  const refused = await webAuthnPasskeys.verifyNew(made, here)
  ok('problem' in refused)
  match(refused.problem, /alg/i)
})

test('a signature of another device, or a changed one, signs nobody in', async () => {
  const { device, made } = await registered()
  const expected = { ...here, publicKey: made.publicKey, counter: 0 }
  const other = { ...new SoftAuthenticator().sign(here), credentialId: device.credentialId }
  equal(await webAuthnPasskeys.verifySignature(other, expected), undefined)
  const signed = device.sign(here)
  const bytes = Buffer.from(signed.signature, 'base64url')
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  const changed = { ...signed, signature: bytes.toString('base64url') }
  equal(await webAuthnPasskeys.verifySignature(changed, expected), undefined)
  deepEqual(await webAuthnPasskeys.verifySignature(signed, expected), { counter: 1 })
})

test('a copy of a device falls behind its count and is refused', async () => {
  const { device, made } = await registered()
  const signed = device.sign(here)
  const expected = { ...here, publicKey: made.publicKey, counter: 1 }
  equal(await webAuthnPasskeys.verifySignature(signed, expected), undefined)
})

test('rubbish is a no, never an exception', async () => {
  for (const rubbish of ['AA', 'not-json', 'A'.repeat(5_000)]) {
    const made = { credentialId: rubbish, clientData: rubbish, attestation: rubbish }
    ok('problem' in (await webAuthnPasskeys.verifyNew(made, here)))
    const signed = {
      ...{ credentialId: rubbish, clientData: rubbish },
      ...{ authenticatorData: rubbish, signature: rubbish },
    }
    const expected = { ...here, publicKey: new Uint8Array(77), counter: 0 }
    equal(await webAuthnPasskeys.verifySignature(signed, expected), undefined)
  }
})
