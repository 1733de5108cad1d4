/** Where in a call ids of objects stand: what an attack test replaces by the ids of another account (A22). */
import { z } from 'zod'
import { pathSchema } from './call.ts'
import { idKinds } from './ids.ts'
import { isBinary, type ObjectKind, type RouteSpec } from './route.ts'

export type IdPlace = {
  readonly part: 'path' | 'query' | 'body'
  /** Keys from the part down; `[]` is an element of a list. */
  readonly at: readonly string[]
  readonly kind: ObjectKind
}

export function listIdPlaces(route: RouteSpec): readonly IdPlace[] {
  const { path, query, body } = route
  const parts = [
    ['path', pathSchema(path)],
    ['query', query],
    ['body', body === undefined || isBinary(body) ? undefined : body],
  ] as const
  return parts.flatMap(([part, schema]) =>
    schema === undefined ? [] : placesIn(schema).map((place) => ({ part, ...place })),
  )
}

type Place = Omit<IdPlace, 'part'>

function placesIn(schema: unknown, at: readonly string[] = []): readonly Place[] {
  if (!(schema instanceof z.ZodType)) return []
  const kind = idKinds.get(schema)?.kind
  if (kind !== undefined) return [{ at, kind }]
  if (schema instanceof z.ZodOptional) return placesIn(schema.unwrap(), at)
  if (schema instanceof z.ZodArray) return placesIn(schema.element, [...at, '[]'])
  if (schema instanceof z.ZodCodec) return placesIn(schema.in, at)
  if (schema instanceof z.ZodRecord) return placesIn(schema.valueType, [...at, '[]'])
  if (schema instanceof z.ZodUnion) {
    return distinct(schema.options.flatMap((option) => placesIn(option, at)))
  }
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).flatMap(([key, value]) => placesIn(value, [...at, key]))
}

function distinct(places: readonly Place[]): readonly Place[] {
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()]
}
