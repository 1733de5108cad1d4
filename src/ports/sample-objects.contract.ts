/** Objects for the suites and tests of stores. */
import { equal, ok } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  type DeletionProof,
  hashedName,
  ledgerName,
  type ObjectKind,
  type ObjectName,
  objectName,
  proveDeletion,
} from '#engine'
import type { ObjectEntry, ObjectStore } from './object-store.ts'

const signal = new AbortController().signal

/** Bytes that differ by seed. */
export function content(seed: number, length: number): Uint8Array {
  const block = createHash('sha512').update(`content ${seed}`).digest()
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (block[i & 63] ?? 0) ^ (i >> 6)
  return bytes
}

/** A name of the kind that fits the bytes; kinds that are not named by a hash get a word that tells them apart. */
export function nameOf(kind: ObjectKind, bytes: Uint8Array): ObjectName {
  const digest = createHash('sha256').update(bytes).digest()
  if (kind === 'ledger') return ledgerName(digest.readUInt32LE())
  if (kind === 'vault' || kind === 'slot') return objectName(kind, digest.toString('hex', 0, 8))
  return hashedName(kind, digest)
}

export function proofFor(pack: ObjectName): DeletionProof {
  return proveDeletion({ pack, bytes: 1, condemnedBy: 1, markDigest: 'digest', entry: 2 })
}

export async function listed(
  store: ObjectStore,
  kind: ObjectKind,
  during: AbortSignal = signal,
): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = []
  for await (const entry of store.list(kind, during)) entries.push(entry)
  return entries
}

/** `deepEqual` of large arrays takes seconds to say no. */
export function sameBytes(found: Uint8Array | undefined, wanted: Uint8Array): void {
  ok(found !== undefined, 'the object is found')
  equal(found.constructor, Uint8Array)
  ok(Buffer.compare(found, wanted) === 0, `${found.length} bytes are the ${wanted.length} wanted`)
}
