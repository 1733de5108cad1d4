/**
 * What a schema describes, as the house has its data: nothing in it can be changed. And the two directions of the wire for
 * such values.
 */
import { z } from 'zod'

export type Frozen<Value> = Value extends
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  ? Value
  : Value extends readonly (infer Item)[]
    ? readonly Frozen<Item>[]
    : { readonly [Key in keyof Value]: Frozen<Value[Key]> }

/** A value as code has it: ids, instants and bytes as types of ours. */
export type Decoded<Schema extends z.ZodType> = Frozen<z.output<Schema>>
/** The same value as it crosses the wire: JSON. */
export type Encoded<Schema extends z.ZodType> = Frozen<z.input<Schema>>

type AnySchema = z.ZodType<unknown, unknown>

/** @throws ZodError when the value is not what its type says: a bug */
export function encodeWire<Schema extends z.ZodType>(
  schema: Schema,
  value: Decoded<Schema>,
): Encoded<Schema> {
  const any: AnySchema = schema
  return z.encode(any, value) as Encoded<Schema>
}

/** What the schema says that the JSON means, or where it is wrong. */
export function tryDecodeWire<Schema extends z.ZodType>(
  schema: Schema,
  wire: unknown,
): { readonly value: Decoded<Schema> } | { readonly error: z.ZodError } {
  const any: AnySchema = schema
  const { success, data, error } = z.safeDecode(any, wire)
  return success ? { value: data as Decoded<Schema> } : { error }
}
