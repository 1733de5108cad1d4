/** A route of the table with its handler and what is worked out once for all of its calls. */
import { assert, isFailure } from '#base'
import { isBinary, type NamedRoute, type RouteSpec, routeList } from '#contract'
import { type IdReader, idReaderOf } from '../authorization/objects.ts'
import type { CallContext, Handlers } from '../handler.ts'
import type { ListenerLimits } from './listener-limits.ts'
import { bytesMaxOf } from './request-body.ts'

export type ReadCall = { readonly path: unknown; readonly query: unknown; readonly body: unknown }

export type BoundRoute = {
  readonly named: NamedRoute
  readonly route: RouteSpec
  readonly handle: (call: ReadCall, context: CallContext) => Promise<unknown>
  readonly idsOf: IdReader
  readonly body: 'none' | 'json' | 'binary'
  readonly bodyBytesMax: number
  /** Wrong guesses at it are counted. */
  readonly isGuarded: boolean
}

export function bindRoutes(handlers: Handlers, limits: ListenerLimits): readonly BoundRoute[] {
  return routeList.map((named) => {
    const { route } = named
    return {
      named,
      route,
      handle: handlerOf(handlers, named),
      idsOf: idReaderOf(named),
      body: route.body === undefined ? 'none' : isBinary(route.body) ? 'binary' : 'json',
      bodyBytesMax: bytesMaxOf(route, limits),
      isGuarded: route.refusals?.includes('auth.too-many-attempts') === true,
    }
  })
}

/** The one place where a handler loses the type of its route: the listener gives it what `readCall` made for that route. */
function handlerOf(handlers: Handlers, { name, group }: NamedRoute): BoundRoute['handle'] {
  const verb = name.slice(group.length + 1)
  const members: unknown = Reflect.get(handlers, group)
  assert(typeof members === 'object' && members !== null, `the group ${group} has handlers`)
  const handler: unknown = Reflect.get(members, verb)
  assert(typeof handler === 'function', `the route ${name} has a handler`)
  return async (call, context) => await Reflect.apply(handler, members, [call, context])
}

const guesses: ReadonlySet<string> = new Set([
  'activation.code-refused',
  'auth.refused',
  'auth.second-factor-needed',
  'setup.code-refused',
])

/** Whether this outcome of a guarded call was a wrong guess. */
export function isWrongGuess(problem: unknown): boolean {
  return isFailure(problem) && guesses.has(problem.code)
}
