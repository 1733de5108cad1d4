import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { isFailure } from '#base'
import { makeServerCertificate } from '../certificates/issue.ts'
import { openWebhooks } from './webhooks.ts'

const signal = new AbortController().signal
const message = { headers: { 'content-type': 'application/json' }, body: '{"text":"备份失败"}' }

test('a message arrives over HTTP and HTTPS as it was sent, and its signature with it', async () => {
  const seen: string[] = []
  const listener: RequestListener = (request, response) => {
    void readText(request).then((text) => {
      seen.push(`${request.method} ${request.url} ${request.headers['holdfast-signature']} ${text}`)
      response.end('ok')
    })
  }
  const { privateKeyPem: key, certificatePem: cert } = await makeServerCertificate({
    hosts: ['hook.example'],
    addresses: [],
    now: Date.now(),
  })
  await using plain = await listen(createServer(listener))
  await using secure = await listen(createTlsServer({ key, cert }, listener))
  const webhooks = openWebhooks({
    allowed: ['hook.example'],
    resolve: async () => ['127.0.0.1'],
    authorities: [cert],
  })
  const signed = { ...message, headers: { ...message.headers, 'holdfast-signature': 't=1,v1=ab' } }
  await webhooks.send({ ...signed, address: `http://hook.example:${plain.port}/a?b=c` }, signal)
  await webhooks.send({ ...signed, address: `https://hook.example:${secure.port}/d` }, signal)
  deepEqual(seen, [
    'POST /a?b=c t=1,v1=ab {"text":"备份失败"}',
    'POST /d t=1,v1=ab {"text":"备份失败"}',
  ])
  const stranger = openWebhooks({ allowed: ['hook.example'], resolve: async () => ['127.0.0.1'] })
  await rejects(
    stranger.send({ ...message, address: `https://hook.example:${secure.port}/` }, signal),
    {
      code: 'webhook.unavailable',
    },
  )
  equal(seen.length, 2)
})

test('A19: an inner address is refused before anything is sent, however it is written', async () => {
  let calls = 0
  await using server = await listen(
    createServer((_, response) => {
      calls++
      response.end()
    }),
  )
  const webhooks = openWebhooks({ resolve: async () => ['93.184.216.34', '127.0.0.1'] })
  const hosts = [
    '127.0.0.1',
    '0x7f.1',
    '2130706433',
    '127.1',
    '[::1]',
    '[::ffff:7f00:1]',
    'two-faced.example',
  ]
  for (const host of hosts) {
    const address = `http://${host}:${server.port}/`
    await rejects(
      webhooks.send({ ...message, address }, signal),
      { code: 'webhook.address-refused' },
      host,
    )
  }
  for (const address of [
    'ftp://8.8.8.8/',
    'file:///etc/passwd',
    'nothing',
    'http://user:pw@8.8.8.8/',
  ]) {
    await rejects(
      webhooks.send({ ...message, address }, signal),
      { code: 'webhook.address-refused' },
      address,
    )
  }
  equal(calls, 0)
})

test('A19: a name that changes its answer is asked once, and the checked address is the one that is called', async () => {
  const places: (string | undefined)[] = []
  await using server = await listen(
    createServer((request, response) => {
      places.push(request.socket.localAddress)
      response.end()
    }),
  )
  const answers = ['127.0.0.2', '127.0.0.1']
  let asked = 0
  // Only 127.0.0.2 is allowed: it stands for a public address, and 127.0.0.1 for the inside.
  const webhooks = openWebhooks({
    allowed: ['127.0.0.2'],
    resolve: async () => [answers[Math.min(asked++, 1)] ?? ''],
  })
  const address = `http://rebinding.example:${server.port}/`
  await webhooks.send({ ...message, address }, signal)
  deepEqual([asked, places], [1, ['127.0.0.2']])
  await rejects(webhooks.send({ ...message, address }, signal), { code: 'webhook.address-refused' })
  deepEqual([asked, places.length], [2, 1])
})

test('A19: no redirect is followed, and nothing of an answer but its status is told', async () => {
  let calls = 0
  await using server = await listen(
    createServer((_, response) => {
      calls++
      response.writeHead(307, { location: 'http://127.0.0.1:1/inside' })
      response.end('top secret page')
    }),
  )
  const webhooks = openWebhooks({ allowed: ['127.0.0.1'] })
  await rejects(
    webhooks.send({ ...message, address: `http://127.0.0.1:${server.port}/` }, signal),
    (problem) => {
      ok(isFailure(problem, 'webhook.refused'))
      equal(problem.message, `The receiver 127.0.0.1:${server.port} answered 307.`)
      return true
    },
  )
  equal(calls, 1)
})

test('A19: an answer that never ends, a large one and a receiver that is silent all end in time', async () => {
  await using server = await listen(
    createServer((request, response) => {
      if (request.url === '/silent') return
      response.writeHead(request.url === '/large' ? 500 : 200)
      const drip = setInterval(
        () => response.write('x'.repeat(request.url === '/large' ? 65_536 : 1)),
        5,
      )
      response.on('close', () => clearInterval(drip))
    }),
  )
  const webhooks = openWebhooks({ allowed: ['127.0.0.1'], timeoutMs: 400 })
  for (const path of ['silent', 'drip', 'large']) {
    const sending = webhooks.send(
      { ...message, address: `http://127.0.0.1:${server.port}/${path}` },
      signal,
    )
    const outcome = await sending.then(
      () => 'sent',
      (problem) => (isFailure(problem) ? problem.code : 'other'),
    )
    ok(['webhook.unavailable', 'webhook.refused'].includes(outcome), `${path}: ${outcome}`)
  }
})

test('a receiver that answers 200 and says no in JSON has refused (DingTalk)', async () => {
  let answer = '{"errcode":0,"errmsg":"ok"}'
  await using server = await listen(createServer((_, response) => response.end(answer)))
  const webhooks = openWebhooks({ allowed: ['127.0.0.1'] })
  const call = { ...message, address: `http://127.0.0.1:${server.port}/`, refusalField: 'errcode' }
  await webhooks.send(call, signal)
  for (const [said, problem] of [
    ['{"errcode":310000,"errmsg":"sign not match"}', /answered error 310000/],
    ['<html>login</html>', /answered error unknown/],
    ['null', /answered error unknown/],
  ] as const) {
    answer = said
    await rejects(webhooks.send(call, signal), { code: 'webhook.refused', message: problem })
  }
})

test('a host that is down or unknown is unavailable, and the reason is a word of the system', async () => {
  const { port } = await listen(createServer()).then(async (server) => {
    await server[Symbol.asyncDispose]()
    return server
  })
  const webhooks = openWebhooks({
    allowed: ['127.0.0.1'],
    resolve: async () => {
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
    },
  })
  await rejects(webhooks.send({ ...message, address: `http://127.0.0.1:${port}/` }, signal), {
    message: /does not answer: ECONNREFUSED/,
  })
  await rejects(webhooks.send({ ...message, address: 'http://gone.example/' }, signal), {
    message: /does not answer: ENOTFOUND/,
  })
})

async function listen(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(Buffer.from(part))
  return Buffer.concat(parts).toString('utf8')
}
