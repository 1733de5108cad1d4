// The agent speaks with the server that it was activated with and with nobody else, through proxies too (A3, actor N).
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { chooseProxy, type LinkSettings, openAgentLink, proxySettings } from '#adapters/agent-link'
import { openClient, routes } from '#contract'
import { fingerprintOf, issue, type KeyAndCertificate, selfSigned } from './certificates.ts'
import { startProxy } from './small-proxy.ts'

const server = selfSigned('holdfast')
const other = selfSigned('holdfast')
const authority = selfSigned('holdfast authority')

type Seen = { readonly clients: string[]; readonly bodies: string[]; requests: number }

async function listen(identity: KeyAndCertificate, ca?: string) {
  const seen: Seen = { clients: [], bodies: [], requests: 0 }
  const options = { ...identity, ...(ca && { ca, requestCert: true, rejectUnauthorized: true }) }
  const listener = createServer(options, async (request, response) => {
    seen.requests++
    const peer = (request.socket as TLSSocket).getPeerCertificate()
    seen.clients.push(String(peer.subject?.CN))
    seen.bodies.push(await text(request))
    response.setHeader('content-type', 'application/json')
    if (request.url === '/cut') {
      response.write('half', () => request.socket.destroy())
      return
    }
    if (request.url === '/long') {
      for (let i = 0; i < 64; i++) response.write(Buffer.alloc(65_536, i))
    }
    if (request.url === '/empty') response.writeHead(204)
    if (request.url === '/moved') response.writeHead(302, { location: '/' })
    response.end(JSON.stringify({ assignments: [] }))
  })
  await new Promise<void>((resolve) => listener.listen(0, '0.0.0.0', resolve))
  const { port } = listener.address() as AddressInfo
  return {
    seen,
    address: `https://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      listener.closeAllConnections()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

async function get(address: string, settings: LinkSettings): Promise<number> {
  const link = openAgentLink(settings)
  try {
    const answer = await link.fetch(`${address}/`, {})
    await answer.text()
    return answer.status
  } finally {
    await link.close()
  }
}

const byFingerprint = (cert: string) =>
  ({ kind: 'fingerprint', sha256: fingerprintOf(cert) }) as const
const byAuthority = (pem: string) => ({ kind: 'authority', pem }) as const

test('A3: a server is known by the fingerprint of the activation, whoever else vouches for it', async () => {
  await using one = await listen(server)
  equal(await get(one.address, { trust: byFingerprint(server.cert) }), 200)
  await rejects(get(one.address, { trust: byFingerprint(other.cert) }), { code: 'link.untrusted' })
  await rejects(get(one.address, { trust: { kind: 'system' } }), { code: 'link.untrusted' })
  equal(one.seen.requests, 1, 'no request reached the server that was not believed')
})

test('A3: the fingerprint of a key stays when its certificate is renewed', async () => {
  const keys = pair()
  const key = createPublicKey(keys.publicKey).export({ type: 'spki', format: 'der' })
  const sha256 = createHash('sha256').update(key).digest('hex')
  const trust = { kind: 'fingerprint', sha256 } as const
  for (const name of ['young', 'old']) {
    const cert = issue(authority, keys.publicKey, { name, use: 'serverAuth' })
    await using renewed = await listen({ key: keys.privateKey, cert })
    equal(await get(renewed.address, { trust }), 200)
  }
  await using other = await listen(server)
  await rejects(get(other.address, { trust }), { code: 'link.untrusted' })
})

test('A3: after activation only the authority that was told counts', async () => {
  await using one = await listen(server)
  await using thief = await listen(other)
  equal(await get(one.address, { trust: byAuthority(server.cert) }), 200)
  await rejects(get(thief.address, { trust: byAuthority(server.cert) }), { code: 'link.untrusted' })
  equal(thief.seen.requests, 0)
})

test('A3: a server that the authority signed needs no matching name: machines know it by many', async () => {
  const nameless = selfSigned('elsewhere.example', 'subjectAltName=DNS:elsewhere.example')
  await using one = await listen(nameless)
  equal(await get(one.address, { trust: byAuthority(nameless.cert) }), 200)

  const keys = pair()
  const issued = issue(authority, keys.publicKey, { name: 'server', use: 'serverAuth' })
  await using named = await listen({ key: keys.privateKey, cert: issued })
  equal(await get(named.address, { trust: byAuthority(authority.cert) }), 200)
  equal(await get(`https://127.0.0.2:${named.port}`, { trust: byAuthority(authority.cert) }), 200)
  await rejects(get(named.address, { trust: byAuthority(nameless.cert) }), {
    code: 'link.untrusted',
  })
})

test('A02: the certificate of another client is no server, though the same authority signed it', async () => {
  const keys = pair()
  const client = issue(authority, keys.publicKey, { name: 'client', use: 'clientAuth' })
  await using impostor = await listen({ key: keys.privateKey, cert: client })
  await rejects(get(impostor.address, { trust: byAuthority(authority.cert) }), {
    code: 'link.untrusted',
  })
  equal(impostor.seen.requests, 0)
})

test('A02: the agent proves itself with its own key', async () => {
  const keys = pair()
  const certificate = issue(authority, keys.publicKey, { name: 'client-7', use: 'clientAuth' })
  await using one = await listen(server, authority.cert)
  const identity = { privateKey: keys.privateKey, certificate }
  equal(await get(one.address, { trust: byAuthority(server.cert), identity }), 200)
  deepEqual(one.seen.clients, ['client-7'])
  await rejects(get(one.address, { trust: byAuthority(server.cert) }))
  equal(one.seen.requests, 1)
})

test('A3: through a proxy by CONNECT, with TLS from end to end and the same pinning', async () => {
  await using one = await listen(server)
  await using proxy = await startProxy()
  const withUser = proxy.address.replace('http://', 'http://us%40r:secret@')
  equal(await get(one.address, { trust: byFingerprint(server.cert), proxy: withUser }), 200)
  const authorization = `Basic ${Buffer.from('us@r:secret').toString('base64')}`
  deepEqual(proxy.asked, [{ place: `127.0.0.1:${one.port}`, authorization }])
  await rejects(get(one.address, { trust: byFingerprint(other.cert), proxy: proxy.address }), {
    code: 'link.untrusted',
  })
  equal(proxy.asked.length, 2)
  const spared = { trust: byFingerprint(server.cert), proxy: proxy.address, noProxy: '127.0.0.0/8' }
  equal(await get(one.address, spared), 200)
  equal(proxy.asked.length, 2, 'NO_PROXY was heeded')
})

test('a proxy that refuses is named, and its password is not', async () => {
  await using one = await listen(server)
  await using proxy = await startProxy({ refuses: true })
  const withUser = proxy.address.replace('http://', 'http://user:secret@')
  await rejects(
    get(one.address, { trust: byFingerprint(server.cert), proxy: withUser }),
    (problem) => {
      ok(problem instanceof Error && /407/.test(problem.message), String(problem))
      return !/secret/.test(`${problem.message}${problem.stack}`)
    },
  )
})

test('the client of the contract sees why a link is not trusted, and when nobody is there', async () => {
  await using one = await listen(server)
  const ask = async (address: string, settings: LinkSettings) => {
    const link = openAgentLink(settings)
    try {
      const client = openClient({ address, fetch: link.fetch, newKey: () => 'k' })
      return await client.call(routes.agent.assignments, { query: { after: 0 } })
    } finally {
      await link.close()
    }
  }
  deepEqual(await ask(one.address, { trust: byFingerprint(server.cert) }), { assignments: [] })
  await rejects(ask(one.address, { trust: byFingerprint(other.cert) }), { code: 'link.untrusted' })
  await rejects(ask('https://127.0.0.1:1', { trust: byFingerprint(server.cert) }), {
    code: 'server.unreachable',
  })
})

test('a server does not send the agent elsewhere, and plain http is never spoken', async () => {
  await using one = await listen(server)
  const link = openAgentLink({ trust: byFingerprint(server.cert) })
  try {
    await rejects(link.fetch(`${one.address}/moved`, {}))
    await rejects(link.fetch('http://127.0.0.1:1/', {}))
    equal(one.seen.requests, 1)
  } finally {
    await link.close()
  }
})

test('connections are kept open: twenty calls do not open twenty', async () => {
  await using one = await listen(server)
  await using proxy = await startProxy()
  const link = openAgentLink({ trust: byFingerprint(server.cert), proxy: proxy.address })
  try {
    for (let i = 0; i < 20; i++) {
      const body = new Uint8Array([i])
      await (await link.fetch(`${one.address}/`, { method: 'POST', body })).text()
    }
  } finally {
    await link.close()
  }
  ok(proxy.asked.length <= 2, `${proxy.asked.length} connections`)
  equal(one.seen.bodies.length, 20)
})

test('an answer without a body, and a body that is bytes of a larger buffer', async () => {
  await using one = await listen(server)
  const link = openAgentLink({ trust: byFingerprint(server.cert) })
  try {
    const body = new TextEncoder().encode('outer inner outer').subarray(6, 11)
    const answer = await link.fetch(`${one.address}/empty`, { method: 'PUT', body })
    deepEqual([answer.status, answer.body], [204, null])
    deepEqual(one.seen.bodies, ['inner'])
  } finally {
    await link.close()
  }
})

test('a long answer comes in pieces, one that is cut is no shorter answer, and one may be given up', async () => {
  await using one = await listen(server)
  const link = openAgentLink({ trust: byFingerprint(server.cert) })
  try {
    let bytes = 0
    for await (const piece of (await link.fetch(`${one.address}/long`, {})).body ?? []) {
      bytes += piece.length
    }
    ok(bytes > 64 * 65_536)
    const cut = await link.fetch(`${one.address}/cut`, {})
    await rejects(cut.text())
    const abort = new AbortController()
    const left = await link.fetch(`${one.address}/long`, { signal: abort.signal })
    abort.abort()
    await rejects(left.text())
  } finally {
    await link.close()
  }
})

test('which proxy: configuration before environment, and NO_PROXY in its usual forms', () => {
  const environment = {
    HTTPS_PROXY: 'http://p:3128',
    no_proxy: 'a.example, .b.example,10.0.0.0/8,c:444',
  }
  const settings = proxySettings({}, environment)
  const way = (host: string, port = 443) => chooseProxy({ host, port }, settings)?.host
  equal(way('x.example'), 'p')
  for (const host of ['a.example', 'x.a.example', 'b.example', 'x.b.example', '10.9.8.7']) {
    equal(way(host), undefined, host)
  }
  equal(way('nota.example'), 'p')
  equal(way('11.0.0.1'), 'p')
  equal(way('c'), 'p')
  equal(way('c', 444), undefined)
  equal(proxySettings({ proxy: 'http://own:1' }, environment).proxy, 'http://own:1')
  equal(chooseProxy({ host: 'h', port: 1 }, { proxy: 'p:3128', noProxy: '*' }), undefined)
  deepEqual(chooseProxy({ host: 'h', port: 1 }, { proxy: 'p:3128' }), {
    host: 'p',
    port: 3128,
    isSecure: false,
  })
})

function pair() {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}
