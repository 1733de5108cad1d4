/**
 * The proof of a key slot: the object `slot/<id>-proof-<instant>`, written after the slot was read back from the store
 * and gave the master key. Stored objects never change, so a slot cannot say of itself that it was tried; and a slot
 * whose proof is missing (a crash in between) does not count. The proof is bound to the very bytes of the slot and to
 * the master key, so neither a damaged slot nor one that a stranger added counts. See docs/format/keys.md.
 */
import { assert, equalBytes, failure, toHex } from '#base'
import { encodeJson, JsonFields } from '../format/json-record.ts'
import { idOf, type ObjectName, objectName } from '../format/object-name.ts'
import type { Cipher } from '../sealing/cipher.ts'
import { bytesFrom, type SlotId, slotBytesMax, slotId } from './slot.ts'

export type SlotProof = {
  readonly vaultId: Uint8Array
  readonly slot: SlotId
  /** SHA-256 of the slot object. */
  readonly slotDigest: Uint8Array
  /** Wall clock. */
  readonly provenAt: number
  readonly mac: Uint8Array
}

export type ProofCipher = Pick<Cipher, 'mac' | 'expand'>

const knownVersion = 1
const instantDigits = 15
const namePattern = new RegExp(`^(?<id>[0-9a-f]{16})-proof-[0-9]{${instantDigits}}$`)

export function proofName(id: SlotId, provenAt: number): ObjectName {
  return objectName('slot', `${id}-proof-${String(provenAt).padStart(instantDigits, '0')}`)
}

/** @returns the slot that a proof of this name is about; undefined for a name that is not a proof's. */
export function findProofSlotId(name: ObjectName): SlotId | undefined {
  const id = namePattern.exec(idOf(name))?.groups?.['id']
  return id === undefined ? undefined : slotId(id)
}

/** Made by whoever has just unwrapped `master` from the slot as the store returned it. */
export function makeSlotProof(
  cipher: ProofCipher,
  master: Uint8Array,
  facts: Omit<SlotProof, 'mac'>,
): SlotProof {
  assert(isInstant(facts.provenAt), 'a proof has an instant since 1970')
  return { ...facts, mac: macOf(cipher, master, facts) }
}

/** Whether the proof was made by a holder of this master key. */
export function isAuthenticProof(
  cipher: ProofCipher,
  master: Uint8Array,
  proof: SlotProof,
): boolean {
  return equalBytes(proof.mac, macOf(cipher, master, proof))
}

export function encodeSlotProof(proof: SlotProof): Uint8Array {
  return encodeJson({
    holdfast: 'slot-proof',
    format: knownVersion,
    vaultId: toHex(proof.vaultId),
    slot: proof.slot,
    slotDigest: toHex(proof.slotDigest),
    provenAt: proof.provenAt,
    mac: toHex(proof.mac),
  })
}

/** @throws vault.format-unknown, object.damaged */
export function decodeSlotProof(bytes: Uint8Array, object: string): SlotProof {
  const refuse = (problem: string) => failure('object.damaged', { object, problem })
  if (bytes.length > slotBytesMax) throw refuse(`it is larger than ${slotBytesMax} bytes`)
  const fields = JsonFields.decode(bytes, object)
  fields.oneOf('holdfast', ['slot-proof'])
  const format = fields.integer('format')
  if (format !== knownVersion) {
    throw failure('vault.format-unknown', { object, found: format, known: knownVersion })
  }
  const provenAt = fields.integer('provenAt')
  if (!isInstant(provenAt)) throw refuse('provenAt is out of range')
  return {
    vaultId: bytesFrom(fields, 'vaultId', 16, object),
    slot: slotId(toHex(bytesFrom(fields, 'slot', 8, object))),
    slotDigest: bytesFrom(fields, 'slotDigest', 32, object),
    provenAt,
    mac: bytesFrom(fields, 'mac', 32, object),
  }
}

function macOf(cipher: ProofCipher, master: Uint8Array, facts: Omit<SlotProof, 'mac'>): Uint8Array {
  const vaultId = toHex(facts.vaultId)
  const key = cipher.expand(master, `holdfast/v1/slot-proof/${vaultId}`, 32)
  const lines = ['holdfast/v1/slot-proof', vaultId, facts.slot, toHex(facts.slotDigest)]
  const text = [...lines, String(facts.provenAt)].join('\n')
  return cipher.mac(key, new TextEncoder().encode(text))
}

function isInstant(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value < 10 ** instantDigits
}
