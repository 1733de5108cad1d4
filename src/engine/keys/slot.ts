/**
 * A key slot: the master key of a vault, wrapped under one credential. The object `slot/<id>`, JSON in clear, so that it
 * can be read before any key is known; nothing in it is secret, and every field is bound to the wrapped key. Written
 * once and never changed. Whatever a hostile slot asks for is limited here, before any work is done for it (A17).
 * See docs/format/keys.md.
 */
import { assert, type Brand, failure, fromHex, toHex } from '#base'
import { encodeJson, JsonFields, type JsonValue } from '../format/json-record.ts'
import { idOf, type ObjectName, objectName } from '../format/object-name.ts'
import { type CredentialKind, credentialKinds } from './credential.ts'

export type SlotId = Brand<string, 'SlotId'>

export type Argon2Cost = {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
}
export type Argon2Params = Argon2Cost & { readonly salt: Uint8Array }

/** A passphrase is stretched; 32 random bytes need no stretching, so a key file opens at once. */
export type SlotKdf =
  | ({ readonly kind: 'argon2id' } & Argon2Params)
  | { readonly kind: 'hkdf-sha256'; readonly salt: Uint8Array }

/** All of a slot but its wrapped key, to which it is bound. */
export type SlotHeader = {
  readonly vaultId: Uint8Array
  readonly id: SlotId
  readonly kind: CredentialKind
  /** A person's words for it. */
  readonly label: string
  /** Wall clock, for people. */
  readonly createdAt: number
  readonly kdf: SlotKdf
}

export type Slot = SlotHeader & {
  /** 16 bytes: which key the slot belongs to, without which one slot could answer to two passphrases. */
  readonly commitment: Uint8Array
  /** The master key and its tag. */
  readonly wrapped: Uint8Array
}

export const slotSaltBytes = 32
export const commitmentBytes = 16
export const wrappedKeyBytes = 32 + 16
export const slotBytesMax = 8192
export const labelLengthMax = 200

export const defaultArgon2Cost: Argon2Cost = { memoryKiB: 256 * 1024, passes: 3, lanes: 4 }
/** Less than this is not offered to users; reading takes it, so that tests need not wait. */
export const argon2MemoryFloorKiB = 64 * 1024
export const argon2MemoryMaxKiB = 1024 * 1024
export const argon2PassesMax = 64
export const argon2LanesMax = 16
/** Memory times passes: 3 to 8 s on two shared cores. */
export const argon2WorkMaxKiB = 4 * 1024 * 1024

const knownVersion = 1
const idPattern = /^[0-9a-f]{16}$/

export function slotId(text: string): SlotId {
  assert(idPattern.test(text), 'a slot id is 16 lower-case hexadecimal digits')
  return text as SlotId
}

export function slotName(id: SlotId): ObjectName {
  return objectName('slot', id)
}

/** @returns undefined for a name that is not a slot's. */
export function findSlotId(name: ObjectName): SlotId | undefined {
  return idPattern.test(idOf(name)) ? slotId(idOf(name)) : undefined
}

/** @returns what is wrong with it, in words; undefined when it is within the limits of the format. */
export function findCostProblem(cost: Argon2Cost): string | undefined {
  const { memoryKiB, passes, lanes } = cost
  if (!within(lanes, 1, argon2LanesMax)) return `argon2id has 1 to ${argon2LanesMax} lanes`
  if (!within(passes, 1, argon2PassesMax)) return `argon2id has 1 to ${argon2PassesMax} passes`
  if (!within(memoryKiB, 8 * lanes, argon2MemoryMaxKiB)) {
    return `argon2id takes ${8 * lanes} to ${argon2MemoryMaxKiB} KiB of memory with ${lanes} lanes`
  }
  if (memoryKiB * passes > argon2WorkMaxKiB) {
    return `argon2id memory times passes exceeds ${argon2WorkMaxKiB} KiB`
  }
  return undefined
}

/** @returns what is wrong with it, in words. */
export function findLabelProblem(label: string): string | undefined {
  if (label.length > labelLengthMax) return `a label has at most ${labelLengthMax} characters`
  if (!label.isWellFormed() || /\p{Cc}/u.test(label)) return 'a label is one line of text'
  return undefined
}

export function encodeSlot(slot: Slot): Uint8Array {
  assert(findLabelProblem(slot.label) === undefined, 'a label is within its limits')
  return encodeJson({
    holdfast: 'slot',
    format: knownVersion,
    vaultId: toHex(slot.vaultId),
    id: slot.id,
    kind: slot.kind,
    label: slot.label,
    createdAt: slot.createdAt,
    kdf: kdfToJson(slot.kdf),
    commitment: toHex(slot.commitment),
    wrapped: toHex(slot.wrapped),
  })
}

/** @throws vault.format-unknown, object.damaged */
export function decodeSlot(bytes: Uint8Array, object: string): Slot {
  const refuse = (problem: string) => failure('object.damaged', { object, problem })
  if (bytes.length > slotBytesMax) throw refuse(`it is larger than ${slotBytesMax} bytes`)
  const fields = JsonFields.decode(bytes, object)
  fields.oneOf('holdfast', ['slot'])
  const format = fields.integer('format')
  if (format !== knownVersion) {
    throw failure('vault.format-unknown', { object, found: format, known: knownVersion })
  }
  const id = fields.text('id')
  if (!idPattern.test(id)) throw refuse('id is malformed')
  const slot = {
    vaultId: bytesFrom(fields, 'vaultId', 16, object),
    id: slotId(id),
    kind: fields.oneOf('kind', credentialKinds),
    label: fields.text('label'),
    createdAt: fields.integer('createdAt'),
    kdf: kdfFromJson(fields.record('kdf'), object),
    commitment: bytesFrom(fields, 'commitment', commitmentBytes, object),
    wrapped: bytesFrom(fields, 'wrapped', wrappedKeyBytes, object),
  }
  const problem = findSlotProblem(slot)
  if (problem !== undefined) throw refuse(problem)
  return slot
}

/** Reads `length` bytes in hexadecimal. @throws object.damaged */
export function bytesFrom(
  fields: JsonFields,
  key: string,
  length: number,
  object: string,
): Uint8Array {
  const text = fields.text(key)
  if (text.length !== length * 2 || !/^[0-9a-f]*$/.test(text)) {
    throw failure('object.damaged', { object, problem: `${key} is malformed` })
  }
  return fromHex(text)
}

function findSlotProblem(slot: Slot): string | undefined {
  if (slot.createdAt < 0) return 'createdAt is negative'
  // A passphrase that is not stretched could be guessed by the million.
  if ((slot.kind === 'passphrase') !== (slot.kdf.kind === 'argon2id')) {
    return `a ${slot.kind} slot does not go with ${slot.kdf.kind}`
  }
  if (slot.kdf.kind === 'argon2id') {
    const problem = findCostProblem(slot.kdf)
    if (problem !== undefined) return problem
  }
  return findLabelProblem(slot.label)
}

function kdfToJson(kdf: SlotKdf): JsonValue {
  const salt = toHex(kdf.salt)
  if (kdf.kind === 'hkdf-sha256') return { kind: kdf.kind, salt }
  const { kind, memoryKiB, passes, lanes } = kdf
  return { kind, memoryKiB, passes, lanes, salt }
}

function kdfFromJson(fields: JsonFields, object: string): SlotKdf {
  const kind = fields.oneOf('kind', ['argon2id', 'hkdf-sha256'])
  const salt = bytesFrom(fields, 'salt', slotSaltBytes, object)
  if (kind === 'hkdf-sha256') return { kind, salt }
  return {
    kind,
    memoryKiB: fields.integer('memoryKiB'),
    passes: fields.integer('passes'),
    lanes: fields.integer('lanes'),
    salt,
  }
}

function within(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max
}
