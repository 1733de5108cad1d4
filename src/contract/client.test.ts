import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { failure, isFailure } from '#base'
import { pathNames, readCall, writeAnswer } from './call.ts'
import { openClient } from './client.ts'
import { keepAlive, writeEvent } from './event-stream.ts'
import { idFromBytes } from './ids.ts'
import { problemMedia, problemOf } from './problem.ts'
import type { RouteSpec } from './route.ts'
import { pathOf, routes } from './routes/table.ts'

const id = <Kind extends 'vault' | 'version' | 'instance' | 'event' | 'session'>(
  kind: Kind,
  n = 1,
) => idFromBytes(kind, new Uint8Array(16).fill(n))
const instanceId = id('instance')

type Handler = (
  request: IncomingMessage & { readonly input: ReturnType<typeof readCall> },
  response: ServerResponse,
) => unknown

/** A listener of one route over real HTTP, as the server binds them: what it gives goes through the route's schema. */
async function serving(spec: RouteSpec, handler: Handler) {
  const pattern = new RegExp(
    `^${pathOf(spec)
      .replace(/[.]/g, '\\.')
      .replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`,
  )
  const server = createServer(async (request, response) => {
    try {
      const url = new URL(request.url ?? '', 'http://x')
      const groups = pattern.exec(url.pathname)?.groups ?? {}
      if (request.method !== spec.method || !pattern.test(url.pathname)) {
        throw failure('route.not-found', { method: request.method ?? '', path: url.pathname })
      }
      const path = Object.fromEntries(
        pathNames(spec.path).map((name) => [name, decodeURIComponent(groups[name] ?? '')]),
      )
      const json = request.headers['content-type'] === 'application/json'
      const body = json ? JSON.parse(await text(request)) : undefined
      const input = readCall(spec, { path, query: url.search.slice(1), body })
      const value = await handler(Object.assign(request, { input }), response)
      if (response.headersSent) return
      response.writeHead(spec.answer.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(writeAnswer(spec, value as never)))
    } catch (problem) {
      ok(isFailure(problem), String(problem))
      response.writeHead(problem.entry.status, { 'content-type': problemMedia })
      response.end(JSON.stringify(problemOf(problem, 'req-9')))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  let keys = 0
  const client = openClient({
    address: `http://127.0.0.1:${port}/`,
    fetch,
    newKey: () => `key-${++keys}`,
    headers: () => ({ authorization: 'Bearer hf-token' }),
  })
  const close = async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { client, [Symbol.asyncDispose]: close }
}

const version = (n: number) => ({
  versionId: id('version', n),
  instanceId,
  vaultId: id('vault'),
  status: 'complete' as const,
  createdAt: 1_790_000_000_000 + n,
  points: [],
  files: n,
  sourceBytes: 10,
  newBytes: 5,
  storedBytes: 4,
})

test('a call goes out as its route says and comes back typed', async () => {
  const seen: unknown[] = []
  await using server = await serving(routes.versions.get, (request) => {
    seen.push(request.input.path, request.headers.authorization, request.headers['idempotency-key'])
    return version(1)
  })
  const answer = await server.client.call(routes.versions.get, {
    path: { versionId: id('version') },
  })
  const createdAt: number = answer.createdAt
  equal(createdAt, version(1).createdAt)
  deepEqual(answer, version(1))
  deepEqual(seen, [{ versionId: id('version') }, 'Bearer hf-token', undefined])
})

test('a text comes back as it is', async () => {
  const spec = routes.server.metrics
  await using server = await serving(spec, (_, response) => {
    response.writeHead(200, { 'content-type': spec.answer.media }).end('lines 1\nmore 2\n')
  })
  equal(await server.client.call(spec, {}), 'lines 1\nmore 2\n')
})

test('a list gives every item of every page, and asks for a page only when it is wanted', async () => {
  const asked: unknown[] = []
  await using server = await serving(routes.versions.list, ({ input }) => {
    const { query } = input as { query: { cursor?: string; limit?: number } }
    asked.push(query)
    const from = Number(query.cursor?.slice(1) ?? 0)
    const items = [1, 2].map((n) => version(from + n))
    return from >= 4 ? { items } : { items, next: `c${from + 2}`, total: 6 }
  })
  const found: number[] = []
  const list = server.client.list(routes.versions.list, {
    path: { instanceId },
    query: { limit: 2 },
  })
  for await (const item of list) {
    found.push(item.files)
    if (found.length === 2) equal(asked.length, 1)
  }
  deepEqual(found, [1, 2, 3, 4, 5, 6])
  deepEqual(asked, [{ limit: 2 }, { limit: 2, cursor: 'c2' }, { limit: 2, cursor: 'c4' }])
})

test('a server that gives the same cursor for ever is left', async () => {
  await using server = await serving(routes.versions.list, () => ({ items: [], next: 'again' }))
  await rejects(
    Array.fromAsync(server.client.list(routes.versions.list, { path: { instanceId } })),
    {
      code: 'server.unknown-error',
    },
  )
})

test('the client throws the Failure that the server threw', async () => {
  await using server = await serving(routes.points.remove, () => {
    throw failure('point.locked', { point: 'abc', until: '2027-01-01' })
  })
  const path = { vaultId: id('vault'), pointId: 'a'.repeat(64) }
  await rejects(server.client.call(routes.points.remove, { path }), (problem) => {
    ok(isFailure(problem, 'point.locked'))
    deepEqual(problem.context, { point: 'abc', until: '2027-01-01' })
    return true
  })
  await rejects(server.client.call(routes.points.remove, { path: { ...path, pointId: 'x' } }), {
    code: 'request.invalid',
  })
})

test('an Idempotency-Key goes with calls that need one: a new one, or that of the earlier try', async () => {
  const keys: unknown[] = []
  await using server = await serving(routes.instances.activate, ({ headers }) => {
    keys.push(headers['idempotency-key'])
    return { results: [] }
  })
  const input = { body: { instanceIds: [instanceId] } }
  await server.client.call(routes.instances.activate, input)
  await server.client.call(routes.instances.activate, input)
  await server.client.call(routes.instances.activate, input, { key: 'key-1' })
  deepEqual(keys, ['key-1', 'key-2', 'key-1'])
})

test('what is no answer of ours is an unknown error, and nobody there is unreachable', async () => {
  await using odd = await serving(routes.server.health, (_, response) => {
    response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>')
  })
  await rejects(odd.client.call(routes.server.health, {}), (problem) => {
    ok(isFailure(problem, 'server.unknown-error') && problem.message.includes('502'))
    return true
  })
  await using noJson = await serving(routes.server.health, (_, response) => {
    response.writeHead(200).end('{"status":')
  })
  await rejects(noJson.client.call(routes.server.health, {}), { code: 'server.unknown-error' })
  const closed = await serving(routes.server.health, () => undefined)
  await closed[Symbol.asyncDispose]()
  await rejects(closed.client.call(routes.server.health, {}), { code: 'server.unreachable' })
})

test('a call ends when its signal fires', async () => {
  await using server = await serving(routes.server.health, () => new Promise(() => {}))
  const stop = new AbortController()
  const call = server.client.call(routes.server.health, {}, { signal: stop.signal })
  setTimeout(() => stop.abort(), 20)
  await rejects(call, { code: 'job.aborted' })
})

test('bytes stream both ways, and an answer that breaks off is no shorter answer', async () => {
  const sent: Buffer[] = []
  await using server = await serving(routes.sessions.have, async (request, response) => {
    for await (const piece of request) sent.push(piece)
    response.writeHead(200, { 'content-length': '4' })
    response.write(Buffer.from([1, 2]))
    if (sent.length > 1 || sent[0]?.length === 64) response.end(Buffer.from([3, 4]))
    else response.destroy()
  })
  const path = { sessionId: id('session') }
  const ask = async (bytes: number) => {
    const body = new Uint8Array(new SharedArrayBuffer(bytes)).fill(7)
    const answer = await server.client.stream(routes.sessions.have, { path, body })
    return (await Array.fromAsync(answer)).reduce((sum, piece) => sum + piece.length, 0)
  }
  equal(await ask(64), 4)
  sent.length = 0
  await rejects(ask(32), { code: 'server.unreachable' })
})

test('events come as they happen, in pieces of any size, and unknown kinds are passed over', async () => {
  const event = (n: number) =>
    ({
      kind: 'instance.status',
      eventId: id('event', n),
      at: 1_790_000_000_000,
      instanceId,
      runningStatus: 'BACKING_UP',
    }) as const
  await using server = await serving(routes.server.events, async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const all = `${keepAlive}${writeEvent(event(1))}data: {"kind":"moon.full"}\n\nevent: x\r\n\r\n${writeEvent(event(2)).replaceAll('\n', '\r\n')}`
    for (const piece of all.match(/[\s\S]{1,7}/g) ?? []) {
      response.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    response.end()
  })
  deepEqual(await Array.fromAsync(server.client.events(routes.server.events, {})), [
    event(1),
    event(2),
  ])
})
