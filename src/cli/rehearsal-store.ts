/**
 * A store to rehearse on: what is read comes from the real one, what is written is forgotten, though whoever wrote it finds
 * it there. So a dry run is the very job, with exact figures, and changes nothing.
 */
import { assert, equalBytes, failure } from '#base'
import { kindOf, type ObjectKind, type ObjectName } from '#engine'
import type { ByteRange, Leases, ObjectDraft, ObjectEntry, ObjectReader, ObjectStore } from '#ports'
import type { Vault } from '#vault'

/**
 * The vault for a dry run. Its owner's lease is nobody's: nothing is decided, so it neither waits for a job nor needs
 * storage that can be written; as a reader it keeps what it looks at from being deleted.
 */
export function rehearsalOf(vault: Vault): Vault {
  const { store, leases } = vault.ports
  const rehearsed: Leases = {
    acquire: (kind, holder, signal) =>
      leases.acquire(kind === 'owner' ? 'reader' : kind, holder, signal),
  }
  return {
    ...vault,
    ports: { ...vault.ports, store: new RehearsalStore(store), leases: rehearsed },
  }
}

/** `bytes` is undefined for packs, which nobody reads again and which may be large. */
type Written = { readonly length: number; readonly bytes: Uint8Array | undefined }

export class RehearsalStore implements ObjectStore {
  readonly #real: ObjectReader
  readonly #written = new Map<ObjectName, Written>()

  constructor(real: ObjectReader) {
    this.#real = real
  }

  async find(
    name: ObjectName,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const written = this.#written.get(name)
    if (written === undefined) return await this.#real.find(name, range, signal)
    if (written.bytes === undefined)
      throw failure('storage.unavailable', { object: name, problem: 'a dry run did not keep it' })
    if (range === undefined) return written.bytes
    return written.bytes.subarray(range.offset, range.offset + range.length)
  }

  async stat(name: ObjectName, signal: AbortSignal): Promise<number | undefined> {
    return this.#written.get(name)?.length ?? (await this.#real.stat(name, signal))
  }

  async *list(kind: ObjectKind, signal: AbortSignal): AsyncIterable<ObjectEntry> {
    const entries = new Map<ObjectName, number>()
    for await (const { name, bytes } of this.#real.list(kind, signal)) entries.set(name, bytes)
    for (const [name, { length }] of this.#written)
      if (kindOf(name) === kind) entries.set(name, length)
    for (const name of [...entries.keys()].sort()) yield { name, bytes: entries.get(name) ?? 0 }
  }

  async put(name: ObjectName, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const before = await this.find(name, undefined, signal)
    if (before !== undefined && !equalBytes(before, bytes))
      throw failure('storage.exists', { object: name })
    const isKept = kindOf(name) !== 'pack'
    this.#written.set(name, { length: bytes.length, bytes: isKept ? bytes.slice() : undefined })
  }

  async draft(kind: ObjectKind): Promise<ObjectDraft> {
    assert(kind === 'pack', 'only packs are drafted')
    let length = 0
    return {
      append: async (bytes) => {
        length += bytes.length
      },
      publish: async (name) => {
        this.#written.set(name, { length, bytes: undefined })
      },
      discard: async () => undefined,
    }
  }

  /** Nothing that lasts is built on what a rehearsal saw. */
  async secure(): Promise<void> {}

  /** A rehearsal removes nothing, and nobody in it looks whether it did. */
  async removePack(): Promise<void> {}

  async removeRecord(): Promise<void> {}
}
