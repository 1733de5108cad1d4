/** Keys of certificates: ECDSA on P-256, which every TLS library of the last ten years knows. Text is PEM. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { failure } from '#base'

export type KeyPair = {
  /** SPKI */
  readonly publicKeyPem: string
  /** PKCS #8, not encrypted: it is stored where only the server reads. */
  readonly privateKeyPem: string
}

export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const nodeCurve = 'prime256v1'
/** A key of P-256 has 178 characters; whoever sends more wants something else. */
const publicKeyLengthMax = 1_024

export async function makeKeyPair(): Promise<KeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', {
    namedCurve: nodeCurve,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { publicKeyPem: publicKey, privateKeyPem: privateKey }
}

/** A public key that somebody sent. @throws certificate.refused */
export function readPublicKey(pem: string): KeyObject {
  // A private key would be taken for its public half; whoever sends one must learn of it.
  if (pem.length > publicKeyLengthMax || !pem.startsWith('-----BEGIN PUBLIC KEY-----')) {
    throw refused('it is no public key in PEM')
  }
  return onCurve(parse(() => createPublicKey(pem)))
}

/** @throws certificate.refused */
export function readPrivateKey(pem: string): KeyObject {
  return onCurve(parse(() => createPrivateKey(pem)))
}

function parse(read: () => KeyObject): KeyObject {
  try {
    return read()
  } catch (problem) {
    // The cause is left out: it may quote the key.
    throw refused(problem instanceof Error ? 'it cannot be read' : 'it is no key')
  }
}

function onCurve(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === nodeCurve) {
    return key
  }
  throw refused('it is not an ECDSA key on P-256')
}

function refused(problem: string): Error {
  return failure('certificate.refused', { what: 'key', problem })
}
