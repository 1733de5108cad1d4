/**
 * Queries as text and back. A list is its key several times; absent is absent. What a text means (a number, a list) is
 * what the route's schema says, so a query never guesses.
 */

import { z } from 'zod'
import { failure } from '#base'

type Wire = string | number | boolean | readonly (string | number)[] | undefined

const partsMax = 1_000

export function writeQuery(values: Readonly<Record<string, unknown>>): string {
  const text = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) text.append(key, String(one))
    }
  }
  return text.toString()
}

/** @returns what the schema is to parse. @throws request.invalid for a key that is given twice and is no list */
export function readQuery(schema: z.ZodObject, text: string): Readonly<Record<string, Wire>> {
  const types = queryTypes(schema)
  const given = new URLSearchParams(text)
  const values = new Map<string, Wire>()
  let parts = 0
  for (const key of new Set(given.keys())) {
    const all = given.getAll(key)
    parts += all.length
    if (parts > partsMax) throw failure('limit.exceeded', { what: 'A query', limit: partsMax })
    const type = types.get(key) ?? 'string'
    if (type === 'array') values.set(key, all)
    else if (all.length > 1)
      throw failure('request.invalid', { where: `query.${key}`, problem: 'it is given twice' })
    else values.set(key, scalarOf(type, all[0] ?? ''))
  }
  return Object.fromEntries(values)
}

/** Numbers are written as JSON writes them; any other text stays text and the schema refuses it. */
function scalarOf(type: string, text: string): Wire {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (/^(?:integer|number)$/.test(type) && /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,9})?$/.test(text)) {
    return Number(text)
  }
  return text
}

const known = new WeakMap<z.ZodObject, ReadonlyMap<string, string>>()

function queryTypes(schema: z.ZodObject): ReadonlyMap<string, string> {
  const before = known.get(schema)
  if (before !== undefined) return before
  const types = new Map(
    Object.entries(schema.shape).map(([key, value]) => {
      const { type } = z.toJSONSchema(value, { io: 'input' })
      return [key, typeof type === 'string' ? type : 'string'] as const
    }),
  )
  known.set(schema, types)
  return types
}
