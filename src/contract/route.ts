/**
 * A route as data. The listener refuses what is not in the table of routes; OpenAPI, the client and the attack tests are
 * made from the table. A route without a class does not compile (decision 7), and neither does a path with a parameter
 * that `path-parameters.ts` does not know.
 */

import type { z } from 'zod'
import type { ErrorCode } from '#base'
import type { Caller, Scope } from './enums/roles.ts'
import type { IdKind } from './ids.ts'
import type { PathParameters } from './path-parameters.ts'

export const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof methods)[number]

/**
 * What a call may do to the life of points that exist already. Rules L4 to L7 hold for all of them; the matrix of
 * attacks (A08) tries every route that is not `none` on locked points.
 */
export const effects = [
  'none',
  /** Points may go to the trash, or expire earlier than they would have. */
  'mayEndPoints',
  /** Its input could ask for less retention; it must be refused or touch new points only. */
  'mayShorten',
  'extendsOnly',
] as const
export type Effect = (typeof effects)[number]

/**
 * Whose object a call touches. `account` is that of the caller; `self` the calling user or agent; `server` asks for a
 * user of the server's own account; `nothing` needs no right.
 */
export type ObjectKind = IdKind | 'point' | 'region' | 'self' | 'server' | 'nothing'

export type RouteClass = {
  readonly callers: readonly Caller[]
  /** What an API token needs besides its user's role; undefined: no token may. */
  readonly scope: Scope | undefined
  readonly object: ObjectKind
  readonly effect: Effect
  /** Reads what then is outside: it is in the audit log although it changes nothing. */
  readonly audited?: true
}

/**
 * What sending a call twice does. `safe`: reads. `same`: the second changes nothing more. `key`: the second with the same
 * Idempotency-Key gets the first one's answer. `once`: a secret is made or spent, so a lost answer is lost.
 */
export type Repeat = 'safe' | 'same' | 'key' | 'once'

export type Answer<Value extends z.ZodType = z.ZodType> =
  | { readonly kind: 'json'; readonly status: 200 | 201 | 202; readonly schema: Value }
  | { readonly kind: 'page'; readonly status: 200; readonly item: Value }
  | { readonly kind: 'empty'; readonly status: 204 }
  | { readonly kind: 'text'; readonly status: 200; readonly media: string }
  | { readonly kind: 'bytes'; readonly status: 200; readonly media: string }
  | { readonly kind: 'events'; readonly status: 200; readonly schema: Value }

export type Body = z.ZodObject | z.ZodDiscriminatedUnion | BinaryBody
export type BinaryBody = { readonly media: string; readonly bytesMax: number }

export type RouteSpec = {
  readonly method: Method
  /** Below /api/v1. Parameters in braces, by their names in `path-parameters.ts`. */
  readonly path: string
  /** Outside /api/v1: what other programs look for at a fixed place. */
  readonly atRoot?: true
  readonly summary: string
  readonly description?: string
  readonly query?: z.ZodObject
  readonly body?: Body
  readonly answer: Answer
  readonly repeat: Repeat
  /** Errors of the catalogue that the caller should expect, besides those that every route of its class has. */
  readonly refusals?: readonly ErrorCode[]
  readonly class: RouteClass
}

export type PathNames<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PathNames<Rest>
  : never

/** The path itself when all its parameters are known, else a sentence that no path equals. */
export type KnownPath<Path extends string> =
  PathNames<Path> extends keyof PathParameters
    ? Path
    : `unknown parameter ${Exclude<PathNames<Path>, keyof PathParameters>}`

/** Declares a route; exists for the compiler, which keeps every literal type. */
export function route<const Spec extends RouteSpec>(
  spec: Spec & { readonly path: KnownPath<Spec['path']> },
): Spec {
  return spec
}

export function json<Value extends z.ZodType>(schema: Value) {
  return { kind: 'json', status: 200, schema } as const
}
export function created<Value extends z.ZodType>(schema: Value) {
  return { kind: 'json', status: 201, schema } as const
}
/** The work goes on after the answer. */
export function accepted<Value extends z.ZodType>(schema: Value) {
  return { kind: 'json', status: 202, schema } as const
}
export function page<Value extends z.ZodType>(item: Value) {
  return { kind: 'page', status: 200, item } as const
}
export function text<const Media extends string>(media: Media) {
  return { kind: 'text', status: 200, media } as const
}
export function bytes<const Media extends string>(media: Media) {
  return { kind: 'bytes', status: 200, media } as const
}
export function events<Value extends z.ZodType>(schema: Value) {
  return { kind: 'events', status: 200, schema } as const
}
export const empty = { kind: 'empty', status: 204 } as const

export function isBinary(body: Body): body is BinaryBody {
  return 'media' in body
}

/** Whether this kind of caller may call at all; whose object it is, is asked next. */
export function mayCall({ callers }: RouteClass, caller: Caller): boolean {
  return callers.includes(caller) || callers.includes('public')
}

/** Whether an API token with these scopes may be used, if its user's role may call. */
export function scopeSuffices({ scope }: RouteClass, given: readonly Scope[]): boolean {
  return scope !== undefined && given.includes(scope)
}
