import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import { test } from 'node:test'
import { type ClientId, keepAlive, type SessionId } from '#contract'
import { findClient, updateClient } from '../catalog/instances/clients.ts'
import { makeAuthority } from './certificates.contract.ts'
import { isReached, openWorld, target } from './listener-world.contract.ts'

const assignments = '/api/v1/agent/assignments?after=0'

test('an agent is known by a certificate of our authority that its client has, and by no other (A02)', async () => {
  await using world = await openWorld()
  const { ask, authority, mine } = world
  ok(isReached(await ask('GET', assignments, { agent: mine.agent })))
  const wrong = {
    'of another authority': makeAuthority().issue(),
    'of another authority of the same name': makeAuthority('Holdfast test authority').issue(),
    'of nobody’s client': authority.issue(),
    'run out': authority.issue({ notAfter: '20260101000000Z' }),
    'of later': authority.issue({ notBefore: '20400101000000Z' }),
    'of the authority itself': authority,
    'of an authority below ours': authority.issue({ isAuthority: true }),
  }
  for (const [what, agent] of Object.entries(wrong)) {
    const said = await ask('GET', assignments, { agent })
    deepEqual([said.status, said.code], [401, 'auth.refused'], `a certificate ${what}`)
  }
  const none = await ask('GET', assignments)
  deepEqual([none.status, none.code], [401, 'auth.required'])
  const person = await ask('GET', assignments, { cookie: mine.people.owner })
  deepEqual([person.status, person.code], [403, 'auth.forbidden'])
  const both = await ask('GET', '/api/v1/overview', { agent: mine.agent })
  deepEqual([both.status, both.code], [403, 'auth.forbidden'], 'an agent is no person')
})

test('TLS 1.1 is refused, and the name in a certificate means nothing', async () => {
  await using world = await openWorld()
  await rejects(
    world.ask('GET', '/health', { tls: { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' } }),
  )
  const agent = world.authority.issue({ name: String(world.mine.ids.client) })
  equal((await world.ask('GET', assignments, { agent })).code, 'auth.refused')
})

test('revoked means refused at once, on the connection that was open before', async () => {
  await using world = await openWorld()
  const { ask, kernel, mine } = world
  ok(isReached(await ask('GET', assignments, { agent: mine.agent })))
  const id = mine.ids.client as ClientId
  await updateClient(kernel.catalog.db, id, { revokedAt: kernel.wallMs() })
  const said = await ask('GET', assignments, { agent: mine.agent })
  deepEqual([said.status, said.code], [401, 'agent.revoked'])
  ok((await findClient(kernel.catalog.db, id))?.revokedAt !== null)
})

test('a certificate whose time in the catalog is over is refused', async () => {
  await using world = await openWorld()
  world.kernel.clock.advance(366 * 24 * 3_600_000)
  const said = await world.ask('GET', assignments, { agent: world.mine.agent })
  equal(said.code, 'auth.refused')
})

test('a client that is cut off in the middle of a block gets not a byte further', async () => {
  const taken: number[] = []
  const begun = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<string>()
  await using world = await openWorld({
    handlers: {
      'sessions.put': async (_call, { content }) => {
        try {
          for await (const piece of content ?? []) {
            taken.push(piece.length)
            begun.resolve()
          }
          ended.resolve('whole')
        } catch (problem) {
          ended.resolve(String(Reflect.get(Object(problem), 'code')))
        }
        return { number: 0, newChunks: 0, storedBytes: 0, repeated: false }
      },
    },
  })
  const { mine, other, listener, authority } = world
  const session: SessionId = mine.ids.session as SessionId
  const sent = request({
    ...target(listener, authority),
    cert: mine.agent.certificate,
    key: mine.agent.key,
    method: 'PUT',
    path: `/api/v1/agent/sessions/${session}/blocks/0`,
    headers: { 'content-type': 'application/vnd.holdfast.block' },
  })
  const broken = once(sent, 'error')
  sent.write(new Uint8Array(1_000))
  await begun.promise
  equal(listener.disconnectClient(other.ids.client as ClientId), 0)
  equal(listener.disconnectClient(mine.ids.client as ClientId), 1)
  equal(await ended.promise, 'job.aborted')
  await broken
  deepEqual(taken, [1_000])
  equal(listener.disconnectClient(mine.ids.client as ClientId), 0)
})

test('who may listen no more is cut off from a stream of events', async () => {
  const { updateUser } = await import('../catalog/accounts/users.ts')
  const handlers = {
    'server.events': async (_call: unknown, { signal }: { signal: AbortSignal }) =>
      (async function* () {
        await once(signal, 'abort')
        yield* []
      })(),
  }
  await using world = await openWorld({ handlers, limits: { eventKeepAliveMs: 30 } })
  const { mine, kernel, listener, authority } = world
  const sent = request({
    ...target(listener, authority),
    path: '/api/v1/events',
    headers: { authorization: `Bearer ${mine.people.auditor.token}` },
  })
  sent.end()
  const [answer] = await once(sent, 'response')
  let text = ''
  answer.setEncoding('utf8')
  answer.on('data', (piece: string) => {
    text += piece
  })
  while (text.length < 3 * keepAlive.length) await once(answer, 'data')
  await updateUser(kernel.catalog.db, mine.people.auditor.userId, { status: 'DISABLED' })
  const [problem] = await once(answer, 'error')
  equal(problem.code, 'ECONNRESET')
})
