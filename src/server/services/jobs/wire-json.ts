/** Values of the contract as the catalog keeps them: the JSON that goes over the wire. */
import { assert } from '#base'
import { type Decoded, encodeWire, routes, tryDecodeWire } from '#contract'
import type { JsonRecord } from '../../catalog/index.ts'

type AnySchema = Parameters<typeof encodeWire>[0]

/** The parts of a job that are kept as JSON. */
export const jobShape = routes.jobs.get.answer.schema.shape
export const restoreShape = routes.restoreJobs.get.answer.schema.shape

export function toJson<Schema extends AnySchema>(
  schema: Schema,
  value: Decoded<Schema>,
): JsonRecord {
  return checked(JSON.parse(JSON.stringify(encodeWire(schema, value))))
}

/** Parts of a wire value that was encoded before. */
export function jsonRecords(wire: readonly object[]): readonly JsonRecord[] {
  return wire.map((value) => checked(JSON.parse(JSON.stringify(value))))
}

function checked(json: unknown): JsonRecord {
  assert(typeof json === 'object' && json !== null && !Array.isArray(json), 'a record is kept')
  // The one place where JSON that was just parsed becomes a record of JSON.
  return json as JsonRecord
}

/** Undefined when it is not what the schema says: an older version wrote it, or nobody did. */
export function fromJson<Schema extends AnySchema>(
  schema: Schema,
  json: unknown,
): Decoded<Schema> | undefined {
  const read = tryDecodeWire(schema, json)
  return 'value' in read ? read.value : undefined
}
