// A19 and A20: hosts that lead inside, and texts that mean something to shells, databases, headers, mail and tables.
import { deepEqual, equal, ok } from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { routeList } from '#contract'
import { addressOf, sampleCalls } from '../../../src/server/http/sample-calls.contract.ts'
import { addRawAgent } from './attack-agent.ts'
import { openAttackWorld } from './attack-world.ts'
import { makeLockScene } from './lock-scene.ts'

test('no host that somebody names makes the server call itself or what only it can reach (A19)', async () => {
  await using world = await openAttackWorld()
  const owner = world.as('owner')
  let calls = 0
  const inner = createServer((socket) => {
    calls++
    socket.end('SSH-2.0-secret banner\r\n')
  })
  await new Promise<void>((resolve) => inner.listen(0, '127.0.0.1', resolve))
  const { port } = inner.address() as AddressInfo
  try {
    const hosts = [
      '127.0.0.1',
      'localhost',
      '::1',
      '::ffff:127.0.0.1',
      '0.0.0.0',
      '169.254.169.254',
    ]
    for (const host of [...hosts, '0x7f.1', '2130706433', '127.1', '100.100.100.200']) {
      const query = new URLSearchParams({ host, port: String(port) })
      const said = await world.ask('GET', `/api/v1/client/host-key?${query}`, owner)
      ok(['push.unreachable', 'request.invalid'].includes(said.code ?? ''), `${host} ${said.text}`)
      ok(!said.text.includes('banner'), said.text)
    }
    for (const host of ['-oProxyCommand=id', 'a b', 'a;id', '$(id)', 'a\nb', '../x']) {
      const said = await world.ask(
        'GET',
        `/api/v1/client/host-key?${new URLSearchParams({ host })}`,
        owner,
      )
      equal(said.code, 'request.invalid', host)
    }
    const channel = async (address: string) => {
      const target = { kind: 'webhook', address, form: 'json' }
      const body = { name: `to ${address.length} ${address.slice(0, 20)}`, target }
      const made = await world.ask('POST', '/api/v1/alert-channels', { ...owner, body })
      if (made.status !== 201) return made.code
      const { channelId } = JSON.parse(made.text)
      const { delivered } = await world.must(
        'POST',
        `/api/v1/alert-channels/${channelId}/test`,
        owner,
      )
      equal(delivered, false, address)
      return 'not delivered'
    }
    for (const host of [
      'localhost',
      '127.0.0.1',
      '[::1]',
      '0x7f.1',
      '169.254.169.254',
      '[::ffff:7f00:1]',
    ])
      ok((await channel(`http://${host}:${port}/`)) !== undefined, host)
    for (const address of ['file:///etc/passwd', 'gopher://localhost/', 'http://user@localhost/'])
      ok((await channel(address)) !== undefined, address)
    equal(calls, 0, 'nobody called what listens inside')
  } finally {
    inner.close()
  }
})

const hostileTexts = [
  '-oProxyCommand=touch /tmp/x',
  '$(touch /tmp/x)',
  '`touch /tmp/x`',
  "'; drop table users; --",
  'a\r\nBcc: evil@evil.example',
  '=cmd|calc!A1',
  '../../etc/passwd',
  '<img src=x onerror=alert(1)>',
  '\u001b]0;x\u0007',
  '\u202egnp.exe',
  '__proto__',
  'a\0b',
  '%s%n{{7*7}}${7*7}',
  'x'.repeat(70_000),
]

test('no text in any field of any route breaks the server or leaves its place (A20)', async () => {
  await using world = await openAttackWorld()
  const scene = await makeLockScene(world, 'off')
  const owner = world.as('owner')
  let tried = 0
  const spared =
    /^(server\.events|signIn\.|sessions\.|agent\.|users\.(remove|setPassword)|accounts\.create)/
  for (const named of routeList) {
    if (spared.test(named.name)) continue
    for (const call of sampleCalls(named, scene.ids)) {
      for (const [where, made] of variantsOf(call)) {
        const more = made.body === undefined ? {} : { body: made.body }
        const said = await world.ask(named.route.method, addressOf(named, made), {
          ...owner,
          ...more,
        })
        ok(said.code !== 'server.fault', `${named.name} ${where}: ${said.text.slice(0, 300)}`)
        tried++
      }
    }
  }
  ok(tried > 500, `${tried} texts were tried`)
  const installer = await world.ask('GET', '/install.sh')
  ok(!/touch|drop table|onerror/.test(installer.text))
})

type Call = ReturnType<typeof sampleCalls>[number]

/** The call with each hostile text in each place of a text, one at a time. */
function* variantsOf(call: Call): Iterable<readonly [string, Call]> {
  for (const text of hostileTexts) {
    for (const key of Object.keys(call.query))
      yield [`query.${key}`, { ...call, query: { ...call.query, [key]: text } }]
    for (const [where, body] of withText(call.body, text)) yield [`body${where}`, { ...call, body }]
    for (const key of text.length > 1_000 ? [] : Object.keys(call.path))
      yield [`path.${key}`, { ...call, path: { ...call.path, [key]: encodeURIComponent(text) } }]
  }
}

function* withText(value: unknown, text: string): Iterable<readonly [string, unknown]> {
  if (typeof value === 'string') yield ['', text]
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) {
    for (const [where, made] of withText(member, text)) {
      const copy = Array.isArray(value) ? [...value] : { ...value }
      Reflect.set(copy, key, made)
      yield [`.${key}${where}`, copy]
    }
  }
}

test('numbers that a rooted agent makes up do not take the pages of its account away (A01)', async () => {
  await using world = await openAttackWorld()
  const most = Number.MAX_SAFE_INTEGER
  for (const name of ['web-1', 'web-2']) {
    const agent = await addRawAgent(world, world.mine, name)
    const volume = (at: number) => ({
      path: `/v${at}`,
      fileSystem: 'ext4',
      totalBytes: most,
      usedBytes: most,
      local: true,
    })
    const facts = {
      machine: agent.machine,
      hostName: name,
      addresses: [],
      system: 'linux',
      systemName: 'x',
      architecture: 'x86-64',
      clientVersion: '1.0.0',
      volumes: Array.from({ length: 16 }, (_, at) => volume(at)),
      databases: [],
    }
    const said = await agent.say([{ kind: 'facts', facts }])
    ok([202, 400].includes(said.status), said.text)
    const future = new Date(Date.now() + 1e12).toISOString()
    await agent.beat({ at: future })
  }
  for (const path of ['/instances', '/overview', '/metering/estimate', '/vaults', '/jobs'])
    deepEqual((await world.ask('GET', `/api/v1${path}`, world.as('owner'))).status, 200, path)
})
