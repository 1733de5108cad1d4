/**
 * The key slots of a vault with their proofs, as the store has them now. Whatever does not decode, stands under a name
 * that is not its own or belongs to another vault is kept apart with its reason; it never hides the good ones.
 */
import { equalBytes, type Failure, failure, isFailure } from '#base'
import {
  type Cipher,
  decodeSlot,
  decodeSlotProof,
  findProofSlotId,
  findSlotId,
  isAuthenticProof,
  type ObjectName,
  type Slot,
  type SlotProof,
} from '#engine'
import type { KeyStretcher, ObjectStore } from '#ports'

export type SlotAccess = {
  readonly store: Pick<ObjectStore, 'find' | 'list' | 'put' | 'removeRecord'>
  readonly cipher: Pick<Cipher, 'digest' | 'mac' | 'expand' | 'encrypt' | 'decrypt' | 'random'>
  readonly stretcher: KeyStretcher
  /** 16 bytes. */
  readonly vaultId: Uint8Array
}

export type StoredSlot = {
  readonly slot: Slot
  readonly bytes: Uint8Array
  readonly digest: Uint8Array
  /** Those that are about these very bytes. */
  readonly proofs: readonly SlotProof[]
}

export type UnusableSlot = { readonly name: ObjectName; readonly problem: Failure }

export type SlotShelf = {
  readonly slots: readonly StoredSlot[]
  readonly unusable: readonly UnusableSlot[]
}

/** Far more slots than people need, few enough to read them all. */
export const slotObjectsMax = 256
/** A planted proof can hide real ones behind it; the slot does not count then, which keeps the others. */
const proofsPerSlotMax = 4

/** @throws limit.exceeded, and what the store throws; damage of single objects is in the answer. */
export async function readSlotShelf(access: SlotAccess, signal: AbortSignal): Promise<SlotShelf> {
  const slots: StoredSlot[] = []
  const unusable: UnusableSlot[] = []
  const readUsable = async <T>(name: ObjectName, read: (bytes: Uint8Array) => T) => {
    try {
      const bytes = await access.store.find(name, undefined, signal)
      return bytes === undefined ? undefined : read(bytes)
    } catch (problem) {
      if (!isFailure(problem) || !describesObject(problem)) throw problem
      unusable.push({ name, problem })
      return undefined
    }
  }
  for (const { name, proofs } of await listShelf(access, signal)) {
    const stored = await readUsable(name, (bytes) => readSlot(access, name, bytes))
    if (stored === undefined) continue
    const found: SlotProof[] = []
    for (const proofName of proofs) {
      const proof = await readUsable(proofName, (bytes) => readProof(access, proofName, bytes))
      if (proof !== undefined && equalBytes(proof.slotDigest, stored.digest)) found.push(proof)
    }
    slots.push({ ...stored, proofs: found })
  }
  return { slots, unusable }
}

/** The names of a slot and of its proofs. */
export async function listNamesOf(
  access: SlotAccess,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly slot: ObjectName | undefined; readonly proofs: readonly ObjectName[] }> {
  let slot: ObjectName | undefined
  const proofs: ObjectName[] = []
  for await (const { name } of access.store.list('slot', signal)) {
    if (findSlotId(name) === id) slot = name
    else if (findProofSlotId(name) === id) proofs.push(name)
  }
  return { slot, proofs }
}

/** Every slot with the names of its newest proofs, which directly follow it in name order. */
async function listShelf(
  access: SlotAccess,
  signal: AbortSignal,
): Promise<readonly { readonly name: ObjectName; readonly proofs: readonly ObjectName[] }[]> {
  const shelf: { readonly name: ObjectName; readonly proofs: ObjectName[] }[] = []
  for await (const { name } of access.store.list('slot', signal)) {
    const last = shelf.at(-1)
    const proven = findProofSlotId(name)
    if (proven === undefined) {
      if (shelf.length === slotObjectsMax) {
        throw failure('limit.exceeded', { what: 'The number of key slots', limit: slotObjectsMax })
      }
      shelf.push({ name, proofs: [] })
    } else if (last !== undefined && findSlotId(last.name) === proven) {
      last.proofs.push(name)
      if (last.proofs.length > proofsPerSlotMax) last.proofs.shift()
    }
  }
  return shelf
}

/** Read from the store just now, tried once with success, and so known to give this master key. */
export function isProven(
  cipher: SlotAccess['cipher'],
  stored: StoredSlot,
  master: Uint8Array,
): boolean {
  return stored.proofs.some((proof) => isAuthenticProof(cipher, master, proof))
}

export function readSlot(
  access: SlotAccess,
  name: ObjectName,
  bytes: Uint8Array,
): Omit<StoredSlot, 'proofs'> {
  const slot = decodeSlot(bytes, name)
  if (slot.id !== findSlotId(name)) throw damaged(name, 'it stands under the name of another slot')
  refuseForeign(access, name, slot.vaultId)
  return { slot, bytes, digest: access.cipher.digest(bytes) }
}

function readProof(access: SlotAccess, name: ObjectName, bytes: Uint8Array): SlotProof {
  const proof = decodeSlotProof(bytes, name)
  if (proof.slot !== findProofSlotId(name)) throw damaged(name, 'it is about another slot')
  refuseForeign(access, name, proof.vaultId)
  return proof
}

function refuseForeign(access: SlotAccess, name: ObjectName, vaultId: Uint8Array): void {
  if (!equalBytes(vaultId, access.vaultId)) throw damaged(name, 'it belongs to another vault')
}

/** A slot of a newer format is not ours to use, and no reason to refuse the others. */
function describesObject(problem: Failure): boolean {
  return problem.code === 'object.damaged' || problem.code === 'vault.format-unknown'
}

function damaged(object: ObjectName, problem: string): Failure {
  return failure('object.damaged', { object, problem })
}
