/**
 * A call of a route, typed from the route: what a client passes, what the listener reads out of it, and what comes back.
 * Both sides use the same schemas, so an answer that the server may write is one that the client can read.
 */

import { z } from 'zod'
import { BrokenInvariant, failure } from '#base'
import { pageOf } from './paging.ts'
import { type PathParameters, pathParameters } from './path-parameters.ts'
import { readQuery } from './query-text.ts'
import { type Answer, isBinary, type PathNames, type RouteSpec } from './route.ts'
import type { Decoded, Encoded } from './wire/frozen.ts'

type Input<Schema> = Schema extends z.ZodType ? Encoded<Schema> : Uint8Array

type PathInputs<Path extends string> = {
  readonly [Name in PathNames<Path> & keyof PathParameters]: z.input<PathParameters[Name]>
}
type PathOutputs<Path extends string> = {
  readonly [Name in PathNames<Path> & keyof PathParameters]: z.output<PathParameters[Name]>
}

/** A part may be left out when nothing in it must be given. */
type Part<Name extends string, Value> =
  Readonly<Record<never, never>> extends Value
    ? { readonly [Key in Name]?: Value }
    : { readonly [Key in Name]: Value }

/** What a client passes: as it goes over the wire. */
export type CallInput<Spec extends RouteSpec> = Part<'path', PathInputs<Spec['path']>> &
  (Spec extends { readonly query: infer Query extends z.ZodObject }
    ? Part<'query', Encoded<Query>>
    : unknown) &
  (Spec extends { readonly body: infer Body } ? { readonly body: Input<Body> } : unknown)

/** What the listener hands to a service: parsed, ids and instants as types of ours. */
export type Call<Spec extends RouteSpec> = {
  readonly path: PathOutputs<Spec['path']>
  readonly query: Spec extends { readonly query: infer Query extends z.ZodObject }
    ? Decoded<Query>
    : Readonly<Record<never, never>>
  /** A binary body is not here: the listener streams it. */
  readonly body: Spec extends { readonly body: infer Body extends z.ZodType }
    ? Decoded<Body>
    : undefined
}

export type ItemOf<Spec extends RouteSpec> = Spec['answer'] extends {
  readonly kind: 'page'
  readonly item: infer Item extends z.ZodType
}
  ? Decoded<Item>
  : never

export type Page<Item> = {
  readonly items: readonly Item[]
  readonly next?: string | undefined
  readonly total?: number | undefined
}

/** What a service gives and a client gets. Streams of bytes have their own ways. */
export type CallAnswer<Spec extends RouteSpec> = Spec['answer'] extends {
  readonly kind: 'json' | 'events'
  readonly schema: infer Schema extends z.ZodType
}
  ? Decoded<Schema>
  : Spec['answer'] extends { readonly kind: 'page' }
    ? Page<ItemOf<Spec>>
    : Spec['answer'] extends { readonly kind: 'text' }
      ? string
      : undefined

/** @throws request.invalid; the sentence says where, and never repeats what was sent. */
export function readCall<Spec extends RouteSpec>(
  spec: Spec,
  raw: {
    readonly path: Readonly<Record<string, string>>
    readonly query: string
    readonly body: unknown
  },
): Call<Spec> {
  const query = spec.query ?? noQuery
  const body = spec.body === undefined || isBinary(spec.body) ? z.undefined() : spec.body
  const call = {
    path: parsed('path', pathSchema(spec.path), raw.path),
    query: parsed('query', query, readQuery(query, raw.query)),
    body: parsed('body', body, raw.body),
  }
  // The schemas that were just applied are those that the type is computed from.
  return call as unknown as Call<Spec>
}

/** The wire form of an answer. An answer that is not as its route says is a bug, never sent. */
export function writeAnswer<Spec extends RouteSpec>(spec: Spec, value: CallAnswer<Spec>): unknown {
  const schema = answerSchema(spec.answer)
  const { success, data, error } = z.safeEncode(schema, value)
  if (success) return data
  throw new BrokenInvariant(`an answer is as its route says: ${spec.path}, ${firstIssue(error)}`)
}

/** @throws server.unknown-error when the server said something else than its route says */
export function readAnswer<Spec extends RouteSpec>(spec: Spec, wire: unknown): CallAnswer<Spec> {
  const schema = spec.answer.kind === 'text' ? z.string() : answerSchema(spec.answer)
  const { success, data, error } = z.safeDecode(schema, wire)
  if (success) return data as CallAnswer<Spec>
  throw failure('server.unknown-error', {
    code: 'answer',
    problem: `${spec.path}, ${firstIssue(error)}`,
  })
}

/** The schema of an answer's JSON. */
export function answerSchema(answer: Answer): z.ZodType<unknown, unknown> {
  switch (answer.kind) {
    case 'json':
    case 'events':
      return answer.schema
    case 'page':
      return pageOf(answer.item)
    default:
      return z.undefined()
  }
}

export function pathNames(path: string): readonly string[] {
  return Array.from(path.matchAll(/\{(\w+)\}/g), (match) => match[1] ?? '')
}

export function pathSchema(path: string): z.ZodObject {
  const known: Readonly<Record<string, z.ZodType>> = pathParameters
  const shape = new Map<string, z.ZodType>()
  for (const name of pathNames(path)) {
    const schema = known[name]
    if (schema === undefined) throw new BrokenInvariant(`the parameter ${name} is known`)
    shape.set(name, schema)
  }
  return z.strictObject(Object.fromEntries(shape))
}

const noQuery = z.strictObject({})
const problemCharactersMax = 300

function parsed(part: string, schema: z.ZodType, value: unknown): unknown {
  const { success, data, error } = z.safeDecode(schema as z.ZodType<unknown, unknown>, value)
  if (success) return data
  const [issue] = error.issues
  const where = [part, ...(issue?.path ?? [])].map(String).join('.')
  throw failure('request.invalid', {
    where: printable(where),
    problem: printable(issue?.message ?? 'it is not as the schema says'),
  })
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues
  return `${issue?.path.map(String).join('.')}: ${issue?.message}`
}

/** Keys come from the caller: cut, and without what does not show. */
function printable(text: string): string {
  return text
    .slice(0, problemCharactersMax)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
}
