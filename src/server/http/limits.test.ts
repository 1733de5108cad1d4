import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import { test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { failure, isFailure } from '#base'
import { isReached, type ListenerWorld, openWorld, target } from './listener-world.contract.ts'

const block = { 'content-type': 'application/vnd.holdfast.block' }

async function rawConnection({ listener, authority }: ListenerWorld): Promise<TLSSocket> {
  const { port } = listener.address
  const ca = authority.certificate
  const socket = connect({ host: '127.0.0.1', port, ca, ALPNProtocols: ['http/1.1'] })
  await once(socket, 'secureConnect')
  return socket
}

/** What comes until the other side ends the connection. */
async function rest(socket: TLSSocket): Promise<string> {
  let text = ''
  socket.setEncoding('utf8')
  for await (const some of socket) text += some
  return text
}

async function askRaw(world: ListenerWorld, text: string): Promise<string> {
  const socket = await rawConnection(world)
  socket.write(text)
  return await rest(socket)
}

test('what is not in the table does not exist, and says so as a problem', async () => {
  await using world = await openWorld()
  const { ask, mine } = world
  const cookie = mine.people.owner
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/api/v1'],
    ['GET', '/api/v1/nothing?x=1'],
    ['HEAD', '/health'],
    ['OPTIONS', '/api/v1/me'],
    ['POST', '/health'],
    ['PUT', '/api/v1/me'],
    ['TRACE', '/health'],
    ['GET', '/api/v1/me/'],
    ['GET', '/API/v1/me'],
    ['GET', '//health'],
    ['GET', '/api/v1/%00'],
    ['GET', '/api/v1/instances/%'],
    ['GET', `/api/v1/instances/${'x'.repeat(5_000)}`],
    ['GET', '/api/v1/__proto__'],
    ['GET', '/..%2fhealth'],
  ] as const) {
    const said = await ask(method, path, { cookie })
    equal(said.status, 404, `${method} ${path}`)
    if (method !== 'HEAD') equal(said.code, 'route.not-found', `${method} ${path}`)
    equal(said.headers['cache-control'], 'no-store')
  }
  ok(!(await ask('GET', '/nothing?token=secret')).text.includes('secret'))
})

test('every answer carries the headers that keep browsers from mischief', async () => {
  await using world = await openWorld()
  for (const path of ['/health', '/nothing', '/api/v1/me']) {
    const { headers } = await world.ask('GET', path)
    equal(headers['x-content-type-options'], 'nosniff')
    equal(headers['cache-control'], 'no-store')
    equal(headers['referrer-policy'], 'no-referrer')
    equal(headers['x-frame-options'], 'DENY')
    match(String(headers['strict-transport-security']), /max-age/)
    match(String(headers['content-security-policy']), /default-src 'none'/)
    equal(headers['access-control-allow-origin'], undefined)
    equal(headers['server'], undefined)
    equal(headers['x-powered-by'], undefined)
  }
})

test('bodies: their media, their size, whether there may be one', async () => {
  await using world = await openWorld({ limits: { jsonBytesMax: 1_000, publicJsonBytesMax: 500 } })
  const { ask, mine } = world
  const token = mine.people.owner.token
  const path = `/api/v1/plans/${mine.ids.plan}/priority`
  const put = (body: unknown, headers = {}) => ask('PUT', path, { token, body, headers })
  ok(isReached(await put({ priority: 'low' })))
  equal((await put({ priority: 'x'.repeat(2_000) })).code, 'request.too-large')
  equal((await put({ priority: 'low' }, { 'content-type': 'text/plain' })).code, 'request.invalid')
  equal((await put({ priority: 'low' }, { 'content-encoding': 'gzip' })).code, 'request.invalid')
  const json = { 'content-type': 'application/json' }
  for (const text of ['', '{', '{"priority":"low"}x', '"\ud800"', 'null', '[]']) {
    equal((await put(Buffer.from(text), json)).code, 'request.invalid', text)
  }
  equal((await put(new Uint8Array([0x22, 0xff, 0x22]), json)).code, 'request.invalid')
  equal((await put(Buffer.from('{"__proto__":{"priority":"low"}}'), json)).code, 'request.invalid')
  const unexpected = await ask('GET', '/api/v1/me', {
    token,
    body: Buffer.from('x'),
    headers: { 'content-length': '1' },
  })
  equal(unexpected.code, 'request.invalid')
  const setup = await ask('POST', '/api/v1/sign-in', { body: { email: 'x'.repeat(600) } })
  deepEqual([setup.status, setup.code], [413, 'request.too-large'], 'strangers send less')
})

test('a body without a stated length is cut off at the limit too; what is declared too long is not read', async () => {
  await using world = await openWorld({ limits: { jsonBytesMax: 100_000, farewellMs: 100 } })
  const { mine, listener, authority } = world
  const headers = {
    authorization: `Bearer ${mine.people.owner.token}`,
    'content-type': 'application/json',
  }
  for (const length of [{}, { 'content-length': '1000000000' }]) {
    const sent = request({
      ...target(listener, authority),
      method: 'PUT',
      path: `/api/v1/plans/${mine.ids.plan}/priority`,
      headers: { ...headers, ...length },
    })
    let written = 0
    const timer = setInterval(() => {
      for (let at = 0; at < 16; at++) {
        sent.write(Buffer.alloc(16_384, 0x20))
        written += 16_384
      }
    }, 5)
    sent.on('error', () => clearInterval(timer))
    const [answer] = await once(sent, 'response')
    equal(answer.statusCode, 413)
    equal(answer.headers.connection, 'close')
    answer.resume()
    await once(sent, 'close')
    clearInterval(timer)
    ok(written < 200_000_000, `${written} bytes went out before the connection was cut`)
  }
})

test('a block is streamed and never larger than its route says (413); unread rests are no bother', async () => {
  const outcomes: (string | number)[] = []
  await using world = await openWorld({
    handlers: {
      'sessions.put': async ({ path }, { content }) => {
        let size = 0
        try {
          for await (const piece of content ?? []) {
            size += piece.length
            if (path.blockNumber === '7') break
          }
        } catch (problem) {
          outcomes.push(isFailure(problem) ? problem.code : 'unknown')
          throw problem
        }
        outcomes.push(size > 0 ? 'some' : 'none')
        return { number: 0, newChunks: size, storedBytes: size, repeated: false }
      },
    },
  })
  const { ask, mine } = world
  const path = `/api/v1/agent/sessions/${mine.ids.session}/blocks`
  const put = (number: number, bytes: number, headers = {}) =>
    ask('PUT', `${path}/${number}`, {
      agent: mine.agent,
      body: new Uint8Array(bytes),
      headers: { ...block, ...headers },
    })
  const stored = await put(1, 600_000)
  deepEqual([stored.status, JSON.parse(stored.text).storedBytes], [200, 600_000])
  equal((await put(2, 0)).status, 200)
  const declared = await put(3, 100_000_000).catch((problem: Error) => problem.message)
  ok(typeof declared === 'string' || declared.status === 413)
  const chunked = await put(4, 100_000_000, { 'transfer-encoding': 'chunked' }).catch(
    (problem: Error) => problem.message,
  )
  ok(typeof chunked === 'string' || chunked.status === 413)
  const half = await put(7, 600_000)
  equal(half.status, 200)
  deepEqual(outcomes, ['some', 'none', 'request.too-large', 'some'])
})

test('a sender that stops or drips is given up; one that we let wait is not', async () => {
  const began = Promise.withResolvers<void>()
  await using world = await openWorld({
    limits: { bodyIdleMs: 250, bodyBytesPerSecondMin: 1_000 },
    handlers: {
      'sessions.put': async ({ path }, { content }) => {
        for await (const _ of content ?? []) {
          if (path.blockNumber !== '2') continue
          began.resolve()
          await new Promise((resolve) => setTimeout(resolve, 600))
        }
        return { number: 0, newChunks: 0, storedBytes: 0, repeated: false }
      },
    },
  })
  const { mine, listener, authority } = world
  const open = (number: number) =>
    request({
      ...target(listener, authority),
      cert: mine.agent.certificate,
      key: mine.agent.key,
      method: 'PUT',
      path: `/api/v1/agent/sessions/${mine.ids.session}/blocks/${number}`,
      headers: block,
    })
  const statusOf = async (sent: ReturnType<typeof open>) => {
    const [answer] = await once(sent, 'response')
    answer.resume()
    return answer.statusCode
  }
  const stops = open(0)
  stops.write('x')
  stops.on('error', () => {})
  equal(await statusOf(stops), 408)
  const drips = open(1)
  drips.on('error', () => {})
  const timer = setInterval(() => drips.write('x'), 50)
  equal(await statusOf(drips), 408)
  clearInterval(timer)
  const waits = open(2)
  waits.write('x')
  await began.promise
  waits.end('y')
  equal(await statusOf(waits), 200)
})

test('heads that never end, are too long, or are no HTTP are refused without a handler', async () => {
  await using world = await openWorld({ limits: { headersMs: 300, headerBytesMax: 4_096 } })
  const head = 'GET /health HTTP/1.1\r\nhost: localhost\r\n'
  match(await askRaw(world, head), /^HTTP\/1.1 408 [\s\S]*request\.too-slow/)
  match(
    await askRaw(world, `${head}x: ${'y'.repeat(8_000)}\r\n\r\n`),
    /^HTTP\/1.1 400 [\s\S]*too long/,
  )
  match(await askRaw(world, 'SSH-2.0-OpenSSH\r\n\r\n'), /^HTTP\/1.1 400 [\s\S]*request\.malformed/)
  const smuggled = `POST /api/v1/sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`
  match(await askRaw(world, smuggled), /^HTTP\/1.1 400 [\s\S]*request\.malformed/)
  match(await askRaw(world, 'GET /health HTTP/1.1\r\n\r\n'), /^HTTP\/1.1 400 /)
})

test('`Expect: 100-continue`: the body is asked for only from who may send it', async () => {
  await using world = await openWorld({ limits: { farewellMs: 50 } })
  const token = world.mine.people.owner.token
  const body = '{"priority":"low"}'
  const head = (secret: string) =>
    `PUT /api/v1/plans/${world.mine.ids.plan}/priority HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${secret}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`
  match(await askRaw(world, head('wrong')), /^HTTP\/1.1 401 /)
  const socket = await rawConnection(world)
  socket.write(head(token))
  const [first] = await once(socket, 'data')
  match(String(first), /^HTTP\/1.1 100 Continue/)
  socket.write(body)
  match(await rest(socket), /HTTP\/1.1 409 /)
})

test('connections have a maximum; who comes above it waits for nobody', async () => {
  await using world = await openWorld({ limits: { connectionsMax: 3 } })
  const open = await Promise.all([1, 2, 3].map(() => rawConnection(world)))
  const refused = await rawConnection(world).then(
    () => 'connected',
    () => 'refused',
  )
  equal(refused, 'refused')
  for (const socket of open) socket.destroy()
})

test('facts of a refusal that an agent wrote end in no header: not a number of seconds, no Retry-After (A18, A21)', async () => {
  let seconds: string | number = 7
  await using world = await openWorld({
    handlers: {
      'setup.get': async () => {
        throw failure('agent.busy', { seconds })
      },
    },
  })
  const retryAfter = async () => {
    const { status, code, headers } = await world.ask('GET', '/api/v1/setup')
    deepEqual([status, code], [503, 'agent.busy'])
    return headers['retry-after']
  }
  equal(await retryAfter(), '7')
  for (seconds of ['照片', 'soon', '7', -1, 0.5, Number.NaN, 1e300]) {
    equal(await retryAfter(), undefined, String(seconds))
  }
})
