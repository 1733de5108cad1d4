import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { pathNames } from '../call.ts'
import { listIdPlaces } from '../id-places.ts'
import { pathParameters } from '../path-parameters.ts'
import { mayCall, type RouteSpec } from '../route.ts'
import { type NamedRoute, pathOf, routeList } from './table.ts'

const named = (keep: (route: RouteSpec) => boolean) =>
  routeList.filter(({ route }) => keep(route)).map(({ name }) => name)

test('what may touch the life of points is this list and no more (A08)', () => {
  const listed = routeList
    .filter(({ route }) => route.class.effect !== 'none')
    .map(({ name, route }) => `${route.class.effect} ${name}: ${route.class.callers.join(' ')}`)
  deepEqual(listed, [
    'mayEndPoints bindings.remove: owner administrator backupOperator',
    'mayEndPoints instances.update: owner administrator backupOperator',
    'mayEndPoints instances.remove: owner administrator',
    'mayEndPoints plans.cancel: owner administrator',
    'mayEndPoints plans.setKeepAtLeastOne: owner administrator backupOperator',
    'extendsOnly points.extend: owner administrator',
    'extendsOnly points.hold: owner administrator backupOperator',
    'mayEndPoints points.releaseHold: owner',
    'mayEndPoints points.remove: owner administrator',
    'mayShorten policies.update: owner administrator',
    'mayShorten vaults.update: owner administrator',
    'extendsOnly vaults.raiseLock: owner',
    'mayEndPoints vaults.remove: owner',
    'extendsOnly vaults.keep: owner administrator',
    'mayShorten vaults.rebuildCatalog: owner administrator',
  ])
})

test('what nobody signs in for is this list and no more (A22)', () => {
  deepEqual(
    named(({ class: { callers } }) => callers.includes('public')),
    [
      'agent.enrol',
      'distribution.installer',
      'distribution.manifest',
      'distribution.build',
      'passkeys.beginSignIn',
      'passkeys.signIn',
      'server.health',
      'server.readiness',
      'server.openapi',
      'setup.get',
      'setup.firstAdministrator',
      'signIn.begin',
    ],
  )
})

test('an agent calls its own routes and no other, and none ends a point (A02)', () => {
  deepEqual(
    named(({ class: { callers } }) => callers.includes('agent')),
    [
      'agent.renew',
      'agent.assignments',
      'agent.report',
      'sessions.open',
      'sessions.places',
      'sessions.have',
      'sessions.put',
      'sessions.commit',
      'sessions.fetch',
      'sessions.close',
    ],
  )
  for (const { name, route } of routeList.filter(({ route }) =>
    route.class.callers.includes('agent'),
  )) {
    deepEqual(route.class.callers, ['agent'], `${name} is for agents alone`)
    equal(route.class.effect, 'none', `${name} ends no point`)
    equal(route.class.scope, undefined, `${name} is for no token`)
    ok(route.path.startsWith('/agent/'), name)
  }
})

test('auditors change nothing but their own sign-in, and see no content of files (H3)', () => {
  for (const { name, route } of routeList.filter(({ route }) =>
    route.class.callers.includes('auditor'),
  )) {
    const { object, scope } = route.class
    const isOwn = object === 'self' || object === 'token' || object === 'passkey'
    ok(route.repeat === 'safe' || isOwn, name)
    ok(scope === 'read' || scope === undefined, `${name} has the scope of readers`)
  }
})

test('reading is GET and has no effect; everything else says what a second call does', () => {
  for (const { name, route } of routeList) {
    const reads = route.repeat === 'safe'
    // An agent reads by long lists of ids, and those stand in no query: it reads with POST.
    const asksWithBody = reads && route.method === 'POST' && String(route.class.callers) === 'agent'
    equal(route.method === 'GET' || asksWithBody, reads, name)
    if (reads) equal(route.class.effect, 'none', name)
    if (route.method === 'PUT' || route.method === 'DELETE') equal(route.repeat, 'same', name)
    if (route.method === 'GET' || route.method === 'DELETE') equal(route.body, undefined, name)
  }
})

test('who is signed in and must type the own password has only so many guesses (A22)', () => {
  const asks = routeList.filter(({ route: { body, class: rights } }) => {
    const fields = body !== undefined && 'shape' in body ? Object.keys(body.shape) : []
    return rights.object === 'self' && fields.some((name) => name === 'password' || name === 'old')
  })
  for (const { name, route } of asks) {
    ok(route.refusals?.includes('auth.refused'), name)
    ok(route.refusals?.includes('auth.too-many-attempts'), name)
  }
  ok(asks.some(({ name }) => name === 'tokens.create'))
})

test('auditors and backup operators see names of files in reports of jobs, never trees, searches or content (H3)', () => {
  const mayNot = ['auditor', 'backupOperator'] as const
  const closed = [
    'instances.folders',
    'points.browse',
    'points.diff',
    'points.download',
    'points.fileHistory',
    'points.preview',
    'points.search',
    'points.searchInstance',
  ]
  const reports = ['jobs.report', 'jobs.reportCsv', 'restoreJobs.report', 'restoreJobs.reportCsv']
  for (const caller of mayNot) {
    const open = named(({ class: rights }) => mayCall(rights, caller))
    deepEqual(
      closed.filter((name) => open.includes(name)),
      [],
      caller,
    )
    deepEqual(
      reports.filter((name) => open.includes(name)),
      reports,
      caller,
    )
  }
  // Every look into a point is among those that are closed.
  const looks = named(({ class: { object, scope }, repeat }) => {
    return repeat === 'safe' && scope === 'restore' && ['point', 'instance'].includes(object)
  })
  deepEqual(looks.sort(), closed)
})

test('what people take out leaves a trace: downloads, previews, tables, and looks at a running machine (H6)', () => {
  const audited = named((route) => route.class.audited === true).sort()
  deepEqual(audited, [
    'audit.csv',
    'instances.folders',
    'jobs.auditCsv',
    'jobs.reportCsv',
    'metering.csv',
    'points.download',
    'points.preview',
    'restoreJobs.reportCsv',
  ])
  // What changes something is in the log anyway, and agents read by the thousand.
  for (const { name, route } of routeList) {
    if (route.class.audited) equal(route.repeat, 'safe', name)
    const isContent = ['text', 'bytes'].includes(route.answer.kind)
    const isOfPeople = route.class.callers.includes('owner') && route.class.object !== 'server'
    if (isContent && isOfPeople) ok(audited.includes(name), `${name} takes data out`)
  }
})

test('a route touches the object that its path ends with, or one that it names elsewhere', () => {
  const ofCaller = ['account', 'self', 'server', 'nothing']
  for (const { name, route } of routeList) {
    const places = listIdPlaces(route)
    const last = places.filter(({ part }) => part === 'path').at(-1)
    const { object } = route.class
    if (last !== undefined) equal(object, last.kind, `${name} touches what its path names`)
    else ok(ofCaller.includes(object) || places.some(({ kind }) => kind === object), name)
  }
})

test('every parameter of a path is known, and every known one is used', () => {
  const used = new Set(routeList.flatMap(({ route }) => pathNames(route.path)))
  deepEqual([...used].sort(), Object.keys(pathParameters).sort())
})

test('no call fits two routes', () => {
  const seen = new Map<string, NamedRoute>()
  for (const one of routeList) {
    const key = `${one.route.method} ${pathOf(one.route)}`
    equal(seen.get(key)?.name, undefined, `${key} stands once`)
    seen.set(key, one)
  }
  const clashes = routeList.flatMap((a) =>
    routeList
      .filter((b) => a.name < b.name && fitsBoth(a.route, b.route))
      .map((b) => [a.name, b.name]),
  )
  deepEqual(clashes, [])
})

test('planted clashes are found', () => {
  const [a] = routeList
  ok(a !== undefined)
  const at = (path: string): RouteSpec => ({ ...a.route, method: 'GET', path })
  equal(fitsBoth(at('/reports/{reportList}'), at('/reports/failed')), true)
  equal(fitsBoth(at('/reports/{reportList}'), at('/reports/jobs')), false)
  equal(fitsBoth(at('/jobs/{jobId}'), at('/jobs/{jobId}/cancel')), false)
})

test('sentences of routes are sentences, and paths are lower-case words', () => {
  for (const { name, route } of routeList) {
    ok(/^[A-Z“"`]/.test(route.summary) && !route.summary.endsWith('.'), name)
    ok(route.summary.length <= 100, `${name} says it in 100 characters`)
    ok(/^(?:\/(?:[a-z][a-z0-9.-]*|\{\w+\}))+$/.test(route.path), `${name} ${route.path}`)
  }
})

/** Whether some call could mean both: at every place two words that are equal, or a word that the parameter takes. */
function fitsBoth(a: RouteSpec, b: RouteSpec): boolean {
  if (a.method !== b.method) return false
  const left = pathOf(a).split('/')
  const right = pathOf(b).split('/')
  if (left.length !== right.length) return false
  return left.every((part, at) => {
    const other = right[at] ?? ''
    return part === other || takes(part, other) || takes(other, part)
  })
}

function takes(parameter: string, word: string): boolean {
  const [name] = pathNames(parameter)
  if (name === undefined) return false
  if (word.startsWith('{')) return true
  const known: Readonly<Record<string, (typeof pathParameters)[keyof typeof pathParameters]>> =
    pathParameters
  return known[name]?.safeParse(word).success === true
}
