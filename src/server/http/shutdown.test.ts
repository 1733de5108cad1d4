import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import { test } from 'node:test'
import { openWorld, target } from './listener-world.contract.ts'

test('the server ends gracefully: calls finish, streams end at once, nobody new comes in', async () => {
  const began = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  await using world = await openWorld({
    handlers: {
      'setup.get': async () => {
        began.resolve()
        await goOn.promise
        return { needed: false }
      },
      'server.events': async (_call, { signal }) =>
        (async function* () {
          await once(signal, 'abort')
          yield* []
        })(),
    },
  })
  const { listener, authority, mine } = world
  const sent = request({
    ...target(listener, authority),
    path: '/api/v1/events',
    headers: { authorization: `Bearer ${mine.people.auditor.token}` },
  })
  sent.end()
  const [stream] = await once(sent, 'response')
  stream.resume()
  const slow = world.ask('GET', '/api/v1/setup')
  await began.promise
  const streamEnded = once(stream, 'close')
  stream.on('error', () => {})
  const closed = listener.close(5_000)
  await streamEnded
  const health = { ...target(listener, authority), path: '/health' }
  await rejects(once(request({ ...health, agent: false }).end(), 'response'))
  // The connection of the stream is still there.
  const [late] = await once(request(health).end(), 'response')
  late.resume()
  deepEqual([late.statusCode, late.headers.connection], [503, 'close'])
  goOn.resolve()
  deepEqual(JSON.parse((await slow).text), { needed: false })
  await closed
})

test('a call that does not end in time is told to stop, then cut off', async () => {
  const told = Promise.withResolvers<void>()
  await using world = await openWorld({
    handlers: {
      'setup.get': async (_call, { signal }) => {
        await once(signal, 'abort')
        told.resolve()
        await new Promise(() => {})
      },
    },
  })
  const slow = world.ask('GET', '/api/v1/setup').then(
    ({ status }) => status,
    () => 'cut off',
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  const since = performance.now()
  await world.listener.close(200)
  await told.promise
  equal(await slow, 'cut off')
  ok(performance.now() - since < 4_000)
})

test('the renewed certificate is shown to connections from then on', async () => {
  await using world = await openWorld()
  const { listener, authority } = world
  const next = authority.issue({ name: 'localhost' })
  listener.renewTls({ certificates: next.certificate, key: next.key })
  const sent = request({ ...target(listener, authority), path: '/health', agent: false })
  sent.end()
  const [answer] = await once(sent, 'response')
  answer.resume()
  const shown = answer.socket.getPeerX509Certificate()
  equal(shown.toString().trim(), next.certificate.trim())
})

test('an address that is taken is a sentence', async () => {
  await using world = await openWorld()
  const { openListener } = await import('./listener.ts')
  const { openMetrics } = await import('../metrics.ts')
  const { stubHandlers } = await import('./listener-world.contract.ts')
  const own = world.authority.issue()
  await rejects(
    openListener({
      kernel: world.kernel,
      handlers: stubHandlers({}),
      tls: { certificates: own.certificate, key: own.key },
      address: world.listener.address,
      authority: world.authority.certificate,
      sessionOwner: () => undefined,
      metrics: openMetrics('test'),
    }),
    { code: 'server.address-unusable' },
  )
})
