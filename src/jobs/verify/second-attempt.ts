/**
 * A reading that fails is tried once more, and the last attempt decides: a cable that shook is no damage (restic issue
 * 5467), and is told all the same. What a store says of itself as a whole is never a finding about an object.
 */
import { type Failure, isFailure } from '#base'
import type { ObjectReader } from '#ports'
import { configName } from '#vault'
import type { Findings } from './findings.ts'

export type Attempted<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Failure }

export class SecondAttempt {
  readonly #store: ObjectReader
  readonly #findings: Findings

  constructor(store: ObjectReader, findings: Findings) {
    this.#store = store
    this.#findings = findings
  }

  async run<T>(object: string, read: () => Promise<T>, signal: AbortSignal): Promise<Attempted<T>> {
    const first = await attempt(read)
    if (first.ok) return first
    const second = await attempt(read)
    if (second.ok) {
      this.#findings.healed(object, first.problem.message)
      return second
    }
    // When the whole storage is out of reach, nothing can be said of the object.
    if (second.problem.entry.kind !== 'damaged') await this.#store.stat(configName, signal)
    return second
  }
}

async function attempt<T>(read: () => Promise<T>): Promise<Attempted<T>> {
  try {
    return { ok: true, value: await read() }
  } catch (problem) {
    if (isFailure(problem) && speaksOfObject(problem)) return { ok: false, problem }
    throw problem
  }
}

function speaksOfObject({ code, entry }: Failure): boolean {
  if (entry.kind === 'damaged') return true
  // A turned bit in the version of an envelope reads as another format.
  if (code === 'vault.format-unknown') return true
  return code === 'storage.unavailable' || code === 'storage.denied'
}
