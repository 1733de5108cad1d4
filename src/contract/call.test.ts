import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { z } from 'zod'
import { byteString, isFailure } from '#base'
import { pathNames, readAnswer, readCall, writeAnswer } from './call.ts'
import { idFromBytes } from './ids.ts'
import { pathParameters } from './path-parameters.ts'
import { isBinary } from './route.ts'
import { routeList, routes } from './routes/table.ts'

const instanceId = idFromBytes('instance', new Uint8Array(16).fill(1))
const vaultId = idFromBytes('vault', new Uint8Array(16).fill(2))
const versionId = idFromBytes('version', new Uint8Array(16).fill(3))

test('a call is parsed into ids, instants and bytes', () => {
  const call = readCall(routes.jobs.list, {
    path: {},
    query: `instanceId=${instanceId}&state=FAILED&state=SKIPPED&from=2026-11-22T00:00:00Z&limit=5`,
    body: undefined,
  })
  deepEqual(call.query, {
    instanceId,
    state: ['FAILED', 'SKIPPED'],
    from: Date.UTC(2026, 10, 22),
    limit: 5,
  })
  const pointId = 'a'.repeat(64)
  const browse = readCall(routes.points.browse, {
    path: { vaultId, pointId },
    query: 'path=hex%3Aff2f61',
    body: undefined,
  })
  equal(browse.query.path, byteString(Uint8Array.of(0xff, 0x2f, 0x61)))
})

test('what is wrong is said with its place, and what was sent is not repeated', () => {
  const call =
    (body: unknown, query = '') =>
    () =>
      readCall(routes.users.create, { path: {}, query, body })
  const password = 'hunter2'
  throws(call({ name: 'A', email: 'a@example.org', role: 'owner', password }), (problem) => {
    ok(isFailure(problem, 'request.invalid'))
    equal(problem.context['where'], 'body.password')
    ok(!problem.message.includes(password))
    return true
  })
  throws(call(undefined), { code: 'request.invalid' })
  throws(call({}, 'x=1'), { code: 'request.invalid' })
  throws(call({ name: 'A', email: 'a@example.org', role: 'owner', password, admin: true }), {
    code: 'request.invalid',
  })
})

test('a binary body is not parsed, and a route without one takes none', () => {
  const pathOfSession = { sessionId: idFromBytes('session', new Uint8Array(16)), blockNumber: '7' }
  const put = readCall(routes.sessions.put, { path: pathOfSession, query: '', body: undefined })
  equal(put.path.blockNumber, '7')
  throws(() => readCall(routes.server.health, { path: {}, query: '', body: {} }), {
    code: 'request.invalid',
  })
})

const hostileJson = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    JSON.parse('{"__proto__":{"role":"owner"}}'),
    JSON.parse('{"constructor":{"prototype":{}}}'),
    { toString: null },
    [[[[[[[[[[]]]]]]]]]],
    { name: 'x'.repeat(100_000) },
    { rules: Array.from({ length: 1_000 }, () => ({ kind: 'TAG' })) },
    Number.MAX_VALUE,
    '\ud800',
  ),
)

test('whatever body comes to any route: parsed, or request.invalid (A24)', () => {
  for (const { name, route } of routeList) {
    if (route.body === undefined || isBinary(route.body)) continue
    const keys = 'shape' in route.body ? Object.keys(route.body.shape) : ['kind']
    const near = fc.dictionary(fc.constantFrom(...keys), hostileJson, { maxKeys: 6 })
    const path = examplePath(route.path)
    fc.assert(
      fc.property(fc.oneof(hostileJson, near), (body) => {
        try {
          readCall(route, { path, query: '', body })
        } catch (problem) {
          const typed = isFailure(problem, 'request.invalid')
          ok(typed && problem.message.length < 1_000, `${name}: ${problem}`)
        }
      }),
      { numRuns: 60 },
    )
  }
  equal(Object.hasOwn(Object.prototype, 'role'), false)
})

test('whatever query or path comes to any route: parsed, or a typed error (A24)', () => {
  for (const { name, route } of routeList) {
    const names = [...Object.keys(route.query?.shape ?? {}), '__proto__', 'x']
    const pairs = fc.array(fc.tuple(fc.constantFrom(...names), fc.string()), { maxLength: 6 })
    const word = fc.oneof(fc.string(), fc.constantFrom('..', '%00', '-', 'i-', '__proto__'))
    fc.assert(
      fc.property(pairs, word, (list, parameter) => {
        const query = new URLSearchParams(list).toString()
        const path = Object.fromEntries(pathNames(route.path).map((key) => [key, parameter]))
        try {
          readCall(route, { path, query, body: undefined })
        } catch (problem) {
          ok(isFailure(problem, 'request.invalid'), `${name}: ${problem}`)
        }
      }),
      { numRuns: 20 },
    )
  }
})

const version = {
  versionId,
  instanceId,
  vaultId,
  status: 'partial',
  createdAt: 1_790_000_000_000,
  points: [],
  files: 3,
  sourceBytes: 10,
  newBytes: 5,
  storedBytes: 4,
} as const

test('an answer comes out at the client as the service gave it', () => {
  const wire = JSON.parse(JSON.stringify(writeAnswer(routes.versions.get, version)))
  equal(wire.createdAt, new Date(version.createdAt).toISOString())
  deepEqual(readAnswer(routes.versions.get, wire), version)
  const page = { items: [version], next: 'abc', total: 7 }
  const pageWire = JSON.parse(JSON.stringify(writeAnswer(routes.versions.list, page)))
  deepEqual(readAnswer(routes.versions.list, pageWire), page)
})

test('an answer never carries more than its route says', () => {
  const secret = { ...version, keyMaterial: 'secret' }
  ok(!JSON.stringify(writeAnswer(routes.versions.get, secret)).includes('secret'))
})

test('an answer that is not as its route says is a bug here and an unknown error there', () => {
  throws(
    () => writeAnswer(routes.versions.get, { ...version, files: -1 }),
    /answer is as its route/,
  )
  throws(() => readAnswer(routes.versions.get, { versionId }), { code: 'server.unknown-error' })
  const newer = { ...version, createdAt: new Date(0).toISOString(), mood: 'new field' }
  equal(readAnswer(routes.versions.get, newer).files, 3)
})

function examplePath(path: string): Readonly<Record<string, string>> {
  const known: Readonly<Record<string, z.ZodType>> = pathParameters
  return Object.fromEntries(
    pathNames(path).map((name) => {
      const kind = name.replace(/Id$/, '')
      const candidates = [
        `${'a'.repeat(64)}`,
        'eu',
        '0',
        'failed',
        'linux-arm64',
        ...prefixes.map((prefix) => `${prefix}-${'0'.repeat(26)}`),
      ]
      const fits = candidates.find((text) => known[name]?.safeParse(text).success)
      ok(fits !== undefined, `an example of ${kind} is known`)
      return [name, fits]
    }),
  )
}
const prefixes = 'a al pd ch ac i job pk plan po r se tok u v ver'.split(' ')
