/**
 * Wrapping and unwrapping of the master key. From the secret (what argon2id made of a passphrase, or the 32 bytes of a key
 * file or recovery key) and the slot's salt comes the slot's key; from that, apart, a commitment and the wrapping key.
 * The salt is fresh for every wrap, so every wrapping key is used once, and the all-zero nonce of the Cipher is safe.
 * See docs/format/keys.md.
 */
import { assert, concatBytes, equalBytes, failure, toHex } from '#base'
import type { Cipher } from '../sealing/cipher.ts'
import {
  commitmentBytes,
  type Slot,
  type SlotHeader,
  type SlotKdf,
  slotName,
  slotSaltBytes,
} from './slot.ts'

export type WrapCipher = Pick<Cipher, 'mac' | 'expand' | 'encrypt' | 'decrypt'>

/** @param secret 32 bytes. */
export function wrapMaster(
  cipher: WrapCipher,
  header: SlotHeader,
  keys: { readonly secret: Uint8Array; readonly master: Uint8Array },
): Slot {
  assert(keys.master.length === 32, 'a master key has 32 bytes')
  const { commitment, wrapping } = slotKeys(cipher, header, keys.secret)
  return {
    ...header,
    commitment,
    wrapped: cipher.encrypt(wrapping, keys.master, associatedData(header)),
  }
}

/**
 * The master key; undefined when the slot belongs to another secret. The commitment decides that before anything is
 * decrypted: AES-GCM alone lets one ciphertext be valid under many keys, and a slot made so would tell its maker which
 * of many passphrases was typed (a partitioning oracle).
 * @throws object.damaged when it is the right secret, but the slot was changed.
 */
export function unwrapMaster(
  cipher: WrapCipher,
  slot: Slot,
  secret: Uint8Array,
): Uint8Array | undefined {
  const { commitment, wrapping } = slotKeys(cipher, slot, secret)
  if (!equalBytes(commitment, slot.commitment)) return undefined
  const master = cipher.decrypt(wrapping, slot.wrapped, associatedData(slot))
  if (master === undefined) {
    throw failure('object.damaged', {
      object: slotName(slot.id),
      problem: 'its key is not authentic',
    })
  }
  return master
}

function slotKeys(
  cipher: WrapCipher,
  header: SlotHeader,
  secret: Uint8Array,
): { readonly commitment: Uint8Array; readonly wrapping: Uint8Array } {
  assert(secret.length === 32, 'the secret of a slot has 32 bytes')
  assert(header.kdf.salt.length === slotSaltBytes, 'the salt of a slot has 32 bytes')
  const info = `holdfast/v1/slot/${toHex(header.vaultId)}/${header.id}`
  // HKDF-SHA-256 (RFC 5869) with the slot's salt; for 32 bytes its second half is one HMAC.
  const extracted = cipher.mac(header.kdf.salt, secret)
  const key = cipher.mac(extracted, concatBytes([new TextEncoder().encode(info), Uint8Array.of(1)]))
  return {
    commitment: cipher.expand(key, 'holdfast/v1/slot-commit', commitmentBytes),
    wrapping: cipher.expand(key, 'holdfast/v1/slot-wrap', 32),
  }
}

/** Lines of text that anyone can write again from the JSON; the label, the only free text, comes last. */
function associatedData(header: SlotHeader): Uint8Array {
  const lines = [
    'holdfast/v1/slot',
    toHex(header.vaultId),
    header.id,
    header.kind,
    String(header.createdAt),
    kdfWords(header.kdf),
    header.label,
  ]
  return new TextEncoder().encode(lines.join('\n'))
}

function kdfWords(kdf: SlotKdf): string {
  if (kdf.kind === 'hkdf-sha256') return `hkdf-sha256 ${toHex(kdf.salt)}`
  return `argon2id m=${kdf.memoryKiB} t=${kdf.passes} p=${kdf.lanes} ${toHex(kdf.salt)}`
}
