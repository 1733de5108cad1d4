/** Any store, with a plan of what goes wrong at its socket: failures, lost replies, wrong bytes, short lists. */
import { failure } from '#base'
import { type DeletionProof, kindOf, type ObjectKind, type ObjectName } from '#engine'
import type { ByteRange, ObjectDraft, ObjectEntry, ObjectStore } from '../object-store.ts'
import type { FaultEffect, FaultPlan, StorageCode, StoreCall } from './fault-plan.ts'

export type FaultyStoreParts = {
  readonly store: ObjectStore
  readonly plan: FaultPlan<StoreCall>
  /** Called before every call, so that a scheduler may run another job in between. */
  readonly yieldPoint?: () => Promise<void>
}

export class FaultyStore implements ObjectStore {
  readonly #parts: FaultyStoreParts

  constructor(parts: FaultyStoreParts) {
    this.#parts = parts
  }

  async find(
    name: ObjectName,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const effect = await this.#enter('find', kindOf(name))
    const bytes = await around(effect, name, () => this.#parts.store.find(name, range, signal))
    if (bytes === undefined || effect?.kind === 'deny') return undefined
    if (effect?.kind === 'short') return bytes.subarray(0, effect.after)
    return effect?.kind === 'flip' ? flipped(bytes, effect.bit) : bytes
  }

  async stat(name: ObjectName, signal: AbortSignal): Promise<number | undefined> {
    const effect = await this.#enter('stat', kindOf(name))
    const bytes = await around(effect, name, () => this.#parts.store.stat(name, signal))
    return effect?.kind === 'deny' ? undefined : bytes
  }

  async *list(kind: ObjectKind, signal: AbortSignal): AsyncIterable<ObjectEntry> {
    const effect = await this.#enter('list', kind)
    await around(effect, kind, async () => undefined)
    const repeated: ObjectEntry[] = []
    let count = 0
    for await (const entry of this.#parts.store.list(kind, signal)) {
      if (effect?.kind === 'short' && count === effect.after) return
      if (effect?.kind === 'breakOff' && count === effect.after) throw broken(effect.code, kind)
      if (effect?.kind === 'repeat' && count < effect.entries) repeated.push(entry)
      yield entry
      count++
    }
    if (effect?.kind === 'breakOff') throw broken(effect.code, kind)
    yield* repeated
  }

  async put(name: ObjectName, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const effect = await this.#enter('put', kindOf(name))
    await around(effect, name, () => this.#parts.store.put(name, bytes, signal))
  }

  secure(names: readonly ObjectName[], signal: AbortSignal): Promise<void> {
    return this.#parts.store.secure(names, signal)
  }

  async draft(kind: ObjectKind, signal: AbortSignal): Promise<ObjectDraft> {
    const effect = await this.#enter('draft', kind)
    const draft = await around(effect, kind, () => this.#parts.store.draft(kind, signal))
    return {
      append: async (bytes, during) => {
        const fault = await this.#enter('append', kind)
        await around(fault, kind, () => draft.append(bytes, during))
      },
      publish: async (name, during) => {
        const fault = await this.#enter('publish', kind)
        await around(fault, name, () => draft.publish(name, during))
      },
      discard: () => draft.discard(),
    }
  }

  async removePack(name: ObjectName, proof: DeletionProof, signal: AbortSignal): Promise<void> {
    const effect = await this.#enter('removePack', 'pack')
    await around(effect, name, () => this.#parts.store.removePack(name, proof, signal))
  }

  async removeRecord(name: ObjectName, signal: AbortSignal): Promise<void> {
    const effect = await this.#enter('removeRecord', kindOf(name))
    await around(effect, name, () => this.#parts.store.removeRecord(name, signal))
  }

  async #enter(call: StoreCall, kind: ObjectKind): Promise<FaultEffect | undefined> {
    await this.#parts.yieldPoint?.()
    return this.#parts.plan.next(call, kind)
  }
}

export function faultyStore(parts: FaultyStoreParts): FaultyStore {
  return new FaultyStore(parts)
}

async function around<T>(
  effect: FaultEffect | undefined,
  object: string,
  work: () => Promise<T>,
): Promise<T> {
  if (effect?.kind === 'fail') throw broken(effect.code, object)
  const answer = await work()
  if (effect?.kind === 'replyLost') throw broken(effect.code, object)
  return answer
}

function broken(code: StorageCode, object: string): Error {
  return failure(code, { object, problem: 'planned' })
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  if (bytes.length === 0) return bytes
  const wrong = bytes.slice()
  const at = Math.floor(bit / 8) % wrong.length
  wrong[at] = (wrong[at] ?? 0) ^ (1 << (bit % 8))
  return wrong
}
