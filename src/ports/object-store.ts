/**
 * The socket through which everything of a vault passes: immutable named byte strings. Every method may throw only
 * storage.denied, storage.full, storage.unavailable, storage.broken, storage.exists, object.damaged and job.aborted; the
 * contract suite (object-store.contract.ts) proves the promises for every implementation.
 */
import type { DeletionProof, ObjectKind, ObjectName } from '#engine'

export type ByteRange = { readonly offset: number; readonly length: number }
export type ObjectEntry = { readonly name: ObjectName; readonly bytes: number }

export interface ObjectReader {
  /**
   * The object or a range of it. Undefined only if the store itself said that there is none. A range that reaches beyond
   * the end is object.damaged, never a short answer. The bytes are the caller's own, to change or to hand to a thread.
   */
  find(
    name: ObjectName,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>
  /** The size of the object, never 0: a file cut to nothing is no object. Undefined only if the store itself said that there is none. */
  stat(name: ObjectName, signal: AbortSignal): Promise<number | undefined>
  /** Every object of a kind that existed when the call began and still exists, each once, in name order. Never a short list. */
  list(kind: ObjectKind, signal: AbortSignal): AsyncIterable<ObjectEntry>
  /** Of a store that keeps the kinds in `twofoldKinds` twice. Putting such an object again makes both copies whole. */
  readonly copies?: ObjectCopies
}

export type CopyState = 'good' | 'missing' | 'damaged'

export interface ObjectCopies {
  /** How the two copies of an object are, read just now. A copy that nothing speaks against is good. */
  inspect(name: ObjectName, signal: AbortSignal): Promise<readonly [CopyState, CopyState]>
}

export interface ObjectWriter extends ObjectReader {
  /**
   * On return the bytes are durable and visible; before, nothing is durable. Same name and same bytes: no change. Same name and
   * other bytes: storage.exists; so of two writers of one name exactly one wins.
   */
  put(name: ObjectName, bytes: Uint8Array, signal: AbortSignal): Promise<void>
  /**
   * Of objects that were seen: on return they are durable. A writer that died before its `put` or `publish` returned may
   * have left an object that can be seen and that a power cut takes away; ask before anything is built on it.
   */
  secure(names: readonly ObjectName[], signal: AbortSignal): Promise<void>
  /** An object whose name is known only at its end. */
  draft(kind: ObjectKind, signal: AbortSignal): Promise<ObjectDraft>
}

export interface ObjectDraft {
  append(bytes: Uint8Array, signal: AbortSignal): Promise<void>
  /** As `put`: durable and visible on return. */
  publish(name: ObjectName, signal: AbortSignal): Promise<void>
  /** Leaves nothing behind. No effect after `publish`. */
  discard(): Promise<void>
}

export interface ObjectStore extends ObjectWriter {
  /** The only way a pack disappears. On return it is gone for good; removing what is not there is no error. */
  removePack(name: ObjectName, proof: DeletionProof, signal: AbortSignal): Promise<void>
  /** Removes an object of another kind, which other objects have made superfluous. */
  removeRecord(name: ObjectName, signal: AbortSignal): Promise<void>
}
