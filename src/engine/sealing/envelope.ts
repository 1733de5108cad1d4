/**
 * The envelope: the one form in which anything secret is stored. A clear header of 64 bytes, the ciphertext, a tag of 16
 * bytes. Every sealing has its own random salt and so its own key; the header is authenticated with the content, so an
 * object cannot be passed off as another kind, of another vault, or cut short. `seal` and `open` are the only places that
 * encrypt and decrypt; plaintext leaves `open` only after authentication. See docs/format/envelope.md.
 */
import { assert, ByteReader, concatBytes, equalBytes, failure } from '#base'
import type { Cipher } from './cipher.ts'

export const envelopeHeaderBytes = 64
export const envelopeTagBytes = 16
export const envelopeOverheadBytes = envelopeHeaderBytes + envelopeTagBytes
export const formatVersion = 1
export const plaintextBytesMax = 256 * 1024 * 1024

const saltBytes = 32
const noSalt = new Uint8Array(saltBytes)
const suiteAesGcm = 1
const codecs = { none: 0, zstd: 1 } as const

/** What an envelope holds; one letter in the header. */
export type EnvelopeKind = 'data' | 'tree' | 'footer' | 'index' | 'point' | 'ledger'
const kindCodes: Readonly<Record<EnvelopeKind, number>> = {
  data: 0x64,
  tree: 0x74,
  footer: 0x66,
  index: 0x69,
  point: 0x70,
  ledger: 0x6c,
}

export type SealingKey = {
  /** 16 bytes, the identity of the vault. */
  readonly vaultId: Uint8Array
  /** 32 bytes; each envelope's key is derived from it and the envelope's salt. */
  readonly key: Uint8Array
  /** Of a session only: envelopes that bring their own key are opened with that (`carryKey`). Never of a vault. */
  readonly opensCarried?: true
}

export type EnvelopeHeader = {
  readonly kind: EnvelopeKind
  readonly codec: keyof typeof codecs
  readonly vaultId: Uint8Array
  readonly salt: Uint8Array
  readonly rawLength: number
  /** Length of the ciphertext without the tag. */
  readonly storedLength: number
}

export type SealRequest = {
  readonly kind: EnvelopeKind
  readonly plaintext: Uint8Array
  /** zstd level; 0 stores as it is. */
  readonly level: number
}

/** Compresses (where that gains), encrypts and frames. */
export function seal(cipher: Cipher, sealing: SealingKey, request: SealRequest): Uint8Array {
  const { plaintext, kind } = request
  assert(plaintext.length <= plaintextBytesMax, 'an envelope holds at most plaintextBytesMax bytes')
  const packed = request.level > 0 ? cipher.compress(plaintext, request.level) : plaintext
  // Less than 2 % gained is not worth the time that every later reader would spend.
  const codec = request.level > 0 && packed.length < plaintext.length * 0.98 ? 'zstd' : 'none'
  const body = codec === 'zstd' ? packed : plaintext
  return sealBody(cipher, sealing, { kind, codec, rawLength: plaintext.length }, body)
}

function sealBody(
  cipher: Cipher,
  sealing: SealingKey,
  facts: Pick<EnvelopeHeader, 'kind' | 'codec' | 'rawLength'>,
  body: Uint8Array,
): Uint8Array {
  const { kind, codec, rawLength } = facts
  const { vaultId } = sealing
  const about = { kind, codec, vaultId, rawLength, storedLength: body.length }
  const salt = saltFor(cipher, sealing, {
    unsalted: encodeHeader({ ...about, salt: noSalt }),
    body,
  })
  const header = encodeHeader({ ...about, salt })
  return concatBytes([header, cipher.encrypt(keyFor(cipher, sealing, salt), body, header)])
}

/** The same content under another key, compressed as it was. @throws object.damaged */
export function reseal(
  cipher: Cipher,
  { from, to }: { readonly from: SealingKey; readonly to: SealingKey },
  request: OpenRequest,
): Uint8Array {
  const { header, body } = decryptBody(cipher, from, request)
  // A reader makes as much room as the header says.
  if (header.rawLength > plaintextBytesMax) throw damaged(request.object, 'it is too long')
  return sealBody(cipher, to, header, body)
}

/**
 * Random, and bound to what is sealed: a machine that is copied while it runs has its randomness copied too, and even
 * then two contents must not get one key. The tag of an encryption of nothing stands for the content, at a seventh of the
 * time of its SHA-256; nobody ever sees it nor the key it is made with, so that key may serve in both copies.
 */
function saltFor(
  cipher: Cipher,
  sealing: SealingKey,
  { unsalted, body }: { readonly unsalted: Uint8Array; readonly body: Uint8Array },
): Uint8Array {
  const random = cipher.random(saltBytes)
  const print = cipher.encrypt(keyFor(cipher, sealing, random), new Uint8Array(), body)
  return cipher.mac(sealing.key, concatBytes([random, print, unsalted]))
}

/**
 * An envelope for somebody who may see all of it and has none of the vault's keys: HK, the key of this one envelope, the
 * envelope as it is stored. Nothing is decrypted for it. @throws object.damaged by its header; the rest is seen when it is opened
 */
export function carryKey(
  cipher: Cipher,
  sealing: SealingKey,
  { kind, sealed, object }: OpenRequest,
): readonly [carried: Uint8Array, sealed: Uint8Array] {
  const { salt } = headerOf(sealing.vaultId, { kind, sealed, object })
  return [concatBytes([carriedMark, keyFor(cipher, sealing, salt)]), sealed]
}

const carriedMark = Uint8Array.of(0x48, 0x4b)
const carriedKeyBytes = 32
const carriedBytes = carriedMark.length + carriedKeyBytes

function isCarried({ opensCarried }: SealingKey, sealed: Uint8Array): boolean {
  const begins = equalBytes(sealed.subarray(0, carriedMark.length), carriedMark)
  return opensCarried === true && begins && sealed.length >= carriedBytes
}

type OpenRequest = {
  readonly kind: EnvelopeKind
  readonly sealed: Uint8Array
  readonly object: string
}

/** @throws object.damaged when the envelope is not what this vault's key sealed as this kind. */
export function open(cipher: Cipher, sealing: SealingKey, request: OpenRequest): Uint8Array {
  const { object } = request
  const { header, body } = decryptBody(cipher, sealing, request)
  if (header.codec === 'none') {
    if (body.length !== header.rawLength) throw damaged(object, 'its raw length is wrong')
    return body
  }
  const plaintext = cipher.decompress(body, header.rawLength)
  if (plaintext === undefined) throw damaged(object, 'it does not decompress')
  return plaintext
}

/** As `open`, without the plaintext: the bytes are those that were sealed. */
export function authenticate(cipher: Cipher, sealing: SealingKey, request: OpenRequest): void {
  decryptBody(cipher, sealing, request)
}

function decryptBody(
  cipher: Cipher,
  sealing: SealingKey,
  request: OpenRequest,
): { readonly header: EnvelopeHeader; readonly body: Uint8Array } {
  const carried = isCarried(sealing, request.sealed)
  const sealed = carried ? request.sealed.subarray(carriedBytes) : request.sealed
  const header = headerOf(carried ? undefined : sealing.vaultId, { ...request, sealed })
  const key = carried
    ? request.sealed.subarray(carriedMark.length, carriedBytes)
    : keyFor(cipher, sealing, header.salt)
  const content = sealed.subarray(envelopeHeaderBytes)
  const body = cipher.decrypt(key, content, sealed.subarray(0, envelopeHeaderBytes))
  if (body === undefined) throw damaged(request.object, 'its authentication fails')
  return { header, body }
}

/** @param vaultId undefined: whichever it says, since the key of this very envelope is known */
function headerOf(
  vaultId: Uint8Array | undefined,
  { kind, sealed, object }: OpenRequest,
): EnvelopeHeader {
  const header = decodeHeader(sealed, object)
  if (header.kind !== kind)
    throw damaged(object, `it holds "${header.kind}" where "${kind}" belongs`)
  if (vaultId !== undefined && !equalBytes(header.vaultId, vaultId))
    throw damaged(object, 'it belongs to another vault')
  if (sealed.length !== envelopeOverheadBytes + header.storedLength)
    throw damaged(object, 'its length is wrong')
  return header
}

/** The clear header. Needs no key: packs are walked with it when their footer is lost. */
export function decodeHeader(bytes: Uint8Array, object: string): EnvelopeHeader {
  if (bytes.length < envelopeHeaderBytes) throw damaged(object, 'it is cut short')
  if (bytes[0] !== 0x48 || bytes[1] !== 0x46) throw damaged(object, 'it does not begin with HF')
  const reader = new ByteReader(bytes, 2)
  const kindCode = reader.u8()
  const version = reader.u8()
  if (version !== formatVersion) {
    throw failure('vault.format-unknown', { object, found: version, known: formatVersion })
  }
  const suite = reader.u8()
  const codecCode = reader.u8()
  if (suite !== suiteAesGcm) throw damaged(object, `its cipher suite ${suite} is unknown`)
  if (reader.u16() !== 0) throw damaged(object, 'its reserved bytes are not zero')
  const kind = kindNames.get(kindCode)
  const codec = codecCode === codecs.none ? 'none' : codecCode === codecs.zstd ? 'zstd' : undefined
  if (kind === undefined || codec === undefined)
    throw damaged(object, 'its kind or codec is unknown')
  const vaultId = reader.bytes(16)
  const salt = reader.bytes(saltBytes)
  const rawLength = reader.u32()
  const storedLength = reader.u32()
  if (rawLength > plaintextBytesMax || storedLength > rawLength)
    throw damaged(object, 'its lengths are absurd')
  return { kind, codec, vaultId, salt, rawLength, storedLength }
}

const kindNames = new Map<number, EnvelopeKind>(
  (Object.keys(kindCodes) as EnvelopeKind[]).map((kind) => [kindCodes[kind], kind]),
)

function encodeHeader(header: EnvelopeHeader): Uint8Array {
  assert(header.vaultId.length === 16, 'a vault id has 16 bytes')
  assert(header.salt.length === saltBytes, 'a salt has 32 bytes')
  const bytes = new Uint8Array(envelopeHeaderBytes)
  const view = new DataView(bytes.buffer)
  bytes.set([0x48, 0x46, kindCodes[header.kind], formatVersion, suiteAesGcm, codecs[header.codec]])
  bytes.set(header.vaultId, 8)
  bytes.set(header.salt, 24)
  view.setUint32(56, header.rawLength, true)
  view.setUint32(60, header.storedLength, true)
  return bytes
}

function keyFor(cipher: Cipher, sealing: SealingKey, salt: Uint8Array): Uint8Array {
  return cipher.mac(sealing.key, salt)
}

function damaged(object: string, problem: string): Error {
  return failure('object.damaged', { object, problem })
}
