import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { test } from 'node:test'
import { failure } from '#base'
import { eventStreamMedia, readEvents, type ServerEvent } from '#contract'
import { updateUser } from '../catalog/accounts/users.ts'
import type { CallContext } from '../handler.ts'
import { silentLog } from '../kernel.fixture.ts'
import type { Log } from '../kernel.ts'
import { type ListenerWorld, openWorld, type Stub, target } from './listener-world.contract.ts'

const piece = new Uint8Array(64 * 1024).fill(7)

function downloads(stub: Stub) {
  return { handlers: { 'points.download': stub } }
}

async function download(world: ListenerWorld): Promise<IncomingMessage> {
  const { mine, listener, authority } = world
  const { vault, point } = mine.ids
  const sent = request({
    ...target(listener, authority),
    path: `/api/v1/vaults/${vault}/points/${point}/download?path=/etc/hosts`,
    headers: { authorization: `Bearer ${mine.people.owner.token}` },
  })
  sent.end()
  const [answer] = await once(sent, 'response')
  return answer
}

async function sizeOf(answer: IncomingMessage): Promise<number> {
  let size = 0
  for await (const some of answer) size += some.length
  return size
}

test('a slow reader slows the source: no more is made than is taken, and memory stays bounded', async () => {
  let made = 0
  const pieces = 2_000
  await using world = await openWorld(
    downloads(async () => ({
      content: (async function* () {
        for (; made < pieces; made++) yield piece
      })(),
      length: pieces * piece.length,
    })),
  )
  const answer = await download(world)
  answer.pause()
  let before = -1
  // Until nothing moves any more: the buffers between the source and us are full.
  while (before !== made) {
    before = made
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  ok(made < 300, `${made} pieces of ${pieces} were made for a reader who took none`)
  equal(await sizeOf(answer), pieces * piece.length)
})

test('a reader who takes nothing for long is given up, and the source is told', async () => {
  const ended = Promise.withResolvers<string>()
  await using world = await openWorld({
    limits: { receiverIdleMs: 300 },
    ...downloads(async (_call, { signal }) => ({
      content: (async function* () {
        try {
          for (;;) yield piece
        } finally {
          ended.resolve(signal.aborted ? 'aborted' : 'not aborted')
        }
      })(),
    })),
  })
  const answer = await download(world)
  answer.on('error', () => {})
  answer.pause()
  equal(await ended.promise, 'aborted')
})

test('when the caller goes, the signal of the call aborts, also while its source waits', async () => {
  const gone = Promise.withResolvers<void>()
  await using world = await openWorld(
    downloads(async (_call, { signal }: CallContext) => ({
      content: (async function* () {
        yield piece
        await once(signal, 'abort')
        gone.resolve()
      })(),
    })),
  )
  const answer = await download(world)
  answer.on('error', () => {})
  await once(answer, 'data')
  answer.destroy()
  await gone.promise
})

test('what breaks before the first byte is a problem; what breaks later is cut off, never a short file', async () => {
  const logged: string[] = []
  const log: Log = { ...silentLog, error: (_fields, message) => void logged.push(message) }
  const sources: Record<string, () => unknown> = {
    early: () => ({ content: broken(0) }),
    late: () => ({ content: broken(3) }),
    short: () => ({ content: broken(3, 'end'), length: 4 * piece.length }),
    long: () => ({ content: broken(3, 'end'), length: 2 * piece.length }),
    nothing: () => ({ content: broken(0, 'end'), length: 0 }),
    wrong: () => 'text',
  }
  let source = 'early'
  await using world = await openWorld({ log, ...downloads(async () => sources[source]?.()) })
  equal((await download(world)).statusCode, 500)
  for (source of ['late', 'short', 'long']) {
    const answer = await download(world)
    equal(answer.statusCode, 200)
    const outcome = await sizeOf(answer).catch((problem: Error) => problem.message)
    match(String(outcome), /aborted|socket hang up|ECONNRESET/, source)
  }
  source = 'nothing'
  equal(await sizeOf(await download(world)), 0)
  source = 'wrong'
  equal((await download(world)).statusCode, 500)
  deepEqual(logged, [
    'A call met damage.',
    ...Array.from({ length: 3 }, () => 'An answer broke off.'),
    'A call met a bug.',
  ])
})

async function* broken(pieces: number, end?: 'end') {
  for (let at = 0; at < pieces; at++) yield piece
  if (end === undefined) throw failure('object.missing', { object: 'a pack' })
}

test('an answer that is not as its route says is never sent (500, and the log has it)', async () => {
  const logged: unknown[] = []
  const log: Log = { ...silentLog, error: (fields) => void logged.push(fields) }
  await using world = await openWorld({
    log,
    handlers: { 'setup.get': async () => ({ needed: 'perhaps', secret: 'x' }) },
  })
  const said = await world.ask('GET', '/api/v1/setup')
  deepEqual([said.status, said.code], [500, 'server.fault'])
  ok(!said.text.includes('perhaps'))
  equal(logged.length, 1)
})

test('events come as they happen, with comments between them; who comes back learns of the gap (G6)', async () => {
  await using world = await openWorld({
    limits: { eventKeepAliveMs: 50 },
    handlers: {
      'server.events': async (_call, { identity, signal }) =>
        world.kernel.events.watch(identity.kind === 'user' ? identity.accountId : never(), signal),
    },
  })
  const { kernel, mine, other, listener, authority } = world
  const listen = async (headers: Record<string, string>) => {
    const sent = request({
      ...target(listener, authority),
      path: '/api/v1/events',
      headers: { authorization: `Bearer ${mine.people.auditor.token}`, ...headers },
    })
    sent.end()
    const [answer]: [IncomingMessage] = (await once(sent, 'response')) as [IncomingMessage]
    return answer
  }
  const answer = await listen({})
  equal(answer.headers['content-type'], eventStreamMedia)
  const raw: string[] = []
  answer.on('data', (some: Buffer) => raw.push(some.toString()))
  const event: ServerEvent = {
    kind: 'instance.status',
    eventId: kernel.catalog.newId('event'),
    at: kernel.wallMs(),
    instanceId: mine.ids.instance as never,
    runningStatus: 'BACKUP_RUNNING' as never,
  }
  await once(answer, 'data')
  kernel.events.publish(other.accountId, { ...event, eventId: kernel.catalog.newId('event') })
  const alert = { kind: 'alert.raised', eventId: event.eventId, at: event.at } as const
  kernel.events.publish(mine.accountId, { ...alert, alertId: mine.ids.alert as never })
  const back = await listen({ 'last-event-id': 'ev-1' })
  for await (const first of readEvents(back)) {
    equal(first.kind, 'stream.gap')
    break
  }
  while (raw.join('').split(': \n\n').length < 4) await once(answer, 'data')
  match(raw.join(''), new RegExp(`id: ${event.eventId}\\ndata: .*alert.raised`))
  equal(raw.join('').match(/data:/g)?.length, 1, 'only of the own account')
  answer.destroy()
})

test('a stream that is never quiet ends as well, once its caller may listen no more (A22, G6)', async () => {
  await using world = await openWorld({
    limits: { eventKeepAliveMs: 100 },
    handlers: {
      'server.events': async (_call, { identity, signal }) =>
        world.kernel.events.watch(identity.kind === 'user' ? identity.accountId : never(), signal),
    },
  })
  const { kernel, mine, listener, authority } = world
  const { auditor } = mine.people
  const sent = request({
    ...target(listener, authority),
    path: '/api/v1/events',
    headers: { authorization: `Bearer ${auditor.token}` },
  })
  sent.end()
  const [answer]: [IncomingMessage] = (await once(sent, 'response')) as [IncomingMessage]
  const ended = Promise.withResolvers<void>()
  answer.on('error', () => undefined)
  answer.on('close', () => ended.resolve())
  let heard = ''
  answer.on('data', (some: Buffer) => (heard += some.toString()))
  const busy = setInterval(() => {
    kernel.events.publish(mine.accountId, {
      kind: 'records.changed',
      eventId: kernel.catalog.newId('event'),
      at: kernel.wallMs(),
      group: 'vaults',
    })
  }, 10)
  try {
    await once(answer, 'data')
    await updateUser(kernel.catalog.db, auditor.userId, { status: 'DISABLED' })
    const late = new Promise<void>((_, reject) => {
      setTimeout(() => reject(new Error('it goes on')), 3_000).unref()
    })
    await Promise.race([ended.promise, late])
  } finally {
    clearInterval(busy)
    answer.destroy()
  }
  match(heard, /records\.changed/)
})

test('a download ends once its caller may call no more, however long it is (A22)', async () => {
  await using world = await openWorld({
    limits: { eventKeepAliveMs: 100 },
    ...downloads(async () => ({
      content: (async function* () {
        for (;;) {
          yield piece
          await new Promise((resolve) => setTimeout(resolve, 10))
        }
      })(),
    })),
  })
  const answer = await download(world)
  const size = sizeOf(answer).catch((problem: Error) => problem.message)
  const { userId } = world.mine.people.owner
  await updateUser(world.kernel.catalog.db, userId, { status: 'DISABLED' })
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve('it goes on'), 3_000).unref()
  })
  const outcome = await Promise.race([size, late])
  answer.destroy()
  match(String(outcome), /aborted|socket hang up|ECONNRESET/)
})

function never(): never {
  throw new Error('the listener lets only users here')
}

test('hostile names of files end in no header of their own (A18)', async () => {
  let fileName = ''
  await using world = await openWorld(
    downloads(async () => ({ content: broken(1, 'end'), fileName, media: 'text/html' })),
  )
  const names = {
    'a"; filename="b.exe':
      'attachment; filename="a__ filename__b.exe"; filename*=UTF-8\'\'a%22%3B%20filename%3D%22b.exe',
    'a\r\nset-cookie: x=1':
      'attachment; filename="a__set-cookie_ x_1"; filename*=UTF-8\'\'a__set-cookie%3A%20x%3D1',
    '../../etc/passwd':
      'attachment; filename=".._.._etc_passwd"; filename*=UTF-8\'\'.._.._etc_passwd',
    '\u202Egnp.exe': 'attachment; filename="_gnp.exe"; filename*=UTF-8\'\'_gnp.exe',
    '照片.jpg': 'attachment; filename="__.jpg"; filename*=UTF-8\'\'%E7%85%A7%E7%89%87.jpg',
    '\ud800': 'attachment; filename="_"; filename*=UTF-8\'\'%EF%BF%BD',
    '..': 'attachment; filename="download"; filename*=UTF-8\'\'download',
  }
  for (const [name, expected] of Object.entries(names)) {
    fileName = name
    const { headers } = await drained(await download(world))
    equal(headers['content-disposition'], expected)
    equal(headers['set-cookie'], undefined)
    equal(headers['x-content-type-options'], 'nosniff')
    match(String(headers['content-security-policy']), /default-src 'none'/)
  }
  fileName = 'x'.repeat(100_000)
  const { headers } = await drained(await download(world))
  ok(String(headers['content-disposition']).length < 400)
})

async function drained(answer: IncomingMessage): Promise<IncomingMessage> {
  await sizeOf(answer)
  return answer
}
