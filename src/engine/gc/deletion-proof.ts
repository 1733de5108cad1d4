/**
 * The right to delete one pack (reliability rule 6.5). Only the sweep makes proofs, a store's `removePack` takes nothing
 * else, and every proof stands in the ledger before it is used. The brand keeps other code from writing one by hand; the
 * set keeps a forged object from passing at run time.
 */
import { assert } from '#base'
import type { DeletionFacts } from '../format/ledger.ts'
import type { ObjectName } from '../format/object-name.ts'

declare const proven: unique symbol

export type DeletionProof = DeletionFacts & {
  /** Number of the ledger entry that announces the deletion. */
  readonly entry: number
  readonly [proven]: true
}

const made = new WeakSet<object>()

/** Called by the sweep and by nobody else; `test/layers.test.ts` checks that. */
export function proveDeletion(facts: DeletionFacts & { readonly entry: number }): DeletionProof {
  const proof = Object.freeze({ ...facts }) as DeletionProof
  made.add(proof)
  return proof
}

/** Called by every store directly before it deletes a pack. */
export function assertProof(proof: DeletionProof, name: ObjectName): void {
  assert(made.has(proof), 'a deletion proof is made by the sweep')
  assert(proof.pack === name, 'a deletion proof is for this very pack')
}
