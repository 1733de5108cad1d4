/** A vault in a map: every promise of the socket, no disk. */
import { assert, checkAborted, concatBytes, equalBytes, failure } from '#base'
import {
  assertProof,
  type DeletionProof,
  hashedKinds,
  kindOf,
  type ObjectKind,
  type ObjectName,
} from '#engine'
import type { ByteRange, ObjectDraft, ObjectEntry, ObjectStore } from '../object-store.ts'

export class MemoryStore implements ObjectStore {
  /** For tests to look into and to damage. */
  readonly objects: Map<ObjectName, Uint8Array>

  constructor(objects: Map<ObjectName, Uint8Array>) {
    this.objects = objects
  }

  async find(
    name: ObjectName,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    checkAborted(signal)
    const bytes = this.#object(name)
    return bytes === undefined ? undefined : cutRange(name, bytes, range)
  }

  async stat(name: ObjectName, signal: AbortSignal): Promise<number | undefined> {
    checkAborted(signal)
    return this.#object(name)?.length
  }

  async secure(_: readonly ObjectName[], signal: AbortSignal): Promise<void> {
    checkAborted(signal)
  }

  async *list(kind: ObjectKind, signal: AbortSignal): AsyncIterable<ObjectEntry> {
    checkAborted(signal)
    const names = [...this.objects.keys()].filter((name) => kindOf(name) === kind).sort()
    for (const name of names) {
      checkAborted(signal)
      const bytes = this.#object(name)?.length
      if (bytes !== undefined) yield { name, bytes }
    }
  }

  /** What is empty is no object. */
  #object(name: ObjectName): Uint8Array | undefined {
    const bytes = this.objects.get(name)
    return bytes?.length === 0 ? undefined : bytes
  }

  async put(name: ObjectName, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assert(bytes.length > 0, 'an object has at least one byte')
    const there = this.objects.get(name)
    if (there !== undefined && !isTorn(name, there, bytes.length)) {
      if (!equalBytes(there, bytes)) throw failure('storage.exists', { object: name })
      return
    }
    this.objects.set(name, bytes.slice())
  }

  async draft(kind: ObjectKind, signal: AbortSignal): Promise<ObjectDraft> {
    checkAborted(signal)
    const parts: Uint8Array[] = []
    let state: 'open' | 'closed' = 'open'
    return {
      append: async (bytes, during) => {
        checkAborted(during)
        assert(state === 'open', 'a draft grows only until it is published or discarded')
        parts.push(bytes.slice())
      },
      publish: async (name, during) => {
        checkAborted(during)
        assert(state === 'open', 'a draft is published once')
        assert(kindOf(name) === kind, 'a draft is published under a name of its kind')
        state = 'closed'
        await this.put(name, concatBytes(parts), during)
      },
      discard: async () => {
        state = 'closed'
      },
    }
  }

  async removePack(name: ObjectName, proof: DeletionProof, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assertProof(proof, name)
    this.objects.delete(name)
  }

  async removeRecord(name: ObjectName, signal: AbortSignal): Promise<void> {
    checkAborted(signal)
    assert(kindOf(name) !== 'pack', 'a pack is removed by removePack only')
    this.objects.delete(name)
  }
}

export function memoryStore(objects: Map<ObjectName, Uint8Array> = new Map()): MemoryStore {
  return new MemoryStore(objects)
}

/** What a dying disk left of an object. It never counts as the object, so that a put makes it whole. */
export function isTorn(name: ObjectName, there: Uint8Array, length: number): boolean {
  return there.length === 0 || (there.length !== length && hashedKinds.has(kindOf(name)))
}

/** @throws object.damaged when the range reaches beyond the end. */
export function cutRange(
  name: ObjectName,
  bytes: Uint8Array,
  range: ByteRange | undefined,
): Uint8Array {
  if (range === undefined) return bytes.slice()
  const end = range.offset + range.length
  if (end > bytes.length) {
    throw failure('object.damaged', {
      object: name,
      problem: 'it ends before what was asked for',
    })
  }
  return bytes.slice(range.offset, end)
}
