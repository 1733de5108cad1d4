/** The table of all routes. What is not in it does not exist. */
import { isBinary, type RouteSpec } from '../route.ts'
import { accounts, regions, setup, signIn, tokens, users } from './access.ts'
import { agent, sessions } from './agent.ts'
import { alerts, audit, channels, metering, overview, server } from './console.ts'
import { activationCodes, distribution, instances } from './instances.ts'
import { jobs, restoreJobs } from './jobs.ts'
import { names } from './names.ts'
import { passkeys } from './passkeys.ts'
import { bindings, plans, policies } from './plans.ts'
import { points, versions } from './points.ts'
import { vaults } from './vaults.ts'

export const apiPath = '/api/v1'

export const routes = {
  accounts,
  activationCodes,
  agent,
  alerts,
  audit,
  bindings,
  channels,
  distribution,
  instances,
  jobs,
  metering,
  names,
  overview,
  passkeys,
  plans,
  points,
  policies,
  regions,
  restoreJobs,
  server,
  sessions,
  setup,
  signIn,
  tokens,
  users,
  vaults,
  versions,
} as const satisfies Readonly<Record<string, Readonly<Record<string, RouteSpec>>>>

/** A route with its name in the table, "instances.list": the operation's id everywhere. */
export type NamedRoute = {
  readonly name: string
  readonly group: string
  readonly route: RouteSpec
}

export const routeList: readonly NamedRoute[] = Object.entries(routes).flatMap(([group, members]) =>
  Object.entries<RouteSpec>(members).map(([verb, route]) => ({
    name: `${group}.${verb}`,
    group,
    route,
  })),
)

/** Where a route is, from the root of the server; parameters still in braces. */
export function pathOf(route: Pick<RouteSpec, 'path' | 'atRoot'>): string {
  return route.atRoot === true ? route.path : `${apiPath}${route.path}`
}

/** The media type of what a route takes; undefined: it takes no body. */
export function bodyMediaOf(route: RouteSpec): string | undefined {
  if (route.body === undefined) return undefined
  return isBinary(route.body) ? route.body.media : 'application/json'
}
