import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Failure, isFailure } from '#base'
import { credentialKinds } from './credential.ts'
import {
  argon2LanesMax,
  argon2MemoryMaxKiB,
  argon2PassesMax,
  argon2WorkMaxKiB,
  decodeSlot,
  defaultArgon2Cost,
  encodeSlot,
  findCostProblem,
  type Slot,
  slotBytesMax,
  slotId,
} from './slot.ts'
import { decodeSlotProof, encodeSlotProof, findProofSlotId, proofName } from './slot-proof.ts'

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hexOf = (length: number) => bytesOf(length).map((bytes) => Buffer.from(bytes).toString('hex'))
const anyLabel = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .filter((label) => label.length <= 200 && !/\p{Cc}/u.test(label))
const anyCost = fc
  .record(
    {
      memoryKiB: fc.integer({ min: 8 * argon2LanesMax, max: argon2MemoryMaxKiB }),
      passes: fc.integer({ min: 1, max: 4 }),
      lanes: fc.integer({ min: 1, max: argon2LanesMax }),
    },
    { noNullPrototype: true },
  )
  .filter((cost) => findCostProblem(cost) === undefined)
const anySlot: fc.Arbitrary<Slot> = fc
  .tuple(
    fc.constantFrom(...credentialKinds),
    anyCost,
    bytesOf(32),
    fc.record(
      {
        vaultId: bytesOf(16),
        id: hexOf(8).map(slotId),
        label: anyLabel,
        createdAt: fc.maxSafeNat(),
        commitment: bytesOf(16),
        wrapped: bytesOf(48),
      },
      { noNullPrototype: true },
    ),
  )
  .map(([kind, cost, salt, rest]) => ({
    ...rest,
    kind,
    kdf:
      kind === 'passphrase'
        ? { kind: 'argon2id' as const, ...cost, salt }
        : { kind: 'hkdf-sha256' as const, salt },
  }))

const object = 'slot/0123456789abcdef'
const sample = fc.sample(anySlot, { numRuns: 40, seed: 7 })
const ofPassphrase = sample.find((slot) => slot.kind === 'passphrase')
const ofKeyFile = sample.find((slot) => slot.kind === 'key-file')
assert.ok(ofPassphrase !== undefined && ofKeyFile !== undefined)

/** The slot with some of its JSON replaced. */
function altered(slot: Slot, changes: object): Uint8Array {
  const fields = JSON.parse(new TextDecoder().decode(encodeSlot(slot)))
  return new TextEncoder().encode(JSON.stringify({ ...fields, ...changes }))
}

function refusal(bytes: Uint8Array): Failure | undefined {
  try {
    decodeSlot(bytes, object)
    return undefined
  } catch (problem) {
    assert.ok(problem instanceof Failure, `${problem} is of the catalogue`)
    assert.ok(problem.code === 'object.damaged' || problem.code === 'vault.format-unknown')
    return problem
  }
}

test('a slot decodes to what was encoded', () => {
  fc.assert(
    fc.property(anySlot, (slot) => {
      assert.deepEqual(decodeSlot(encodeSlot(slot), object), slot)
    }),
  )
})

test('arbitrary bytes are refused with an error of the catalogue (A24)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.ok(refusal(bytes) !== undefined)
    }),
  )
  fc.assert(
    fc.property(fc.json(), (text) => {
      assert.ok(refusal(new TextEncoder().encode(text)) !== undefined)
    }),
  )
})

test('a slot with fields of any value is refused with an error of the catalogue, or is a slot (A24)', () => {
  const keys = Object.keys(JSON.parse(new TextDecoder().decode(encodeSlot(ofPassphrase))))
  const kdfKeys = ['kind', 'memoryKiB', 'passes', 'lanes', 'salt']
  const { kdf } = JSON.parse(new TextDecoder().decode(encodeSlot(ofPassphrase)))
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
      refusal(altered(ofPassphrase, { [key]: value }))
    }),
    { numRuns: 1000 },
  )
  fc.assert(
    fc.property(fc.constantFrom(...kdfKeys), fc.jsonValue(), (key, value) => {
      refusal(altered(ofPassphrase, { kdf: { ...kdf, [key]: value } }))
    }),
    { numRuns: 1000 },
  )
})

test('a slot cut short at any byte is refused (F01)', () => {
  for (const slot of [ofPassphrase, ofKeyFile]) {
    const bytes = encodeSlot(slot)
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(refusal(bytes.subarray(0, length))?.code, 'object.damaged')
    }
  }
})

test('no slot may ask for more memory or time than the limits (A17)', () => {
  const salt = 'ab'.repeat(32)
  const hostile: readonly (readonly [memoryKiB: unknown, passes: unknown, lanes: unknown])[] = [
    [argon2MemoryMaxKiB + 1, 1, 1],
    [2 ** 40, 1, 1],
    [Number.MAX_SAFE_INTEGER, 1, 1],
    [1e300, 1, 1],
    [64, argon2PassesMax + 1, 1],
    [64, 2 ** 32, 1],
    [argon2MemoryMaxKiB, argon2WorkMaxKiB / argon2MemoryMaxKiB + 1, 1],
    [1024, 1, argon2LanesMax + 1],
    [1024, 1, 0],
    [1024, 0, 1],
    [0, 1, 1],
    [31, 1, 4],
    [-1024, 1, 1],
    [1024.5, 1, 1],
    ['1024', 1, 1],
    [null, 1, 1],
  ]
  for (const [memoryKiB, passes, lanes] of hostile) {
    const kdf = { kind: 'argon2id', memoryKiB, passes, lanes, salt }
    const bytes = altered(ofPassphrase, { kdf })
    assert.equal(refusal(bytes)?.code, 'object.damaged', JSON.stringify(kdf))
  }
  assert.ok(argon2MemoryMaxKiB <= 1024 * 1024, 'no slot takes more than 1 GiB')
  assert.equal(findCostProblem(defaultArgon2Cost), undefined)
})

test('a passphrase is never taken without stretching, nor a slot of absurd size, label or time', () => {
  const kdf = { kind: 'hkdf-sha256', salt: 'ab'.repeat(32) }
  for (const changes of [
    { kdf },
    { label: 'two\nlines' },
    { label: '\ud800' },
    { label: 'x'.repeat(201) },
    { createdAt: -1 },
    { kdf: { ...kdf, salt: 'ab'.repeat(31) } },
    { kdf: { ...kdf, salt: 'AB'.repeat(32) } },
    { padding: 'x'.repeat(slotBytesMax) },
  ]) {
    const bytes = altered(ofPassphrase, changes)
    assert.equal(refusal(bytes)?.code, 'object.damaged', JSON.stringify(changes).slice(0, 80))
  }
})

test('a slot of a later format is named as such', () => {
  assert.equal(refusal(altered(ofKeyFile, { format: 2 }))?.code, 'vault.format-unknown')
})

test('a proof decodes to what was encoded, other bytes give errors of the catalogue (A24)', () => {
  const proof = {
    vaultId: ofKeyFile.vaultId,
    slot: ofKeyFile.id,
    slotDigest: new Uint8Array(32).fill(3),
    provenAt: 1_700_000_000_000,
    mac: new Uint8Array(32).fill(4),
  }
  const bytes = encodeSlotProof(proof)
  const name = proofName(proof.slot, proof.provenAt)
  assert.deepEqual(decodeSlotProof(bytes, name), proof)
  assert.equal(findProofSlotId(name), proof.slot)
  const known = (problem: unknown) =>
    isFailure(problem, 'object.damaged') || isFailure(problem, 'vault.format-unknown')
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeSlotProof(bytes.subarray(0, length), name), known)
  }
  const fields = JSON.parse(new TextDecoder().decode(bytes))
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(fields)), fc.jsonValue(), (key, value) => {
      const text = JSON.stringify({ ...fields, [key]: value })
      try {
        decodeSlotProof(new TextEncoder().encode(text), name)
      } catch (problem) {
        assert.ok(known(problem), `${problem}`)
      }
    }),
    { numRuns: 1000 },
  )
})
