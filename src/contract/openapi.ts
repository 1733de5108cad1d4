/** The OpenAPI 3.1 description, made from the table of routes and the schemas that validate. */

import { z } from 'zod'
import { assert, catalogue, type ErrorCode } from '#base'
import { answerSchema, pathSchema } from './call.ts'
import { eventStreamMedia } from './event-stream.ts'
import { problem, problemMedia } from './problem.ts'
import { isBinary, type RouteClass, type RouteSpec } from './route.ts'
import { apiPath, type NamedRoute, routeList } from './routes/table.ts'

type Json = Readonly<Record<string, unknown>>

const about =
  'Holdfast keeps locked, deduplicated backups of the files of servers. Instants are RFC 3339 in UTC. Paths of files are text where their bytes are UTF-8, else `hex:` and the bytes in hexadecimal. Lists come in pages: pass `next` as `cursor`. Errors are problem details (RFC 9457) whose `code` is in docs/errors.md.'

export function openApiDocument(version: string, list: readonly NamedRoute[] = routeList): Json {
  const schemas = new Schemas()
  const paths = new Map<string, Map<string, Json>>()
  for (const named of list) {
    const { route } = named
    const operations = paths.get(route.path) ?? new Map<string, Json>()
    operations.set(route.method.toLowerCase(), operation(named, schemas))
    if (route.atRoot === true) operations.set('servers', [{ url: '/' }] as unknown as Json)
    paths.set(route.path, operations)
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Holdfast',
      version,
      description: about,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: apiPath }],
    tags: [...new Set(list.map(({ group }) => group))].map((name) => ({ name })),
    paths: Object.fromEntries(
      [...paths].map(([path, operations]) => [path, Object.fromEntries(operations)]),
    ),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'An API token.' },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: 'holdfast-session',
          description: 'Set by signing in; calls that change something send Holdfast-Csrf besides.',
        },
        agent: { type: 'mutualTLS', description: 'The certificate of an agent.' },
      },
      parameters: { IdempotencyKey: idempotencyKey },
      schemas: schemas.components(),
    },
  }
}

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same key with the same request gets the answer of the first one.',
  schema: { type: 'string', minLength: 1, maxLength: 64 },
}

function operation({ name, group, route }: NamedRoute, schemas: Schemas): Json {
  const parameters = [
    ...parametersIn('path', pathSchema(route.path), schemas),
    ...(route.query === undefined ? [] : parametersIn('query', route.query, schemas)),
    ...(route.repeat === 'key' ? [{ $ref: '#/components/parameters/IdempotencyKey' }] : []),
  ]
  return {
    operationId: name,
    tags: [group],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, schemas) }),
    responses: {
      [route.answer.status]: {
        description: 'Done.',
        ...content(route, schemas),
      },
      ...refusalsOf(route, schemas),
    },
    security: securityOf(route.class),
    'x-holdfast-class': { ...route.class, scope: route.class.scope ?? null },
    'x-holdfast-repeat': route.repeat,
  }
}

function parametersIn(part: 'path' | 'query', schema: z.ZodObject, schemas: Schemas): Json[] {
  return Object.entries(schema.shape).map(([name, value]) => ({
    name,
    in: part,
    required: part === 'path' || !z.safeParse(value, undefined).success,
    schema: schemas.of(value),
  }))
}

function requestBody(body: NonNullable<RouteSpec['body']>, schemas: Schemas): Json {
  const media = isBinary(body)
    ? { [body.media]: {} }
    : { 'application/json': { schema: schemas.of(body) } }
  return { required: true, content: media }
}

function content({ answer }: RouteSpec, schemas: Schemas): Json {
  switch (answer.kind) {
    case 'empty':
      return {}
    case 'text':
    case 'bytes':
      return { content: { [answer.media]: {} } }
    case 'events':
      return { content: { [eventStreamMedia]: { schema: schemas.of(answerSchema(answer)) } } }
    default:
      return { content: { 'application/json': { schema: schemas.of(answerSchema(answer)) } } }
  }
}

/** Codes that every route may answer with, by what it takes and who may call it. */
export function refusalCodes(route: RouteSpec): readonly ErrorCode[] {
  const open = route.class.callers.includes('public')
  const takes = route.path.includes('{') || route.query !== undefined || route.body !== undefined
  return [
    ...(takes ? (['request.invalid'] as const) : []),
    ...(route.body === undefined ? [] : (['request.too-large'] as const)),
    ...(open ? [] : (['auth.required', 'auth.forbidden'] as const)),
    ...(route.class.scope === undefined ? [] : (['auth.scope-missing'] as const)),
    ...(route.repeat === 'key' ? (['idempotency.mismatch', 'idempotency.under-way'] as const) : []),
    ...(route.refusals ?? []),
    'server.fault',
    'server.not-ready',
  ]
}

function refusalsOf(route: RouteSpec, schemas: Schemas): Json {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of new Set(refusalCodes(route))) {
    const { status } = catalogue[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const schema = schemas.of(problem)
  const answers = [...byStatus].sort(([a], [b]) => a - b)
  return Object.fromEntries(
    answers.map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(', '),
        content: { [problemMedia]: { schema } },
      },
    ]),
  )
}

function securityOf({ callers, scope }: RouteClass): readonly Json[] {
  if (callers.includes('public')) return []
  if (callers.includes('agent')) return [{ agent: [] }]
  return scope === undefined ? [{ cookie: [] }] : [{ cookie: [] }, { token: [] }]
}

/** Schemas as JSON Schema; those that have an id stand once, under components. */
class Schemas {
  readonly #components = new Map<string, Json>()

  of(schema: z.core.$ZodType): Json {
    // In an object of one property, a schema that has an id becomes a reference like everywhere else.
    const { properties, $defs } = z.toJSONSchema(z.object({ it: schema }), {
      io: 'input',
      // The format says it already; the pattern for leap years has a thousand characters.
      override: ({ jsonSchema }) => {
        if (jsonSchema.format === 'date-time' || jsonSchema.format === 'date') {
          delete jsonSchema.pattern
        }
      },
    })
    for (const [id, definition] of Object.entries($defs ?? {})) this.#keep(id, moved(definition))
    return moved(properties?.['it'])
  }

  components(): Json {
    return Object.fromEntries([...this.#components].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #keep(id: string, definition: Json): void {
    const before = this.#components.get(id)
    assert(
      before === undefined || JSON.stringify(before) === JSON.stringify(definition),
      `the id ${id} names one schema`,
    )
    this.#components.set(id, definition)
  }
}

/** References as OpenAPI has them; ids of ours are no keyword of JSON Schema. */
function moved(definition: unknown): Json {
  const text = JSON.stringify(definition, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('#/$defs/')
      ? value.replace('#/$defs/', '#/components/schemas/')
      : value,
  )
  const { id: _, ...rest }: Record<string, unknown> = JSON.parse(text)
  return rest
}
