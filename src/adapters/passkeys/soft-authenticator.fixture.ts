/** An authenticator in software, for tests: what real ones send, and what they never would. ES256, attestation "none". */
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto'

export type Asked = {
  readonly challenge: string
  readonly rpId: string
  readonly origin: string
}

export type Faults = {
  readonly isUnverified?: true
  readonly isAbsent?: true
  readonly type?: string
  readonly algorithm?: number
}

const [present, verified, attested] = [0x01, 0x04, 0x40]

export class SoftAuthenticator {
  counter = 0
  readonly #id = randomBytes(16)
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })

  get credentialId(): string {
    return this.#id.toString('base64url')
  }

  /** A new passkey, as the console sends it. */
  make(asked: Asked, faults: Faults = {}) {
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' })
    const key = [
      ...[0xa5, 0x01, 0x02, 0x03, ...negative(faults.algorithm ?? -7), 0x20, 0x01],
      ...[0x21, 0x58, 32, ...Buffer.from(x, 'base64url')],
      ...[0x22, 0x58, 32, ...Buffer.from(y, 'base64url')],
    ]
    const idLength = [0, this.#id.length]
    const credential = [...Buffer.alloc(16), ...idLength, ...this.#id, ...key]
    const data = Buffer.from([...this.#dataFor(asked, attested, faults), ...credential])
    const attestation = Buffer.from([
      0xa3,
      ...[...text('fmt'), ...text('none'), ...text('attStmt'), 0xa0, ...text('authData')],
      ...[0x59, data.length >> 8, data.length & 255, ...data],
    ])
    return {
      credentialId: this.credentialId,
      clientData: clientData(asked, faults.type ?? 'webauthn.create'),
      attestation: attestation.toString('base64url'),
    }
  }

  /** A signature, as the console sends it. */
  sign(asked: Asked, faults: Faults = {}) {
    this.counter += 1
    const data = this.#dataFor(asked, 0, faults)
    const client = clientData(asked, faults.type ?? 'webauthn.get')
    const hash = createHash('sha256').update(Buffer.from(client, 'base64url')).digest()
    const signature = createSign('sha256').update(data).update(hash).sign(this.#keys.privateKey)
    return {
      credentialId: this.credentialId,
      clientData: client,
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
    }
  }

  #dataFor({ rpId }: Asked, more: number, { isUnverified, isAbsent }: Faults): Buffer {
    const flags = (isAbsent ? 0 : present) | (isUnverified ? 0 : verified) | more
    const count = Buffer.alloc(4)
    count.writeUInt32BE(this.counter)
    const place = createHash('sha256').update(rpId).digest()
    return Buffer.concat([place, Buffer.from([flags]), count])
  }
}

function clientData({ challenge, origin }: Asked, type: string): string {
  const said = { type, challenge, origin, crossOrigin: false }
  return Buffer.from(JSON.stringify(said)).toString('base64url')
}

/** CBOR: a short text. */
function text(words: string): readonly number[] {
  return [0x60 + words.length, ...Buffer.from(words)]
}

/** CBOR: a number below zero. */
function negative(value: number): readonly number[] {
  const size = -1 - value
  if (size < 24) return [0x20 + size]
  return size < 256 ? [0x38, size] : [0x39, size >> 8, size & 255]
}
