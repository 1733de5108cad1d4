/**
 * Who this agent is: its key, its certificate, and what it trusts, in one file, so that a renewal replaces all of it or
 * nothing. The key is made on this machine, is readable by the agent's user only, and never leaves.
 */
import { generateKeyPairSync } from 'node:crypto'
import { failure } from '#base'
import { type Decoded, routes, tryDecodeWire } from '#contract'
import type { LinkCredentials, Trust } from '../ports.ts'
import { fieldIn, numberIn, textIn } from '../state/json-fields.ts'
import type { StateFolder } from '../state/state-folder.ts'

type Told = Decoded<typeof routes.agent.enrol.answer.schema>

export type AgentIdentity = Told & {
  readonly address: string
  readonly trust: Trust
  /** PEM, PKCS #8. */
  readonly privateKey: string
  /** Of the machine that was activated. */
  readonly machine: string
  /** From when on it is renewed, by this machine's clock. */
  readonly renewAt: number
}

const identityFile = 'identity.json'
const pendingKeyFile = 'pending-key.json'
const revokedFile = 'revoked.json'

/** @throws agent.not-activated, agent.state-unusable */
export async function readIdentity(state: StateFolder): Promise<AgentIdentity> {
  const json = await state.findJson(identityFile)
  if (json === undefined) throw failure('agent.not-activated')
  const told = tryDecodeWire(routes.agent.enrol.answer.schema, fieldIn(json, 'told'))
  const [address, privateKey, machine] = ['address', 'privateKey', 'machine'].map((name) =>
    textIn(json, name),
  )
  const renewAt = numberIn(json, 'renewAt')
  const trust = trustIn(fieldIn(json, 'trust'))
  if ('error' in told || !address || !privateKey || !machine || renewAt === undefined || !trust) {
    const path = state.pathOf(identityFile)
    throw failure('agent.state-unusable', { path, problem: 'it is not an identity' })
  }
  return { ...told.value, address, privateKey, machine, renewAt, trust }
}

export type Issued = {
  readonly told: Told
  readonly address: string
  /** How the server proved itself until now. */
  readonly trust: Trust
  readonly privateKey: string
  readonly machine: string
  readonly now: number
}

/** From then on the agent trusts the authority that it was told, and nothing else. */
export async function storeIdentity(state: StateFolder, issued: Issued): Promise<AgentIdentity> {
  const { told, address, privateKey, machine, now } = issued
  const trust: Trust =
    told.authority.trim() === '' ? issued.trust : { kind: 'authority', pem: told.authority }
  // A third before its end: time enough for a server that is away for days.
  const renewAt = Math.round(now + Math.max(0, told.expiresAt - now) * (2 / 3))
  const wire = { ...told, expiresAt: new Date(told.expiresAt).toISOString() }
  const record = { told: wire, address, privateKey, machine, renewAt, trust }
  await state.put(identityFile, JSON.stringify(record))
  await state.remove(pendingKeyFile)
  await state.remove(revokedFile)
  return { ...told, address, privateKey, machine, renewAt, trust }
}

export type KeyPair = { readonly privateKey: string; readonly publicKey: string }

/**
 * The key for the next certificate. It is kept until the certificate is there: when the answer to the call is lost, the
 * next call shows the same key, and the server may answer the same.
 */
export async function pendingKey(state: StateFolder): Promise<KeyPair> {
  const json = await state.findJson(pendingKeyFile)
  const privateKey = textIn(json, 'privateKey')
  const publicKey = textIn(json, 'publicKey')
  if (privateKey !== undefined && publicKey !== undefined) return { privateKey, publicKey }
  const made = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  await state.put(pendingKeyFile, JSON.stringify(made))
  return made
}

/** Remembered over restarts: a revoked agent asks nobody for work until it is activated again. */
export async function markRevoked(state: StateFolder, now: number): Promise<void> {
  await state.put(revokedFile, JSON.stringify({ revokedAt: now }))
}

export async function isRevoked(state: StateFolder): Promise<boolean> {
  return (await state.find(revokedFile)) !== undefined
}

export function credentialsOf(identity: AgentIdentity): LinkCredentials {
  const { trust, privateKey, certificate } = identity
  return { trust, identity: { privateKey, certificate } }
}

function trustIn(json: unknown): Trust | undefined {
  const [pem, sha256] = [textIn(json, 'pem'), textIn(json, 'sha256')]
  switch (textIn(json, 'kind')) {
    case 'authority':
      return pem === undefined ? undefined : { kind: 'authority', pem }
    case 'fingerprint':
      return sha256 === undefined ? undefined : { kind: 'fingerprint', sha256 }
    case 'system':
      return { kind: 'system' }
    default:
      return undefined
  }
}
