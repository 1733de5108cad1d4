/**
 * Records as the program has them and rows as both databases store them. A record is declared once, as a type; the codec
 * names the fields that are stored another way: JSON as text, yes and no as 1 and 0. Empty columns are null.
 */
import type { JsonValue } from '#engine'

/** The row of a record. */
export type Stored<R, Json extends keyof R, Flag extends keyof R> = {
  readonly [K in keyof R]: K extends Json ? string : K extends Flag ? number : R[K]
}

/** Some fields of a record; what is undefined stays as it is. */
export type Change<R> = { readonly [K in keyof R]?: R[K] | undefined }

export type Codec<R, Json extends keyof R = never, Flag extends keyof R = never> = {
  toRow(record: R): Stored<R, Json, Flag>
  /** The fields that a change names, as columns. */
  toColumns(change: Change<R>): Partial<Stored<R, Json, Flag>>
  fromRow(row: Stored<R, Json, Flag>): R
}

/** @example const vaults = codecOf<Vault>()(['tags'], ['immutable']) */
export function codecOf<R extends object>() {
  return <const Json extends keyof R & string = never, const Flag extends keyof R & string = never>(
    json: readonly Json[] = [],
    flags: readonly Flag[] = [],
  ): Codec<R, Json, Flag> => {
    const isJson: ReadonlySet<string> = new Set(json)
    const isFlag: ReadonlySet<string> = new Set(flags)
    const store = (key: string, value: unknown): unknown => {
      if (isJson.has(key)) return JSON.stringify(value)
      return isFlag.has(key) ? Number(value === true) : value
    }
    const load = (key: string, value: unknown): unknown => {
      if (isJson.has(key)) return JSON.parse(String(value))
      return isFlag.has(key) ? value === 1 : value
    }
    // The one place where rows become records: the database's types and constraints have checked the columns, and JSON
    // is what `toRow` wrote. Who reads JSON of another program's shape parses it with the contract's schema.
    return {
      toRow: (record) => mapFields(record, store) as Stored<R, Json, Flag>,
      toColumns: (change) => mapFields(change, store) as Partial<Stored<R, Json, Flag>>,
      fromRow: (row) => mapFields(row, load) as R,
    }
  }
}

function mapFields(fields: object, convert: (key: string, value: unknown) => unknown): object {
  const mapped: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) mapped[key] = convert(key, value)
  }
  return mapped
}

export type JsonRecord = { readonly [key: string]: JsonValue }
