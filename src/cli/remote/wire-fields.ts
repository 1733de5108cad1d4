/** Objects of the API as fields of a line of JSON: exactly as they came over the wire. */
import { encodeWire } from '#contract'
import type { Fields } from '../output.ts'

type AnySchema = Parameters<typeof encodeWire>[0]

export function wireFields<Schema extends AnySchema>(
  schema: Schema,
  value: Parameters<typeof encodeWire<Schema>>[1],
): Fields {
  // The wire is JSON, and what is absent there is no field here.
  const fields: Fields = JSON.parse(JSON.stringify(encodeWire(schema, value)))
  return fields
}
