/**
 * The store as a simulated process has it: before each call, and now and then after it, chance may give the turn to
 * another job; planned faults happen; and the truth is told what was put and what is about to be removed.
 */
import type { DeletionProof, ObjectKind, ObjectName } from '#engine'
import type {
  ByteRange,
  FaultPlan,
  ObjectDraft,
  ObjectEntry,
  ObjectStore,
  SeededRandom,
  StoreCall,
} from '#ports'
import { faultyStore } from '#ports'

export type StoreWitness = {
  /** Somebody asks whether it is there. */
  wasAsked(name: ObjectName): void
  /** On return of a put: from now on this is durable. */
  wasPut(name: ObjectName, bytes: Uint8Array): void
  willRemovePack(name: ObjectName): void
  willRemoveRecord(name: ObjectName): void
}

export type WatchedParts = {
  readonly store: ObjectStore
  readonly plan: FaultPlan<StoreCall>
  readonly witness: StoreWitness
  readonly turn: () => Promise<void>
  readonly random: SeededRandom
}

const turnAfterShare = 0.3

export function watchedStore(parts: WatchedParts): ObjectStore {
  const { turn, random } = parts
  const inner = faultyStore({ store: witnessed(parts), plan: parts.plan })
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    await turn()
    try {
      return await work()
    } finally {
      if (random.chance(turnAfterShare)) await turn()
    }
  }
  return {
    find: (name: ObjectName, range: ByteRange | undefined, signal: AbortSignal) =>
      around(() => inner.find(name, range, signal)),
    stat: (name, signal) => around(() => inner.stat(name, signal)),
    async *list(kind: ObjectKind, signal: AbortSignal): AsyncIterable<ObjectEntry> {
      await turn()
      for await (const entry of inner.list(kind, signal)) {
        yield entry
        if (random.chance(turnAfterShare)) await turn()
      }
    },
    secure: (names, signal) => around(() => inner.secure(names, signal)),
    put: (name, bytes, signal) => around(() => inner.put(name, bytes, signal)),
    async draft(kind, signal): Promise<ObjectDraft> {
      const draft = await around(() => inner.draft(kind, signal))
      return {
        append: (bytes, during) => around(() => draft.append(bytes, during)),
        publish: (name, during) => around(() => draft.publish(name, during)),
        discard: () => draft.discard(),
      }
    },
    removePack: (name, proof, signal) => around(() => inner.removePack(name, proof, signal)),
    removeRecord: (name, signal) => around(() => inner.removeRecord(name, signal)),
  }
}

/** Next to the storage, behind the faults: it hears of what really happens. */
function witnessed({ store, witness }: WatchedParts): ObjectStore {
  return {
    find: (name, range, signal) => store.find(name, range, signal),
    stat(name, signal) {
      witness.wasAsked(name)
      return store.stat(name, signal)
    },
    list: (kind, signal) => store.list(kind, signal),
    secure: (names, signal) => store.secure(names, signal),
    async put(name, bytes, signal) {
      await store.put(name, bytes, signal)
      witness.wasPut(name, bytes)
    },
    draft: (kind, signal) => store.draft(kind, signal),
    removePack(name: ObjectName, proof: DeletionProof, signal: AbortSignal) {
      witness.willRemovePack(name)
      return store.removePack(name, proof, signal)
    },
    removeRecord(name, signal) {
      witness.willRemoveRecord(name)
      return store.removeRecord(name, signal)
    },
  }
}
