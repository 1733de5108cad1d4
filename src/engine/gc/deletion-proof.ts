/**
 * The right to delete one pack (reliability rule 6.5). Only the sweep makes proofs, a store's `removePack` takes nothing
 * else, and every proof is journalled before it is used. The brand keeps other code from writing one by hand; the set
 * keeps a forged object from passing at run time.
 */
import { assert } from '#base'
import type { ObjectName } from '../format/object-name.ts'

declare const proven: unique symbol

export type DeletionFacts = {
  readonly pack: ObjectName
  readonly epoch: number
  readonly condemnedEpoch: number
  /** Digest over the roots and pins of the second mark. */
  readonly markDigest: string
  readonly trustedAt: number
  readonly journalNumber: number
}

export type DeletionProof = DeletionFacts & { readonly [proven]: true }

const made = new WeakSet<object>()

/** Called by the sweep and by nobody else; `test/layers.test.ts` checks that. */
export function proveDeletion(facts: DeletionFacts): DeletionProof {
  const proof = Object.freeze({ ...facts }) as DeletionProof
  made.add(proof)
  return proof
}

/** Called by every store directly before it deletes a pack. */
export function assertProof(proof: DeletionProof, name: ObjectName): void {
  assert(made.has(proof), 'a deletion proof is made by the sweep')
  assert(proof.pack === name, 'a deletion proof is for this very pack')
}
