/**
 * Key slots: opening a vault, and changing what opens it, so that a vault is never left without a proven slot. A slot
 * counts only while the store still gives its bytes back intact and a proof says that they gave the master key. The
 * order is: slot durable → read back → opened from the credential anew → proof durable. A crash anywhere leaves at most
 * a slot that works and does not count. Whoever adds or removes holds the owner lease. See docs/format/keys.md.
 */
import { assert, checkAborted, equalBytes, type Failure, failure, isFailure, toHex } from '#base'
import {
  type Argon2Cost,
  type Credential,
  type CredentialKind,
  credentialWords,
  defaultArgon2Cost,
  encodeSlot,
  encodeSlotProof,
  findCostProblem,
  findLabelProblem,
  makeSlotProof,
  passphraseBytes,
  proofName,
  type Slot,
  type SlotId,
  type SlotKdf,
  type SlotProof,
  slotId,
  slotName,
  slotSaltBytes,
  unwrapMaster,
  wrapMaster,
} from '#engine'
import {
  isProven,
  listNamesOf,
  readSlot,
  readSlotShelf,
  type SlotAccess,
  type SlotShelf,
  type UnusableSlot,
} from './slot-shelf.ts'

export type { SlotAccess, UnusableSlot } from './slot-shelf.ts'

export const slotsMax = 32

export type Unlocked = { readonly master: Uint8Array; readonly slot: Slot }

export type ListedSlot = {
  readonly id: SlotId
  readonly kind: CredentialKind
  readonly label: string
  readonly createdAt: number
  readonly kdf: SlotKdf
  /** The last proof. Without the master key it is the store's word; `removeSlot` checks it with the key. */
  readonly provenAt: number | undefined
}

export type NewSlot = {
  readonly master: Uint8Array
  readonly credential: Credential
  readonly label: string
  /** Wall clock. */
  readonly at: number
  /** For passphrases. */
  readonly cost?: Argon2Cost
}

/** Wraps the master key; writes nothing. @throws usage.invalid, key.malformed */
export async function createSlot(
  access: SlotAccess,
  request: NewSlot,
  signal: AbortSignal,
): Promise<Slot> {
  const { credential, label, cost = defaultArgon2Cost } = request
  const problem = findLabelProblem(label) ?? findCostProblem(cost)
  if (problem !== undefined) throw failure('usage.invalid', { problem })
  const salt = access.cipher.random(slotSaltBytes)
  const kdf: SlotKdf =
    credential.kind === 'passphrase'
      ? { kind: 'argon2id', ...cost, salt }
      : { kind: 'hkdf-sha256', salt }
  const secret = await secretOf(access, { kdf, credential }, signal)
  const header = {
    vaultId: access.vaultId,
    id: slotId(toHex(access.cipher.random(8))),
    kind: credential.kind,
    label,
    createdAt: request.at,
    kdf,
  }
  return wrapMaster(access.cipher, header, { secret, master: request.master })
}

/**
 * Adds a way in and proves it: what was written is read back from the store and must give the master key.
 * @throws object.damaged when it does not; the slot is then taken away again.
 */
export async function addSlot(
  access: SlotAccess,
  request: NewSlot,
  signal: AbortSignal,
): Promise<ListedSlot> {
  const shelf = await readSlotShelf(access, signal)
  if (shelf.slots.length >= slotsMax) {
    throw failure('limit.exceeded', { what: 'The number of key slots', limit: slotsMax })
  }
  const slot = await createSlot(access, request, signal)
  const name = slotName(slot.id)
  await access.store.put(name, encodeSlot(slot), signal)
  try {
    return await prove(access, { id: slot.id, ...request }, signal)
  } catch (problem) {
    // Only what is known to be bad is removed; after any other failure the slot stays, unproven.
    if (isFailure(problem, 'object.damaged')) await access.store.removeRecord(name, signal)
    throw problem
  }
}

/** The drill: opens the vault with this credential alone and records that it went well. @throws as `unlock` */
export async function proveSlot(
  access: SlotAccess,
  request: { readonly credential: Credential; readonly at: number },
  signal: AbortSignal,
): Promise<ListedSlot> {
  const { master, slot } = await unlock(access, request.credential, signal)
  return await prove(access, { ...request, id: slot.id, master }, signal)
}

/**
 * Finds the slot that the credential opens, cheapest first, so that a planted expensive slot delays nobody.
 * @throws vault.wrong-key, key.malformed, object.missing (no slot at all), object.damaged (no slot that could be tried)
 */
export async function unlock(
  access: SlotAccess,
  credential: Credential,
  signal: AbortSignal,
): Promise<Unlocked> {
  const shelf = await readSlotShelf(access, signal)
  const candidates = shelf.slots.filter(({ slot }) => slot.kind === credential.kind)
  const broken: Failure[] = []
  for (const { slot } of candidates.toSorted((a, b) => workOf(a.slot) - workOf(b.slot))) {
    checkAborted(signal)
    try {
      const master = await openSlot(access, { slot, credential }, signal)
      if (master !== undefined) return { master, slot }
    } catch (problem) {
      if (!isFailure(problem, 'object.damaged')) throw problem
      broken.push(problem)
    }
  }
  throw broken[0] ?? nothingOpened(shelf, credential.kind, candidates.length)
}

/** Needs no key. */
export async function listSlots(
  access: SlotAccess,
  signal: AbortSignal,
): Promise<{ readonly slots: readonly ListedSlot[]; readonly unusable: readonly UnusableSlot[] }> {
  const { slots, unusable } = await readSlotShelf(access, signal)
  return { slots: slots.map((stored) => listed(stored.slot, stored.proofs)), unusable }
}

export type SlotRemoval = {
  /** As the user gave it. */
  readonly id: string
  readonly master: Uint8Array
  /** Proven slots that must remain: 1, or 2 while any lock is active (rule L7). */
  readonly minimum: number
}

/** @throws vault.last-slot, slot.not-found. */
export async function removeSlot(
  access: SlotAccess,
  removal: SlotRemoval,
  signal: AbortSignal,
): Promise<void> {
  assert(removal.minimum >= 1, 'a vault keeps at least one proven slot')
  const { store } = access
  const names = await listNamesOf(access, removal.id, signal)
  if (names.slot === undefined && names.proofs.length === 0) {
    throw failure('slot.not-found', { slot: removal.id })
  }
  const shelf = await readSlotShelf(access, signal)
  refuseIfLast(access, shelf, removal)
  if (names.slot !== undefined) {
    await store.removeRecord(names.slot, signal)
    const bytes = shelf.slots.find(({ slot }) => slot.id === removal.id)?.bytes
    try {
      // Leases do not keep two hosts apart. Of two that remove each other's last remaining slot at once, the one that
      // looks last sees it here, and puts its slot back.
      refuseIfLast(access, await readSlotShelf(access, signal), removal)
    } catch (problem) {
      if (bytes !== undefined) await store.put(names.slot, bytes, signal)
      throw problem
    }
  }
  for (const proof of names.proofs) await store.removeRecord(proof, signal)
}

function refuseIfLast(access: SlotAccess, shelf: SlotShelf, removal: SlotRemoval): void {
  const remaining = shelf.slots.filter(
    (stored) => stored.slot.id !== removal.id && isProven(access.cipher, stored, removal.master),
  )
  if (remaining.length >= removal.minimum) return
  throw failure('vault.last-slot', { slot: removal.id, needed: removal.minimum })
}

type Trial = {
  readonly id: SlotId
  readonly credential: Credential
  readonly master: Uint8Array
  readonly at: number
}

async function prove(access: SlotAccess, trial: Trial, signal: AbortSignal): Promise<ListedSlot> {
  const { store, cipher, vaultId } = access
  const name = slotName(trial.id)
  const bytes = await store.find(name, undefined, signal)
  if (bytes === undefined) throw failure('object.missing', { object: name })
  const { slot, digest } = readSlot(access, name, bytes)
  // The credential is stretched once more: an error of the machine in the first time would go unseen otherwise.
  const master = await openSlot(access, { slot, credential: trial.credential }, signal)
  if (master === undefined || !equalBytes(master, trial.master)) {
    throw failure('object.damaged', { object: name, problem: 'it does not give the master key' })
  }
  const facts = { vaultId, slot: slot.id, slotDigest: digest, provenAt: trial.at }
  const proof = makeSlotProof(cipher, master, facts)
  const latest = proofName(slot.id, trial.at)
  await store.put(latest, encodeSlotProof(proof), signal)
  const { proofs } = await listNamesOf(access, slot.id, signal)
  for (const older of proofs) if (older !== latest) await store.removeRecord(older, signal)
  return listed(slot, [proof])
}

async function openSlot(
  access: SlotAccess,
  { slot, credential }: { readonly slot: Slot; readonly credential: Credential },
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const secret = await secretOf(access, { kdf: slot.kdf, credential }, signal)
  return unwrapMaster(access.cipher, slot, secret)
}

async function secretOf(
  access: SlotAccess,
  { kdf, credential }: { readonly kdf: SlotKdf; readonly credential: Credential },
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (credential.kind !== 'passphrase') return credential.secret
  assert(kdf.kind === 'argon2id', 'the slot of a passphrase is stretched')
  return await access.stretcher.stretch(passphraseBytes(credential.passphrase), kdf, signal)
}

function nothingOpened(shelf: SlotShelf, kind: CredentialKind, tried: number): Failure {
  if (shelf.slots.length + shelf.unusable.length === 0) {
    return failure('object.missing', { object: 'Every key slot' })
  }
  const problem = shelf.unusable[0]?.problem
  // Nobody should doubt a passphrase because its slot is damaged.
  if (tried === 0 && problem !== undefined) return problem
  return failure('vault.wrong-key', { credential: credentialWords[kind] }, problem)
}

function listed(slot: Slot, proofs: readonly SlotProof[]): ListedSlot {
  const { id, kind, label, createdAt, kdf } = slot
  const instants = proofs.map((proof) => proof.provenAt)
  const provenAt = instants.length === 0 ? undefined : Math.max(...instants)
  return { id, kind, label, createdAt, kdf, provenAt }
}

function workOf({ kdf }: Slot): number {
  return kdf.kind === 'argon2id' ? kdf.memoryKiB * kdf.passes : 0
}
