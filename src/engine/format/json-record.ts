/**
 * Records that are small and seldom are JSON inside a sealed envelope: points, marks, epochs, journal entries. Decoding
 * checks shape field by field; an unknown field is kept out, a missing one is damage.
 */
import { failure, fromHex } from '#base'

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

export function encodeJson(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

/** Reads fields of one JSON object with their types. @throws object.damaged */
export class JsonFields {
  readonly #fields: { readonly [key: string]: unknown }
  /** Name for messages. */
  readonly object: string

  constructor(value: unknown, object: string) {
    this.object = object
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.#wrong('the record')
    this.#fields = value as { readonly [key: string]: unknown }
  }

  static decode(bytes: Uint8Array, object: string): JsonFields {
    let value: unknown
    try {
      value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch (problem) {
      throw failure('object.damaged', { object, problem: 'it is not JSON' }, problem)
    }
    return new JsonFields(value, object)
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#fields, key) && this.#fields[key] !== null
  }

  text(key: string): string {
    const value = this.#own(key)
    if (typeof value !== 'string') throw this.#wrong(key)
    return value
  }

  /** Bytes in hexadecimal, of a length that is known or of any. */
  hex(key: string, length?: number): Uint8Array {
    const bytes = findBytes(this.text(key), length)
    if (bytes === undefined) throw this.#wrong(key)
    return bytes
  }

  hexes(key: string, length: number): Uint8Array[] {
    return this.texts(key).map((text) => {
      const bytes = findBytes(text, length)
      if (bytes === undefined) throw this.#wrong(key)
      return bytes
    })
  }

  /** A finite number; sizes, counts and instants (milliseconds) are safe integers. */
  integer(key: string): number {
    const value = this.#own(key)
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw this.#wrong(key)
    return value
  }

  flag(key: string): boolean {
    const value = this.#own(key)
    if (typeof value !== 'boolean') throw this.#wrong(key)
    return value
  }

  oneOf<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.text(key)
    const choice = choices.find((c) => c === value)
    if (choice === undefined) throw this.#wrong(key)
    return choice
  }

  list<T>(key: string, read: (item: unknown) => T): T[] {
    const value = this.#own(key)
    if (!Array.isArray(value)) throw this.#wrong(key)
    return value.map(read)
  }

  texts(key: string): string[] {
    return this.list(key, (item) => {
      if (typeof item !== 'string') throw this.#wrong(key)
      return item
    })
  }

  record(key: string): JsonFields {
    return new JsonFields(this.#own(key), this.object)
  }

  #own(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? this.#fields[key] : undefined
  }

  #wrong(key: string): Error {
    return failure('object.damaged', {
      object: this.object,
      problem: `${key} is missing or of the wrong type`,
    })
  }
}

function findBytes(text: string, length: number | undefined): Uint8Array | undefined {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) return undefined
  return length === undefined || text.length === length * 2 ? fromHex(text) : undefined
}
